import { extensionOf } from '../../shared/audio-formats.ts';
import type { Sound } from './measure.ts';
import type { Recording } from './recording.ts';

/**
 * Finds recordings that sound the same as an earlier one, although their bytes differ: meeting programs save one talk as
 * `.mp4` and as `.m4a`, and people keep a converted copy. Compares their outlines.
 */
export function sameSounds(recordings: readonly Recording[]): SameSound[] {
  const found: SameSound[] = [];
  const earlier: { name: string; seconds: number; outline: Float32Array }[] = [];
  for (const { name, media, sound } of recordings) {
    const { seconds = 0 } = media;
    if (!sound || seconds < SHORTEST) continue;
    const outline = outlineOf(sound);
    const twin = earlier.find(
      (other) => Math.abs(other.seconds - seconds) < TOLERANCE && isAlike(other.outline, outline),
    );
    if (twin) found.push({ name, as: twin.name, isHeard: true });
    else earlier.push({ name, seconds, outline });
  }
  return [...found, ...sameTalks(recordings)];
}

/** A recording that sounds the same as an earlier one; or may, if nobody listened. */
export interface SameSound {
  name: string;
  as: string;
  isHeard: boolean;
}

/** Without ffmpeg: an `.mp4` and an `.m4a` of the same length. */
function sameTalks(recordings: readonly Recording[]): SameSound[] {
  const unheard = recordings.filter(({ media, sound }) => !sound && media.container === 'MP4');
  const named = (extension: string) => unheard.filter(({ name }) => extensionOf(name) === extension);
  return named('mp4').flatMap(({ name, media: { seconds = 0 } }) => {
    const audio = named('m4a').find((other) => Math.abs((other.media.seconds ?? 0) - seconds) < SAME_LENGTH);
    return audio && seconds > SHORTEST ? [{ name, as: audio.name, isHeard: false }] : [];
  });
}

/** In seconds: a picture may last longer than the sound. */
const SAME_LENGTH = 0.5;

/** In seconds. Words alone are too much alike. */
const SHORTEST = 3;
/** Encoders add a little silence at the beginning and the end. */
const TOLERANCE = 0.15;

/** In seconds. */
const STEP = 0.02;
/** Steps by which one recording may begin later. */
const MOST_SHIFT = 6;
/** Other takes of the same words stay far below; copies at another sample rate reach 0.98. */
const ALIKE = 0.95;

/** The amplitude of the loudest channel in steps of time: blocks are not equally long at all sample rates. */
function outlineOf({ channels, blockSeconds }: Sound): Float32Array {
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

function isAlike(a: Float32Array, b: Float32Array): boolean {
  for (let shift = -MOST_SHIFT; shift <= MOST_SHIFT; shift++) {
    if (correlation(a.subarray(Math.max(0, shift)), b.subarray(Math.max(0, -shift))) > ALIKE) return true;
  }
  return false;
}

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
