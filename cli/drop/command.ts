import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, matchesGlob } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { folderOf, MANIFEST_NAME } from '../../voice-folder/names.ts';
import { checkBeside, type CheckedFolder, tryCheckFolder } from '../check/check-folder.ts';
import { checking, describeFolder } from '../check/command.ts';
import { startCounter } from '../counter.ts';
import { limit } from '../limit.ts';
import { exitCodes, ProgramError, say } from '../output.ts';
import { AwsError } from '../s3/errors.ts';
import { abortable, connectToS3, type S3Options } from '../s3/client.ts';
import { looksLikeUrl, parseS3Url, s3Url, type S3Place } from '../s3/url.ts';
import { plain } from '../table.ts';
import { findVoiceFolders, type LocalVoiceFolder } from '../voice-folders.ts';
import { awaitResult } from './await-result.ts';
import { placeOf, planFolder, type PlannedFolder } from './plan-folder.ts';
import { type Progress, startProgress } from './progress.ts';
import { type EncryptionOptions, encryptionOf } from './encryption.ts';
import { type Outcome, report } from './report.ts';
import { ManifestInDoubt, type UploadedManifest, uploadFolder } from './upload-folder.ts';

export interface DropOptions extends WaitOptions {
  /** Only list what would be uploaded. */
  dryRun?: boolean;
  /** Patterns of `--exclude` and `--include`, in order. @default - all folders */
  choices?: readonly Choice[];
}

/** Includes or excludes the folders whose name matches. */
export interface Choice {
  pattern: string;
  isTaken: boolean;
}

/** Options of commands that upload a manifest and wait for its result. */
export interface WaitOptions extends S3Options, EncryptionOptions {
  /** False to exit after the upload. */
  wait: boolean;
  /** How many seconds to wait for each result. */
  timeout: number;
  json?: boolean;
  /** Print only errors. */
  quiet?: boolean;
}

/**
 * `callers-voice-clone drop`: uploads voice folders, waits for their `result.json` and prints the voices. It
 * checks all folders and compares them with the bucket before it uploads anything.
 */
export async function drop(args: readonly string[], options: DropOptions): Promise<void> {
  const { paths, place } = readArguments(args);
  const found = await findAll(paths);
  const folders = choose(found.folders, options.choices ?? []);
  if (!options.quiet) found.beside.forEach(tell);
  const interrupted = interruption();
  const outcomes = await dropAll(folders, place, options, interrupted);
  const reports = outcomes.map((outcome, index) => {
    const folder = folders[index] as LocalVoiceFolder;
    return { name: folder.name, path: folder.path, place: placeOf(folder, place), outcome };
  });
  report(reports, { ...options, isInterrupted: interrupted.aborted });
}

/** @throws {ProgramError} unless exactly the last one is a URL */
function readArguments(args: readonly string[]): { paths: string[]; place: S3Place } {
  const paths = args.slice(0, -1);
  const url = args.at(-1) ?? '';
  const right = 'callers-voice-clone drop my-voice s3://my-bucket/voices';
  if (!looksLikeUrl(url)) {
    const mistake = paths.some(looksLikeUrl) ? 'The S3 URL must be last' : 'Add an S3 URL at the end';
    throw new ProgramError(`${mistake}: ${right}`, exitCodes.usage);
  }
  const place = parseS3Url(url);
  if (paths.length === 0) throw new ProgramError(`Name a folder: ${right}`, exitCodes.usage);
  if (paths.some(looksLikeUrl)) {
    throw new ProgramError(`Drop local folders to one S3 URL: ${right}`, exitCodes.usage);
  }
  return { paths, place };
}

/** @throws {Error} if one does not exist or is not a voice folder, {ProgramError} if two have the same name */
async function findAll(
  paths: readonly string[],
): Promise<{ folders: LocalVoiceFolder[]; beside: CheckedFolder[] }> {
  const folders: LocalVoiceFolder[] = [];
  const beside: CheckedFolder[] = [];
  for (const path of paths) {
    if (!(await isFolder(path))) {
      throw new ProgramError(await whyNoFolder(path, paths), exitCodes.usage);
    }
    const found = await findVoiceFolders(path);
    folders.push(...found.folders);
    beside.push(...checkBeside(path, found));
  }
  const byName = new Map<string, LocalVoiceFolder>();
  for (const folder of folders) {
    const other = byName.get(folder.name.normalize());
    if (other) {
      const message = `${plain(other.path)} and ${plain(folder.path)} have the same name, and would become one folder in the bucket`;
      throw new ProgramError(`${message}: rename one, or drop them to different places`, exitCodes.usage);
    }
    byName.set(folder.name.normalize(), folder);
  }
  return { folders, beside };
}

