import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { audioMediaType } from '../../shared/audio-formats.ts';
import type { Issue } from '../../shared/clone-settings.ts';
import { type JudgedSample, judgeSamples, type SampleFault } from '../../voice-folder/judge-samples.ts';
import { type Manifest, manifestSchema } from '../../voice-folder/manifest.ts';
import { isMisnamedManifest, MANIFEST_NAME } from '../../voice-folder/names.ts';
import { parseManifest } from '../../voice-folder/parse-manifest.ts';
import { defaultRules } from '../../voice-folder/rules.ts';
import { canListen } from '../audio/listen.ts';
import type { Recording } from '../audio/recording.ts';
import { sameSounds } from '../audio/same-sound.ts';
import { type Memory, noMemory } from '../memory.ts';
import { readableSize } from '../output.ts';
import type { FoundFolder, FoundFolders } from '../voice-folders.ts';
import type { CheckedFolder, Problem } from './checked-folder.ts';
import { problemOf } from './fault-problem.ts';
import { judgeSample } from './judge-sample.ts';
import { filesAtOnce, type LocalFile, listFolder, withContent } from './local-files.ts';
import { locate, type LocatedJson } from './locate.ts';
import { providerProblems } from './provider-problems.ts';
import { sentOf } from '../../voice-folder/sent-samples.ts';
import { lookAlike, suggestField, suggestFile, suggestValue } from './suggest.ts';
import { syntaxProblem } from './syntax.ts';
import { unnamedFolders, unopenedSamples, unusedFiles } from './unused-files.ts';

/** Options of {@link checkFolder}. */
export interface CheckFolderOptions {
  /** Whether the samples' waveforms are wanted. @default false */
  isDrawn?: boolean;
  /** Of unchanged files. @default - none */
  memory?: Memory;
  /** The folders that are checked in the same run. @default - only this one */
  named?: readonly Pick<FoundFolder, 'realPath'>[];
}

/**
 * Checks a local folder by the function's rules, and reports all problems at once. Only warns where a deployment may
 * have another setting than the default (`MAX_TOTAL_BYTES`), and assumes that it allows all `SUB_ORGANIZATIONS`.
 *
 * @throws {Error} if the folder or a file in it cannot be read.
 */
export async function checkFolder(path: string, options: CheckFolderOptions = {}): Promise<CheckedFolder> {
  const { isDrawn = false, memory = noMemory, named = [] } = options;
  const { files, others: unopened } = await listFolder(path);
  const names = files.map(({ name }) => name);
  if (!names.includes(MANIFEST_NAME))
    return { path, ok: false, samples: [], isHeard: false, problems: [noManifest(path, names)] };
  const bytes = await readFile(join(path, MANIFEST_NAME));
  const parsed = parseManifest(bytes);
  const text = new TextDecoder().decode(bytes);
  const json = locate(text);
  const problems = parsed.ok ? [] : parsed.issues.map((issue) => inManifest(issue, text, json, names));
  if (json.ok) problems.push(...overridden(json));

  // The files can be checked even if a setting is invalid.
  const wanted = parsed.ok ? parsed.manifest : json.ok ? filesOf(text) : undefined;
  const { samples, faults } = wanted ? await judgeFiles(wanted, files, memory) : { samples: [], faults: [] };
  const listed = new Set(samples.map(({ name }) => name).concat(MANIFEST_NAME));
  const others = names.filter((name) => !listed.has(name));
  for (const fault of faults) problems.push(...fromFault(fault, json, others));

  const listener = samples.length > 0 ? await canListen() : undefined;
  const judged = await Promise.all(
    samples.map((sample) => filesAtOnce(() => judgeSample(sample, listener, isDrawn, memory))),
  );
  problems.push(...judged.flatMap((each) => each.problems));
  const recordings = judged.flatMap(({ sample: { name, media, sound } }) =>
    media ? [{ name, media, sound }] : [],
  );
  problems.push(...repeatedSounds(recordings, wanted?.files !== undefined));
  const provider = parsed.ok ? parsed.manifest.settings.providerType : undefined;
  problems.push(...providerProblems(provider, recordings));
  problems.push(...tooLarge(samples));
  if (wanted) problems.push(...(await unusedFiles(wanted, files, samples, problems)));
  if (wanted) problems.push(...unopenedSamples(wanted, unopened));
  if (wanted) problems.push(...(await unnamedFolders(path, files, named)));
  return {
    path,
    ok: problems.every(({ severity }) => severity !== 'error'),
    problems: problems.toSorted(inReadingOrder),
    samples: judged.map(({ sample }) => sample),
    isHeard: judged.some(({ sample: { sound } }) => sound !== undefined),
    ...(listener?.can === false && { notHeard: listener.why }),
    ...(parsed.ok && { manifest: parsed.manifest }),
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
      : `is as long as ${as}: if both are of one talk, its sound is sent twice`,
    suggestion: `remove one of them${isListed ? ' from "files"' : ''}`,
  }));
}

