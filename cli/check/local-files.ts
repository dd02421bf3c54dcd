import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FolderFile } from '../../voice-folder/judge-samples.ts';
import { groupBy } from '../group-by.ts';
import { limit } from '../limit.ts';
import { aboutFile, type Memory } from '../memory.ts';

/** A local file below a folder. */
export interface LocalFile extends FolderFile {
  path: string;
}

/** Limits the number of open files, and is enough for two ffmpegs that take several each. */
export const filesAtOnce = limit(64);

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
export async function withContent(files: readonly LocalFile[], memory: Memory): Promise<LocalFile[]> {
  const sizes = groupBy(files, ({ size }) => size);
  // Limits the number of open files.
  const atOnce = limit(16);
  return Promise.all(
    files.map(async (file) =>
      file.size > 0 && (sizes.get(file.size)?.length ?? 0) > 1
        ? atOnce(async () => ({ ...file, content: await hashOf(file.path, memory) }))
        : file,
    ),
  );
}

async function hashOf(path: string, memory: Memory): Promise<string> {
  const digest = await aboutFile(memory, path, 'sha256', async () => {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    return hash.digest();
  });
  return digest.toString('hex');
}
