import { randomUUID } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from './disk-errors.ts';

/**
 * Writes a file whole or not at all: on a full disk, what was there stays.
 *
 * @param options.mode of the file @default - what the user's umask leaves
 * @throws {Error} of the file system; `EEXIST` if the file is there and may not be replaced
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { mayReplace, mode = 0o666 }: { mayReplace: boolean; mode?: number },
): Promise<void> {
  // Behind a link, as a program would that writes to it.
  const target = mayReplace ? await realpath(path).catch(() => path) : path;
  const written = mayReplace ? join(dirname(target), `.${randomUUID()}.new`) : target;
  try {
    await writeFile(written, content, { flag: 'wx', mode });
    if (mayReplace) await rename(written, target);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EEXIST') await rm(written, { force: true }).catch(() => {});
    // The folder takes no new file, or does not let this one go; the file itself may still be changed.
    const file =
      mayReplace && (code === 'EACCES' || code === 'EPERM') ? await openRegular(target) : undefined;
    if (!file) throw error;
    try {
      await overwrite(file, Buffer.from(content));
    } finally {
      await file.close();
    }
  }
}

/** Undefined if it may not be changed, or is none. */
async function openRegular(path: string): Promise<FileHandle | undefined> {
  const file = await open(path, 'r+').catch(() => undefined);
  if (!file || (await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

async function overwrite(file: FileHandle, content: Uint8Array): Promise<void> {
  const before = await file.readFile();
  try {
    await writeFromStart(file, content);
  } catch (error) {
    await writeFromStart(file, before);
    throw error;
  }
}

async function writeFromStart(file: FileHandle, content: Uint8Array): Promise<void> {
  for (let at = 0; at < content.length;) {
    at += (await file.write(content, at, content.length - at, at)).bytesWritten;
  }
  await file.truncate(content.length);
}