/**
 * The last matching pattern wins, as in the AWS CLI.
 *
 * @throws {ProgramError} if no folder is left
 */
function choose(folders: readonly LocalVoiceFolder[], choices: readonly Choice[]): LocalVoiceFolder[] {
  const chosen = folders.filter(
    ({ name }) => choices.findLast(({ pattern }) => matchesGlob(name, pattern))?.isTaken ?? true,
  );
  if (chosen.length > 0) return chosen;
  const names = folders.slice(0, 10).map(({ name }) => plain(name));
  throw new ProgramError(
    `--exclude leaves no folder of ${names.join(', ')}${folders.length > 10 ? ' …' : ''}`,
    exitCodes.usage,
  );
}

async function whyNoFolder(path: string, paths: readonly string[]): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found) return plain(`${path} is a file: drop its folder, ${dirname(path)}`);
  const whole = paths.join(' ');
  const hint = (await isFolder(whole)) ? `: put quotes around a name with spaces, "${whole}"` : '';
  return plain(`There is no folder ${path}${hint}`);
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** Aborted by Ctrl-C; a second Ctrl-C, or a hang, ends the program immediately. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      controller.abort(new ProgramError('interrupted', exitCodes.interrupted));
      process.once(signal, () => process.exit(exitCodes.interrupted));
    });
  }
  return controller.signal;
}

/** The outcome of each folder, in order. */
async function dropAll(
  folders: readonly LocalVoiceFolder[],
  place: S3Place,
  options: DropOptions,
  interrupted: AbortSignal,
): Promise<Outcome[]> {
  const checked = await checkAll(folders, options);
  if (!checked.every(({ ok }) => ok)) return checked.map((found) => (found.ok ? leftOut() : refused(found)));
  let note = options.quiet ? () => {} : say;
  const s3 = await connectToS3({ ...options, note: (line) => note(line) });
  try {
    const comparing = (done: number) => `Comparing ${done} of ${folders.length} folders with the bucket …`;
    const counter = startCounter(comparing, isShown(options));
    if (!options.quiet) note = (line) => counter.note(line);
    const thirtyTwoAtOnce = limit(32);
    const isInVoiceFolder = isVoiceFolder(abortable(s3, interrupted), place);
    const planning = checked.map((found, index) =>
      thirtyTwoAtOnce(async () => {
        interrupted.throwIfAborted();
        const folder = folders[index] as LocalVoiceFolder;
        const bucket = abortable(s3, interrupted);
        const plan = await planFolder(bucket, folder, found, placeOf(folder, place), interrupted);
        counter.add();
        return plan;
      }),
    );
    const plans = await Promise.allSettled(planning).finally(() => counter.stop());
    if (await isInVoiceFolder) throw new ProgramError(inVoiceFolder(place), exitCodes.usage);
    const planned = plans.flatMap((plan) => (plan.status === 'fulfilled' ? [plan.value] : []));
    if (planned.length < plans.length) {
      return plans.map((plan) =>
        plan.status === 'fulfilled' ? leftOut() : notUploaded(interrupted.aborted ? undefined : plan.reason),
      );
    }
    if (!options.quiet) {
      for (const [index, found] of checked.entries()) {
        if (found.problems.length > 0 && !planned[index]?.cloned) tell(found);
      }
    }
    if (options.dryRun) return planned.map(wouldUpload);
    const missing = planned.flatMap(({ samples }) => samples.filter(({ isThere }) => !isThere));
    const progress = startProgress(
      missing.reduce((total, { size }) => total + size, 0),
      options,
    );
    note = (line) => progress.note(line);
    return await uploadAll(planned, options, s3, progress, interrupted);
  } finally {
    s3.destroy();
  }
}

async function isVoiceFolder(s3: S3Client, { bucket, prefix }: S3Place): Promise<boolean> {
  if (prefix === '') return false;
  const manifest = new HeadObjectCommand({ Bucket: bucket, Key: prefix + MANIFEST_NAME });
  // Other requests report errors.
  return s3.send(manifest).then(
    () => true,
    () => false,
  );
}

