import { setMaxListeners } from 'node:events';
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { folderOf, MANIFEST_NAME } from '../../voice-folder/names.ts';
import { checkBeside, tryCheckFolder } from '../check/check-folder.ts';
import type { CheckedFolder } from '../check/checked-folder.ts';
import { checking, describeFolder } from '../check/command.ts';
import { startCounter } from '../counter.ts';
import { limit } from '../limit.ts';
import { ManifestInDoubt } from '../manifest-upload.ts';
import { type Memory, memoryOf } from '../memory.ts';
import { canAsk, exitCodes, ProgramError, say } from '../output.ts';
import { notUploaded, type DropOutcome, report } from '../report.ts';
import { readerOf } from '../s3/bucket-reader.ts';
import { abortable, connectToS3 } from '../s3/client.ts';
import { encryptionOf } from '../s3/encryption.ts';
import { AwsError } from '../s3/errors.ts';
import { CONNECTIONS } from '../s3/transport.ts';
import { looksLikeUrl, parseDestination, s3Url, type S3Place } from '../s3/url.ts';
import { plain } from '../table.ts';
import {
  eachOnce,
  expandPatterns,
  findVoiceFolders,
  type FoundFolder,
  type LocalVoiceFolder,
  matches,
} from '../voice-folders.ts';
import { interruption, waitForResult, type WaitOptions } from '../wait.ts';
import { BILLED, describeEffect, describeEffects, needsConsent } from './effect.ts';
import { placeOf, planFolder, type PlannedFolder } from './plan-folder.ts';
import { type Progress, startProgress } from './progress.ts';
import { uploadFolder } from './upload-folder.ts';

/** The options of `drop`. */
export interface DropOptions extends WaitOptions {
  /** Only list what would be uploaded. */
  dryRun?: boolean;
  /** Patterns of `--exclude` and `--include`, in order. @default - all folders */
  choices?: readonly Choice[];
  /** Do not ask before a folder that has a voice gets another one. */
  yes?: boolean;
  /** How many uploads run at the same time. @default 16 */
  transfers?: number;
  /** Print a line for each file. */
  verbose?: boolean;
  /** Whether to use what is remembered of unchanged files. @default true */
  cache?: boolean;
}

/** Includes or excludes the folders whose name matches. */
export interface Choice {
  pattern: string;
  isTaken: boolean;
}

/**
 * `callers-voice-clone drop`: uploads voice folders, waits for their `result.json` and prints the voices. It
 * checks all folders and compares them with the bucket before it uploads anything.
 */
