import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { audioMediaType, type AudioSample } from '../../shared/audio-sample.ts';
import type { Issue } from '../../shared/clone-settings.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../../shared/parse-manifest.ts';
import { shorten } from '../../shared/shorten.ts';
import type { Config } from './config.ts';
import type { Drop, ResultError } from './result.ts';
import { getObject, type ObjectName, unquoted } from './s3-json.ts';
import type { ManifestUpload } from './upload-events.ts';

const CLAIMS_FOLDER = '.voice-clone/';
const RESULT_NAME = 'result.json';

/** The prefix that a key lies in, with its slash; empty at the top. */
function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/** Where a drop's result goes. */
export function resultOf({ bucket, key }: ObjectName): ObjectName {
  return { bucket, key: folderOf(key) + RESULT_NAME };
}

/** The prefix of all claims in a manifest's folder. */
export function claimsFolderOf({ key }: ObjectName): string {
  return folderOf(key) + CLAIMS_FOLDER;
}

/** Where the claim of a drop is. */
export function claimOf({ bucket, key }: ObjectName, fingerprint: string): ObjectName {
  return { bucket, key: `${folderOf(key)}${CLAIMS_FOLDER}${fingerprint}.json` };
}

/** What a voice folder looks like at one moment; `withdrawn` when its manifest was deleted. */
export type VoiceFolder = { kind: 'withdrawn' } | UnusableFolder | IncompleteFolder | CompleteFolder;

interface FolderWithManifest {
  drop: Drop;
  /** Whether anything was ever claimed in this folder, as far as it was looked at. */
  hasClaims: boolean;
}

/** Waiting does not help; a person has to change something. */
export interface UnusableFolder extends FolderWithManifest {
  kind: 'unusable';
  error: ResultError;
}

/** Samples are missing or still being uploaded. */
export interface IncompleteFolder extends FolderWithManifest {
  kind: 'incomplete';
  missing: string[];
  /** For how long nothing may change any more; 0 when something is missing. */
  waitSeconds: number;
  deadline: Date;
  /** What it comes to if it stays so until the deadline. */
  error: ResultError;
}

/** All is there, and can be sent. */
export interface CompleteFolder extends FolderWithManifest {
  kind: 'complete';
  drop: Drop & { fingerprint: string };
  manifest: Manifest;
  samples: AudioSample[];
  deadline: Date;
}

