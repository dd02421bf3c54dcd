import { existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { onOneLine } from '../shared/on-one-line.ts';
import { audioMediaType } from '../shared/audio-formats.ts';
import { firstOfEach } from './group-by.ts';
import { exitCodes, ProgramError } from './output.ts';
import { isMisnamedManifest, MANIFEST_NAME } from '../voice-folder/names.ts';

/** A local folder that contains a manifest, or was meant to. */
export interface LocalVoiceFolder {
  path: string;
  /** The folder's name. */
  name: string;
}

/** A voice folder on disk. */
export interface FoundFolder extends LocalVoiceFolder {
  /** Where it is without links, in the spelling of the disk. */
  realPath: string;
}

/** The voice folders at a path. */
export interface FoundFolders {
  folders: FoundFolder[];
  /** Recordings and misnamed manifests that are next to the folders, and therefore in none of them. */
  beside: string[];
}

/**
 * Finds the voice folders at a path: the folder itself, or else its direct subfolders. Includes subfolders
 * with recordings but a misnamed or missing manifest, and unreadable ones, so that no voice is skipped
 * silently: `checkFolder` reports the problem.
 *
 * @throws {Error} if there are none; says what is missing.
 */
export async function findVoiceFolders(path: string): Promise<FoundFolders> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw whyUnlisted(path, error);
  });
  const siblings = entries.map(({ name }) => name);
  const own = kindOf(siblings);
  if (own === 'voice') return { folders: [await voiceFolder(path)], beside: [] };
  const found: FoundFolder[] = [];
  for (const entry of entries) {
    // Hidden folders belong to other programs: .git, .Trash.
    if (entry.name.startsWith('.')) continue;
    const folder = join(path, entry.name);
    const isLink = entry.isSymbolicLink() && (await isFolder(folder));
    if (!entry.isDirectory() && !isLink) continue;
    const names = await readdir(folder).catch(() => undefined);
    const kind = names ? kindOf(names) : 'unreadable';
    // If the folder itself has recordings, a subfolder without a manifest is probably just a collection of
    // takes.
    if (kind === 'voice' || (kind !== undefined && own === undefined)) found.push(await voiceFolder(folder));
  }
  if (found.length === 0)
    throw new Error(
      `There is no ${MANIFEST_NAME} in ${onOneLine(path)} or its direct subfolders` +
        advice(own, path, siblings),
    );
  return { folders: found, beside: siblings.filter((name) => isMisnamedManifest(name) || isRecording(name)) };
}

/** Whether there is a folder at a path, perhaps behind a link. */
export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/**
 * What to report of a folder that cannot be listed: a path that does not exist, or is a file, is a mistake in the command
 * line, in each command.
 */
export function whyUnlisted(path: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') return error;
  const message = existsSync(path)
    ? `${path} is a file: name its folder, ${dirname(path)}`
    : `There is no folder ${path}`;
  return new ProgramError(onOneLine(message), exitCodes.usage, { code: 'NOT_FOUND' });
}

/**
 * Expands patterns such as `voices/*`, which some shells pass on as they are (cmd.exe, PowerShell), to folders. A path that
 * exists, or that matches nothing, stays.
 */
export async function expandPatterns(paths: readonly string[]): Promise<string[]> {
  const expanded = paths.map(async (path) => {
    if (!isPattern(path) || (await stat(path).catch(() => undefined))) return [path];
    const found = await foldersMatching(path);
    return found.length > 0 ? found : [path];
  });
  return (await Promise.all(expanded)).flat();
}

async function foldersMatching(pattern: string): Promise<string[]> {
  const [first = '', ...segments] = pattern.split(sep === '/' ? '/' : /[\\/]/);
  let found = isPattern(first) ? await subfolders('', first) : [first === '' ? '/' : first];
  for (const segment of segments) {
    const below = found.map((folder) =>
      isPattern(segment) ? subfolders(folder, segment) : Promise.resolve([join(folder, segment)]),
    );
    found = (await Promise.all(below)).flat();
  }
  return found;
}

async function subfolders(folder: string, pattern: string): Promise<string[]> {
  const entries = await readdir(folder || '.', { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && matches(entry.name, pattern))
    .map(({ name }) => join(folder, name))
    .toSorted();
}

/** Whether a folder's name matches a pattern such as `voice-*`. Node 20's own function warns that it is experimental. */
export function matches(name: string, pattern: string): boolean {
  return picomatch.isMatch(name, pattern, { dot: true });
}

function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

async function voiceFolder(path: string): Promise<FoundFolder> {
  return { path, name: basename(resolve(path)), realPath: await realpath(path) };
}

/** Leaves out what was named before, in whatever spelling. A link with another name is another folder. */
export function eachOnce<Folder extends { path: string; realPath?: string }>(
  folders: readonly Folder[],
): Folder[] {
  return firstOfEach(
    folders,
    ({ path, realPath = resolve(path) }) => `${basename(resolve(path))} ${realPath}`,
  );
}

/** How a folder that is not a voice folder yet becomes one. */
function advice(kind: ReturnType<typeof kindOf>, path: string, names: readonly string[]): string {
  const misnamed = names.find(isMisnamedManifest);
  if (misnamed !== undefined) return `: rename ${onOneLine(misnamed)} to ${MANIFEST_NAME}`;
  return kind === undefined ? '' : `: write one with callers-voice-clone init "${onOneLine(path)}"`;
}

/** Classifies a folder by its file names. */
function kindOf(names: readonly string[]): 'voice' | 'misnamed' | 'unlisted' | undefined {
  if (names.includes(MANIFEST_NAME)) return 'voice';
  if (names.some(isMisnamedManifest)) return 'misnamed';
  return names.some(isRecording) ? 'unlisted' : undefined;
}

function isRecording(name: string): boolean {
  return !name.startsWith('.') && audioMediaType(name) !== undefined;
}
