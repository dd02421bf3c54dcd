import { tagLength } from '../../shared/audio-frames.ts';
import type { Media } from '../../shared/media.ts';

/**
 * Corrects the bit rate of files that are a sequence of frames: both ffmpeg and music-metadata may report the rate of the
 * first ones, or a header's that is not theirs.
 *
 * @param start the first 4 KiB, or all bytes if there are fewer
 * @param size of the file in bytes
 */
export function averageBitRate(media: Media, start: Uint8Array, size: number): Media {
  const { container, seconds = 0, bitsPerSecond = 0 } = media;
  if (container === undefined || !framed.has(container) || seconds <= 0) return media;
  const average = (8 * (size - tagLength(start))) / seconds;
  // A nominal rate is nicer to read, and a short recording has a frame or two more.
  return Math.abs(average / bitsPerSecond - 1) < 0.05 ? media : { ...media, bitsPerSecond: average };
}

/** Containers that hold nothing but frames, and a tag. */
const framed = new Set(['AAC', 'LATM', 'MP3']);
