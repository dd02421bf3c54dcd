import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkBeside } from '../check/check-folder.ts';
import type { CheckedFolder } from '../check/checked-folder.ts';
import { exitCodes, listed, ProgramError } from '../output.ts';
import { plain } from '../table.ts';
import {
  eachOnce,
  expandPatterns,
  findVoiceFolders,
  type FoundFolder,
  isFolder,
  type LocalVoiceFolder,
  matches,
} from '../voice-folders.ts';
import type { Choice } from './options.ts';

/**
 * Finds the voice folders at some paths, each once, without those that `--exclude` leaves out.
 *
 * @returns also what is beside them, and therefore not dropped
 * @throws {Error} if a path does not exist or has no voice folder, none is left, or two would become one in the bucket
 */
export async function chooseFolders(
  paths: readonly string[],
  choices: readonly Choice[],
): Promise<{ folders: FoundFolder[]; beside: CheckedFolder[] }> {
  const found = await findAll(await expandPatterns(paths));
  const folders = choose(found.folders, choices);
  refuseDoubles(folders);
  return { folders, beside: found.beside };
}

/**
 * Finds each folder once, however often it is named.
 *
 * @throws {Error} if one does not exist or is not a voice folder
 */
async function findAll(
  paths: readonly string[],
): Promise<{ folders: FoundFolder[]; beside: CheckedFolder[] }> {
  const folders: FoundFolder[] = [];
  const beside: CheckedFolder[] = [];
  for (const path of paths) {
    if (!(await isFolder(path))) {
      throw new ProgramError(await whyNoFolder(path, paths), exitCodes.usage);
    }
    const found = await findVoiceFolders(path);
    folders.push(...found.folders);
    beside.push(...checkBeside(path, found));
  }
  return { folders: eachOnce(folders), beside: eachOnce(beside) };
}

/** @throws {ProgramError} if two have the same name, or are the same folder: its voice would be billed twice */
function refuseDoubles(folders: readonly FoundFolder[]): void {
  const byName = new Map<string, FoundFolder>();
  const byPlace = new Map<string, FoundFolder>();
  for (const folder of folders) {
    const both = (other: LocalVoiceFolder) => `${plain(other.path)} and ${plain(folder.path)}`;
    const namesake = byName.get(folder.name.normalize());
    if (namesake) {
      const message = `${both(namesake)} have the same name, and would become one folder in the bucket`;
      throw new ProgramError(`${message}: rename one, or drop them to different places`, exitCodes.usage);
    }
    const same = byPlace.get(folder.realPath);
    if (same) {
      const message = `${both(same)} are the same folder, linked, and would become two voices`;
      throw new ProgramError(
        `${message}: leave one out, as with --exclude "${plain(folder.name)}"`,
        exitCodes.usage,
      );
    }
    byName.set(folder.name.normalize(), folder);
    byPlace.set(folder.realPath, folder);
  }
}

/**
 * The last matching pattern wins, as in the AWS CLI.
 *
 * @throws {ProgramError} if no folder is left
 */
function choose(folders: readonly FoundFolder[], choices: readonly Choice[]): FoundFolder[] {
  const chosen = folders.filter(
    ({ name }) => choices.findLast(({ pattern }) => matches(name, pattern))?.isTaken ?? true,
  );
  if (chosen.length > 0) return chosen;
  const names = listed(folders.map(({ name }) => name));
  throw new ProgramError(`--exclude leaves out every folder: ${names}`, exitCodes.usage);
}

async function whyNoFolder(path: string, paths: readonly string[]): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found) return plain(`${path} is a file: drop its folder, ${dirname(path)}`);
  const whole = paths.join(' ');
  const hint = (await isFolder(whole)) ? `: put quotes around a name with spaces, "${whole}"` : '';
  return plain(`There is no folder ${path}${hint}`);
}
