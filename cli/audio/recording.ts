import type { Memory } from '../memory.ts';
import { listen, type Listener } from './listen.ts';
import type { Sound } from './measure.ts';
import type { Media } from '../../shared/media.ts';
import { averageBitRate } from './average-bit-rate.ts';
import { readMedia } from './media.ts';

/** A recording and its properties. */
export interface Recording {
  name: string;
  media: Media;
  /** Undefined if not analyzed with ffmpeg. */
  sound?: Sound | undefined;
  /** Why ffmpeg could not decode it. */
  notHeard?: string | undefined;
}

/**
 * Reads a recording's headers and analyzes its sound with ffmpeg, if there is one.
 *
 * @param start as for {@link readMedia}
 * @param size of the file in bytes
 */
export async function readRecording(
  path: string,
  start: Uint8Array,
  size: number,
  listener: Listener | undefined,
  memory: Memory,
): Promise<Omit<Recording, 'name'>> {
  const [declared, heard] = await Promise.all([
    readMedia(path, start, size),
    listener?.can ? listen(path, { build: listener.build, memory }) : undefined,
  ]);
  if (heard?.kind !== 'heard') return { media: declared, notHeard: heard?.why };
  // Its index points beside the sound: PCM is heard as noise, and `prepare` would save that.
  if (declared.isTagged && declared.container === 'MP4') return { media: declared };
  return { media: averageBitRate(bothOf(declared, heard.media), start, size), sound: heard.sound };
}

/**
 * Combines both: decoded values take precedence, but the headers know the container and the expected length.
 */
function bothOf(declared: Media, decoded: Media): Media {
  const { seconds: expected = 0, container } = declared;
  // ffmpeg loses some at each joint.
  const isWhole = declaresMore.has(container ?? '') || declared.isJoined;
  const isShort = !isWhole && (decoded.seconds ?? 0) < 0.95 * expected - 1;
  return {
    ...declared,
    ...decoded,
    ...(container !== undefined && { container }),
    // Opus always decodes to 48 kHz, regardless of the original rate.
    ...(declared.codec === 'Opus' &&
      declared.sampleRate !== undefined && { sampleRate: declared.sampleRate }),
    ...(isShort && { isTruncated: true }),
  };
}

/**
 * Good files of these declare more than they hold if they are a part of a recording, cut out of it without encoding: the
 * length in the header, or the position in the last page, is the whole's. Whether one ends too early, ffmpeg (WebM,
 * Matroska) and the last page (Ogg) say.
 */
const declaresMore = new Set(['Matroska', 'Ogg', 'WebM']);
