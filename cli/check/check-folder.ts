import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '../../voice-folder/error-codes.ts';
import { explain, type Fault } from '../../voice-folder/errors.ts';
import { defaultRules } from '../../voice-folder/rules.ts';
import { type JudgedSample, judgeSamples, type SampleFault } from '../../voice-folder/judge-samples.ts';
import { ignoredFiles } from '../../voice-folder/ignored-files.ts';
import { audioMediaType } from '../../shared/media-types.ts';
import { badSampleIn, isZeros, SNIFF_BYTES, ZEROS } from '../../shared/not-audio.ts';
import type { Issue } from '../../shared/clone-settings.ts';
import { type Manifest, manifestSchema } from '../../voice-folder/manifest.ts';
import { parseManifest } from '../../voice-folder/parse-manifest.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { limit } from '../limit.ts';
import { everyChunk, type LocalFile, listFiles, startOf, withContent } from './local-files.ts';
import { locate, type LocatedJson } from './locate.ts';
import { canListen, type Heard, listen, type Sound } from './listen.ts';
import { type Media, readMedia } from './media.ts';
import { providerWarnings } from './provider-limits.ts';
import { type QualityCode, qualityProblems } from './quality.ts';
import { suggestField, suggestFile, suggestValue } from './suggest.ts';
import { syntaxProblem } from './syntax.ts';

/** What is to be said about a folder on this machine before it is uploaded. */
export interface CheckedFolder {
  path: string;
  /** Whether a voice can be cloned from it: there is no error among the problems. */
  ok: boolean;
  problems: Problem[];
  /** The samples that the manifest asks for and that are there, in the order in which they are sent. */
  samples: LocalSample[];
  /** Whether they were listened to, for which ffmpeg has to be there. */
  isHeard: boolean;
  /** Undefined when it is invalid. */
  manifest?: Manifest;
}

/** Something to mend, or to know. */
export interface Problem {
  severity: 'error' | 'warning';
  /** The file that it is in, relative to the folder; `.` for the folder itself. */
  file: string;
  /** Where in the manifest, from 1. */
  line?: number;
  column?: number;
  /** The field of the manifest, such as `files[2]`. */
  path?: string;
  /** The code that `result.json` would have, or what is wrong with a recording. */
  code?: ErrorCode | QualityCode;
  /** Continues a sentence that begins with the field, or else the file. */
  message: string;
  /** What to write instead, or to do. */
  suggestion?: string;
  /** The address of the documentation that says so. */
  source?: string;
}

/** A recording on this machine that will be sent. */
export interface LocalSample {
  /** Relative to the folder, with `/`. */
  name: string;
  /** Where it is on this machine. */
  path: string;
  /** In bytes. */
  size: number;
  /** An earlier sample with the same content: that one is sent. */
  sameAs?: string;
  /** Of those that are sent and may be audio. */
  media?: Media;
  /** Where it was listened to. */
  sound?: Sound;
}

/** A process may not have thousands of files open. */
const sixteenAtOnce = limit(16);

/**
 * Judges a folder as the function would, from the files on this machine, and finds all that is wrong at once. What
 * depends on how the function is deployed is taken at its default: `MAX_TOTAL_BYTES`, and `SUB_ORGANIZATIONS`, which
 * allows all.
 *
 * @throws {Error} when the folder or a file in it cannot be read.
 */
export async function checkFolder(path: string): Promise<CheckedFolder> {
  const files = await listFiles(path);
  const names = files.map(({ name }) => name);
  if (!names.includes(MANIFEST_NAME))
    return { path, ok: false, samples: [], isHeard: false, problems: [noManifest(path, names)] };
  const bytes = await readFile(join(path, MANIFEST_NAME));
  const parsed = parseManifest(bytes);
  const text = new TextDecoder().decode(bytes);
  const json = locate(text);
  const problems = parsed.ok ? [] : parsed.issues.map((issue) => inManifest(issue, text, json, names));
  if (json.ok) problems.push(...overridden(json));

  // The files can be judged also where a setting is wrong.
  const wanted = parsed.ok ? parsed.manifest : json.ok ? filesOf(text) : undefined;
  const { samples, faults } = wanted
    ? judgeSamples(wanted, await withContent(files), defaultRules.maxTotalBytes)
    : { samples: [], faults: [] };
  const listed = new Set(samples.map(({ name }) => name).concat(MANIFEST_NAME));
  const others = names.filter((name) => !listed.has(name));
  for (const fault of faults) problems.push(...fromFault(fault, json, others));

  const isHeard = samples.length > 0 && (await canListen());
  const judged = await Promise.all(
    samples.map((sample) => sixteenAtOnce(() => judgeSample(sample, isHeard))),
  );
  problems.push(...judged.flatMap((each) => each.problems));
  const recordings = judged.flatMap(({ sample: { name, media, sound } }) =>
    media ? [{ name, media, sound }] : [],
  );
  const provider = parsed.ok ? parsed.manifest.settings.providerType : undefined;
  for (const { file = MANIFEST_NAME, ...warning } of providerWarnings(provider, recordings)) {
    problems.push({ severity: 'warning', file, ...warning });
  }
  if (wanted) problems.push(...unused(wanted, files, samples, problems));
  return {
    path,
    ok: problems.every(({ severity }) => severity !== 'error'),
    problems: problems.toSorted(inReadingOrder),
    samples: judged.map(({ sample }) => sample),
    isHeard,
    ...(parsed.ok && { manifest: parsed.manifest }),
  };
}