/** Looks at a voice folder: reads the manifest, finds its samples and judges whether they can be sent. */
export async function lookAtFolder(
  s3: S3Client,
  upload: ManifestUpload,
  { now, requestId, config }: { now: Date; requestId: string; config: Config },
): Promise<VoiceFolder> {
  const stored = await getObject(s3, upload, MAX_MANIFEST_BYTES);
  if (!stored) return { kind: 'withdrawn' };
  const drop: Drop = {
    upload: upload.upload,
    manifest: { key: upload.key, etag: unquoted(stored.etag) },
    requestId,
  };
  const parsed = parseManifest(stored.body);
  const unusable = (error: ResultError, hasClaims = false) =>
    ({ kind: 'unusable', drop, hasClaims, error }) as const;
  if (!parsed.ok) return unusable(invalidManifest(parsed.issues));
  const { manifest } = parsed;
  if (manifest.files && manifest.files.length > MAX_SAMPLES) {
    return unusable(errorOf({ kind: 'tooManySamples', maximum: MAX_SAMPLES }));
  }

  const folder = { bucket: upload.bucket, key: folderOf(upload.key) };
  const noKeys = namesThatAreNoKeys(manifest, folder);
  if (noKeys.length > 0) return unusable(invalidManifest(noKeys));
  const { objects, hasClaims, isWhole } = await listFolder(s3, folder, manifest.files);
  // Not before the claims are known: what may be cloned can have changed since this drop was first taken up.
  const forbidden = whyForbidden(manifest, config);
  if (forbidden) return unusable(invalidManifest([forbidden]), hasClaims);
  if (!isWhole) return unusable(tooManyObjects(), hasClaims);
  const deadline = new Date(stored.lastModified.getTime() + config.completeWithinSeconds * 1000);
  const incomplete = (error: ResultError, missing: string[], waitSeconds = 0) =>
    ({ kind: 'incomplete', drop, hasClaims, deadline, error, missing, waitSeconds }) as const;
  const { samples, faults } = judgeSamples(manifest, objects, config.maxTotalBytes);
  for (const fault of faults) {
    if (fault.kind === 'missing') return incomplete(errorOf(fault), fault.names);
    if (fault.kind === 'noSamples') return incomplete(errorOf(fault), []);
  }
  const waitSeconds = manifest.files ? 0 : secondsToSettle(objects, now, config.settleSeconds);
  if (waitSeconds > 0) return incomplete(stillUploading(), [], waitSeconds);

  const [fault] = faults;
  if (fault?.kind === 'tooManySamples') return unusable(errorOf(fault), hasClaims);
  const withSamples: Drop = {
    ...drop,
    samples: samples.map(({ name, size, sameAs }) => ({
      name,
      size,
      ...(sameAs !== undefined && { sameAs }),
    })),
  };
  if (fault) return { kind: 'unusable', drop: withSamples, hasClaims, error: errorOf(fault) };
  return {
    kind: 'complete',
    drop: { ...withSamples, fingerprint: fingerprintOf(manifest, samples) },
    manifest,
    samples: samples
      .filter(({ sameAs }) => sameAs === undefined)
      .map((object) => audioSample(s3, folder, object)),
    deadline,
    hasClaims,
  };
}

/** A file in a voice folder; its name is relative to the folder. */
export interface FolderFile {
  name: string;
  size: number;
  /** Two files of one size and the same of this have the same content. */
  etag: string;
}

/** Why samples cannot be sent. */
export type SampleFault =
  | { kind: 'missing'; names: string[] }
  | { kind: 'noSamples' }
  | { kind: 'tooManySamples'; maximum: number }
  | { kind: 'empty'; names: string[] }
  | { kind: 'tooLarge'; total: number; maximum: number };

/**
 * Finds the samples that a manifest asks for among the files of its folder, and says what keeps them from being sent:
 * all of it, and first what is to be mended first. `sameAs` names an earlier sample with the same content.
 */
export function judgeSamples<File extends FolderFile>(
  { files }: Pick<Manifest, 'files'>,
  objects: readonly File[],
  maxTotalBytes: number,
): { samples: (File & { sameAs: string | undefined })[]; faults: SampleFault[] } {
  const find = finderIn(objects);
  const missing = files?.filter((name) => !find(name)) ?? [];
  // One file may be named in two Unicode forms.
  const chosen = files ? [...new Set(files.flatMap((name) => find(name) ?? []))] : directAudioFiles(objects);
  if ((files ?? chosen).length > MAX_SAMPLES) {
    return { samples: [], faults: [{ kind: 'tooManySamples', maximum: MAX_SAMPLES }] };
  }
  const samples = chosen.map((object) => ({ ...object, sameAs: firstTwin(object, chosen) }));
  const unique = samples.filter(({ sameAs }) => sameAs === undefined);
  const empty = unique.filter(({ size }) => size === 0).map(({ name }) => name);
  const total = unique.reduce((sum, { size }) => sum + size, 0);
  const faults: SampleFault[] = [];
  if (missing.length > 0) faults.push({ kind: 'missing', names: missing });
  if (!files && chosen.length === 0) faults.push({ kind: 'noSamples' });
  if (empty.length > 0) faults.push({ kind: 'empty', names: empty });
  if (total > maxTotalBytes) faults.push({ kind: 'tooLarge', total, maximum: maxTotalBytes });
  return { samples, faults };
}

const UPLOAD_AGAIN = 'upload manifest.json again';

