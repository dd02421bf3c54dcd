import type { Sound } from './measure.ts';

/** In seconds. */
const STEP = 0.02;
/** Steps by which one recording may begin later. */
const MOST_SHIFT = 6;
/** Other takes of the same words stay far below; copies at another sample rate reach 0.98. */
const ALIKE = 0.95;

/** The amplitude of the loudest channel in steps of time: blocks are not equally long at all sample rates. */
export function outlineOf({
  channels,
  blockSeconds,
}: Pick<Sound, 'channels' | 'blockSeconds'>): Float32Array {
  const { low, high } = channels.reduce((most, each) => (each.rms > most.rms ? each : most));
  const blocks = STEP / blockSeconds;
  return Float32Array.from({ length: Math.floor(low.length / blocks) }, (_, step) => {
    let most = 0;
    for (let at = Math.round(step * blocks); at < Math.round((step + 1) * blocks); at++) {
      most = Math.max(most, (high[at] ?? 0) - (low[at] ?? 0));
    }
    return most;
  });
}

/** Whether two outlines are of the same sound. */
export function isAlike(a: Float32Array, b: Float32Array): boolean {
  for (let shift = -MOST_SHIFT; shift <= MOST_SHIFT; shift++) {
    if (correlation(a.subarray(Math.max(0, shift)), b.subarray(Math.max(0, -shift))) > ALIKE) return true;
  }
  return false;
}

/**
 * By how many seconds the same sound is later in the second channel than in the first; negative if it is earlier, and undefined if it is
 * not the same, or not late enough to be heard as another.
 */
export function delayOf({
  channels,
  blockSeconds,
}: Pick<Sound, 'channels' | 'blockSeconds'>): number | undefined {
  const [a, b] = channels.map((channel) => outlineOf({ channels: [channel], blockSeconds }));
  if (!a || !b || channels.length > 2) return undefined;
  const shifted = (by: number) => correlation(a.subarray(Math.max(0, -by)), b.subarray(Math.max(0, by)));
  if (shifted(0) > UNLIKE) return undefined;
  let best: { by: number; alike: number } | undefined;
  for (let by = -MOST_DELAY; by <= MOST_DELAY; by++) {
    const alike = Math.abs(by) < LEAST_DELAY ? 0 : shifted(by);
    if (alike > (best?.alike ?? ALIKE)) best = { by, alike };
  }
  return best && best.by * STEP;
}

/** In steps: microphones that are ten meters apart, and effects that widen a voice, stay below. */
const LEAST_DELAY = 3;
const MOST_DELAY = 150;
/** Of sides that are not the same at the same time. */
const UNLIKE = 0.8;

/** Pearson's, over the common length. */
function correlation(a: Float32Array, b: Float32Array): number {
  const count = Math.min(a.length, b.length);
  let [sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
  for (let at = 0; at < count; at++) {
    const [x, y] = [a[at] ?? 0, b[at] ?? 0];
    sumA += x;
    sumB += y;
    squaresA += x * x;
    squaresB += y * y;
    products += x * y;
  }
  const spread = Math.sqrt((squaresA - (sumA * sumA) / count) * (squaresB - (sumB * sumB) / count));
  return spread > 0 ? (products - (sumA * sumB) / count) / spread : 0;
}
