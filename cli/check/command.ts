import { count, exitCodes, print, printJson, say } from '../output.ts';
import { isMendable, remedyOf } from '../audio/remedies.ts';
import { memoryOf } from '../memory.ts';
import { plain } from '../table.ts';
import { eachOnce, expandPatterns, findVoiceFolders, type FoundFolder, isFolder } from '../voice-folders.ts';
import { checkAll } from './check-all.ts';
import { checkBeside, checkFolder, unreadable } from './check-folder.ts';
import type { CheckedFolder } from './checked-folder.ts';
import { countProblems } from './count-problems.ts';
import { describeFolder, forScripts } from './describe-folder.ts';
import { checkReportName, openReport, writeReport } from './report/write-report.ts';

/** The options of `check`. */
export interface CheckOptions {
  json?: true;
  /** Where to write a page with waveforms. */
  report?: string;
  /** Whether to open it, in a temporary folder without `report`. */
  open?: true;
  /** Whether to use what is remembered of unchanged files. @default true */
  cache?: boolean;
}

/**
 * `callers-voice-clone check`: reports problems of voice folders. Exits with 1 if a problem would prevent a
 * voice from being made.
 *
 * @throws {ProgramError} if the report has no name of a page, or cannot be written.
 */
export async function check(paths: readonly string[], options: CheckOptions): Promise<void> {
  const isDrawn = options.report !== undefined || options.open === true;
  if (options.report !== undefined) await checkReportName(options.report);
  const memory = memoryOf(options);
  const places = await expandPatterns(paths);
  const found = eachOnce((await Promise.all(places.map(foldersAt))).flat());
  const folders = await checkAll(found, { isDrawn, memory, isShown: true });
  const report = isDrawn ? await writeReport(folders, options.report) : undefined;
  if (options.json) printJson({ folders: folders.map(forScripts) });
  else print([...folders.map(describeFolder), summary(folders)].join('\n\n'));
  if (report !== undefined) {
    say(`Wrote ${report}`);
    if (options.open) await openReport(report);
  }
  if (!folders.every(({ ok }) => ok)) process.exitCode = exitCodes.notMade;
  const areFolders = await Promise.all(places.map(isFolder));
  if (areFolders.includes(false)) process.exitCode = exitCodes.usage;
}

/** The voice folders at a path, and what is already known. */
async function foldersAt(path: string): Promise<(FoundFolder | CheckedFolder)[]> {
  try {
    const found = await findVoiceFolders(path);
    return [...checkBeside(path, found), ...found.folders];
  } catch (error) {
    // Reports a missing folder as a problem, so that the others are still checked.
    return [await checkFolder(path).catch(() => unreadable(path, error))];
  }
}

function summary(folders: readonly CheckedFolder[]): string {
  const found = countProblems(folders.flatMap(({ problems }) => problems));
  const checked = folders.filter(({ ok, samples }) => !ok || samples.length > 0).length;
  return [`${count(checked, 'folder')} checked: ${found}.`, ...mendable(folders)].join('\n');
}

/** What `prepare` would do; it needs ffmpeg, which must decode what is saved, and a folder with a valid manifest. */
function mendable(folders: readonly CheckedFolder[]): string[] {
  const all = folders
    .filter(({ isHeard, manifest }) => isHeard && manifest)
    .flatMap(({ problems, samples }) => {
      const heard = new Set(samples.flatMap(({ name, sound }) => (sound ? [name] : [])));
      return problems.filter(
        ({ code, file }) => isMendable(code) && (remedyOf(code) === 'rename' || heard.has(file)),
      );
    })
    .map(({ code, file }) => `${code} in ${plain(file)}`);
  if (all.length === 0) return [];
  const found = [...new Set(all)];
  const rest = found.length > MOST_NAMED ? [`${found.length - MOST_NAMED} more`] : [];
  const named = [...found.slice(0, MOST_NAMED), ...rest].join(', ');
  return [`"callers-voice-clone prepare FOLDER" mends ${found.length} of them: ${named}.`];
}

const MOST_NAMED = 5;
