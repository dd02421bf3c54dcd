import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { audioMediaType } from '../shared/media-types.ts';
import { isMisnamedManifest, MANIFEST_NAME } from '../voice-folder/names.ts';

/** A folder on this machine that holds a manifest, or was meant to. */
export interface LocalVoiceFolder {
  path: string;
  /** Its own name. */
  name: string;
}

/**
 * The voice folders at a path: the folder itself, or else those right below it. Of these also what would be one but for
 * its manifest, which is misnamed or missing beside recordings, and what cannot be read: `checkFolder` says what is
 * wrong with it, so that nobody ends up with a voice fewer.
 *
 * @throws {Error} when there is none, saying what is missing.
 */
export async function findVoiceFolders(path: string): Promise<LocalVoiceFolder[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`There is no folder ${path}`) : error;
  });
  const own = kindOf(entries.map(({ name }) => name));
  if (own === 'voice') return [voiceFolder(path)];
  const found: LocalVoiceFolder[] = [];
  for (const entry of entries) {
    // What is hidden is of some program: .git, .Trash.
    if (entry.name.startsWith('.')) continue;
    const folder = join(path, entry.name);
    const isLink = entry.isSymbolicLink() && (await stat(folder).catch(() => undefined))?.isDirectory();
    if (!entry.isDirectory() && !isLink) continue;
    const names = await readdir(folder).catch(() => undefined);
    const kind = names ? kindOf(names) : 'unreadable';
    // Beside recordings of its own, a folder of takes is none that a manifest was forgotten in.
    if (kind === 'voice' || (kind !== undefined && own === undefined)) found.push(voiceFolder(folder));
  }
  if (found.length === 0)
    throw new Error(`${path} holds no ${MANIFEST_NAME}, nor does a folder right below it`);
  return found;
}

function voiceFolder(path: string): LocalVoiceFolder {
  return { path, name: basename(resolve(path)) };
}

/** What a folder with these files is, or was meant to be. */
function kindOf(names: readonly string[]): 'voice' | 'misnamed' | 'unlisted' | undefined {
  if (names.includes(MANIFEST_NAME)) return 'voice';
  if (names.some(isMisnamedManifest)) return 'misnamed';
  return names.some((name) => !name.startsWith('.') && audioMediaType(name)) ? 'unlisted' : undefined;
}
