import { open } from 'node:fs/promises';
import { bytesAt } from './file-bytes.ts';

/** A box of an MP4 file, and where it is. */
export interface PlacedBox {
  name: string;
  at: number;
  length: number;
}

/**
 * The outermost boxes of an MP4 file (ISO/IEC 14496-12, section 4.2); the last one may reach beyond the end of the file.
 *
 * @param size of the file in bytes
 */
export async function* boxesOf(path: string, size: number): AsyncGenerator<PlacedBox> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(16);
    for (let at = 0; at + 16 <= size;) {
      await file.read(head, 0, 16, at);
      const length = lengthIn(head, size - at);
      yield { name: head.toString('latin1', 4, 8), at, length };
      if (length < 8) break;
      at += length;
    }
  } finally {
    await file.close();
  }
}

/** An hour of sound has about 2 MB of index. */
const LONGEST_MOVIE_BOX = 32 * 1024 * 1024;

/** The content of a box that describes the movie (ISO/IEC 14496-12, section 8.2.1), with its head. */
export function movieIn(path: string, { at, length }: PlacedBox): Promise<Buffer> {
  return bytesAt(path, at, Math.min(length, LONGEST_MOVIE_BOX));
}

/**
 * The first box of a file that describes the movie, as {@link movieIn} returns it; undefined if there is none.
 *
 * @param size of the file in bytes
 */
export async function firstMovieIn(path: string, size: number): Promise<Buffer | undefined> {
  for await (const box of boxesOf(path, size)) if (box.name === 'moov') return movieIn(path, box);
  return undefined;
}

/** The boxes in a box's content. */
export function childrenOf(content: Buffer): { name: string; content: Buffer }[] {
  const children = [];
  for (let at = 0; at + 16 <= content.length;) {
    const length = lengthIn(content.subarray(at), content.length - at);
    if (length < 8) break;
    const head = content.readUInt32BE(at) === 1 ? 16 : 8;
    children.push({
      name: content.toString('latin1', at + 4, at + 8),
      content: content.subarray(at + head, at + length),
    });
    at += length;
  }
  return children;
}

/** The content of the first box on a path of names. */
export function boxIn(content: Buffer, ...names: string[]): Buffer | undefined {
  return names.reduce<Buffer | undefined>(
    (inside, name) => inside && childrenOf(inside).find((child) => child.name === name)?.content,
    content,
  );
}

/** 1: a length of 64 bits follows; 0: as much as is left. */
function lengthIn(head: Buffer, left: number): number {
  const short = head.readUInt32BE(0);
  return short === 1 ? Number(head.readBigUInt64BE(8)) : short === 0 ? left : short;
}
