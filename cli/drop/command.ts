import { statSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { tryCheckFolder } from '../check/check-folder.ts';
import type { CheckedFolder } from '../check/checked-folder.ts';
import { checking, describeFolder } from '../check/command.ts';
import { type Counter, startCounter } from '../counter.ts';
import { limit } from '../limit.ts';
import { type Memory, memoryOf } from '../memory.ts';
import { exitCodes, ProgramError, say } from '../output.ts';
import { notUploaded, type DropOutcome, report } from '../report.ts';
import { readerOf } from '../s3/bucket-reader.ts';
import { abortable, connectToS3 } from '../s3/client.ts';
import { CONNECTIONS } from '../s3/transport.ts';
import { looksLikeUrl, parseDestination, type S3Place } from '../s3/url.ts';
import { plain } from '../table.ts';
import type { FoundFolder, LocalVoiceFolder } from '../voice-folders.ts';
import { interruption } from '../wait.ts';
import { askFor } from './ask.ts';
import { chooseFolders } from './choose-folders.ts';
import { describeEffects, needsConsent } from './effect.ts';
import { whyNotBelow } from './in-voice-folder.ts';
import { type DropOptions, isShown } from './options.ts';
import { placeOf, planFolder, type PlannedFolder } from './plan-folder.ts';
import { startProgress } from './progress.ts';
import type { Run } from './run.ts';
import { uploadAll } from './upload-all.ts';

/**
 * `callers-voice-clone drop`: uploads voice folders, waits for their `result.json` and prints the voices. It
 * checks all folders and compares them with the bucket before it uploads anything.
 */
export async function drop(args: readonly string[], options: DropOptions): Promise<void> {
  const { paths, place } = readArguments(args);
  const { folders, beside } = await chooseFolders(paths, options.choices ?? []);
  if (!options.quiet) beside.forEach(sayProblems);
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

/** The outcome of each folder, in order. */
async function dropAll(
  folders: readonly FoundFolder[],
  place: S3Place,
  options: DropOptions,
  interrupted: AbortSignal,
): Promise<DropOutcome[]> {
  const memory = memoryOf(options);
  const candidates = await checkAll(folders, options, memory);
  const checked = candidates.map(({ found }) => found);
  if (!checked.every(({ ok }) => ok)) return checked.map((found) => (found.ok ? leftOut() : refused(found)));
  let note = options.quiet ? () => {} : say;
  const s3 = await connectToS3({ ...options, note: (line) => note(line) });
  const run: Run = { s3, options, interrupted, memory };
  try {
    const comparing = (done: number) => `Comparing ${done} of ${folders.length} folders with the bucket …`;
    const counter = startCounter(comparing, isShown(options));
    if (!options.quiet) note = (line) => counter.note(line);
    const plans = await planAll(candidates, place, run, counter).finally(() => counter.stop());
    if (!options.quiet) note = say;
    const planned = plans.flatMap((plan) => (plan.status === 'fulfilled' ? [plan.value] : []));
    if (planned.length < plans.length) {
      return plans.map((plan) =>
        plan.status === 'fulfilled' ? leftOut() : notUploaded(interrupted.aborted ? undefined : plan.reason),
      );
    }
    if (!options.quiet) checked.forEach((found, index) => sayFound(found, planned[index]));
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
    return await uploadAll(planned, progress, run);
  } finally {
    s3.destroy();
  }
}

/** A folder to drop, and what its check found. */
interface Candidate {
  folder: LocalVoiceFolder;
  found: CheckedFolder;
}

async function checkAll(
  folders: readonly FoundFolder[],
  options: DropOptions,
  memory: Memory,
): Promise<Candidate[]> {
  const eightAtOnce = limit(8);
  const counter = startCounter((done) => checking(done, folders.length), isShown(options));
  const check = async (folder: FoundFolder): Promise<Candidate> => {
    const found = await tryCheckFolder(folder.path, { memory, named: folders });
    counter.add();
    return { folder, found };
  };
  return Promise.all(folders.map((folder) => eightAtOnce(() => check(folder)))).finally(() => counter.stop());
}

/**
 * Compares the folders with the bucket. One that fails does not keep the others from being compared.
 *
 * @throws {ProgramError} if the place is a voice folder itself
 */
async function planAll(
  candidates: readonly Candidate[],
  place: S3Place,
  { s3, interrupted: signal, memory }: Run,
  counter: Counter,
): Promise<PromiseSettledResult<PlannedFolder>[]> {
  const bucket = abortable(s3, signal);
  const compared = { s3: bucket, reader: readerOf(bucket, place.bucket), signal, memory };
  const foldersAtOnce = limit(CONNECTIONS / 2);
  const whyNot = whyNotBelow(bucket, place);
  const planning = candidates.map(({ folder, found }) =>
    foldersAtOnce(async () => {
      signal.throwIfAborted();
      const plan = await planFolder(folder, found, placeOf(folder, place), compared);
      counter.add();
      return plan;
    }),
  );
  const plans = await Promise.allSettled(planning);
  const wrongPlace = await whyNot;
  if (wrongPlace !== undefined) throw new ProgramError(wrongPlace, exitCodes.usage);
  return plans;
}

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

/** Of a folder that has its voice, only what is not used: whoever added a recording believes that something has changed. */
function sayFound(found: CheckedFolder, planned: PlannedFolder | undefined): void {
  if (!planned?.cloned) {
    if (found.problems.length > 0) sayProblems(found);
    return;
  }
  for (const { file, message, code } of found.problems) {
    if (code === 'NOT_USED') say(plain(`${join(found.path, file)} ${message}`));
  }
}

function sayProblems(found: CheckedFolder): void {
  const text = describeFolder(found);
  say(process.stderr.isTTY ? text : stripVTControlCharacters(text));
}
