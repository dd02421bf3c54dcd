import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** The first bytes of a file. */
export function startOf(path: string, bytes: number): Promise<Buffer> {
  return bytesAt(path, 0, bytes);
}

/** The last bytes of a file of the given size. */
export function endOf(path: string, size: number, bytes: number): Promise<Buffer> {
  return bytesAt(path, Math.max(0, size - bytes), bytes);
}

/** Bytes in the middle of a file; fewer at its end. */
export async function bytesAt(path: string, position: number, bytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Whether a predicate holds for every chunk of a file, from a position on; stops reading at the first failure. */
export async function everyChunk(
  path: string,
  isTrue: (chunk: Uint8Array) => boolean,
  start = 0,
): Promise<boolean> {
  for await (const chunk of createReadStream(path, { start })) if (!isTrue(chunk as Buffer)) return false;
  return true;
}
