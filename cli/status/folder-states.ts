import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { isFinal, type Result } from '../../voice-folder/result.ts';
import { readResult } from '../../voice-folder/result-file.ts';
import { unquoted } from '../../voice-folder/s3-json.ts';
import { folderOf, isMisnamedManifest, MANIFEST_NAME, RESULT_NAME } from '../../voice-folder/names.ts';
import { limit } from '../limit.ts';
import type { S3Place } from '../s3-url.ts';

/** How far the function has come with what is in a folder now. */
export interface FolderState {
  /** Where the folder is in its bucket. */
  prefix: string;
  /**
   * `noResult` when the manifest is there, and no result of it: nothing has happened yet, or the result was deleted.
   * `misnamed` when there is only something like `Manifest.json`, of which the function never hears.
   */
  state: Result['status'] | 'noResult' | 'misnamed';
  since: Date;
  /** Missing for `noResult` and `misnamed`. */
  result?: Result;
}

/** The state of every voice folder below a place, by name. Lists all that is there, in pages, and reads each `result.json`. */
export async function folderStates(s3: S3Client, place: S3Place): Promise<FolderState[]> {
  const folders = await listFolders(s3, place);
  const atOnce = limit(32);
  return Promise.all(folders.map((folder) => atOnce(() => stateOf(s3, place.bucket, folder))));
}

interface ListedFolder {
  prefix: string;
  manifest: ListedObject;
  result?: ListedObject | undefined;
}

interface ListedObject {
  key: string;
  etag: string;
  lastModified: Date;
}

async function listFolders(s3: S3Client, { bucket, prefix }: S3Place): Promise<ListedFolder[]> {
  const manifests = new Map<string, ListedObject>();
  const misnamed = new Map<string, ListedObject>();
  const results = new Map<string, ListedObject>();
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket: bucket, Prefix: prefix },
  )) {
    for (const { Key: key = '', ETag = '', LastModified: lastModified = new Date(0) } of Contents) {
      const object = { key, etag: unquoted(ETag), lastModified };
      const folder = folderOf(key);
      if (key === folder + MANIFEST_NAME) manifests.set(folder, object);
      else if (isMisnamedManifest(key.slice(folder.length))) misnamed.set(folder, object);
      else if (key === folder + RESULT_NAME) results.set(folder, object);
    }
  }
  return Array.from(new Map([...misnamed, ...manifests]), ([folder, manifest]) => ({
    prefix: folder,
    manifest,
    result: results.get(folder),
  }));
}

async function stateOf(s3: S3Client, bucket: string, folder: ListedFolder): Promise<FolderState> {
  const { prefix, manifest } = folder;
  if (manifest.key !== prefix + MANIFEST_NAME)
    return { prefix, state: 'misnamed', since: manifest.lastModified };
  const result = await currentResult(s3, bucket, folder);
  if (!result) return { prefix, state: 'noResult', since: manifest.lastModified };
  const since = isFinal(result) ? new Date(result.finishedAt) : (folder.result ?? manifest).lastModified;
  return { prefix, state: result.status, result, since };
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