/** Far more than providers take. Each costs a request, and each folder below that it lies in a listing. */
const MAX_SAMPLES = 1_000;
/** What is listed of a folder at most, with the folders below it. */
const MAX_OBJECTS = 100_000;
/** "Naming Amazon S3 objects", Amazon S3 User Guide. */
export const MAX_KEY_BYTES = 1_024;
/** What a person reads of a manifest that is wrong all over; it goes into the result, and into one line of the log. */
const MAX_ISSUES = 50;

/** The manifest is short, but what is wrong with it can be long: each of its keys may be a mistake, or a page. */
function invalidManifest(issues: readonly Issue[]): ResultError {
  const shown = issues
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => ({ path: shorten(path, 200), message: shorten(message, 1_000) }));
  const more = issues.length - shown.length;
  return {
    code: 'INVALID_MANIFEST',
    message: `manifest.json is not right: correct what "issues" lists, then ${UPLOAD_AGAIN}.`,
    issues: more === 0 ? shown : [...shown, { path: '', message: `has ${more} more problems` }],
  };
}

/** What S3 cannot have, it cannot be asked for either: it answers with an error of its own, each time. */
function namesThatAreNoKeys({ files = [] }: Manifest, folder: ObjectName): Issue[] {
  const message = `must be shorter: the path of a file in S3 has ${MAX_KEY_BYTES} bytes at most`;
  return files.flatMap((name, index) =>
    Buffer.byteLength(folder.key + name) > MAX_KEY_BYTES ? { path: `files[${index}]`, message } : [],
  );
}

/** Does not tell which sub-organizations there are: who can drop folders need not know. */
function whyForbidden({ subOrganizationId }: Manifest, { subOrganizations }: Config): Issue | undefined {
  if (subOrganizationId === undefined || !subOrganizations) return undefined;
  if (subOrganizations.includes(subOrganizationId)) return undefined;
  return {
    path: 'subOrganizationId',
    message:
      'is not one that this bucket may clone voices for: correct it, leave it out for the main organization, or ask ' +
      'whoever runs this to allow it',
  };
}

interface FolderObject extends FolderFile {
  lastModified: Date;
}

/**
 * Lists the folder itself and those folders below it that samples are named in; never a whole tree. When it holds too
 * much to be a voice folder, what it came to is not whole, and there may be claims.
 */
async function listFolder(
  s3: S3Client,
  folder: ObjectName,
  files: readonly string[] = [],
): Promise<{ objects: FolderObject[]; hasClaims: boolean; isWhole: boolean }> {
  const objects: FolderObject[] = [];
  let hasClaims = false;
  for (const below of new Set(['', ...files.map(folderOf)])) {
    const pages = paginateListObjectsV2(
      { client: s3 },
      { Bucket: folder.bucket, Prefix: folder.key + below, Delimiter: '/' },
    );
    for await (const { Contents = [], CommonPrefixes = [] } of pages) {
      hasClaims ||= CommonPrefixes.some(({ Prefix }) => Prefix === folder.key + CLAIMS_FOLDER);
      for (const { Key = '', Size = 0, ETag = '', LastModified = new Date(0) } of Contents) {
        const name = Key.slice(folder.key.length);
        // The console makes a folder by an empty object that is named like it, with a slash at the end.
        if (name === '' || name.endsWith('/')) continue;
        objects.push({ name, size: Size, etag: ETag, lastModified: LastModified });
      }
      if (objects.length > MAX_OBJECTS) return { objects, hasClaims: true, isWhole: false };
    }
  }
  return { objects, hasClaims, isWhole: true };
}

/** The samples of a folder whose manifest lists none. */
export function directAudioFiles<File extends FolderFile>(objects: readonly File[]): File[] {
  return (
    objects
      // Hidden files are no recordings: macOS puts a `._one.mp3` beside each `one.mp3` on foreign disks.
      .filter(
        ({ name }) => !name.includes('/') && !name.startsWith('.') && audioMediaType(name) !== undefined,
      )
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  );
}

