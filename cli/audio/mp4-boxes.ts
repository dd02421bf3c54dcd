import { bytesAt } from './file-bytes.ts';

/**
 * The boxes of an MP4 file (ISO/IEC 14496-12, section 4.2); the last one may reach beyond the end of the file.
 *
 * @param size of the file in bytes
 */
export async function* boxesOf(
  path: string,
  size: number,
): AsyncGenerator<{ name: string; at: number; length: number }> {
  for (let at = 0; at + 16 <= size;) {
    const head = await bytesAt(path, at, 16);
    // 1: a length of 64 bits follows; 0: to the end of the file.
    const short = head.readUInt32BE(0);
    const length = short === 1 ? Number(head.readBigUInt64BE(8)) : short === 0 ? size - at : short;
    yield { name: head.toString('latin1', 4, 8), at, length };
    if (length < 8) break;
    at += length;
  }
}

/** An hour of sound has about 2 MB of index. */
const LONGEST_MOVIE_BOX = 32 * 1024 * 1024;

/** The box that describes the movie (ISO/IEC 14496-12, section 8.2.1), wherever it is; empty if there is none. */
export async function movieBox(path: string, size: number): Promise<Buffer> {
  for await (const { name, at, length } of boxesOf(path, size)) {
    if (name === 'moov') return bytesAt(path, at, Math.min(length, LONGEST_MOVIE_BOX));
  }
  return Buffer.alloc(0);
}
