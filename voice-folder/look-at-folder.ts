import { createHash } from 'node:crypto';
import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { Issue } from '../shared/clone-settings.ts';
import { errorOf, type Fault, type ResultError } from './errors.ts';
import { type FolderFile, type JudgedSample, judgeSamples, MAX_SAMPLES } from './judge-samples.ts';
import type { Manifest } from './manifest.ts';
import { folderOf, MAX_KEY_BYTES, type ObjectName, RESULT_NAME } from './names.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from './parse-manifest.ts';
import type { Drop } from './result.ts';
import type { FolderRules } from './rules.ts';
import { getObject, unquoted } from './s3-json.ts';
import type { ManifestUpload } from './upload.ts';

const CLAIMS_FOLDER = '.voice-clone/';

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
  missing: readonly string[];
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
  /** Those to send: of several with the same content the first. */
  samples: FolderObject[];
  deadline: Date;
}

/** Looks at a voice folder: reads the manifest, finds its samples and judges whether they can be sent. */
export async function lookAtFolder(
  s3: S3Client,
  upload: ManifestUpload,
  { now, requestId, rules }: { now: Date; requestId: string; rules: FolderRules },
): Promise<VoiceFolder> {
  const stored = await getObject(s3, upload, MAX_MANIFEST_BYTES);
  if (!stored) return { kind: 'withdrawn' };
  const drop: Drop = {
    upload: upload.upload,
    manifest: { key: upload.key, etag: unquoted(stored.etag) },
    requestId,
  };
  const parsed = parseManifest(stored.body);
  const unusable = (fault: Fault, hasClaims = false) =>
    ({ kind: 'unusable', drop, hasClaims, error: errorOf(fault) }) as const;
  const invalid = (issues: readonly Issue[], hasClaims = false) =>
    unusable({ code: 'INVALID_MANIFEST', issues }, hasClaims);
  if (!parsed.ok) return invalid(parsed.issues);
  const { manifest } = parsed;
  if (manifest.files && manifest.files.length > MAX_SAMPLES) {
    return unusable({ code: 'TOO_LARGE', maxSamples: MAX_SAMPLES });
  }

  const folder = { bucket: upload.bucket, key: folderOf(upload.key) };
  const noKeys = namesThatAreNoKeys(manifest, folder);
  if (noKeys.length > 0) return invalid(noKeys);
  const { objects, hasClaims, isWhole } = await listFolder(s3, folder, manifest.files);
  // Not before the claims are known: what may be cloned can have changed since this drop was first taken up.
  const forbidden = whyForbidden(manifest, rules);
  if (forbidden) return invalid([forbidden], hasClaims);
  if (!isWhole) return unusable({ code: 'TOO_LARGE', maxFiles: MAX_OBJECTS }, hasClaims);
  const deadline = new Date(stored.lastModified.getTime() + rules.completeWithinSeconds * 1000);
  const incomplete = (fault: Fault, missing: readonly string[], waitSeconds = 0) =>
    ({ kind: 'incomplete', drop, hasClaims, deadline, error: errorOf(fault), missing, waitSeconds }) as const;
  const { samples, faults } = judgeSamples(manifest, objects, rules.maxTotalBytes);
  for (const fault of faults) {
    if (fault.code === 'MISSING_SAMPLES') return incomplete(fault, fault.names);
    if (fault.code === 'NO_SAMPLES') return incomplete(fault, []);
  }
  const waitSeconds = manifest.files ? 0 : secondsToSettle(objects, now, rules.settleSeconds);
  if (waitSeconds > 0) return incomplete({ code: 'MISSING_SAMPLES', stillUploading: true }, [], waitSeconds);

  const [fault] = faults;
  if (fault && 'maxSamples' in fault) return unusable(fault, hasClaims);
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
    samples: samples.filter(({ sameAs }) => sameAs === undefined),
    deadline,
    hasClaims,
  };
}

/** What is listed of a folder at most, with the folders below it. */
const MAX_OBJECTS = 100_000;

/** S3 rejects overlong keys on every request. */
function namesThatAreNoKeys({ files = [] }: Manifest, folder: ObjectName): Issue[] {
  const message = `must be shorter: the path of a file in S3 has ${MAX_KEY_BYTES} bytes at most`;
  return files.flatMap((name, index) =>
    Buffer.byteLength(folder.key + name) > MAX_KEY_BYTES ? { path: `files[${index}]`, message } : [],
  );
}

/** Does not tell which sub-organizations there are: who can drop folders need not know. */
function whyForbidden({ subOrganizationId }: Manifest, { subOrganizations }: FolderRules): Issue | undefined {
  if (subOrganizationId === undefined || !subOrganizations) return undefined;
  if (subOrganizations.includes(subOrganizationId)) return undefined;
  return {
    path: 'subOrganizationId',
    message:
      'is not one that this bucket may clone voices for: correct it, leave it out for the main organization, or ask ' +
      'whoever runs this to allow it',
  };
}

/** A file in the folder, as S3 lists it. */
export interface FolderObject extends FolderFile {
  /** With the quotes that HTTP puts around it. */
  etag: string;
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
        objects.push({ name, size: Size, etag: ETag, content: ETag, lastModified: LastModified });
      }
      if (objects.length > MAX_OBJECTS) return { objects, hasClaims: true, isWhole: false };
    }
  }
  return { objects, hasClaims, isWhole: true };
}

/** For how long nothing may change any more; 0 when all is at rest. */
function secondsToSettle(objects: readonly FolderObject[], now: Date, settleSeconds: number): number {
  const lastChange = objects
    .filter(({ name }) => name !== RESULT_NAME)
    .reduce((latest, { lastModified }) => Math.max(latest, lastModified.getTime()), 0);
  return Math.max(0, Math.ceil((lastChange - now.getTime()) / 1000 + settleSeconds));
}

/** Tells one drop from another: the same settings and samples, whatever the manifest's white space. */
function fingerprintOf(
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
