import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JudgedSample, judgeSamples } from '../../voice-folder/judge-samples.ts';
import type { Manifest } from '../../voice-folder/manifest.ts';
import { isMisnamedManifest, MANIFEST_NAME } from '../../voice-folder/names.ts';
import { defaultRules } from '../../voice-folder/rules.ts';
import { sentOf } from '../../voice-folder/sent-samples.ts';
import { canListen } from '../audio/listen.ts';
import type { Recording } from '../audio/recording.ts';
import { sameSounds } from '../audio/same-sound.ts';
import { type Memory, noMemory } from '../memory.ts';
import { readableSize } from '../output.ts';
import type { FoundFolder, FoundFolders } from '../voice-folders.ts';
import type { CheckedFolder, Problem } from './checked-folder.ts';
import { checkManifest } from './check-manifest.ts';
import { judgeSample, unjudged } from './judge-sample.ts';
import { filesAtOnce, type Listing, type LocalFile, listFolder, withContent } from './local-files.ts';
import { namesakes } from './namesakes.ts';
import { providerProblems } from './provider-problems.ts';
import { sampleProblems } from './sample-problems.ts';
import { suggestFile } from './suggest.ts';
import { unreadFile } from './unread-file.ts';
import {
  downloadMarks,
  unfinishedDownloads,
  unnamedFolders,
  unopenedSamples,
  unusedFiles,
} from './unused-files.ts';

/** Options of {@link checkFolder}. */
export interface CheckFolderOptions {
  /** Whether the samples' waveforms are wanted. @default false */
  isDrawn?: boolean;
  /** Whether the samples are uploaded next, which reads all of them. @default false */
  isUploaded?: boolean;
  /** Of unchanged files. @default - none */
  memory?: Memory;
  /** The folders that are checked in the same run. @default - only this one */
  named?: readonly Pick<FoundFolder, 'realPath'>[];
}

/**
 * Checks a local folder by the function's rules, and reports all problems at once. Only warns where a deployment may
 * have another setting than the default (`MAX_TOTAL_BYTES`), and assumes that it allows all `SUB_ORGANIZATIONS`.
 *
 * @throws {Error} if the folder cannot be read.
 */
export async function checkFolder(path: string, options: CheckFolderOptions = {}): Promise<CheckedFolder> {
  const { isDrawn = false, isUploaded = false, memory = noMemory, named = [] } = options;
  const listing = await listFolder(path);
  const { files, others: unopened } = listing;
  const names = files.map(({ name }) => name);
  if (!names.includes(MANIFEST_NAME)) return withoutManifest(path, noManifest(path, names, listing));
  const bytes = await readFile(join(path, MANIFEST_NAME)).catch((error: Error) => error);
  if (bytes instanceof Error) return withoutManifest(path, unreadFile(MANIFEST_NAME, bytes));
  const { manifest, wanted, json, problems: inManifest } = checkManifest(bytes, names);
  const { samples, faults } = wanted ? await judgeFiles(wanted, files, memory) : { samples: [], faults: [] };
  const listed = new Set(samples.map(({ name }) => name).concat(MANIFEST_NAME));
  const others = names.filter((name) => !listed.has(name));
  const listener = samples.length > 0 ? await canListen() : undefined;
  const judged = await Promise.all(
    samples.map(async (sample) =>
      isReadable(sample)
        ? filesAtOnce(() => judgeSample(sample, { listener, isDrawn, isUploaded, memory }))
        : unjudged(sample),
    ),
  );
  const recordings = judged.flatMap(({ sample: { name, media, sound } }) =>
    media ? [{ name, media, sound }] : [],
  );
  const marks = downloadMarks(files, samples);
  const problems = [
    ...inManifest,
    ...faults.flatMap((fault) => sampleProblems(fault, json, others)),
    ...judged.flatMap((each) => each.problems),
    ...repeatedSounds(recordings, wanted?.files !== undefined),
    ...providerProblems(manifest?.settings.providerType, recordings),
    ...tooLarge(samples),
    ...repeatedNames(samples),
    ...unfinishedDownloads(marks),
  ];
  if (wanted) {
    problems.push(
      ...(await unusedFiles(wanted, files, [...samples, ...marks], problems)),
      ...unopenedSamples(wanted, unopened),
      ...(await unnamedFolders(path, files, named)),
    );
  }
  return {
    path,
    ok: problems.every(({ severity }) => severity !== 'error'),
    problems: problems.toSorted(inReadingOrder),
    samples: judged.map(({ sample }) => sample),
    isHeard: judged.some(({ sample: { sound } }) => sound !== undefined),
    ...(listener?.can === false && { notHeard: listener.why }),
    ...(manifest && { manifest }),
  };
}

