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

/** What is in a folder. */
export interface Listing {
  files: LocalFile[];
  /** What is neither a file nor a folder, or cannot be opened, and why: a sentence. A folder's name ends with a slash. */
  others: { name: string; why: string; error?: NodeJS.ErrnoException }[];
}

/** Lists all files below a folder, with names such as `more/two.mp3`. Follows links, like the AWS CLI. */
export async function listFiles(folder: string): Promise<LocalFile[]> {
  return (await listFolder(folder)).files;
}

/** Like {@link listFiles}, also for what looks like a file and is none, such as a link to what is gone. */
export async function listFolder(folder: string): Promise<Listing> {
  const listing: Listing = { files: [], others: [] };
  await walk(folder, '', new Set(), listing);
  return listing;
}

/** @param above the parent folders, for detecting link cycles */
async function walk(
  folder: string,
  below: string,
  above: ReadonlySet<string>,
  { files, others }: Listing,
): Promise<void> {
  const real = await realpath(join(folder, below));
  if (above.has(real)) return;
  for (const entry of await readdir(real)) {
    const name = below === '' ? entry : `${below}/${entry}`;
    const path = join(folder, name);
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
    if (found instanceof Error) others.push({ name, why: whyNoFile(entry, found), error: found });
    else if (found.isDirectory()) {
      await walk(folder, name, new Set([...above, real]), { files, others }).catch((error: Error) =>
        others.push({ name: `${name}/`, why: whyNoFile(entry, error), error }),
      );
    } else if (found.isFile()) files.push({ name, path, size: found.size, content: name });
    else others.push({ name, why: 'it is not a file but a pipe, a socket or a device' });
  }
}

function whyNoFile(name: string, { code, message }: NodeJS.ErrnoException): string {
  if (code !== 'ENOENT') return `it cannot be opened (${code ?? message})`;
  return name.includes('\ufffd')
    ? 'its name is in no known encoding: rename it'
    : 'it is a link to a file that is not there';
}

/** Hashes the content of files with equal sizes only, because reading all files would be slow. */
export async function withContent(files: readonly LocalFile[], memory: Memory): Promise<LocalFile[]> {
  const sizes = groupBy(files, ({ size }) => size);
  // Limits the number of open files.
  const atOnce = limit(16);
  return Promise.all(
    files.map(async (file) =>
      file.size > 0 && (sizes.get(file.size)?.length ?? 0) > 1
        ? // Whoever reads it next reports what cannot be read.
          atOnce(async () => ({
            ...file,
            content: await hashOf(file.path, memory).catch(() => file.content),
          }))
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
