declare module 'fourier-transform' {
  /**
   * The discrete Fourier transform of real numbers.
   *
   * @param input as many as a power of 2
   * @returns the real and the imaginary parts, each half as many and one more; the next call overwrites them
   */
  export function fft(input: Float64Array): [real: Float64Array, imaginary: Float64Array];
}
