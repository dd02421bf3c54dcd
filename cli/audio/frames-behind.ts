import { frameIn, isAdts, tagLength } from '../../shared/audio-frames.ts';
import { bytesAt } from './file-bytes.ts';

/** What is read at once, and how far frames are searched behind tags and zeros. */
const SEARCHED = 64 * 1024;
/** Two in a row may be chance. */
const LEAST_FRAMES = 5;

/**
 * The container of a file of frames behind what players skip, however long it is: several tags, zeros of a recorder, or the list of
 * files that mp3wrap writes. Undefined if there are none.
 *
 * @param size of the file in bytes
 */
export async function containerBehind(path: string, size: number): Promise<'AAC' | 'MP3' | undefined> {
  for (let at = 0; at < size;) {
    const bytes = await bytesAt(path, at, SEARCHED);
    const zeros = bytes.findIndex((byte) => byte !== 0);
    const skipped = tagLength(bytes) || apeLength(bytes) || (zeros < 0 ? bytes.length : 0);
    if (skipped === 0) return framesIn(bytes.subarray(zeros));
    at += skipped;
  }
  return undefined;
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
