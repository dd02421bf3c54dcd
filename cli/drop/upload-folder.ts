import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { unquoted } from '../../voice-folder/etag.ts';
import { markOf, seenMark } from '../../voice-folder/mark.ts';
import type { Manifest } from '../../voice-folder/manifest.ts';
import { folderOf, MANIFEST_NAME, type ObjectName, RESULT_NAME } from '../../voice-folder/names.ts';
import { parseManifest } from '../../voice-folder/parse-manifest.ts';
import type { Encryption } from '../../voice-folder/s3/put-text-if.ts';
import { hasStatus } from '../../voice-folder/s3/refusal.ts';
import { reading } from '../disk-errors.ts';
import type { limit } from '../limit.ts';
import { ManifestInDoubt, putManifest, type UploadedManifest } from '../manifest-upload.ts';
import { learnOfFile, type Memory, noMemory } from '../memory.ts';
import { readerOf } from '../s3/bucket-reader.ts';
import { abortable } from '../s3/client.ts';
import { AwsError, inBucket } from '../s3/errors.ts';
import { plain } from '../table.ts';
import { UPLOADED } from './content.ts';
import { listObjects, type PlannedFolder, type PlannedSample } from './plan-folder.ts';
import type { Progress } from './progress.ts';
import { requestsAtOnce, uploadFile } from './upload-file.ts';

/** What is uploaded of a folder. */
export interface FolderUpload extends Pick<
  PlannedFolder,
  'folder' | 'manifest' | 'samples' | 'checked' | 'seen'
> {
  /** Files that are not samples. @default - none, because the function would not use them */
  others?: readonly PlannedSample[];
}

/** Options of {@link uploadFolder}. */
export interface UploadFolderOptions {
  /** Limits requests in flight; each holds up to 8 MiB in memory, and a large sample takes several. */
  uploadsAtOnce: ReturnType<typeof limit>;
  /** Of uploaded files. @default - none */
  memory?: Memory;
  encryption?: Encryption;
}

/**
 * Uploads missing samples, then the manifest, so nothing is cloned too early.
 *
 * @param signal stops the upload of samples cleanly; the manifest's upload cannot be stopped
 * @throws {ManifestInDoubt} if S3 did not answer the manifest's upload
 * @throws {AwsError} if S3 fails otherwise; also the signal's reason, and errors of files, or because they were changed
 */
export async function uploadFolder(
  s3: S3Client,
  upload: FolderUpload,
  progress: Progress,
  signal: AbortSignal,
  options: UploadFolderOptions,
): Promise<UploadedManifest> {
  const { folder, manifest, samples, checked, seen } = upload;
  await uploadMissing(s3, upload, progress, signal, options);
  const path = join(folder.path, MANIFEST_NAME);
  const body = await reading(path, () => readFile(path));
  if (checked) requireUnchanged(path, body, checked);
  const { resultBefore } = await inBucket(manifest.bucket, () =>
    confirmSamples(abortable(s3, signal), manifest, samples),
  );
  signal.throwIfAborted();
  const etag = await putManifest(s3, manifest, body, {
    ...options.encryption,
    Metadata: { ...markOf(manifest.key, samples), ...(seen && seenMark(manifest, seen)) },
  });
  await confirmManifest(s3, manifest);
  progress.detail(`${plain(folder.name)}: all is uploaded`);
  return { ...manifest, etag, resultBefore, samples };
}

/** Uploads the files that the bucket does not have. If one fails, stops the others and waits for them, so that none goes on. */
async function uploadMissing(
  s3: S3Client,
  { folder, manifest: { bucket }, samples, others = [] }: FolderUpload,
  progress: Progress,
  signal: AbortSignal,
  { uploadsAtOnce, memory = noMemory, encryption = {} }: UploadFolderOptions,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  for (const sample of samples.filter(({ isThere }) => isThere)) progress.skip(folder, sample);
  const uploads = [...samples, ...others]
    .filter(({ isThere }) => !isThere)
    .map((sample) =>
      uploadsAtOnce(async () => {
        stop.throwIfAborted();
        const shown = progress.begin(folder, sample);
        try {
          const options = { signal: stop, encryption, onSent: (bytes: number) => shown.sent(bytes) };
          const object = { bucket, key: sample.key };
          await learnOfFile(memory, sample.path, UPLOADED, async () => {
            const etag = await inBucket(bucket, () => uploadFile(s3, sample, object, options));
            return etag === undefined ? undefined : Buffer.from(unquoted(etag));
          });
          shown.done();
        } catch (error) {
          shown.failed();
          failed.abort(error);
          throw error;
        }
      }, requestsAtOnce(sample.size)),
    );
  await Promise.allSettled(uploads);
  stop.throwIfAborted();
}

/** @throws {Error} if a manifest says something else than when it was checked, and its price was told */
function requireUnchanged(path: string, body: Uint8Array, checked: Manifest): void {
  const parsed = parseManifest(body);
  if (parsed.ok && isDeepStrictEqual(parsed.manifest, checked)) return;
  throw new Error(`${plain(path)} was changed since it was checked: try again`);
}

/**
 * Lists what was written, because not every endpoint keeps what it accepts, and finds the result's ETag.
 *
 * @throws {AwsError} if a sample is missing
 */
async function confirmSamples(
  s3: S3Client,
  { bucket, key }: ObjectName,
  samples: readonly PlannedSample[],
): Promise<Pick<UploadedManifest, 'resultBefore'>> {
  const objects = await listObjects(readerOf(s3, bucket), folderOf(key));
  const lost = samples.find(({ name, size }) => objects.get(name.normalize())?.size !== size);
  const before = objects.get(RESULT_NAME)?.etag;
  if (!lost) return { resultBefore: before === undefined ? undefined : unquoted(before) };
  const message = `S3 accepted ${plain(lost.name)}, but does not list it, so nothing is cloned: try again, and check the endpoint`;
  throw new AwsError({ message }, undefined);
}

/** @throws {ManifestInDoubt} if S3 accepted the manifest but does not have it */
async function confirmManifest(s3: S3Client, { bucket, key }: ObjectName): Promise<void> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  } catch (error) {
    // Other errors are network errors, which the wait for the result handles.
    if (!hasStatus(error, 404)) return;
    const message = 'S3 accepted the manifest, but does not have it: try again, and check the endpoint';
    throw new ManifestInDoubt({ message }, error);
  }
}