/** Warns about samples that sound the same, so that a part of the voice would count twice. */
function repeatedSounds(recordings: readonly Recording[], isListed: boolean): Problem[] {
  return sameSounds(recordings).map(({ name, as, isHeard }) => ({
    severity: 'warning',
    file: name,
    code: 'SAME_SOUND',
    message: isHeard
      ? `sounds the same as ${as}: both are sent`
      : `is as long as ${as}: if both hold the same talk, its sound is sent twice`,
    suggestion: `remove one of them${isListed ? ' from "files"' : ''}`,
  }));
}

/** The function takes both: another program may have uploaded them under two keys. */
function repeatedNames(samples: readonly JudgedSample<LocalFile>[]): Problem[] {
  return namesakes(samples).map(({ name }) => ({
    severity: 'warning',
    file: name,
    message: 'has the name of another recording but for how accents are stored: drop refuses both',
    suggestion: 'rename one of them',
  }));
}

/** Like {@link checkFolder}, but reports a folder that cannot be read as a problem, so that others are still checked. */
export function tryCheckFolder(path: string, options: CheckFolderOptions = {}): Promise<CheckedFolder> {
  return checkFolder(path, options).catch((error: unknown) => unreadable(path, error));
}

/** A folder that cannot be checked. */
export function unreadable(path: string, error: unknown): CheckedFolder {
  const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  return withoutManifest(path, { severity: 'error', file: '.', message });
}

function withoutManifest(path: string, problem: Problem): CheckedFolder {
  return { path, ok: false, samples: [], isHeard: false, problems: [problem] };
}

/** A deployment may allow more than the default, so its own limit decides; but this much is a mistake. */
const MOST_BYTES = 4 * defaultRules.maxTotalBytes;

/** Whether a file can be read in a reasonable time. One that cannot is too large already. */
function isReadable({ size }: LocalFile): boolean {
  return size <= MOST_BYTES;
}

/** Reads only samples to compare them: other files of equal size, such as stems, may be large and many. */
async function judgeFiles(wanted: Pick<Manifest, 'files'>, files: readonly LocalFile[], memory: Memory) {
  const { samples } = judgeSamples(wanted, files, Infinity);
  const compared = await withContent(samples.filter(isReadable), memory);
  const read = new Map(compared.map((file) => [file.name, file]));
  return judgeSamples(
    wanted,
    files.map((file) => read.get(file.name) ?? file),
    MOST_BYTES,
  );
}

/** Warns about files next to the voice folders at a path: one entry for all of them, or none. */
export function checkBeside(path: string, { beside }: FoundFolders): CheckedFolder[] {
  if (beside.length === 0) return [];
  const message = 'is not used: it is next to voice folders, not in one';
  const problems = beside.map((file): Problem => ({ severity: 'warning', file, code: 'NOT_USED', message }));
  return [{ path, ok: true, samples: [], isHeard: false, problems }];
}

function noManifest(path: string, names: readonly string[], { others }: Listing): Problem {
  const { error } = others.find(({ name }) => name === MANIFEST_NAME) ?? {};
  if (error && error.code !== 'ENOENT') return unreadFile(MANIFEST_NAME, error);
  const own = names.filter((name) => !name.includes('/'));
  const similar = own.find(isMisnamedManifest) ?? own.find((name) => suggestFile(name, [MANIFEST_NAME]));
  return {
    severity: 'error',
    file: '.',
    message: `contains no ${MANIFEST_NAME}`,
    suggestion: similar
      ? `rename ${similar} to ${MANIFEST_NAME}`
      : `write one with: callers-voice-clone init ${JSON.stringify(path)}`,
  };
}

/** Warns if a bucket with the default limit would not take the samples. */
function tooLarge(samples: readonly JudgedSample<LocalFile>[]): Problem[] {
  const bytes = sentOf(samples).reduce((sum, { size }) => sum + size, 0);
  if (bytes <= defaultRules.maxTotalBytes || bytes > MOST_BYTES) return [];
  const message = `has ${readableSize(bytes)} of samples; a bucket accepts ${readableSize(defaultRules.maxTotalBytes)}, unless its administrator allows more`;
  return [
    {
      severity: 'warning',
      file: '.',
      code: 'TOO_LARGE',
      message,
      suggestion: 'use fewer or shorter samples',
    },
  ];
}

/** Sorts problems in the manifest by position, before all others. */
function inReadingOrder(a: Problem, b: Problem): number {
  const [first, second] = [a, b].map(({ file }) => Number(file !== MANIFEST_NAME));
  return (first ?? 0) - (second ?? 0) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
