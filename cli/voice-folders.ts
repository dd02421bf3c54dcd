import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { audioMediaType } from '../shared/media-types.ts';
import { isMisnamedManifest, MANIFEST_NAME } from '../voice-folder/names.ts';

/** A local folder that contains a manifest, or was meant to. */
export interface LocalVoiceFolder {
  path: string;
  /** The folder's name. */
  name: string;
}

/**
 * Finds the voice folders at a path: the folder itself, or else its direct subfolders. Includes subfolders
 * with recordings but a misnamed or missing manifest, and unreadable ones, so that no voice is skipped
 * silently: `checkFolder` reports the problem.
 *
 * @throws {Error} if there are none; says what is missing.
 */
export async function findVoiceFolders(path: string): Promise<LocalVoiceFolder[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`There is no folder ${path}`) : error;
  });
  const own = kindOf(entries.map(({ name }) => name));
  if (own === 'voice') return [voiceFolder(path)];
  const found: LocalVoiceFolder[] = [];
  for (const entry of entries) {
    // Hidden folders belong to other programs: .git, .Trash.
    if (entry.name.startsWith('.')) continue;
    const folder = join(path, entry.name);
    const isLink = entry.isSymbolicLink() && (await stat(folder).catch(() => undefined))?.isDirectory();
    if (!entry.isDirectory() && !isLink) continue;
    const names = await readdir(folder).catch(() => undefined);
    const kind = names ? kindOf(names) : 'unreadable';
    // If the folder itself has recordings, a subfolder without a manifest is probably just a collection of
    // takes.
    if (kind === 'voice' || (kind !== undefined && own === undefined)) found.push(voiceFolder(folder));
  }
  if (found.length === 0) throw new Error(`There is no ${MANIFEST_NAME} in ${path} or its direct subfolders`);
  return found;
}

function voiceFolder(path: string): LocalVoiceFolder {
  return { path, name: basename(resolve(path)) };
}

/** Classifies a folder by its file names. */
function kindOf(names: readonly string[]): 'voice' | 'misnamed' | 'unlisted' | undefined {
  if (names.includes(MANIFEST_NAME)) return 'voice';
  if (names.some(isMisnamedManifest)) return 'misnamed';
  return names.some((name) => !name.startsWith('.') && audioMediaType(name)) ? 'unlisted' : undefined;
}
