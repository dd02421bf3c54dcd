import { MANIFEST_NAME } from '../voice-folder/names.ts';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

/** A folder on this machine that holds a manifest. */
export interface LocalVoiceFolder {
  path: string;
  /** Its own name. */
  name: string;
}

/**
 * The voice folders at a path: the folder itself, or else those right below it.
 *
 * @throws {Error} when there is none, saying what is missing.
 */
export async function findVoiceFolders(path: string): Promise<LocalVoiceFolder[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => {
    throw new Error(`There is no folder ${path}`);
  });
  const folders = entries.some(({ name }) => name === MANIFEST_NAME)
    ? [path]
    : entries
        // A link may lead to a folder; what does not is left out below.
        .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
        .map(({ name }) => join(path, name));
  const found: LocalVoiceFolder[] = [];
  for (const folder of folders) {
    if (await stat(join(folder, MANIFEST_NAME)).catch(() => undefined)) {
      found.push({ path: folder, name: basename(resolve(folder)) });
    }
  }
  if (found.length === 0)
    throw new Error(`${path} holds no ${MANIFEST_NAME}, nor does a folder right below it`);
  return found;
}