/** Folders are dropped below a place, under their own names: here that would make another voice of the same samples. */
function inVoiceFolder({ bucket, prefix }: S3Place): string {
  const above = s3Url({ bucket, prefix: folderOf(prefix.slice(0, -1)) });
  return `${s3Url({ bucket, prefix })} is a voice folder itself: drop to the folder above it, ${above}`;
}

async function checkAll(
  folders: readonly LocalVoiceFolder[],
  options: DropOptions,
): Promise<CheckedFolder[]> {
  const eightAtOnce = limit(8);
  const counter = startCounter((done) => checking(done, folders.length), isShown(options));
  const check = async ({ path }: LocalVoiceFolder) => {
    const checked = await tryCheckFolder(path);
    counter.add();
    return checked;
  };
  return Promise.all(folders.map((folder) => eightAtOnce(() => check(folder)))).finally(() => counter.stop());
}

/** Lines that are redrawn would mix with the output of --debug. */
function isShown({ quiet, debug }: DropOptions): boolean {
  return !quiet && !debug;
}

function uploadAll(
  planned: readonly PlannedFolder[],
  options: DropOptions,
  s3: S3Client,
  progress: Progress,
  interrupted: AbortSignal,
): Promise<Outcome[]> {
  // If S3 fails for one folder, it will fail for the next.
  const broken = new AbortController();
  const signal = AbortSignal.any([interrupted, broken.signal]);

  const uploads: Promise<UploadedManifest>[] = [];
  async function outcomeOf(plan: PlannedFolder): Promise<Outcome> {
    const { name } = plan.folder;
    if (plan.cloned) {
      progress.note(plain(`${name}: nothing has changed since its voice was cloned`));
      return { status: 'succeeded', result: plan.cloned };
    }
    let manifest;
    try {
      const upload = uploadFolder(s3, plan, progress, signal, encryptionOf(options));
      uploads.push(upload);
      manifest = await upload;
    } catch (error) {
      if (error instanceof AwsError) broken.abort(error);
      if (error instanceof ManifestInDoubt) return { status: 'uploaded', error };
      return notUploaded(interrupted.aborted ? undefined : error);
    }
    return resultOf(name, manifest, options, s3, progress, interrupted);
  }

  const outcomes = planned.map(outcomeOf);
  void Promise.allSettled(uploads).then(() => progress.stop());
  return Promise.all(outcomes);
}

/** Waits for the result of an uploaded manifest, unless `--no-wait` is given. */
export async function resultOf(
  name: string,
  manifest: UploadedManifest,
  options: WaitOptions,
  s3: S3Client,
  progress: Pick<Progress, 'note'>,
  interrupted: AbortSignal,
): Promise<Outcome> {
  if (!options.wait) return { status: 'uploaded' };
  try {
    const result = await awaitResult(abortable(s3, interrupted), manifest, {
      deadline: new Date(Date.now() + options.timeout * 1000),
      signal: interrupted,
      onWaiting: (message) => progress.note(plain(`${name}: ${message}`)),
    });
    progress.note(plain(`${name}: ${result.status}`));
    return { status: result.status, result };
  } catch (error) {
    return { status: 'uploaded', error: interrupted.aborted ? goesOn() : (error as Error) };
  }
}

function wouldUpload({ folder, manifest, samples, cloned }: PlannedFolder): Outcome {
  if (cloned) return { status: 'dryRun', uploads: [] };
  const { bucket } = manifest;
  const uploads = samples
    .filter(({ isThere }) => !isThere)
    .map(({ path, key, size }) => ({ file: path, url: `s3://${bucket}/${key}`, size }));
  const file = join(folder.path, MANIFEST_NAME);
  const { size } = statSync(file);
  return { status: 'dryRun', uploads: [...uploads, { file, url: `s3://${bucket}/${manifest.key}`, size }] };
}

/** Without an error, the reason is Ctrl-C. */
export function notUploaded(error: unknown = new Error(INTERRUPTED)): Outcome {
  return { status: 'notUploaded', error: error instanceof Error ? error : new Error(String(error)) };
}

const INTERRUPTED =
  'interrupted: the manifest was not uploaded, so nothing is cloned. Run the same again, and only what is missing is ' +
  'uploaded';

function goesOn(): Error {
  return new Error(
    'interrupted after the manifest was uploaded: the clone goes on, and callers-voice-clone status shows it',
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