/** Looks into a sample that is sent, and listens to it. */
async function judgeSample(
  { name, path, size, sameAs }: JudgedSample<LocalFile>,
  isHeard: boolean,
): Promise<{ sample: LocalSample; problems: Problem[] }> {
  const sample = { name, path, size };
  if (sameAs !== undefined) {
    const message = `has the same content as ${sameAs}: it is sent once`;
    return { sample: { ...sample, sameAs }, problems: [{ severity: 'warning', file: name, message }] };
  }
  if (size === 0) return { sample, problems: [] }; // Which has been said.
  const start = await startOf(path, SNIFF_BYTES);
  const fault = await faultOf(sample, start);
  if (fault) return { sample, problems: [{ file: name, ...problemOf(fault) }] };
  const [declared, heard] = await Promise.all([
    readMedia(path, start, size),
    isHeard ? listen(path) : undefined,
  ]);
  const media = heard ? bothOf(declared, heard) : declared;
  const sound = heard?.sound;
  const problems = qualityProblems({ name, media, sound }).map((problem): Problem => ({
    severity: problem.code === 'SILENT' ? 'error' : 'warning',
    file: name,
    ...problem,
  }));
  if (audioMediaType(name) === undefined && !problems.some(({ code }) => code === 'WRONG_EXTENSION')) {
    const message = 'has a name that ends like none of an audio file: it is sent as application/octet-stream';
    problems.push({ severity: 'warning', file: name, message });
  }
  return { sample: { ...sample, media, ...(sound && { sound }) }, problems };
}

/** What keeps the function from sending it. */
async function faultOf({ name, path, size }: LocalSample, start: Uint8Array): Promise<Fault | undefined> {
  const bad = badSampleIn(start, size);
  if (bad) return { ...bad, name };
  const isEmpty = isZeros(start) && (await everyChunk(path, isZeros));
  return isEmpty ? { code: 'NOT_AUDIO', name, found: ZEROS } : undefined;
}

/** What was decoded is the truth; whether that is all, and what encloses it, the headers know. */
function bothOf(declared: Media, { media }: Heard): Media {
  const { seconds: expected = 0 } = declared;
  const isShort = (media.seconds ?? 0) < 0.95 * expected - 1;
  return {
    ...declared,
    ...media,
    ...(declared.container !== undefined && { container: declared.container }),
    // Opus is always decoded at 48 kHz, whatever was recorded.
    ...(declared.codec === 'Opus' &&
      declared.sampleRate !== undefined && { sampleRate: declared.sampleRate }),
    ...(isShort && { isTruncated: true }),
  };
}

function noManifest(path: string, names: readonly string[]): Problem {
  const similar = names.find((name) => !name.includes('/') && suggestFile(name, [MANIFEST_NAME]));
  return {
    severity: 'error',
    file: '.',
    message: `holds no ${MANIFEST_NAME}`,
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
      : { ...problem, message: issue.message };
  }
  const located = json.values.get(issue.path) ?? json.values.get('');
  const isUnknown = issue.code === 'UNKNOWN_FIELD';
  const place = isUnknown ? located?.key : located?.place;
  const suggestion = isUnknown
    ? suggestField(issue.path)
    : json.values.has(issue.path)
      ? suggestValue(issue.path, located?.text ?? '', names)
      : undefined;
  return {
    ...problem,
    ...place,
    ...(issue.path !== '' && { path: issue.path }),
    message: issue.message,
    ...(suggestion !== undefined && { suggestion }),
  };
}

function overridden(json: Extract<LocatedJson, { ok: true }>): Problem[] {
  return json.overridden.map(({ path, place }) => ({
    severity: 'warning',
    file: MANIFEST_NAME,
    ...place,
    path,
    message: 'is written more than once: only the last one counts',
  }));
}

/** The files that an invalid manifest asks for, as far as they can be read. */
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
      const { suggestion: _, message, ...problem } = problemOf({ code, names: [name] });
      return {
        ...problem,
        file: MANIFEST_NAME,
        ...located?.place,
        ...(path !== undefined && { path }),
        message: `names ${JSON.stringify(name)}, which ${message}`,
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
        suggestion: `list those below it in "files": ${JSON.stringify(below.slice(0, 3))}`,
      }),
    },
  ];
}

/** What is said of a fault, as it continues a sentence that begins with the file. */
function problemOf(fault: Fault): Pick<Problem, 'severity' | 'code' | 'message' | 'suggestion'> {
  const { predicate, remedy } = explain(fault);
  return {
    severity: 'error',
    code: fault.code,
    message: predicate,
    ...(remedy !== undefined && { suggestion: remedy }),
  };
}

/** Where `files` names a file. */
function findItem({ values }: Extract<LocatedJson, { ok: true }>, name: string) {
  return [...values].find(([path, { text }]) => path.startsWith('files[') && JSON.parse(text) === name);
}

/** Somebody may have recorded it for the voice. What is misspelt in `files` has been told. */
function unused(
  wanted: Pick<Manifest, 'files'>,
  files: readonly LocalFile[],
  samples: readonly LocalFile[],
  problems: readonly Problem[],
): Problem[] {
  const meant = problems
    .flatMap(({ path, suggestion }) => (path?.startsWith('files[') && suggestion) || [])
    .map((suggestion) => ({ name: parse(suggestion) }));
  return ignoredFiles(wanted, files, [...samples, ...meant]).map(({ name, why }) => ({
    severity: 'warning',
    file: name,
    message: `is not used: ${why}`,
  }));
}

function parse(json: string): string {
  return String(JSON.parse(json));
}

/** The manifest from top to bottom, then the rest. */
function inReadingOrder(a: Problem, b: Problem): number {
  const [first, second] = [a, b].map(({ file }) => Number(file !== MANIFEST_NAME));
  return (first ?? 0) - (second ?? 0) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
