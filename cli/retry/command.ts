import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { MANIFEST_NAME, type ObjectName, resultOf as resultNameOf } from '../../voice-folder/names.ts';
import { type Result } from '../../voice-folder/result.ts';
import { readResult } from '../../voice-folder/s3/result-file.ts';
import { hasStatus } from '../../voice-folder/s3/s3-json.ts';
import { interruption, notUploaded, resultOf, type WaitOptions } from '../drop/command.ts';
import { type Encryption, encryptionOf } from '../drop/encryption.ts';
import { type Outcome, report } from '../drop/report.ts';
import { ManifestInDoubt, putManifest, type UploadedManifest } from '../drop/upload-folder.ts';
import { exitCodes, ProgramError, say } from '../output.ts';
import { describeResult } from '../result/describe-result.ts';
import { inBucket } from '../s3/errors.ts';
import { connectToS3 } from '../s3/client.ts';
import { parseFolderUrl, type S3Place, s3Url } from '../s3/url.ts';
import { words } from '../status/command.ts';
import { folderStates } from '../status/folder-states.ts';

export interface RetryOptions extends WaitOptions {
  /** The user has checked Callers, and the voice is not there. */
  looked?: boolean;
}

/**
 * `callers-voice-clone retry`: shows the result of a failed folder, then uploads its manifest again,
 * unchanged. The function treats that as a person's request to try again.
 */
export async function retry(url: string, options: RetryOptions): Promise<void> {
  const place = parseFolderUrl(url);
  const manifest = { bucket: place.bucket, key: place.prefix + MANIFEST_NAME };
  const interrupted = interruption();
  const note = options.quiet ? () => {} : say;
  const s3 = await connectToS3({ ...options, note });
  try {
    const before = await inBucket(place.bucket, () => failureIn(s3, place, manifest));
    note(`${describeResult(before.result)}\n`);
    if (before.result.status === 'unknown' && !options.looked) {
      throw new ProgramError(
        'A voice may already exist, and a second one would also be billed: check your voices in Callers. If the voice is ' +
          'not there, confirm that with: callers-voice-clone retry --looked',
        exitCodes.notMade,
      );
    }
    if (interrupted.aborted) throw new ProgramError('interrupted', exitCodes.interrupted);
    const outcome = await askAgain(s3, manifest, before.etag, options, interrupted);
    const name = place.prefix.split('/').at(-2) ?? place.bucket;
    report([{ name, place, outcome }], { ...options, isInterrupted: interrupted.aborted });
  } finally {
    s3.destroy();
  }

  async function askAgain(
    client: S3Client,
    name: ObjectName,
    resultBefore: string,
    waitOptions: WaitOptions,
    signal: AbortSignal,
  ): Promise<Outcome> {
    let uploaded: UploadedManifest;
    try {
      uploaded = {
        ...name,
        etag: await uploadAgain(client, name, encryptionOf(waitOptions)),
        resultBefore,
        samples: [],
      };
    } catch (error) {
      return error instanceof ManifestInDoubt ? { status: 'uploaded', error } : notUploaded(error);
    }
    note('Uploaded the manifest again');
    return resultOf(s3Url(place), uploaded, waitOptions, client, { note }, signal);
  }
}

/** @throws {ProgramError} if the folder has not failed, or its failure is not in `result.json` yet */
async function failureIn(
  s3: S3Client,
  place: S3Place,
  manifest: ObjectName,
): Promise<{ result: Result; etag: string }> {
  const folder = (await folderStates(s3, place)).find(({ prefix }) => prefix === place.prefix);
  if (!folder) {
    const message = `There is no ${MANIFEST_NAME} in ${s3Url(place)}: specify the voice folder itself`;
    throw new ProgramError(message, exitCodes.notMade);
  }
  if (folder.problem) throw folder.problem;
  if (folder.state === 'succeeded') {
    throw new ProgramError(`${s3Url(place)} already has its voice: nothing to retry`, exitCodes.notMade);
  }
  const stored = await readResult(s3, resultNameOf(manifest));
  const hasFailed = folder.state === 'failed' || folder.state === 'unknown';
  // Before its result is shown, the function does not treat another upload as a request to try again.
  if (!hasFailed || !stored?.result || stored.result.status !== folder.state) {
    const message = `${s3Url(place)} has not finished (${words[folder.state]}): retry only after it has failed`;
    throw new ProgramError(message, exitCodes.notMade);
  }
  return { result: stored.result, etag: stored.etag };
}

/** Uploads the manifest unchanged, with its metadata. @returns its ETag */
async function uploadAgain(s3: S3Client, name: ObjectName, encryption: Encryption): Promise<string> {
  const found = await inBucket(name.bucket, () =>
    s3.send(new GetObjectCommand({ Bucket: name.bucket, Key: name.key })),
  );
  const body = (await found.Body?.transformToByteArray()) ?? new Uint8Array();
  const { ETag, ContentType, Metadata } = found;
  try {
    return await putManifest(s3, name, body, {
      ...encryption,
      ...(ContentType && { ContentType }),
      ...(Metadata && { Metadata }),
      // Another person may be editing it.
      ...(ETag && { IfMatch: ETag }),
    });
  } catch (error) {
    if (!(error instanceof Error) || !hasStatus(error.cause, 412)) throw error;
    throw new ProgramError(
      'The manifest was changed meanwhile: the function handles the new version by itself',
      exitCodes.notMade,
    );
  }
}
