import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FolderFile } from '../../voice-folder/judge-samples.ts';
import { groupBy } from '../group-by.ts';
import { limit } from '../limit.ts';

/** A local file below a folder. */
export interface LocalFile extends FolderFile {
  path: string;
}

/** Lists all files below a folder, with names such as `more/two.mp3`. Follows links, like the AWS CLI. */
export async function listFiles(folder: string): Promise<LocalFile[]> {
  return walk(folder, '', new Set());
}

/** @param above the parent folders, for detecting link cycles */
async function walk(folder: string, below: string, above: ReadonlySet<string>): Promise<LocalFile[]> {
  const real = await realpath(join(folder, below));
  if (above.has(real)) return [];
  const files: LocalFile[] = [];
  for (const entry of await readdir(real)) {
    const name = below === '' ? entry : `${below}/${entry}`;
    const path = join(folder, name);
    // Ignores broken links.
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) files.push(...(await walk(folder, name, new Set([...above, real]))));
    if (found?.isFile()) files.push({ name, path, size: found.size, content: name });
  }
  return files;
}

/** Hashes the content of files with equal sizes only, because reading all files would be slow. */
export async function withContent(files: readonly LocalFile[]): Promise<LocalFile[]> {
  const sizes = groupBy(files, ({ size }) => size);
  // Limits the number of open files.
  const atOnce = limit(16);
  return Promise.all(
    files.map(async (file) =>
      file.size > 0 && (sizes.get(file.size)?.length ?? 0) > 1
        ? atOnce(async () => ({ ...file, content: await hashOf(file.path) }))
        : file,
    ),
  );
}

/** The first bytes of a file. */
export function startOf(path: string, bytes: number): Promise<Buffer> {
  return part(path, 0, bytes);
}

/** The last bytes of a file of the given size. */
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

/** Whether a predicate holds for every chunk of a file; stops reading at the first failure. */
export async function everyChunk(path: string, isTrue: (chunk: Uint8Array) => boolean): Promise<boolean> {
  for await (const chunk of createReadStream(path)) if (!isTrue(chunk as Buffer)) return false;
  return true;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
