import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FolderFile } from '../../voice-folder/judge-samples.ts';

/** A file below a folder on this machine. */
export interface LocalFile extends FolderFile {
  path: string;
}

/** All files below a folder, by names such as `one.mp3` and `more/two.mp3`. Links are no files, as nobody uploads them. */
export async function listFiles(folder: string): Promise<LocalFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: LocalFile[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    files.push({ name, path, size: (await stat(path)).size, content: name });
  }
  return files;
}

/** The files again, those that could have the same content with the hash of it: reading all would take its time. */
export async function withContent(files: readonly LocalFile[]): Promise<LocalFile[]> {
  const sizes = Map.groupBy(files, ({ size }) => size);
  return Promise.all(
    files.map(async (file) =>
      file.size > 0 && (sizes.get(file.size)?.length ?? 0) > 1
        ? { ...file, content: await hashOf(file.path) }
        : file,
    ),
  );
}

/** The first bytes of a file. */
export function startOf(path: string, bytes: number): Promise<Buffer> {
  return part(path, 0, bytes);
}

/** The last bytes of a file of that size. */
export function endOf(path: string, size: number, bytes: number): Promise<Buffer> {
  return part(path, Math.max(0, size - bytes), bytes);
}

async function part(path: string, position: number, bytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Whether something is true of all of a file, read until it is not. */
export async function everyChunk(path: string, isTrue: (chunk: Uint8Array) => boolean): Promise<boolean> {
  for await (const chunk of createReadStream(path)) if (!isTrue(chunk as Buffer)) return false;
  return true;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
