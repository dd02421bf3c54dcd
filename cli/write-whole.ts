import { randomUUID } from 'node:crypto';
import { realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes a file whole or not at all: on a full disk, what was there stays. */
export async function writeWhole(
  path: string,
  text: string,
  { mayReplace }: { mayReplace: boolean },
): Promise<void> {
  // Behind a link, as a program would that writes to it.
  const target = mayReplace ? await realpath(path).catch(() => path) : path;
  const written = mayReplace ? join(dirname(target), `.${randomUUID()}.new`) : target;
  try {
    await writeFile(written, text, { flag: 'wx' });
    if (mayReplace) await rename(written, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      await rm(written, { force: true }).catch(() => {});
    throw error;
  }
}
