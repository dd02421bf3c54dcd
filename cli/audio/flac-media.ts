import type { Media } from '../../shared/media.ts';
import { bytesAt } from './file-bytes.ts';
import { flacFrames } from './flac-frames.ts';
import { positive } from './positive.ts';

/**
 * Reads a FLAC file, or several that are joined: its length is that of their frames. The header of a part that was cut out of another
 * without encoding is that of the whole, and programs that write to a pipe do not say it.
 *
 * @param starts where each begins
 * @param size of the file in bytes
 */
export async function readFlac(path: string, starts: readonly number[], size: number): Promise<Media> {
  const parts = await Promise.all(
    starts.map((from, index) => readPart(path, from, starts[index + 1] ?? size)),
  );
  const seconds = parts.reduce((sum, part) => sum + (part.seconds ?? NaN), 0);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return {
    container: 'FLAC',
    codec: 'FLAC',
    ...positive({ sampleRate: parts[0]?.sampleRate, channels: parts[0]?.channels }),
    ...positive({ seconds, bitsPerSecond: (8 * bytes) / seconds }),
    ...(parts.some(({ isCut }) => isCut) && { isTruncated: true }),
  };
}

interface Part {
  sampleRate?: number;
  channels?: number;
  seconds?: number;
  /** Of its frames. */
  bytes: number;
  /** Whether it ends in a frame, and before its declared length. What follows the last frame may be a tag. */
  isCut?: boolean;
}

async function readPart(path: string, from: number, to: number): Promise<Part> {
  // RFC 9639, section 8.2.
  const info = await bytesAt(path, from, 26);
  if (info.length < 26) return { bytes: 0 };
  const sampleRate = info.readUIntBE(18, 3) >> 4;
  const channels = ((info.readUInt8(20) >> 1) & 7) + 1;
  const declared = ((info.readUInt8(21) & 15) * 2 ** 32 + info.readUInt32BE(22)) / sampleRate;
  const frames = await flacFrames(path, sampleRate, from, to);
  if (!frames) return { sampleRate, channels, seconds: declared, bytes: to - from };
  const { seconds, isWhole, at } = frames;
  return { sampleRate, channels, seconds, bytes: to - at, isCut: !isWhole && seconds < declared };
}