export async function drop(args: readonly string[], options: DropOptions): Promise<void> {
  const { paths, place } = readArguments(args);
  const found = await findAll(await expandPatterns(paths));
  const folders = choose(found.folders, options.choices ?? []);
  refuseDoubles(folders);
  if (!options.quiet) found.beside.forEach(sayProblems);
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
  const place = parseDestination(url);
  if (paths.length === 0) throw new ProgramError(`Name a folder: ${right}`, exitCodes.usage);
  if (paths.some(looksLikeUrl)) {
    throw new ProgramError(`Drop local folders to one S3 URL: ${right}`, exitCodes.usage);
  }
  return { paths, place };
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

/** The outcome of each folder, in order. */
async function dropAll(
  folders: readonly FoundFolder[],
  place: S3Place,
  options: DropOptions,
  interrupted: AbortSignal,
): Promise<DropOutcome[]> {
  const memory = memoryOf(options);
  const checked = await checkAll(folders, options, memory);
  if (!checked.every(({ ok }) => ok)) return checked.map((found) => (found.ok ? leftOut() : refused(found)));
  let note = options.quiet ? () => {} : say;
  const s3 = await connectToS3({ ...options, note: (line) => note(line) });
  try {
    const comparing = (done: number) => `Comparing ${done} of ${folders.length} folders with the bucket …`;
    const counter = startCounter(comparing, isShown(options));
    if (!options.quiet) note = (line) => counter.note(line);
    const foldersAtOnce = limit(CONNECTIONS / 2);
    const bucket = abortable(s3, interrupted);
    const reader = readerOf(bucket, place.bucket);
    const isInVoiceFolder = isVoiceFolder(bucket, place);
    const planning = checked.map((found, index) =>
      foldersAtOnce(async () => {
        interrupted.throwIfAborted();
        const folder = folders[index] as LocalVoiceFolder;
        const where = placeOf(folder, place);
        const plan = await planFolder(bucket, reader, folder, found, where, interrupted, memory);
        counter.add();
        return plan;
      }),
    );
    const plans = await Promise.allSettled(planning).finally(() => counter.stop());
    if (!options.quiet) note = say;
    if (await isInVoiceFolder) throw new ProgramError(inVoiceFolder(place), exitCodes.usage);
    const planned = plans.flatMap((plan) => (plan.status === 'fulfilled' ? [plan.value] : []));
    if (planned.length < plans.length) {
      return plans.map((plan) =>
        plan.status === 'fulfilled' ? leftOut() : notUploaded(interrupted.aborted ? undefined : plan.reason),
      );
    }
    if (!options.quiet) {
      for (const [index, found] of checked.entries()) {
        if (!planned[index]?.cloned) {
          if (found.problems.length > 0) sayProblems(found);
          continue;
        }
        // Whoever added a recording believes that something has changed.
        for (const { file, message } of found.problems.filter(({ code }) => code === 'NOT_USED'))
          note(plain(`${join(found.path, file)} ${message}`));
      }
    }
    const effects = planned.map(({ folder, effect }) => ({ name: folder.name, effect }));
    if (!options.quiet) describeEffects(effects).forEach(note);
    if (options.dryRun) return planned.map(wouldUpload);
    const refusal = options.yes ? undefined : await askFor(planned, options, interrupted);
    if (refusal)
      return planned.map(({ effect }) => (needsConsent(effect) ? notUploaded(refusal) : leftOut()));
    const missing = planned.flatMap(({ samples }) => samples.filter(({ isThere }) => !isThere));
    const progress = startProgress(
      missing.reduce((total, { size }) => total + size, 0),
      options,
    );
    note = (line) => progress.note(line);
    return await uploadAll(planned, options, s3, progress, interrupted, memory);
  } finally {
    s3.destroy();
  }
}

/** @returns why nothing is uploaded: the user did not agree to pay for another voice */
async function askFor(
  planned: readonly PlannedFolder[],
  { json }: DropOptions,
  interrupted: AbortSignal,
): Promise<ProgramError | undefined> {
  const count = planned.filter(({ effect }) => needsConsent(effect)).length;
  if (count === 0) return undefined;
  const refusal = (message: string) =>
    new ProgramError(`${message}, so nothing was uploaded`, exitCodes.notMade, { code: 'NEEDS_CONSENT' });
  if (json || !canAsk()) {
    return refusal(`it would get another voice, ${BILLED}; confirm that with --yes, or see --dry-run`);
  }
  const { default: confirm } = await import('@inquirer/confirm');
  const message = count === 1 ? 'Make another voice?' : `Make another voice of ${count} folders?`;
  const isAgreed = await confirm(
    { message, default: false },
    { output: process.stderr, signal: interrupted },
  ).catch(() => false);
  return isAgreed ? undefined : refusal('it would get another voice, which you declined');
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
  folders: readonly FoundFolder[],
  options: DropOptions,
  memory: Memory,
): Promise<CheckedFolder[]> {
  const eightAtOnce = limit(8);
  const counter = startCounter((done) => checking(done, folders.length), isShown(options));
  const check = async ({ path }: FoundFolder) => {
    const checked = await tryCheckFolder(path, { memory, named: folders });
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
  memory: Memory,
): Promise<DropOutcome[]> {
  // If S3 fails for one folder, it will fail for the next.
  const broken = new AbortController();
  const signal = AbortSignal.any([interrupted, broken.signal]);
  // Every folder listens to it.
  setMaxListeners(0, signal);

  const uploadsAtOnce = limit(options.transfers ?? DEFAULT_TRANSFERS);
  const uploads: Promise<unknown>[] = [];
  async function outcomeOf(plan: PlannedFolder): Promise<DropOutcome> {
    const { name } = plan.folder;
    if (plan.cloned) {
      // Of a single folder, that is already said.
      if (planned.length > 1) progress.note(plain(`${name}: ${describeEffect(plan.effect)}`));
      return { status: 'succeeded', result: plan.cloned };
    }
    let manifest;
    try {
      const how = { uploadsAtOnce, memory, ...encryptionOf(options) };
      const upload = uploadFolder(s3, plan, progress, signal, how);
      uploads.push(upload);
      manifest = await upload;
    } catch (error) {
      if (error instanceof AwsError) broken.abort(error);
      if (error instanceof ManifestInDoubt) return { status: 'uploaded', error };
      return notUploaded(interrupted.aborted ? undefined : error);
    }
    if (!options.wait) progress.note(plain(`${name}: uploaded`));
    return waitForResult(s3, name, manifest, options, interrupted, (line, status) =>
      status === 'cloning' ? progress.detail(line) : progress.note(line),
    );
  }

  const outcomes = planned.map(outcomeOf);
  void Promise.allSettled(uploads).then(() => progress.stop());
  return Promise.all(outcomes);
}

/** Each holds up to 8 MiB in memory. */
const DEFAULT_TRANSFERS = 16;

function wouldUpload({ folder, manifest, samples, cloned, effect }: PlannedFolder): DropOutcome {
  if (cloned) return { status: 'dryRun', effect, uploads: [] };
  const { bucket } = manifest;
  const uploads = samples
    .filter(({ isThere }) => !isThere)
    .map(({ path, key, size }) => ({ file: path, url: `s3://${bucket}/${key}`, size }));
  const file = join(folder.path, MANIFEST_NAME);
  const { size } = statSync(file);
  const url = `s3://${bucket}/${manifest.key}`;
  return { status: 'dryRun', effect, uploads: [...uploads, { file, url, size }] };
}

function leftOut(): DropOutcome {
  return notUploaded(new Error('nothing was uploaded, because another folder has errors'));
}

function refused(found: CheckedFolder): DropOutcome {
  sayProblems(found);
  const errors = found.problems.filter(({ severity }) => severity === 'error').length;
  const error = new Error(
    `${errors === 1 ? 'an error' : `${errors} errors`} in the folder: nothing was uploaded`,
  );
  return { status: 'notUploaded', error, problems: found.problems };
}

function sayProblems(found: CheckedFolder): void {
  const text = describeFolder(found);
  say(process.stderr.isTTY ? text : stripVTControlCharacters(text));
}
