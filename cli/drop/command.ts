import { statSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { checkAll } from '../check/check-all.ts';
import type { CheckedFolder } from '../check/checked-folder.ts';
import { describeFolder } from '../check/describe-folder.ts';
import { memoryOf } from '../memory.ts';
import { exitCodes, ProgramError, say } from '../output.ts';
import { notUploaded, type DropOutcome, report } from '../report.ts';
import { connectToS3 } from '../s3/client.ts';
import { looksLikeUrl, parseDestination, type S3Place } from '../s3/url.ts';
import { plain } from '../table.ts';
import type { FoundFolder, LocalVoiceFolder } from '../voice-folders.ts';
import { interruption } from '../wait.ts';
import { askFor } from './ask.ts';
import { chooseFolders } from './choose-folders.ts';
import { describeEffects, needsConsent } from './effect.ts';
import { type DropOptions, isShown } from './options.ts';
import { type Lines, planAll } from './plan-all.ts';
import { placeOf, type PlannedFolder, type PlannedSample } from './plan-folder.ts';
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
  const checked = await checkAll(folders, { isUploaded: true, memory, isShown: isShown(options) });
  if (!checked.every(({ ok }) => ok)) return checked.map((found) => (found.ok ? leftOut() : refused(found)));
  const lines: Lines = { note: options.quiet ? () => {} : say };
  const s3 = await connectToS3({ ...options, note: (line) => lines.note(line) });
  const run: Run = { s3, options, interrupted, memory };
  try {
    const candidates = folders.map((folder, index) => ({ folder, found: checked[index] as CheckedFolder }));
    const plans = await planAll(candidates, place, run, lines);
    const planned = plans.flatMap((plan) => (plan.status === 'fulfilled' ? [plan.value] : []));
    if (planned.length < plans.length) {
      return plans.map((plan) =>
        plan.status === 'fulfilled' ? leftOut() : notUploaded(interrupted.aborted ? undefined : plan.reason),
      );
    }
    if (!options.quiet) sayPlans(checked, planned);
    if (options.dryRun) return planned.map(wouldUpload);
    const refusal = options.yes ? undefined : await askFor(planned, options, interrupted);
    if (refusal)
      return planned.map(({ effect }) => (needsConsent(effect) ? notUploaded(refusal) : leftOut()));
    const progress = startProgress(missingBytes(planned), options);
    lines.note = (line) => progress.note(line);
    return await uploadAll(planned, progress, run);
  } finally {
    s3.destroy();
  }
}

function missingBytes(planned: readonly PlannedFolder[]): number {
  return planned.flatMap(missingOf).reduce((total, { size }) => total + size, 0);
}

function missingOf({ samples }: PlannedFolder): PlannedSample[] {
  return samples.filter(({ isThere }) => !isThere);
}

function wouldUpload(planned: PlannedFolder): DropOutcome {
  const { folder, manifest, cloned, effect } = planned;
  if (cloned) return { status: 'dryRun', effect, uploads: [] };
  const { bucket } = manifest;
  const uploads = missingOf(planned).map(({ path, key, size }) => ({
    file: path,
    url: `s3://${bucket}/${key}`,
    size,
  }));
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

/** What the checks found, and what will happen. */
function sayPlans(checked: readonly CheckedFolder[], planned: readonly PlannedFolder[]): void {
  checked.forEach((found, index) => sayFound(found, planned[index]));
  describeEffects(planned.map(({ folder, effect }) => ({ name: folder.name, effect }))).forEach(say);
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
