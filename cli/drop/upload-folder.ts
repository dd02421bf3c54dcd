import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { markOf } from '../../voice-folder/mark.ts';
import { folderOf, MANIFEST_NAME, type ObjectName, RESULT_NAME } from '../../voice-folder/names.ts';
import { hasStatus, unquoted } from '../../voice-folder/s3/s3-json.ts';
import { limit } from '../limit.ts';
import { abortable } from '../s3/client.ts';
import { AwsError, inBucket } from '../s3/errors.ts';
import { plain } from '../table.ts';
import type { Encryption } from './encryption.ts';
import { listObjects, type PlannedFolder, type PlannedSample } from './plan-folder.ts';
import type { Progress } from './progress.ts';
import { requestsAtOnce, uploadFile } from './upload-file.ts';

/** An uploaded manifest, and how to recognize its result. */
export interface UploadedManifest extends ObjectName {
  etag: string;
  /** The ETag of `result.json` before the upload. */
  resultBefore: string | undefined;
  samples: { name: string; size: number }[];
}

/** Limits requests in flight; each holds up to 8 MiB in memory, and a large sample takes several. */
const atOnce = limit(16);

/**
 * Uploads missing samples, then the manifest, so nothing is cloned too early.
 *
 * @param signal stops the upload of samples cleanly; the manifest's upload cannot be stopped
 * @throws {ManifestInDoubt} if S3 did not answer the manifest's upload
 * @throws {AwsError} if S3 fails otherwise; also the signal's reason, and file errors
 */
export async function uploadFolder(
  s3: S3Client,
  { folder, manifest, samples }: PlannedFolder,
  progress: Progress,
  signal: AbortSignal,
  encryption: Encryption = {},
): Promise<UploadedManifest> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const { bucket } = manifest;
  for (const sample of samples.filter(({ isThere }) => isThere)) progress.skip(folder, sample);
  const uploads = samples
    .filter(({ isThere }) => !isThere)
    .map((sample) =>
      atOnce(async () => {
        stop.throwIfAborted();
        const shown = progress.begin(folder, sample);
        try {
          await inBucket(bucket, () =>
            uploadFile(
              s3,
              sample,
              { bucket, key: sample.key },
              { signal: stop, encryption, onSent: (bytes) => shown.sent(bytes) },
            ),
          );
          shown.done();
        } catch (error) {
          shown.failed();
          failed.abort(error);
          throw error;
        }
      }, requestsAtOnce(sample.size)),
    );
  // Waits for all of them: a failure must not leave other uploads running.
  await Promise.allSettled(uploads);
  stop.throwIfAborted();

  const body = await readFile(join(folder.path, MANIFEST_NAME));
  const { resultBefore } = await inBucket(bucket, () =>
    confirmSamples(abortable(s3, signal), manifest, samples),
  );
  signal.throwIfAborted();
  const etag = await putManifest(s3, manifest, body, { ...encryption, Metadata: markOf(samples) });
  await confirmManifest(s3, manifest);
  progress.note(`${plain(folder.name)}: all is uploaded`);
  return { ...manifest, etag, resultBefore, samples };
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
  const objects = await listObjects(s3, { bucket, prefix: folderOf(key) });
  const lost = samples.find(({ name, size }) => objects.get(name.normalize())?.size !== size);
  if (!lost) return { resultBefore: objects.get(RESULT_NAME)?.etag };
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

/** It is unknown whether the manifest arrived. */
export class ManifestInDoubt extends AwsError {}

/**
 * Uploads a manifest. It is never aborted: it is short, and an abort would often come too late.
 *
 * @param more for example its former metadata
 * @throws {ManifestInDoubt} without an answer, {AwsError} if S3 rejects it
 */
export async function putManifest(
  s3: S3Client,
  { bucket, key }: ObjectName,
  body: Uint8Array,
  more: Partial<PutObjectCommandInput> = {},
): Promise<string> {
  try {
    const command = { ContentType: 'application/json', ...more, Bucket: bucket, Key: key, Body: body };
    const { ETag = '' } = await inBucket(bucket, () => s3.send(new PutObjectCommand(command)));
    return unquoted(ETag);
  } catch (error) {
    if (!(error instanceof AwsError) || !error.isPassing) throw error;
    const message = `the manifest may have been uploaded, or not; callers-voice-clone status shows it. ${error.message}`;
    throw new ManifestInDoubt({ message }, error);
  }
}