/** Like {@link checkFolder}, but reports a folder that cannot be read as a problem, so that others are still checked. */
export function tryCheckFolder(path: string, options: CheckFolderOptions = {}): Promise<CheckedFolder> {
  return checkFolder(path, options).catch((error: unknown) => unreadable(path, error));
}

/** A folder that cannot be checked. */
export function unreadable(path: string, error: unknown): CheckedFolder {
  const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  const problems: Problem[] = [{ severity: 'error', file: '.', message }];
  return { path, ok: false, samples: [], isHeard: false, problems };
}

/** A deployment may allow more than the default, so its own limit decides; but this much is a mistake. */
const MOST_BYTES = 4 * defaultRules.maxTotalBytes;

/** Reads only samples to compare them: other files of equal size, such as stems, may be large and many. */
async function judgeFiles(wanted: Pick<Manifest, 'files'>, files: readonly LocalFile[], memory: Memory) {
  const { samples } = judgeSamples(wanted, files, Infinity);
  const read = new Map((await withContent(samples, memory)).map((file) => [file.name, file]));
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

function noManifest(path: string, names: readonly string[]): Problem {
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

function inManifest(issue: Issue, text: string, json: LocatedJson, names: readonly string[]): Problem {
  const problem = { severity: 'error', file: MANIFEST_NAME, code: 'INVALID_MANIFEST' } as const;
  if (!json.ok) {
    return issue.code === 'NOT_JSON'
      ? { ...problem, ...json.place, ...syntaxProblem(issue.message, text, json.offset) }
      : { ...problem, ...(issue.path !== '' && { path: issue.path }), message: issue.message };
  }
  const located = json.values.get(issue.path) ?? json.values.get('');
  const isUnknown = issue.code === 'UNKNOWN_FIELD';
  const place = isUnknown ? located?.key : located?.place;
  const suggestion = isUnknown
    ? suggestField(issue.path)
    : json.values.has(issue.path)
      ? suggestValue(issue.path, located?.text ?? '', names)
      : undefined;
  const alike = suggestion === undefined ? undefined : lookAlike(located?.text ?? '', suggestion);
  return {
    ...problem,
    ...place,
    ...(issue.path !== '' && { path: issue.path }),
    message: alike === undefined ? issue.message : `${issue.message}: it ${alike}`,
    ...(suggestion !== undefined && { suggestion }),
  };
}

function overridden(json: Extract<LocatedJson, { ok: true }>): Problem[] {
  return json.overridden.map(({ path, place }) => ({
    severity: 'warning',
    file: MANIFEST_NAME,
    ...place,
    path,
    message: 'is set more than once: only the last value counts',
  }));
}

/** The valid entries of `files` in an invalid manifest. */
function filesOf(text: string): Pick<Manifest, 'files'> | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { files } = value as { files?: unknown };
  if (files === undefined) return {};
  const schema = manifestSchema.shape.files.def.innerType;
  const right = Array.isArray(files) ? files.filter((file) => schema.safeParse([file]).success) : [];
  return right.length > 0 ? { files: [...new Set(right)] } : undefined;
}

function fromFault(fault: SampleFault, json: LocatedJson, others: readonly string[]): Problem[] {
  const { code } = fault;
  if (code === 'EMPTY_SAMPLE') {
    return fault.names.map((name) => ({ file: name, ...problemOf({ code, names: [name] }) }));
  }
  if (code === 'MISSING_SAMPLES') {
    return fault.names.map((name) => {
      const [path, located] = (json.ok && findItem(json, name)) || [];
      const similar = suggestFile(name, others);
      const alike = similar === undefined ? undefined : lookAlike(name, similar);
      const { suggestion: _, message, ...problem } = problemOf({ code, names: [name] });
      return {
        ...problem,
        file: MANIFEST_NAME,
        ...located?.place,
        ...(path !== undefined && { path }),
        message: `lists ${JSON.stringify(name)}, which ${message}${alike === undefined ? '' : `: it ${alike}`}`,
        ...(similar !== undefined && { suggestion: JSON.stringify(similar) }),
      };
    });
  }
  const below = others.filter((name) => audioMediaType(name) !== undefined);
  const isBelow = code === 'NO_SAMPLES' && below.length > 0;
  return [
    {
      file: '.',
      ...problemOf(fault),
      ...(isBelow && {
        suggestion: `list the files in subfolders in "files": ${JSON.stringify(below.slice(0, 3))}`,
      }),
    },
  ];
}

/** Finds the entry of a file in `files`. */
function findItem({ values }: Extract<LocatedJson, { ok: true }>, name: string) {
  return [...values].find(([path, { text }]) => path.startsWith('files[') && JSON.parse(text) === name);
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
