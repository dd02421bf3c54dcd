import { createHash } from 'node:crypto';
import { ListMultipartUploadsCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { Issue } from '../../shared/clone-settings.ts';
import { contentOf } from './content.ts';
import { errorOf, type Fault, type ResultError } from '../errors.ts';
import { ignoredFiles } from '../ignored-files.ts';
import {
  type FolderFile,
  type JudgedSample,
  judgeSamples,
  MAX_SAMPLES,
  type SampleFault,
} from '../judge-samples.ts';
import type { CompleteDrop } from '../ledger.ts';
import type { Manifest } from '../manifest.ts';
import { isMarked } from '../mark.ts';
import { folderOf, MANIFEST_NAME, MAX_KEY_BYTES, type ObjectName, RESULT_NAME } from '../names.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../parse-manifest.ts';
import type { Drop } from '../result.ts';
import type { FolderRules } from '../rules.ts';
import { type Refusal, unlessRefused } from './refusal.ts';
import { getObject, type Stored, unquoted } from './s3-json.ts';
import type { ManifestUpload } from '../upload.ts';

/** A snapshot of a voice folder; `withdrawn` if its manifest was deleted. */
export type VoiceFolder = (
  | { kind: 'withdrawn'; drop?: undefined }
  | UnusableFolder
  | IncompleteFolder
  | CompleteFolder
) & {
  /** `result.json`, if there is one. */
  listedResult: FolderObject | undefined;
};

/** The folder will not become valid by waiting: a person has to change something. */
export interface UnusableFolder {
  kind: 'unusable';
  drop: Drop;
  error: ResultError;
}

/** Samples are missing or still being uploaded. */
export interface IncompleteFolder {
  kind: 'incomplete';
  drop: Drop;
  /** The missing files; empty if the folder only has to settle. */
  missing: readonly string[];
  /** Seconds until the folder can be complete if nothing changes; undefined if unknown. */
  waitSeconds?: number;
  deadline: Date;
  /** The error if the folder is still incomplete at the deadline. */
  error: ResultError;
}

/** All samples are present and can be sent. */
export interface CompleteFolder {
  kind: 'complete';
  drop: CompleteDrop;
  manifest: Manifest;
  /** The samples to send, without duplicates. */
  samples: FolderObject[];
  deadline: Date;
}

/** A file in the folder, as listed by S3. */
export interface FolderObject extends FolderFile {
  /** Including HTTP's quotes. */
  etag: string;
  lastModified: Date;
}

export interface LookOptions {
  /** S3's time; accurate after the first answer from S3. */
  now: () => Date;
  requestId: string;
  rules: FolderRules;
}

/** Reads a voice folder's manifest, finds its samples and decides whether they can be sent. */
export async function lookAtFolder(
  s3: S3Client,
  upload: ManifestUpload,
  options: LookOptions,
): Promise<VoiceFolder> {
  const folder = { bucket: upload.bucket, key: folderOf(upload.key) };
  const [stored, top] = await Promise.all([
    unlessRefused(getObject(s3, upload, MAX_MANIFEST_BYTES)),
    listFolder(s3, folder, ['']),
  ]);
  const listedResult = top.objects.find(({ name }) => name === RESULT_NAME);
  if (!stored) return { kind: 'withdrawn', listedResult };
  if ('refusal' in stored) return { ...unreadable(upload, stored.refusal, top, options), listedResult };
  return { ...(await judgeFolder(s3, folder, upload, stored, top, options)), listedResult };
}

/** The folder of a manifest that S3 does not give out. */
function unreadable(
  { key, sequencer }: ManifestUpload,
  { reason, ...refusal }: Refusal,
  { objects }: Listing,
  { requestId }: LookOptions,
): UnusableFolder {
  const listed = objects.find(({ name }) => name === MANIFEST_NAME);
  return {
    kind: 'unusable',
    drop: { upload: sequencer, manifest: { key, etag: unquoted(listed?.etag ?? '') }, requestId },
    error: errorOf({ ...refusal, name: MANIFEST_NAME }, { reason }),
  };
}

async function judgeFolder(
  s3: S3Client,
  folder: ObjectName,
  upload: ManifestUpload,
  stored: Stored,
  top: Listing,
  { now, requestId, rules }: LookOptions,
): Promise<UnusableFolder | IncompleteFolder | CompleteFolder> {
  const drop: Drop = {
    upload: upload.sequencer,
    manifest: { key: upload.key, etag: unquoted(stored.etag) },
    requestId,
  };
  const unusable = (fault: Fault, about: Drop = drop) =>
    ({ kind: 'unusable', drop: about, error: errorOf(fault) }) as const;
  const parsed = parseManifest(stored.body);
  if (!parsed.ok) return unusable({ code: 'INVALID_MANIFEST', issues: parsed.issues });
  const { manifest } = parsed;
  if (manifest.files && manifest.files.length > MAX_SAMPLES) {
    return unusable({ code: 'TOO_LARGE', maxSamples: MAX_SAMPLES });
  }
  const issues = [...namesThatAreNoKeys(manifest, folder), ...whyForbidden(manifest, rules)];
  if (issues.length > 0) return unusable({ code: 'INVALID_MANIFEST', issues });
  // Set only after the check: subscriptions to results filter by it.
  if (manifest.subOrganizationId !== undefined) drop.subOrganizationId = manifest.subOrganizationId;

  const below = await listFolder(s3, folder, foldersBelow(manifest));
  if (!top.isWhole || !below.isWhole) return unusable({ code: 'TOO_LARGE', maxFiles: MAX_OBJECTS });
  const objects = [...top.objects, ...below.objects];
  const folders = [...top.folders, ...below.folders];
  const { samples, faults } = await judgeContent(
    s3,
    folder,
    manifest,
    objects,
    stored.isKmsEncrypted,
    rules.maxTotalBytes,
  );

  // At the root of a bucket, the other folders are other people's.
  const found = folder.key === '' ? objects : [...objects, ...folders];
  const ignored = ignoredFiles(manifest, found, samples, () => true);
  if (ignored.length > 0) drop.ignored = ignored;
  const deadline = new Date(stored.lastModified.getTime() + rules.completeWithinSeconds * 1000);
  const incomplete = (fault: Fault, missing: readonly string[] = [], waitSeconds?: number) =>
    ({
      kind: 'incomplete',
      drop,
      deadline,
      error: errorOf(fault),
      missing,
      ...(waitSeconds !== undefined && { waitSeconds }),
    }) as const;
  const [fault] = faults;
  if (fault && 'names' in fault) return incomplete(fault, fault.names);
  if (fault?.code === 'NO_SAMPLES') return incomplete(fault);
  // More files cannot fix this, so do not wait for them.
  if (fault && 'maxSamples' in fault) return unusable(fault);
  if (!manifest.files && !isMarked(stored.metadata, samples)) {
    const waitSeconds = secondsToSettle(objects, now(), rules.settleSeconds);
    const uploading: Fault = { code: 'MISSING_SAMPLES', uploading: [] };
    if (waitSeconds > 0) return incomplete(uploading, [], waitSeconds);
    const names = await uploadsInProgress(s3, folder, now());
    if (names.length > 0) return incomplete({ ...uploading, uploading: names }, names);
  }

  const withSamples: Drop = {
    ...drop,
    samples: samples.map(({ name, size, sameAs }) => ({
      name,
      size,
      ...(sameAs !== undefined && { sameAs }),
    })),
  };
  if (fault) return unusable(fault, withSamples);
  return {
    kind: 'complete',
    drop: { ...withSamples, fingerprint: fingerprintOf(manifest, samples) },
    manifest,
    samples: samples.filter(({ sameAs }) => sameAs === undefined),
    deadline,
  };
}

/**
 * Judges listed samples by their content. Fetches checksums only for samples, and only if the listing's ETag is not
 * enough. Requests run in parallel.
 *
 * @param folder its key is a prefix
 * @param isKmsEncrypted whether the manifest is
 */
export async function judgeContent<Listed extends FolderFile & { etag: string }>(
  s3: S3Client,
  { bucket, key }: ObjectName,
  manifest: Manifest,
  objects: readonly Listed[],
  isKmsEncrypted: boolean,
  maxTotalBytes: number,
): Promise<{ samples: JudgedSample<Listed>[]; faults: SampleFault[] }> {
  const listed = judgeSamples(manifest, objects, maxTotalBytes);
  const contents = new Map(
    await Promise.all(
      listed.samples.map(
        async ({ name, etag }) =>
          [name, await contentOf(s3, { bucket, key: key + name }, etag, isKmsEncrypted)] as const,
      ),
    ),
  );
  if (listed.samples.every(({ name, content }) => contents.get(name) === content)) return listed;
  const known = objects.map((object) => ({
    ...object,
    content: contents.get(object.name) ?? object.content,
  }));
  return judgeSamples(manifest, known, maxTotalBytes);
}

/** The most objects that are listed per voice folder, including its subfolders. */
const MAX_OBJECTS = 100_000;

/** S3 rejects overlong keys on every request. */
function namesThatAreNoKeys({ files = [] }: Manifest, folder: ObjectName): Issue[] {
  const message = `must be shorter: a path in S3 has at most ${MAX_KEY_BYTES} bytes`;
  return files.flatMap((name, index) =>
    Buffer.byteLength(folder.key + name) > MAX_KEY_BYTES ? { path: `files[${index}]`, message } : [],
  );
}

/** The message does not list the allowed sub-organizations: people who drop folders need not know them. */
function whyForbidden({ subOrganizationId }: Manifest, { subOrganizations }: FolderRules): Issue[] {
  if (subOrganizationId === undefined || !subOrganizations) return [];
  if (subOrganizations.includes(subOrganizationId)) return [];
  const message =
    'is not allowed for this bucket: correct it, omit it to use the main organization, or ask your administrator ' +
    'to allow it';
  return [{ path: 'subOrganizationId', message }];
}

/** The subfolders in which the manifest lists samples; the rest of the tree is not listed. */
function foldersBelow({ files = [] }: Manifest): string[] {
  return [...new Set(files.map(folderOf))].filter((below) => below !== '');
}

interface Listing {
  objects: FolderObject[];
  /** Direct subfolders; their names end with a slash. */
  folders: { name: string }[];
  /** False if the folder contains more objects than allowed. */
  isWhole: boolean;
}

/** Lists the direct contents of these folders, which are relative to the voice folder. */
async function listFolder(s3: S3Client, folder: ObjectName, belows: readonly string[]): Promise<Listing> {
  const objects: FolderObject[] = [];
  const folders: Listing['folders'] = [];
  for (const below of belows) {
    const pages = paginateListObjectsV2(
      { client: s3 },
      { Bucket: folder.bucket, Prefix: folder.key + below, Delimiter: '/' },
    );
    for await (const { Contents = [], CommonPrefixes = [] } of pages) {
      for (const { Prefix = '' } of CommonPrefixes) folders.push({ name: Prefix.slice(folder.key.length) });
      for (const { Key = '', Size = 0, ETag = '', LastModified = new Date(0) } of Contents) {
        const name = Key.slice(folder.key.length);
        // The S3 console creates a folder as an empty object whose name ends with a slash.
        if (name === '' || name.endsWith('/')) continue;
        objects.push({ name, size: Size, etag: ETag, content: ETag, lastModified: LastModified });
      }
      if (objects.length + folders.length > MAX_OBJECTS) return { objects, folders, isWhole: false };
    }
  }
  return { objects, folders, isWhole: true };
}

/** Seconds until the folder counts as settled if nothing changes. S3's times are in whole seconds. */
function secondsToSettle(objects: readonly FolderObject[], now: Date, settleSeconds: number): number {
  const lastChange = objects
    .filter(({ name }) => name !== RESULT_NAME)
    .reduce((latest, { lastModified }) => Math.max(latest, Math.floor(lastModified.getTime() / 1000)), 0);
  return Math.max(0, Math.ceil(lastChange + settleSeconds - now.getTime() / 1000));
}

/** Older multipart uploads count as abandoned. */
const ABANDONED_AFTER_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Multipart uploads in progress directly in the folder; S3 lists an object only once it is complete. */
async function uploadsInProgress(s3: S3Client, { bucket, key }: ObjectName, now: Date): Promise<string[]> {
  const { Uploads = [] } = await s3.send(
    new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key, Delimiter: '/' }),
  );
  return Uploads.filter(
    ({ Initiated = now }) => now.getTime() - Initiated.getTime() < ABANDONED_AFTER_MILLISECONDS,
  ).map(({ Key = '' }) => Key.slice(key.length));
}

/** Identifies a drop by its settings and samples, independent of the manifest's formatting. */
export function fingerprintOf(
  { settings, subOrganizationId }: Manifest,
  samples: readonly JudgedSample<FolderFile>[],
): string {
  const content = [
    Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    subOrganizationId ?? null,
    samples.map(({ name, size, content: same }) => [name, size, same]),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
