import { fft } from 'fourier-transform';

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
        for (let index = 0; index < WINDOW; index++) {
          shaped[index] = (samples[at + index] ?? 0) * (shape[index] ?? 0);
        }
        const [real, imaginary] = fft(shaped);
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
/** What is analyzed: samples times {@link shape}. */
const shaped = new Float64Array(WINDOW);
