import type { ListMultipartUploadsCommandInput, S3Client } from '@aws-sdk/client-s3';
import { unquoted } from '../etag.ts';
import type { Fault } from '../fault.ts';
import {
  type CompleteFolder,
  type FolderFacts,
  type FolderObject,
  type IncompleteFolder,
  judgeFolder,
  judgeManifest,
  type UnusableFolder,
  type UploadInProgress,
} from '../judge-folder.ts';
import { judgeSamples } from '../judge-samples.ts';
import type { Manifest } from '../manifest.ts';
import { markIn } from '../mark.ts';
import { folderOf, MANIFEST_NAME, type ObjectName, RESULT_NAME } from '../names.ts';
import { MAX_MANIFEST_BYTES } from '../parse-manifest.ts';
import type { Drop } from '../result.ts';
import type { FolderRules } from '../rules.ts';
import type { ManifestUpload } from '../upload.ts';
import { objectsPage, uploadsPage } from './list-page.ts';
import { nextPage } from './next-page.ts';
import { unlessRefused } from './refusal.ts';
import { getObject, type Stored } from './stored-object.ts';
import { tellApart } from './twins.ts';

/** A snapshot of a voice folder; `withdrawn` if its manifest was deleted. */
export type VoiceFolder = (
  | { kind: 'withdrawn'; drop?: undefined }
  | UnusableFolder
  | IncompleteFolder
  | CompleteFolder
) & {
  /** `result.json`, if there is one. */
  listedResult: FolderObject | undefined;
  /** The manifest's user metadata. */
  metadata: Record<string, string>;
  /** When a person uploaded a manifest that was replicated since, perhaps much later. */
  sourceUploadedAt?: Date;
};

/** When and for whom a folder is read, and by which rules. */
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
  const looked = await unlessRefused(look(s3, upload, options));
  if (!('refusal' in looked)) return looked;
  const { bucket, key } = upload;
  const { reason, ...refusal } = looked.refusal;
  const isOfBucket = 'because' in refusal && (refusal.because === 'region' || refusal.because === 'refusal');
  const because = isOfBucket ? refusal.because : 'listing';
  return {
    ...unusable(
      upload,
      options,
      '',
      { code: 'ACCESS_DENIED', because, name: folderOf(key) || bucket },
      reason,
    ),
    listedResult: undefined,
    metadata: {},
  };
}

/** @throws S3's refusals, except of the manifest: then only listing is left */
async function look(s3: S3Client, upload: ManifestUpload, options: LookOptions): Promise<VoiceFolder> {
  const folder = folderOfManifest(upload);
  const [stored, top] = await Promise.all([
    unlessRefused(getObject(s3, upload, MAX_MANIFEST_BYTES)),
    listFolder(s3, folder, ['']),
  ]);
  const listedResult = top.objects.find(({ name }) => name === RESULT_NAME);
  if (!stored) return { kind: 'withdrawn', listedResult, metadata: {} };
  if ('refusal' in stored) {
    const { reason, ...refusal } = stored.refusal;
    const etag = top.objects.find(({ name }) => name === MANIFEST_NAME)?.etag ?? '';
    const fault: Fault = { ...refusal, name: MANIFEST_NAME };
    return { ...unusable(upload, options, etag, fault, reason), listedResult, metadata: {} };
  }
  const judged = await lookInside(s3, upload, stored, top, options);
  const { isReplica, lastModified, metadata } = stored;
  return { ...judged, listedResult, metadata, ...(isReplica && { sourceUploadedAt: lastModified }) };
}

/** The folder, as a prefix. */
function folderOfManifest({ bucket, key }: ObjectName): ObjectName {
  return { bucket, key: folderOf(key) };
}

/** The folder of a drop for which S3 refuses something. */
function unusable(
  upload: ManifestUpload,
  options: LookOptions,
  etag: string,
  fault: Fault,
  reason: string,
): UnusableFolder {
  return { kind: 'unusable', drop: dropOf(upload, options, etag), fault, answer: { reason } };
}

/** What is known of a drop before its manifest is read. */
function dropOf({ key, sequencer }: ManifestUpload, { requestId }: LookOptions, etag: string): Drop {
  return { upload: sequencer, manifest: { key, etag: unquoted(etag) }, requestId };
}

