import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { isFinal, type Result } from '../../voice-folder/result.ts';
import { readResult } from '../../voice-folder/s3/result-file.ts';
import { refusalOf } from '../../voice-folder/s3/refusal.ts';
import { unquoted } from '../../voice-folder/s3/s3-json.ts';
import { folderOf, isMisnamedManifest, MANIFEST_NAME, RESULT_NAME } from '../../voice-folder/names.ts';
import { limit } from '../limit.ts';
import { AwsError, inBucket } from '../s3/errors.ts';
import type { S3Place } from '../s3/url.ts';

/** The function's progress with the current content of a folder. */
export interface FolderState {
  /** Where the folder is in its bucket. */
  prefix: string;
  /**
   * `noResult` when the manifest is there, and no result of it: nothing has happened yet, or the result was deleted.
   * `misnamed` when there is only something like `Manifest.json`, of which the function never hears. `unreadable` when S3 does
   * not give out the result.
   */
  state: Result['status'] | 'noResult' | 'misnamed' | 'unreadable';
  since: Date;
  /** Missing for `noResult`, `misnamed` and `unreadable`. */
  result?: Result;
  /** For `unreadable`: what S3 said, and what to do. */
  problem?: AwsError;
}

/**
 * The state of every voice folder below a place. Lists all objects, and meanwhile reads each `result.json` that is not
 * older than its manifest.
 */
export async function folderStates(s3: S3Client, { bucket, prefix }: S3Place): Promise<FolderState[]> {
  const manifests = new Map<string, ListedObject>();
  const misnamed = new Map<string, ListedObject>();
  const results = new Map<string, Promise<FoundResult>>();
  const atOnce = limit(READS_AT_ONCE);
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket: bucket, Prefix: prefix },
  )) {
    for (const { Key: key = '', ETag = '', LastModified: lastModified = new Date(0) } of Contents) {
      const object = { key, etag: unquoted(ETag), lastModified };
      const folder = folderOf(key);
      if (key === folder + MANIFEST_NAME) manifests.set(folder, object);
      else if (isMisnamedManifest(key.slice(folder.length))) misnamed.set(folder, object);
      else if (key === folder + RESULT_NAME) {
        // S3 lists by name, so the manifest came first.
        const manifest = manifests.get(folder);
        if (!manifest || lastModified < manifest.lastModified) continue;
        const reading = atOnce(async () => ({ ...object, result: await read(s3, bucket, object, manifest) }));
        reading.catch(() => {}); // Handled after the listing.
        results.set(folder, reading);
      }
    }
  }
  return Promise.all(
    Array.from(new Map([...misnamed, ...manifests]), async ([folder, manifest]): Promise<FolderState> => {
      const since = manifest.lastModified;
      if (!manifests.has(folder)) return { prefix: folder, state: 'misnamed', since };
      const found = await results.get(folder);
      if (found?.result instanceof AwsError) {
        return { prefix: folder, state: 'unreadable', since: found.lastModified, problem: found.result };
      }
      return found?.result
        ? stateBy(folder, found, found.result)
        : { prefix: folder, state: 'noResult', since };
    }),
  );
}

/** As many as the client has connections. */
const READS_AT_ONCE = 50;

interface ListedObject {
  key: string;
  etag: string;
  lastModified: Date;
}

interface FoundResult extends ListedObject {
  result: Result | AwsError | undefined;
}

/** Undefined if it is about another manifest; an error if S3 refuses it, which must not hide the other folders. */
async function read(
  s3: S3Client,
  bucket: string,
  { key }: ListedObject,
  manifest: ListedObject,
): Promise<Result | AwsError | undefined> {
  try {
    const stored = await inBucket(bucket, () => readResult(s3, { bucket, key }));
    return stored?.result?.manifest.etag === manifest.etag ? stored.result : undefined;
  } catch (error) {
    if (error instanceof AwsError && refusalOf(error.cause)) return error;
    throw error;
  }
}

function stateBy(prefix: string, { lastModified }: ListedObject, result: Result): FolderState {
  const since = isFinal(result) ? new Date(result.finishedAt) : lastModified;
  return { prefix, state: result.status, result, since };
}
