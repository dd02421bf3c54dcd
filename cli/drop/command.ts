import { stat } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import type { S3Client } from '@aws-sdk/client-s3';
import type { FinalResult } from '../../voice-folder/result.ts';
import { type CheckedFolder, checkFolder, type Problem } from '../check/check-folder.ts';
import { describeFolder } from '../check/command.ts';
import { limit } from '../limit.ts';
import { exitCodes, print, printJson, ProgramError, reportError, say } from '../output.ts';
import { abortable, AwsError, connectToS3 } from '../s3.ts';
import { looksLikeUrl, parseS3Url, type S3Place, s3Url } from '../s3-url.ts';
import { coloured, resultCells } from '../result-cells.ts';
import { plain, table } from '../table.ts';
import { findVoiceFolders, type LocalVoiceFolder } from '../voice-folders.ts';
import { awaitResult } from './await-result.ts';
import { placeOf, planFolder, type PlannedFolder } from './plan-folder.ts';
import { startProgress } from './progress.ts';
import { ManifestInDoubt, type UploadedManifest, uploadFolder } from './upload-folder.ts';

export interface DropOptions {
  /** False to end once all is uploaded. */
  wait: boolean;
  /** How many seconds to wait for each result. */
  timeout: number;
  json?: boolean;
}

/** What became of a folder: the result's status, or how far it got. */
type Outcome =
  | { status: FinalResult['status']; result: FinalResult }
  /** The manifest is in the bucket, for all that is known. The error says why there is no result, unless none was waited for. */
  | { status: 'uploaded' }
  | { status: 'uploaded'; error: Error }
  /** The manifest is not in the bucket, or still the one before: nothing is cloned. */
  | { status: 'notUploaded'; error: Error; problems?: Problem[] };

/**
 * `callers-voice drop`: uploads voice folders, waits for their `result.json` and prints the voices. All folders are
 * checked and compared with the bucket before the first is touched.
 */
export async function drop(args: readonly string[], options: DropOptions): Promise<void> {
  const { paths, place } = readArguments(args);
  const folders = await findAll(paths);
  const interrupted = interruption();
  const outcomes = await dropAll(folders, place, options, interrupted);
  const reports = outcomes.map((outcome, index) => {
    const folder = folders[index] as LocalVoiceFolder;
    return { folder, place: placeOf(folder, place), outcome };
  });

  if (options.json) printJson({ folders: reports.map(asJson) });
  else print(summary(reports));
  reportErrors(reports);
  process.exitCode = interrupted.aborted ? exitCodes.interrupted : exitCodeOf(outcomes);
}

/** @throws {ProgramError} when the URL is not the last of them, and the only one. */
function readArguments(args: readonly string[]): { paths: string[]; place: S3Place } {
  const paths = args.slice(0, -1);
  const url = args.at(-1) ?? '';
  const right = 'callers-voice drop my-voice s3://my-bucket/voices';
  if (!looksLikeUrl(url)) {
    const mistake = paths.some(looksLikeUrl)
      ? 'The S3 URL comes last'
      : 'Say where to, by an S3 URL at the end';
    throw new ProgramError(`${mistake}: ${right}`, exitCodes.usage);
  }
  const place = parseS3Url(url);
  if (paths.length === 0) throw new ProgramError(`Say which folder: ${right}`, exitCodes.usage);
  if (paths.some(looksLikeUrl)) {
    throw new ProgramError(`Folders on this machine are dropped to one S3 URL: ${right}`, exitCodes.usage);
  }
  return { paths, place };
}

/** @throws {Error} when one is missing or none, {ProgramError} when two would become one. */
async function findAll(paths: readonly string[]): Promise<LocalVoiceFolder[]> {
  const folders: LocalVoiceFolder[] = [];
  for (const path of paths) {
    if (!(await isFolder(path))) {
      const whole = paths.join(' ');
      const hint = (await isFolder(whole)) ? `: put quotes around a name with spaces, "${whole}"` : '';
      throw new ProgramError(`There is no folder ${path}${hint}`, exitCodes.usage);
    }
    folders.push(...(await findVoiceFolders(path)));
  }
  const byName = new Map<string, LocalVoiceFolder>();
  for (const folder of folders) {
    const other = byName.get(folder.name.normalize());
    if (other) {
      const message = `${other.path} and ${folder.path} have the same name, and would become one folder in the bucket`;
      throw new ProgramError(`${message}: rename one, or drop them to different places`, exitCodes.usage);
    }
    byName.set(folder.name.normalize(), folder);
  }
  return folders;
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** Aborted by Ctrl-C; by a second one, or when that does not help, the program ends at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      controller.abort(new ProgramError('interrupted', exitCodes.interrupted));
      process.once(signal, () => process.exit(exitCodes.interrupted));
    });
  }
  return controller.signal;
}

/** The outcome of each folder, in their order. */
async function dropAll(
  folders: readonly LocalVoiceFolder[],
  place: S3Place,
  options: DropOptions,
  interrupted: AbortSignal,
): Promise<Outcome[]> {
  const eightAtOnce = limit(8);
  const checked = await Promise.all(folders.map(({ path }) => eightAtOnce(() => checkFolder(path))));
  if (!checked.every(({ ok }) => ok)) return checked.map((found) => (found.ok ? leftOut() : refused(found)));
  for (const found of checked) if (found.problems.length > 0) tell(found);

  const s3 = connectToS3();
  try {
    const planning = checked.map((found, index) =>
      eightAtOnce(async () => {
        interrupted.throwIfAborted();
        const folder = folders[index] as LocalVoiceFolder;
        return planFolder(abortable(s3, interrupted), folder, found, placeOf(folder, place), interrupted);
      }),
    );
    const plans = await Promise.allSettled(planning);
    const planned = plans.flatMap((plan) => (plan.status === 'fulfilled' ? [plan.value] : []));
    if (planned.length < plans.length) {
      return plans.map((plan) =>
        plan.status === 'fulfilled' ? leftOut() : notUploaded(interrupted.aborted ? undefined : plan.reason),
      );
    }
    return await uploadAll(planned, options, s3, interrupted);
  } finally {
    s3.destroy();
  }
}

