import { randomUUID } from 'node:crypto';
import { realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

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
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      await rm(written, { force: true }).catch(() => {});
    throw error;
  }
}
