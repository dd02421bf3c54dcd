/** Measures loudness while samples pass. */
export interface LoudnessMeter {
  /** Takes the next sample of a channel, from -1 to 1; each channel gets as many as the others. */
  add(channel: number, samples: Float32Array): void;
  /** Integrated loudness in LUFS; -70 for less than 0.4 seconds, or if nothing is louder than that. */
  integrated(): number;
}

/**
 * Integrated loudness by EBU R 128 (ITU-R BS.1770-4, annex 1): K-weighted energy in blocks of 400 ms that overlap by
 * three quarters, without those below -70 LUFS and those 10 LU below the average of the rest.
 */
export function loudnessMeter(channels: number, sampleRate: number): LoudnessMeter {
  const stepLength = Math.round(sampleRate / 10);
  const meters = Array.from({ length: channels }, (_, channel) =>
    stepMeter(kWeighting(sampleRate), stepLength, weightOf(channel, channels)),
  );
  return {
    add: (channel, samples) => meters[channel]?.add(samples),
    integrated() {
      const steps = Math.min(...meters.map(({ energies }) => energies.length));
      const sums = Array.from({ length: steps }, (_, step) =>
        meters.reduce((sum, { energies }) => sum + (energies[step] ?? 0), 0),
      );
      const blocks: number[] = [];
      for (let at = 3; at < steps; at++) {
        const sum = (sums[at] ?? 0) + (sums[at - 1] ?? 0) + (sums[at - 2] ?? 0) + (sums[at - 3] ?? 0);
        blocks.push(sum / (4 * stepLength));
      }
      const loud = blocks.filter((block) => loudnessOf(block) > -70);
      const gate = loudnessOf(average(loud)) - 10;
      const gated = loudnessOf(average(loud.filter((block) => loudnessOf(block) > gate)));
      return Math.max(-70, Number.isNaN(gated) ? -70 : gated);
    },
  };
}

/** Surround channels count 1.5 dB more, the low-frequency effects channel not at all; the order is that of WAV. */
function weightOf(channel: number, channels: number): number {
  if (channels !== 6) return 1;
  return channel === 3 ? 0 : channel > 3 ? 1.41 : 1;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function loudnessOf(energy: number): number {
  return -0.691 + 10 * Math.log10(energy);
}

/** Two filters in a row: b0, b1, b2, a1, a2 of each. */
type Coefficients = readonly [number, number, number, number, number];

/**
 * The filters of BS.1770, which gives them for 48 kHz only: a high shelf and a high-pass with the same analog prototype
 * at any rate (bilinear transform).
 */
function kWeighting(sampleRate: number): readonly [Coefficients, Coefficients] {
  const shelf = Math.tan((Math.PI * 1681.974450955533) / sampleRate);
  const gain = 10 ** (3.999843853973347 / 20);
  const middle = gain ** 0.4996667741545416;
  const slope = shelf / 0.7071752369554196;
  const scale = 1 + slope + shelf * shelf;
  const pass = Math.tan((Math.PI * 38.13547087602444) / sampleRate);
  const edge = pass / 0.5003270373238773;
  const size = 1 + edge + pass * pass;
  return [
    [
      (gain + middle * slope + shelf * shelf) / scale,
      (2 * (shelf * shelf - gain)) / scale,
      (gain - middle * slope + shelf * shelf) / scale,
      (2 * (shelf * shelf - 1)) / scale,
      (1 - slope + shelf * shelf) / scale,
    ],
    [1, -2, 1, (2 * (pass * pass - 1)) / size, (1 - edge + pass * pass) / size],
  ];
}

/** Sums a channel's weighted energy in steps of a fixed number of samples. */
function stepMeter(
  [first, second]: readonly [Coefficients, Coefficients],
  stepLength: number,
  weight: number,
) {
  const energies: number[] = [];
  const [b0, b1, b2, a1, a2] = first;
  const [, , , c1, c2] = second;
  const state = { x1: 0, x2: 0, y1: 0, y2: 0, z1: 0, z2: 0, energy: 0, count: 0 };
  return {
    energies,
    add(samples: Float32Array): void {
      // Variables of this function, because V8 keeps each number that another would share in memory of its own.
      let { x1, x2, y1, y2, z1, z2, energy, count } = state;
      for (let at = 0; at < samples.length; at++) {
        const x = samples[at] ?? 0;
        const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
        const z = y - 2 * y1 + y2 - c1 * z1 - c2 * z2;
        x2 = x1;
        x1 = x;
        y2 = y1;
        y1 = y;
        z2 = z1;
        z1 = z;
        energy += z * z;
        count += 1;
        if (count < stepLength) continue;
        energies.push(weight * energy);
        energy = count = 0;
      }
      Object.assign(state, { x1, x2, y1, y2, z1, z2, energy, count });
    },
  };
}
