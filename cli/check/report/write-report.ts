import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { whyUnwritten } from '../../disk-errors.ts';
import { exitCodes, ProgramError, say } from '../../output.ts';
import { isFolder } from '../../voice-folders.ts';
import { writeWhole } from '../../write-whole.ts';
import type { CheckedFolder, LocalSample } from '../checked-folder.ts';
import { sentOf } from '../../../voice-folder/sent-samples.ts';
import { listeningCopies } from './listening-copies.ts';
import { reportPage } from './page.ts';

/** Small enough to send by email, and for a browser to open without a delay. */
const MAX_BYTES = 5_000_000;

/**
 * Writes the findings about voice folders as a page.
 *
 * @param path of the page, or undefined for one in a new temporary folder
 * @returns its path
 * @throws {ProgramError} if it cannot be written.
 */
export async function writeReport(folders: readonly CheckedFolder[], path?: string): Promise<string> {
  const file = path ?? join(await mkdtemp(join(tmpdir(), 'callers-voice-clone-')), 'report.html');
  const samples = folders.flatMap((folder) => folder.samples);
  const links = new Map(samples.map((sample) => [sample, urlOf(sample, file)]));
  const silent = reportPage({ folders, links, copies: undefined });
  const heard = sentOf(samples).filter(({ sound }) => sound);
  const copies = await listeningCopies(heard, MAX_BYTES - Buffer.byteLength(silent)).catch((error: Error) =>
    say(`The report has no copies to play: ${error.message}`),
  );
  const page = copies ? reportPage({ folders, links, copies }) : silent;
  try {
    await writeWhole(file, page, { mayReplace: true });
  } catch (error) {
    const why = whyUnwritten('The report', error, 'name another file with --report');
    if (why instanceof ProgramError) throw why;
    throw new ProgramError(`The report cannot be written: ${why.message}`, exitCodes.notMade, {
      cause: error,
    });
  }
  return file;
}

/** @throws {ProgramError} if the name is not that of a page, but perhaps a recording's, or its folder does not exist. */
export async function checkReportName(path: string): Promise<void> {
  if (!/\.html?$/i.test(path)) {
    const page = (await isFolder(path)) ? join(path, 'report.html') : `${path}.html`;
    throw new ProgramError(`The report is a page: name it, for example, ${page}`, exitCodes.usage);
  }
  if (await stat(dirname(path)).catch(() => undefined)) return;
  throw new ProgramError(`There is no folder ${dirname(path)} for the report`, exitCodes.usage);
}

/** Opens a page in the browser, or says where it is if there is none. */
export async function openReport(path: string): Promise<void> {
  const { default: open } = await import('open');
  await open(resolve(path)).catch(() => say(`No browser could be started: open ${path} yourself`));
}

function urlOf(sample: LocalSample, page: string): string {
  const way = relative(dirname(resolve(page)), resolve(sample.path));
  // On another drive of Windows, no relative path leads there.
  if (resolve(way) === way) return pathToFileURL(way).href;
  return way.split(sep).map(encodeURIComponent).join('/');
}
