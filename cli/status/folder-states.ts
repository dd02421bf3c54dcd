import type { S3Client } from '@aws-sdk/client-s3';
import { unquoted } from '../../voice-folder/etag.ts';
import { directAudioFiles } from '../../voice-folder/judge-samples.ts';
import { isFinal, type Result } from '../../voice-folder/result.ts';
import { parseResult } from '../../voice-folder/s3/result-file.ts';
import { refusalOf } from '../../voice-folder/s3/refusal.ts';
import { folderOf, isMisnamedManifest, MANIFEST_NAME, RESULT_NAME } from '../../voice-folder/names.ts';
import { limit } from '../limit.ts';
import { type BucketReader, readerOf } from '../s3/bucket-reader.ts';
import { AwsError, inBucket } from '../s3/errors.ts';
import { CONNECTIONS } from '../s3/transport.ts';
import type { S3Place } from '../s3/url.ts';

/** The function's progress with the current content of a folder. */
export interface FolderState extends S3Place {
  /**
   * `noResult` when the manifest is there, and no result of it: nothing has happened yet, or the result was moved or deleted.
   * `misnamed` when there is only something like `Manifest.json`, of which the function is not notified. `unreadable` when S3 does
   * not give out the result.
   */
  state: Result['status'] | 'noResult' | 'misnamed' | 'unreadable';
  since: Date;
  /** Missing for `noResult`, `misnamed` and `unreadable`. */
  result?: Result;
  /** For `unreadable`: what S3 said, and what to do. */
  problem?: AwsError;
  manifestETag?: string;
  /** The ETag of `result.json`, also if it is not about this manifest. */
  resultETag?: string;
  /** Recordings that are not in the voice, because they were added or uploaded again after the result. */
  changed: string[];
  /** Empty recordings. */
  empty: string[];
  /** Whether there should have been a result, or a final one, long ago. */
  isOverdue: boolean;
}

/** Results by key, with the version of the object that they were read from. */
export type KnownResults = Map<string, { etag: string; second: number; result: Result }>;

/** The function writes what it does within seconds; many folders at a time have to wait for each other. */
const OVERDUE_MILLISECONDS = 30 * 60_000;

/** Busy APIs and dead invocations are waited for. A manifest that was deleted and restored is not: S3 reports no upload. */
const STUCK_MILLISECONDS = 2 * 60 * 60_000;

/**
 * The state of every voice folder below a place, in the order of their keys. Lists all objects, and meanwhile reads each
 * `result.json` that is not older than its manifest. A result counts only for the folder and the manifest that it names: a
 * copied folder has the result of the original.
 *
 * @param known results that need not be read again; gets those that are read
 */
export async function folderStates(
  s3: S3Client,
  { bucket, prefix }: S3Place,
  known: KnownResults = new Map(),
): Promise<FolderState[]> {
  const folders = new Map<string, FoundFolder>();
  // All but one, on which it lists.
  const atOnce = limit(CONNECTIONS - 1);
  const reader = readerOf(s3, bucket);
  for await (const objects of reader.list(prefix)) {
    for (const {
      Key: key = '',
      ETag = '',
      Size: size = 0,
      LastModified: modified = new Date(0),
    } of objects) {
      const place = folderOf(key);
      const name = key.slice(place.length);
      const folder: FoundFolder = folders.get(place) ?? { recordings: new Map() };
      folders.set(place, folder);
      const object = { key, etag: unquoted(ETag), modified };
      if (name === MANIFEST_NAME) folder.manifest = object;
      else if (isMisnamedManifest(name)) folder.misnamed = object;
      else if (name === RESULT_NAME) {
        folder.result = object;
        // S3 lists by name, so the manifest came first.
        if (!folder.manifest || modified < folder.manifest.modified) continue;
        const { manifest } = folder;
        folder.reading = atOnce(() => ownResult(reader, bucket, object, manifest, known));
        folder.reading.catch(() => {}); // Handled after the listing.
      } else folder.recordings.set(name, { size, modified });
    }
  }
  // S3's, if the clock of this machine is more than five minutes wrong.
  const now = Date.now() + s3.config.systemClockOffset;
  const states = await Promise.all(
    Array.from(folders, ([place, folder]) => stateOf(bucket, place, folder, folders, now)),
  );
  return states
    .filter((state) => state !== undefined)
    .toSorted((a, b) => (a.prefix < b.prefix ? -1 : Number(a.prefix > b.prefix)));
}

interface ListedObject {
  key: string;
  etag: string;
  modified: Date;
}