/** By its exact name, or else by the same name in another Unicode form: macOS uploads decomposed names (NFD). */
function finderIn<File extends FolderFile>(objects: readonly File[]): (name: string) => File | undefined {
  const exactly = new Map(objects.map((object) => [object.name, object]));
  const normalized = new Map(objects.map((object) => [object.name.normalize(), object]));
  return (name) => exactly.get(name) ?? normalized.get(name.normalize());
}

/** For how long nothing may change any more; 0 when all is at rest. */
function secondsToSettle(objects: readonly FolderObject[], now: Date, settleSeconds: number): number {
  const lastChange = objects
    .filter(({ name }) => name !== RESULT_NAME)
    .reduce((latest, { lastModified }) => Math.max(latest, lastModified.getTime()), 0);
  return Math.max(0, Math.ceil((lastChange - now.getTime()) / 1000 + settleSeconds));
}

function stillUploading(): ResultError {
  return {
    code: 'MISSING_SAMPLES',
    message: `Files were still being uploaded when the time was over. Once all are there, ${UPLOAD_AGAIN}.`,
  };
}

function errorOf(fault: SampleFault): ResultError {
  switch (fault.kind) {
    case 'missing':
      return {
        code: 'MISSING_SAMPLES',
        message:
          `These files of the manifest are not in the folder: ${listed(fault.names)}. ` +
          `Upload them, then ${UPLOAD_AGAIN}.`,
      };
    case 'noSamples':
      return {
        code: 'NO_SAMPLES',
        message: `There is no audio file beside manifest.json. Upload the samples, then ${UPLOAD_AGAIN}.`,
      };
    case 'tooManySamples':
      return {
        code: 'TOO_LARGE',
        message: `There are more than ${fault.maximum} samples. Use fewer, then ${UPLOAD_AGAIN}.`,
      };
    case 'empty':
      return {
        code: 'EMPTY_SAMPLE',
        message:
          `These samples hold no data: ${listed(fault.names)}. ` +
          `Upload them again or remove them, then ${UPLOAD_AGAIN}.`,
      };
    case 'tooLarge':
      return {
        code: 'TOO_LARGE',
        message:
          `The samples have ${fault.total} bytes together, and at most ${fault.maximum} are allowed. ` +
          `Use fewer or shorter ones, then ${UPLOAD_AGAIN}.`,
      };
  }
}

function tooManyObjects(): ResultError {
  return {
    code: 'TOO_LARGE',
    message:
      `The folder holds more than ${MAX_OBJECTS} files. Put the samples into a folder of their own, with their ` +
      `manifest.json.`,
  };
}

/** As many names as fit into a sentence. */
function listed(names: readonly string[]): string {
  return names.slice(0, 20).join(', ') + (names.length > 20 ? ' …' : '');
}

/** An earlier sample with the same content: providers refuse to get the same file twice. */
function firstTwin({ name, etag, size }: FolderFile, samples: readonly FolderFile[]): string | undefined {
  const first = samples.find((other) => other.etag === etag && other.size === size);
  return first && first.name !== name ? first.name : undefined;
}

/** Tells one drop from another: the same settings and samples, whatever the manifest's white space. */
function fingerprintOf({ settings, subOrganizationId }: Manifest, samples: readonly FolderFile[]): string {
  const content = [
    Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    subOrganizationId ?? null,
    samples.map(({ name, size, etag }) => [name, size, etag]),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function audioSample(s3: S3Client, folder: ObjectName, { name, size, etag }: FolderFile): AudioSample {
  return {
    // No folder names: RFC 7578, section 4.2.
    name: name.slice(name.lastIndexOf('/') + 1),
    type: audioMediaType(name) ?? 'application/octet-stream',
    size,
    async open(abortSignal) {
      // Pinned to what was listed, so that what is sent is what was judged.
      const command = new GetObjectCommand({ Bucket: folder.bucket, Key: folder.key + name, IfMatch: etag });
      const { Body } = await s3.send(command, { abortSignal });
      return Body as Readable;
    },
  };
}