function uploadAll(
  planned: readonly PlannedFolder[],
  options: DropOptions,
  s3: S3Client,
  interrupted: AbortSignal,
): Promise<Outcome[]> {
  const missing = planned.flatMap(({ samples }) => samples.filter(({ isThere }) => !isThere));
  const progress = startProgress(missing.reduce((total, { size }) => total + size, 0));
  // Where S3 cannot be used for one folder it cannot be for the next.
  const broken = new AbortController();
  const signal = AbortSignal.any([interrupted, broken.signal]);

  async function outcomeOf({ folder }: PlannedFolder, upload: Promise<UploadedManifest>): Promise<Outcome> {
    let manifest;
    try {
      manifest = await upload;
    } catch (error) {
      if (error instanceof AwsError) broken.abort(error);
      if (error instanceof ManifestInDoubt) return { status: 'uploaded', error };
      return notUploaded(interrupted.aborted ? undefined : error);
    }
    if (!options.wait) return { status: 'uploaded' };
    try {
      const result = await awaitResult(abortable(s3, interrupted), manifest, {
        deadline: new Date(Date.now() + options.timeout * 1000),
        signal: interrupted,
        onWaiting: (message) => progress.note(plain(`${folder.name}: ${message}`)),
      });
      progress.note(plain(`${folder.name}: ${result.status}`));
      return { status: result.status, result };
    } catch (error) {
      return { status: 'uploaded', error: interrupted.aborted ? goesOn() : (error as Error) };
    }
  }

  const uploads = planned.map((plan) => ({ plan, upload: uploadFolder(s3, plan, progress, signal) }));
  void Promise.allSettled(uploads.map(({ upload }) => upload)).then(() => progress.stop());
  return Promise.all(uploads.map(({ plan, upload }) => outcomeOf(plan, upload)));
}

/** Without an error: because of Ctrl-C. */
function notUploaded(error: unknown = new Error(INTERRUPTED)): Outcome {
  return { status: 'notUploaded', error: error instanceof Error ? error : new Error(String(error)) };
}

const INTERRUPTED =
  'interrupted: the manifest was not uploaded, so nothing is cloned. Run the same again, and only what is missing is ' +
  'uploaded';

function goesOn(): Error {
  return new Error(
    'interrupted after the manifest was uploaded: the clone goes on, and callers-voice status shows it',
  );
}

function leftOut(): Outcome {
  return notUploaded(new Error('nothing was uploaded, because of what is wrong with another folder'));
}

function refused(found: CheckedFolder): Outcome {
  tell(found);
  const errors = found.problems.filter(({ severity }) => severity === 'error').length;
  const error = new Error(
    `${errors === 1 ? 'an error' : `${errors} errors`} in the folder: nothing was uploaded`,
  );
  return { status: 'notUploaded', error, problems: found.problems };
}

function tell(found: CheckedFolder): void {
  const text = describeFolder(found);
  say(process.stderr.isTTY ? text : stripVTControlCharacters(text));
}

interface Report {
  folder: LocalVoiceFolder;
  place: S3Place;
  outcome: Outcome;
}

function asJson({ folder, place, outcome }: Report) {
  const { status } = outcome;
  return {
    folder: folder.path,
    url: s3Url(place),
    status,
    ...('result' in outcome && { result: outcome.result }),
    ...('error' in outcome && { error: outcome.error.message }),
    ...('problems' in outcome && { problems: outcome.problems }),
  };
}

function summary(reports: readonly Report[]): string {
  const rows = reports.map(({ place, outcome }) => {
    const { status } = outcome;
    const result = 'result' in outcome ? outcome.result : undefined;
    return [plain(s3Url(place)), coloured(status), ...(result ? resultCells(result) : [])];
  });
  return table(['FOLDER', 'STATUS', 'VOICE', 'ID'], rows);
}

/** To standard error: what happened and what to do, once for all the folders that it happened to. */
function reportErrors(reports: readonly Report[]): void {
  const byMessage = Map.groupBy(reports, ({ outcome }) => messageOf(outcome));
  for (const [message, { length, 0: first }] of byMessage) {
    if (message === undefined || !first) continue;
    const others = length > 1 ? ` and ${length - 1} more` : '';
    reportError(new Error(plain(first.folder.name) + others + ': ' + message));
  }
}

function messageOf(outcome: Outcome): string | undefined {
  if ('error' in outcome) return outcome.error.message;
  if (!('result' in outcome) || outcome.result.status === 'succeeded') return undefined;
  const { code, message, issues = [] } = outcome.result.error;
  return [`${code}: ${message}`, ...issues.map((issue) => `  ${issue.path} ${issue.message}`)]
    .map(plain)
    .join('\n');
}

function exitCodeOf(outcomes: readonly Outcome[]): number {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  if (errors.some((error) => error instanceof AwsError)) return exitCodes.aws;
  const isFine = ({ status }: Outcome) => status === 'succeeded' || status === 'uploaded';
  return errors.length === 0 && outcomes.every(isFine) ? exitCodes.fine : exitCodes.notMade;
}
