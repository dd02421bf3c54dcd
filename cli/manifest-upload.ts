import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { unquoted } from '../voice-folder/etag.ts';
import type { ObjectName } from '../voice-folder/names.ts';
import { AwsError, inBucket } from './s3/errors.ts';

/** An uploaded manifest, and how to recognize its result. */
export interface UploadedManifest extends ObjectName {
  etag: string;
  /** The ETag of `result.json` before the upload, without quotes. */
  resultBefore: string | undefined;
  samples: { name: string; size: number }[];
  /** Whether its result was moved or deleted: then an old failure is the answer to this upload. */
  isLost?: boolean;
}

/** It is unknown whether the manifest arrived. */
export class ManifestInDoubt extends AwsError {}

/**
 * Uploads a manifest. It is never aborted: it is short, and an abort would often come too late.
 *
 * @param more for example its former metadata
 * @returns its ETag
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
    const message =
      'it is unclear whether the manifest was uploaded; run callers-voice-clone status to check. ' +
      error.message;
    throw new ManifestInDoubt({ message }, error);
  }
}
