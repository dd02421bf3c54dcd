import { createHash } from 'node:crypto';
import { type BigIntStats, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { limit } from './limit.ts';
import { writeWhole } from './write-whole.ts';

/**
 * What earlier runs found out, in the user's cache folder. It only saves time: what cannot be read is found out again, and
 * what cannot be written is forgotten.
 */
export interface Memory {
  /** What was remembered under a key; undefined if nothing is. */
  recall(key: string): Promise<Buffer | undefined>;
  remember(key: string, value: Uint8Array): Promise<void>;
}

/** Remembers nothing. */
export const noMemory: Memory = {
  recall: () => Promise.resolve(undefined),
  remember: () => Promise.resolve(),
};

/**
 * The memory of all runs of this user, an entry in a file. Each file begins with the SHA-256 of what follows and of its key,
 * so a damaged one does not count. Files are renamed into place, so several programs may use it at once.
 *
 * @param options.cache Whether to remember anything; nothing is if there is no home folder. @default true
 */
export function memoryOf({ cache = true }: { cache?: boolean }): Memory {
  const folder = cache ? cacheFolder() : undefined;
  if (folder === undefined) return noMemory;
  const pathOf = (key: string) => join(folder, createHash('sha256').update(key).digest('hex'));
  const atOnce = limit(16);
  let untrimmed = Infinity;
  return {
    recall: (key) =>
      atOnce(async () => {
        const file = await readFile(pathOf(key)).catch(() => Buffer.alloc(0));
        const value = file.subarray(DIGEST_BYTES);
        return digestOf(key, value).equals(file.subarray(0, DIGEST_BYTES)) ? value : undefined;
      }),
    remember: (key, value) =>
      atOnce(async () => {
        try {
          await mkdir(folder, { recursive: true, mode: 0o700 });
          const entry = Buffer.concat([digestOf(key, value), value]);
          await writeWhole(pathOf(key), entry, { mayReplace: true, mode: 0o600 });
        } catch {
          return;
        }
        untrimmed += value.length + FILE_BYTES;
        if (untrimmed < MAX_BYTES / 8) return;
        untrimmed = 0;
        await trim(folder);
      }),
  };
}

/**
 * What is found out about a file, by its path, times, size, inode and device, as git's index knows files. A file that was changed
 * so recently that a later change could leave the same times is not remembered ("racy git"): times are as coarse as two seconds.
 *
 * @param what is found out, such as the name of a hash, with the version of whatever finds it
 * @param find reads the file; undefined if there is nothing to remember
 */
export async function aboutFile<Found extends Uint8Array | undefined>(
  memory: Memory,
  path: string,
  what: string,
  find: () => Promise<Found>,
): Promise<Found | Buffer> {
  return (await knownOfFile(memory, path, what)) ?? learnOfFile(memory, path, what, find);
}

/** What is remembered of a file as it is now; undefined if nothing is. The parameters are those of {@link aboutFile}. */
export async function knownOfFile(memory: Memory, path: string, what: string): Promise<Buffer | undefined> {
  if (memory === noMemory) return undefined;
  const known = await memory.recall(keyOf(path, what));
  if (!known?.subarray(0, DIGEST_BYTES).equals(stateOf(await stat(path, { bigint: true })))) return undefined;
  return known.subarray(DIGEST_BYTES);
}

/** Finds out and remembers, whatever is known. The parameters are those of {@link aboutFile}. */
export async function learnOfFile<Found extends Uint8Array | undefined>(
  memory: Memory,
  path: string,
  what: string,
  find: () => Promise<Found>,
): Promise<Found> {
  if (memory === noMemory) return find();
  const before = await stat(path, { bigint: true });
  const state = stateOf(before);
  const isRacy = newestOf(before) > BigInt(Date.now() - COARSEST) * 1_000_000n;
  const found = await find();
  if (!found || isRacy) return found;
  if (!stateOf(await stat(path, { bigint: true })).equals(state)) return found;
  await memory.remember(keyOf(path, what), Buffer.concat([state, found]));
  return found;
}

function keyOf(path: string, what: string): string {
  return JSON.stringify(['file', resolve(path), what]);
}

/** In milliseconds: FAT's times. */
const COARSEST = 2_000;

const DIGEST_BYTES = 32;
/** What a file takes at least. */
const FILE_BYTES = 4096;
/** Of all entries; a minute of mono takes 120 KB. */
const MAX_BYTES = 256 * 1024 ** 2;

function digestOf(key: string, value: Uint8Array): Buffer {
  return createHash('sha256').update(key).update('\0').update(value).digest();
}

function stateOf({ size, mtimeNs, ctimeNs, ino, dev }: BigIntStats): Buffer {
  return createHash('sha256').update([size, mtimeNs, ctimeNs, ino, dev].join(' ')).digest();
}

/** A restored time of modification may be old, and the change of it is new. */
function newestOf({ mtimeNs, ctimeNs }: BigIntStats): bigint {
  return mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
}

/** Removes the oldest entries, and what killed programs left, down to half the bound. */
async function trim(folder: string): Promise<void> {
  const files: { path: string; bytes: number; written: number }[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) {
      files.push({ path, bytes: Math.max(found.size, FILE_BYTES), written: found.mtimeMs });
    }
  }
  let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= MAX_BYTES) return;
  for (const { path, bytes } of files.toSorted((a, b) => a.written - b.written)) {
    if (total <= MAX_BYTES / 2) return;
    await rm(path, { force: true }).catch(() => {});
    total -= bytes;
  }
}

/** XDG Base Directory Specification; File System Programming Guide (Apple); Known Folders (Microsoft). */
function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME: xdg = '', LOCALAPPDATA: local = '' } = process.env;
  const name = 'callers-voice-clone';
  if (isAbsolute(xdg)) return join(xdg, name);
  if (process.platform === 'win32' && isAbsolute(local)) return join(local, name, 'cache');
  const home = homedir();
  if (!existsSync(home)) return undefined;
  return join(home, process.platform === 'darwin' ? 'Library/Caches' : '.cache', name);
}