interface FoundFolder {
  manifest?: ListedObject;
  misnamed?: ListedObject;
  result?: ListedObject;
  reading?: Promise<Result | AwsError | undefined>;
  /** All other files by name. */
  recordings: Map<string, { size: number; modified: Date }>;
}

/** Undefined if it is about another folder or manifest; an error if S3 refuses it, which must not hide the other folders. */
async function ownResult(
  reader: BucketReader,
  bucket: string,
  object: ListedObject,
  manifest: ListedObject,
  known: KnownResults,
): Promise<Result | AwsError | undefined> {
  try {
    const result = await knownOrRead(reader, bucket, object, known);
    const of = result?.manifest;
    return of?.key === manifest.key && of.etag === manifest.etag ? result : undefined;
  } catch (error) {
    if (error instanceof AwsError && refusalOf(error.cause)) return error;
    throw error;
  }
}

async function knownOrRead(
  reader: BucketReader,
  bucket: string,
  { key, etag, modified }: ListedObject,
  known: KnownResults,
): Promise<Result | undefined> {
  const before = known.get(key);
  // Listings have milliseconds in some stores; answers never have.
  if (before?.etag === etag && before.second === secondOf(modified)) return before.result;
  const object = await inBucket(bucket, () => reader.get(key));
  const stored = object && parseResult(object, { key });
  const read = { etag: unquoted(stored?.etag ?? ''), second: secondOf(stored?.lastModified ?? new Date(0)) };
  if (stored?.result) known.set(key, { ...read, result: stored.result });
  else known.delete(key);
  return stored?.result;
}

function secondOf(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

async function stateOf(
  bucket: string,
  prefix: string,
  folder: FoundFolder,
  all: ReadonlyMap<string, FoundFolder>,
  now: number,
): Promise<FolderState | undefined> {
  const { manifest, misnamed, recordings, result: object } = folder;
  const empty = namesOfAudio(Array.from(recordings).filter(([, { size }]) => size === 0));
  const known = {
    bucket,
    prefix,
    ...(manifest && { manifestETag: manifest.etag }),
    ...(object && { resultETag: object.etag }),
    changed: [],
    empty,
  };
  if (!manifest)
    return misnamed && { ...known, state: 'misnamed', since: misnamed.modified, isOverdue: false };
  const result = await folder.reading;
  if (result instanceof AwsError) {
    const since = object?.modified ?? manifest.modified;
    return { ...known, state: 'unreadable', since, problem: result, isOverdue: false };
  }
  if (!result || !object) {
    const isOverdue = now - manifest.modified.getTime() > OVERDUE_MILLISECONDS;
    return { ...known, state: 'noResult', since: manifest.modified, isOverdue };
  }
  return {
    ...known,
    state: result.status,
    since: isFinal(result) ? new Date(result.finishedAt) : object.modified,
    result,
    changed: changedSince(result, object.modified, prefix, folder, all),
    isOverdue: isStuck(result, object.modified, now),
  };
}

function isStuck(result: Result, written: Date, now: number): boolean {
  if (isFinal(result)) return false;
  const due = result.status === 'waiting' ? Date.parse(result.until) : written.getTime();
  return now - due > STUCK_MILLISECONDS;
}

/**
 * The recordings that a voice lacks: those that the function has not seen, and those with another size, or newer than its
 * result. (It writes the result again if the same recordings are uploaded again with the manifest.)
 */
function changedSince(
  result: Result,
  written: Date,
  prefix: string,
  { recordings }: FoundFolder,
  all: ReadonlyMap<string, FoundFolder>,
): string[] {
  if (result.status !== 'succeeded' && result.status !== 'unknown') return [];
  const { samples = [], ignored = [] } = result;
  const seen = new Set([...samples, ...ignored].map(({ name }) => name.normalize()));
  const unseen = Array.from(recordings).filter(([name]) => !seen.has(name.normalize()));
  const added = samples.length > 0 ? namesOfAudio(unseen) : [];
  const replaced = samples
    .filter(({ name, size }) => {
      const path = prefix + name;
      const now = all.get(folderOf(path))?.recordings.get(path.slice(folderOf(path).length));
      return now !== undefined && (now.size !== size || now.modified > written);
    })
    .map(({ name }) => name);
  return [...added, ...replaced].toSorted();
}

function namesOfAudio(recordings: readonly [name: string, { size: number }][]): string[] {
  const files = recordings.map(([name, { size }]) => ({ name, size, content: '' }));
  return directAudioFiles(files).map(({ name }) => name);
}
