import { extensionOf } from '../../shared/audio-formats.ts';
import { isAlike, outlineOf } from './outline.ts';
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

/** A recording that sounds the same as an earlier one, or may, if it was not decoded (`isHeard`). */
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
