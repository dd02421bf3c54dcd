import { frameIn, isAdts, tagLength } from '../../shared/audio-frames.ts';
import { containerIn } from '../../shared/container.ts';
import { bytesAt } from './file-bytes.ts';
import { isRifx } from './wav-header.ts';

/** What is read at once, and how far frames are searched behind tags and zeros. */
const SEARCHED = 64 * 1024;
/** Two in a row may be chance. */
const LEAST_FRAMES = 5;

/**
 * The container of a recording, and where it begins: behind what players skip, however long it is, such as several tags, zeros of a
 * recorder, or the list of files that mp3wrap writes.
 *
 * @param start the first 4 KiB, or all bytes if there are fewer
 * @param size of the file in bytes
 */
export async function containerOf(
  path: string,
  start: Uint8Array,
  size: number,
): Promise<{ container?: string; at: number }> {
  const container = isRifx(start) ? 'RIFX' : containerIn(start);
  return container === undefined ? behind(path, size) : { container, at: 0 };
}

async function behind(path: string, size: number): Promise<{ container?: string; at: number }> {
  for (let at = 0; at < size;) {
    const bytes = await bytesAt(path, at, SEARCHED);
    const zeros = bytes.findIndex((byte) => byte !== 0);
    const skipped = tagLength(bytes) || apeLength(bytes) || (zeros < 0 ? bytes.length : 0);
    if (skipped === 0) {
      const container = containerIn(bytes) ?? framesIn(bytes.subarray(zeros));
      return { ...(container && { container }), at };
    }
    at += skipped;
  }
  return { at: 0 };
}

/** The length of an APE tag at the start, which may be longer than the bytes given; 0 if there is none. */
export function apeLength(start: Buffer): number {
  // Monkey's Audio, "APE tags header": the size leaves out the header.
  const isTag = start.length >= 16 && start.toString('latin1', 0, 8) === 'APETAGEX';
  return isTag ? 32 + start.readUInt32LE(12) : 0;
}

function framesIn(bytes: Buffer): 'AAC' | 'MP3' | undefined {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const found = bytes.subarray(at);
    if (areFrames(found)) return isAdts(found) ? 'AAC' : 'MP3';
  }
  return undefined;
}

function areFrames(bytes: Buffer): boolean {
  let at = 0;
  for (let count = 0; count < LEAST_FRAMES; count++) {
    const frame = frameIn(bytes.subarray(at));
    if (!frame) return false;
    at += frame.bytes;
  }
  return true;
}
