import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { type Claim, claimSchema, isLive } from '../../functions/clone-voice/claim.ts';
import { readResult, type Result } from '../../voice-folder/result.ts';
import { getObject, unquoted } from '../../voice-folder/s3-json.ts';
import { claimsFolderOf } from '../../voice-folder/look-at-folder.ts';
import { resultOf } from '../../voice-folder/names.ts';
import { limit } from '../limit.ts';
import type { S3Place } from '../s3-url.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';

/** How far the function has come with what is in a folder now. */
export interface FolderState {
  /** Where the folder is in its bucket. */
  prefix: string;
  state:
    | Result['status']
    /** A function is at it. */
    | 'cloning'
    /** The last attempt came to nothing, and made no voice. */
    | 'retrying'
    /** The manifest is there, and nothing has happened since. */
    | 'notTakenUp';
  since: Date;
  /**
   * Where there is one for this state. There is none yet when a function died while Callers may have been making the voice:
   * that is `unknown` too.
   */
  result?: Result;
}

/**
 * The state of every voice folder below a place, by name. Lists all that is there, in pages, and reads no more than each
 * `result.json`, and the claims of those folders that have none yet.
 *
 * @param now tells whether the lease of a claim is over
 */
export async function folderStates(s3: S3Client, place: S3Place, now: Date): Promise<FolderState[]> {
  const folders = await listFolders(s3, place);
  const atOnce = limit(32);
  return Promise.all(folders.map((folder) => atOnce(() => stateOf(s3, place.bucket, folder, now))));
}

interface ListedFolder {
  prefix: string;
  manifest: ListedObject;
  result?: ListedObject | undefined;
  lastClaim?: ListedObject | undefined;
}

interface ListedObject {
  key: string;
  etag: string;
  lastModified: Date;
}

async function listFolders(s3: S3Client, { bucket, prefix }: S3Place): Promise<ListedFolder[]> {
  const manifests = new Map<string, ListedObject>();
  const results = new Map<string, ListedObject>();
  /** Of each folder, the object in it that was written last. */
  const last = new Map<string, ListedObject>();
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket: bucket, Prefix: prefix },
  )) {
    for (const { Key: key = '', ETag = '', LastModified: lastModified = new Date(0) } of Contents) {
      const object = { key, etag: unquoted(ETag), lastModified };
      const folder = key.slice(0, key.lastIndexOf('/') + 1);
      if (key === folder + MANIFEST_NAME) manifests.set(folder, object);
      else if (key === resultOf({ bucket, key }).key) results.set(folder, object);
      const before = last.get(folder);
      if (!before || before.lastModified <= lastModified) last.set(folder, object);
    }
  }
  return Array.from(manifests, ([folder, manifest]) => ({
    prefix: folder,
    manifest,
    result: results.get(folder),
    lastClaim: last.get(claimsFolderOf({ bucket, key: manifest.key })),
  }));
}

async function stateOf(s3: S3Client, bucket: string, folder: ListedFolder, now: Date): Promise<FolderState> {
  const { prefix, manifest } = folder;
  const result = await currentResult(s3, bucket, folder);
  if (result && result.status !== 'waiting') {
    return { prefix, state: result.status, result, since: new Date(result.finishedAt) };
  }
  const claim = await currentClaim(s3, bucket, folder);
  if (claim) return { prefix, ...claimState(claim.claim, now), since: claim.since };
  if (result) return { prefix, state: result.status, result, since: folder.result?.lastModified ?? now };
  return { prefix, state: 'notTakenUp', since: manifest.lastModified };
}

/** Unless it tells of an earlier upload of the manifest. */
async function currentResult(
  s3: S3Client,
  bucket: string,
  { manifest, result: listed }: ListedFolder,
): Promise<Result | undefined> {
  if (!listed || listed.lastModified < manifest.lastModified) return undefined;
  const stored = await readResult(s3, { bucket, key: listed.key });
  return stored?.result?.manifest.etag === manifest.etag ? stored.result : undefined;
}

/** The claim that was written last, if that was since the manifest's upload. */
async function currentClaim(
  s3: S3Client,
  bucket: string,
  { manifest, lastClaim: last }: ListedFolder,
): Promise<{ claim: Claim; since: Date } | undefined> {
  if (!last || last.lastModified < manifest.lastModified) return undefined;
  const stored = await getObject(s3, { bucket, key: last.key });
  if (!stored) return undefined;
  const claim = parseClaim(stored.body);
  return claim && { claim, since: last.lastModified };
}

/** Undefined when it is none, as the function will say. */
function parseClaim(body: Uint8Array): Claim | undefined {
  try {
    return claimSchema.safeParse(JSON.parse(new TextDecoder().decode(body))).data;
  } catch {
    return undefined;
  }
}

type ClaimState = { state: 'cloning' | 'retrying' | 'unknown' } | { state: Result['status']; result: Result };

function claimState(claim: Claim, now: Date): ClaimState {
  switch (claim.state) {
    case 'claimed':
      return { state: isLive(claim, { now }) ? 'cloning' : 'retrying' };
    case 'posting':
      return { state: isLive(claim, { now }) ? 'cloning' : 'unknown' };
    case 'succeeded':
    case 'failed':
    case 'unknown':
      return { state: claim.state, result: claim.result };
  }
}