/** Judges the folder of a manifest that S3 returned. */
async function lookInside(
  s3: S3Client,
  upload: ManifestUpload,
  stored: Stored,
  top: Listing,
  options: LookOptions,
): Promise<UnusableFolder | IncompleteFolder | CompleteFolder> {
  const { now, rules } = options;
  const folder = folderOfManifest(upload);
  const known = dropOf(upload, options, stored.etag);
  const unusableFor = (fault: Fault, drop: Drop) => ({ kind: 'unusable', drop, fault }) as const;
  const judged = judgeManifest(stored.body, folder, rules);
  if ('fault' in judged) return unusableFor(judged.fault, known);
  const { manifest } = judged;
  const { subOrganizationId } = manifest;
  // Only now that it is checked: subscriptions to results filter by it.
  const drop: Drop = { ...known, ...(subOrganizationId !== undefined && { subOrganizationId }) };

  const below = await listFolder(s3, folder, foldersBelow(manifest));
  if (!top.isWhole || !below.isWhole) return unusableFor({ code: 'TOO_LARGE', maxFiles: MAX_OBJECTS }, drop);
  const objects = [...top.objects, ...below.objects];
  const uploadedAt = later(stored.lastModified, upload.uploadedAt);
  const facts: FolderFacts = {
    drop,
    manifest,
    mark: markIn(stored.metadata, upload.key),
    // At the root of a bucket, the other folders are other people's.
    found: { objects, folders: folder.key === '' ? [] : [...top.folders, ...below.folders] },
    ...(await samplesAmong(s3, folder, objects, manifest, rules)),
    uploadedAt,
    deadline: new Date(uploadedAt.getTime() + rules.completeWithinSeconds * 1000),
    now: now(),
  };
  const first = judgeFolder(facts, rules);
  if (first.kind !== 'unsettled') return first;
  const second = judgeFolder({ ...facts, uploads: await uploadsInProgress(s3, folder) }, rules);
  if (second.kind === 'unsettled') throw new Error('A folder whose uploads are known cannot be unsettled');
  return second;
}

/** The samples of a manifest, of which those with the same content are known. */
async function samplesAmong(
  s3: S3Client,
  folder: ObjectName,
  objects: readonly FolderObject[],
  manifest: Manifest,
  { maxTotalBytes }: FolderRules,
): Promise<Pick<FolderFacts, 'samples' | 'faults'>> {
  // Only samples are told apart: S3 is asked about each.
  const { samples } = judgeSamples(manifest, objects, maxTotalBytes);
  const apart = await tellApart(s3, folder, samples);
  const contents = new Map(apart.map(({ name, content }) => [name, content]));
  const known = objects.map((object) => ({
    ...object,
    content: contents.get(object.name) ?? object.content,
  }));
  return judgeSamples(manifest, known, maxTotalBytes);
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}

/** The most objects that are listed per voice folder, including its subfolders. */
const MAX_OBJECTS = 100_000;

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
    let token: string | undefined;
    do {
      const page = await objectsPage(s3, {
        Bucket: folder.bucket,
        Prefix: folder.key + below,
        Delimiter: '/',
        ContinuationToken: token,
      });
      const { Contents = [], CommonPrefixes = [], IsTruncated, NextContinuationToken } = page;
      token = nextPage(IsTruncated, NextContinuationToken, token);
      for (const { Prefix = '' } of CommonPrefixes) folders.push({ name: Prefix.slice(folder.key.length) });
      for (const { Key = '', Size = 0, ETag = '', LastModified = new Date(0) } of Contents) {
        const name = Key.slice(folder.key.length);
        // The S3 console creates a folder as an empty object whose name ends with a slash.
        if (name === '' || name.endsWith('/')) continue;
        objects.push({ name, size: Size, etag: ETag, content: ETag, lastModified: LastModified });
      }
      if (objects.length + folders.length > MAX_OBJECTS) return { objects, folders, isWhole: false };
    } while (token !== undefined);
  }
  return { objects, folders, isWhole: true };
}

/** Uploads in parts, directly in the folder; S3 lists an object only once it is complete. */
async function uploadsInProgress(s3: S3Client, { bucket, key }: ObjectName): Promise<UploadInProgress[]> {
  const found: UploadInProgress[] = [];
  let marker: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> = {};
  let token: string | undefined;
  for (;;) {
    const page = await uploadsPage(s3, { Bucket: bucket, Prefix: key, Delimiter: '/', ...marker });
    const { Uploads = [], IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    for (const { Key = '', Initiated = new Date() } of Uploads) {
      found.push({ name: Key.slice(key.length), initiated: Initiated });
    }
    // S3 names the last upload on the last page, too.
    if (!IsTruncated) return found;
    marker = { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker };
    token = nextPage(IsTruncated, NextKeyMarker && JSON.stringify(marker), token);
  }
}
