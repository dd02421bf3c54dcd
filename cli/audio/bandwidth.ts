/** Measures how much of a recording's sound is above what a telephone transmits. */
export interface BandwidthMeter {
  /** @param samples of one channel, up to 1 */
  add(samples: Float32Array): void;
  /** The level above {@link TELEPHONE_HZ}, in dB below that of all; undefined if there is too little sound to tell. */
  aboveTelephone(): number | undefined;
}

/** In Hz: telephones transmit up to 4,000, and programs that raise the sample rate leave a little more. */
const TELEPHONE_HZ = 4_600;
/** A lower sample rate is one of telephones anyway. */
const LEAST_HZ = 16_000;

/** In samples: the length of what is analyzed, and how often: one of eight tells enough. */
const WINDOW = 1_024;
const EVERY = 8_192;

/** The mean square below which there is no speech: -50 dBFS. */
const LEAST_POWER = 1e-5;

/** About one and a half seconds of speech at 44.1 kHz. */
const LEAST_WINDOWS = 8;

/** Looks at the spectrum of a part of the samples, while they pass. */
export function bandwidthMeter(sampleRate: number): BandwidthMeter {
  let [windows, above, all] = [0, 0, 0];
  const first = Math.ceil((TELEPHONE_HZ * WINDOW) / sampleRate);
  return {
    add(samples) {
      if (sampleRate < LEAST_HZ) return;
      for (let at = 0; at + WINDOW <= samples.length; at += EVERY) {
        let squares = 0;
        for (let index = at; index < at + WINDOW; index++) squares += (samples[index] ?? 0) ** 2;
        if (squares < LEAST_POWER * WINDOW) continue;
        transform(samples, at);
        windows += 1;
        // Without a constant offset, which reaches the bins beside it.
        for (let bin = 4; bin < WINDOW / 2; bin++) {
          const power = (real[bin] ?? 0) ** 2 + (imaginary[bin] ?? 0) ** 2;
          all += power;
          if (bin >= first) above += power;
        }
      }
    },
    aboveTelephone: () => (windows < LEAST_WINDOWS ? undefined : 10 * Math.log10(above / all)),
  };
}

/** Blackman-Harris: what is at one frequency adds less than -92 dB elsewhere. */
const shape = Float64Array.from({ length: WINDOW }, (_, at) =>
  [0.358_75, -0.488_29, 0.141_28, -0.011_68].reduce(
    (sum, part, times) => sum + part * Math.cos((2 * Math.PI * times * at) / WINDOW),
    0,
  ),
);
const cosines = Float64Array.from({ length: WINDOW / 2 }, (_, at) => Math.cos((2 * Math.PI * at) / WINDOW));
const sines = Float64Array.from({ length: WINDOW / 2 }, (_, at) => -Math.sin((2 * Math.PI * at) / WINDOW));

/** The result of {@link transform}. */
const real = new Float64Array(WINDOW);
const imaginary = new Float64Array(WINDOW);

/** By the fast Fourier transform of Cooley and Tukey. */
function transform(samples: Float32Array, from: number): void {
  for (let at = 0, to = 0; at < WINDOW; at++) {
    real[to] = (samples[from + at] ?? 0) * (shape[at] ?? 0);
    let bit = WINDOW >> 1;
    for (; to & bit; bit >>= 1) to ^= bit;
    to ^= bit;
  }
  imaginary.fill(0);
  for (let length = 2; length <= WINDOW; length *= 2) {
    const half = length / 2;
    for (let start = 0; start < WINDOW; start += length) {
      for (let step = 0; step < half; step++) {
        const low = start + step;
        const high = low + half;
        const angle = (step * WINDOW) / length;
        const cosine = cosines[angle] ?? 0;
        const sine = sines[angle] ?? 0;
        const x = real[high] ?? 0;
        const y = imaginary[high] ?? 0;
        // Arrays that are taken apart would take ten times as long.
        const turned = x * cosine - y * sine;
        const turnedUp = x * sine + y * cosine;
        real[high] = (real[low] ?? 0) - turned;
        imaginary[high] = (imaginary[low] ?? 0) - turnedUp;
        real[low] = (real[low] ?? 0) + turned;
        imaginary[low] = (imaginary[low] ?? 0) + turnedUp;
      }
    }
  }
}
