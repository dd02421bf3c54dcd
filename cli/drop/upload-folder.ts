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
import { hasStatus, unquoted } from '../../voice-folder/s3-json.ts';
import { limit } from '../limit.ts';
import { abortable, AwsError, inBucket } from '../s3.ts';
import { plain } from '../table.ts';
import { listObjects, type PlannedFolder, type PlannedSample } from './plan-folder.ts';
import type { Progress } from './progress.ts';
import { requestsAtOnce, uploadFile } from './upload-file.ts';

/** A manifest that was uploaded, and how to recognize the result that it brings about. */
export interface UploadedManifest extends ObjectName {
  etag: string;
  /** The ETag of `result.json` just before, as S3 gives it. */
  resultBefore: string | undefined;
  samples: { name: string; size: number }[];
}

/** So many requests at a time, of which a large sample takes several, each with up to 8 MiB in memory. */
const atOnce = limit(16);

/**
 * Uploads the samples that are missing, then the manifest: nothing is cloned before all is there.
 *
 * @param signal stops it before the manifest, with nothing left half-uploaded; of the manifest it is too late
 * @throws {ManifestInDoubt} when the manifest's upload was not answered
 * @throws {AwsError} when S3 cannot be used otherwise, the signal's reason, or why a file could not be read
 */
export async function uploadFolder(
  s3: S3Client,
  { folder, manifest, samples }: PlannedFolder,
  progress: Progress,
  signal: AbortSignal,
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
              { signal: stop, onSent: (bytes) => shown.sent(bytes) },
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
  // Not before the last of them has left: an upload that fails must not leave others behind.
  await Promise.allSettled(uploads);
  stop.throwIfAborted();

  const body = await readFile(join(folder.path, MANIFEST_NAME));
  const { resultBefore } = await inBucket(bucket, () =>
    confirmSamples(abortable(s3, signal), manifest, samples),
  );
  signal.throwIfAborted();
  const etag = await putManifest(s3, manifest, body, { Metadata: markOf(samples) });
  await confirmManifest(s3, manifest);
  progress.note(`${plain(folder.name)}: all is uploaded`);
  return { ...manifest, etag, resultBefore, samples };
}

/**
 * Reads back what was written: not all that takes an upload keeps it. The same listing tells which result is there.
 *
 * @throws {AwsError} when a sample is not there
 */
async function confirmSamples(
  s3: S3Client,
  { bucket, key }: ObjectName,
  samples: readonly PlannedSample[],
): Promise<Pick<UploadedManifest, 'resultBefore'>> {
  const objects = await listObjects(s3, { bucket, prefix: folderOf(key) });
  const lost = samples.find(({ name, size }) => objects.get(name.normalize())?.size !== size);
  if (!lost) return { resultBefore: objects.get(RESULT_NAME)?.etag };
  const message = `S3 took ${lost.name}, but does not have it now: nothing is cloned. Try again, and check the endpoint`;
  throw new AwsError({ message }, undefined);
}

/** @throws {ManifestInDoubt} when the manifest is not there although S3 took it */
async function confirmManifest(s3: S3Client, { bucket, key }: ObjectName): Promise<void> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  } catch (error) {
    // Else the network is gone for a moment, and who waits for the result sees to that.
    if (!hasStatus(error, 404)) return;
    const message = 'S3 took the manifest, but does not have it now: try again, and check the endpoint';
    throw new ManifestInDoubt({ message }, error);
  }
}

/** Nobody knows whether the manifest arrived. */
export class ManifestInDoubt extends AwsError {}

/**
 * Uploads a manifest. It is never aborted: it is short, and an abort would often come too late.
 *
 * @param more such as the metadata that it had before
 * @throws {ManifestInDoubt} when it was not answered, {AwsError} when it was refused
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
