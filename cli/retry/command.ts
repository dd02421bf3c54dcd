import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { MANIFEST_NAME, type ObjectName, resultOf as resultNameOf } from '../../voice-folder/names.ts';
import { type Result } from '../../voice-folder/result.ts';
import { readResult } from '../../voice-folder/result-file.ts';
import { hasStatus } from '../../voice-folder/s3-json.ts';
import { interruption, notUploaded, resultOf, type WaitOptions } from '../drop/command.ts';
import { type Outcome, report } from '../drop/report.ts';
import { ManifestInDoubt, putManifest, type UploadedManifest } from '../drop/upload-folder.ts';
import { exitCodes, ProgramError, say } from '../output.ts';
import { describeResult } from '../result/describe-result.ts';
import { inBucket } from '../s3.ts';
import { connectToS3 } from '../s3/connect.ts';
import { parseFolderUrl, type S3Place, s3Url } from '../s3-url.ts';
import { words } from '../status/command.ts';
import { folderStates } from '../status/folder-states.ts';

export interface RetryOptions extends WaitOptions {
  /** The person has looked in Callers, and the voice is not there. */
  looked?: boolean;
}

/**
 * `callers-voice-clone retry`: uploads the manifest of a folder that failed once more, as it is, after showing what
 * was said. The function takes that for a person who asks again.
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
        'there may be a voice, and another one would be paid for too: look at your voices in Callers. If it is not there, ' +
          'say so: callers-voice-clone retry --looked',
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
      uploaded = { ...name, etag: await uploadAgain(client, name), resultBefore, samples: [] };
    } catch (error) {
      return error instanceof ManifestInDoubt ? { status: 'uploaded', error } : notUploaded(error);
    }
    note('The manifest is uploaded again');
    return resultOf(s3Url(place), uploaded, waitOptions, client, { note }, signal);
  }
}

/** @throws {ProgramError} when the folder has not failed, or nobody has been told of that yet */
async function failureIn(
  s3: S3Client,
  place: S3Place,
  manifest: ObjectName,
): Promise<{ result: Result; etag: string }> {
  const folder = (await folderStates(s3, place)).find(({ prefix }) => prefix === place.prefix);
  if (!folder) {
    const message = `There is no ${MANIFEST_NAME} in ${s3Url(place)}: name the folder itself`;
    throw new ProgramError(message, exitCodes.notMade);
  }
  if (folder.state === 'succeeded') {
    throw new ProgramError(`${s3Url(place)} has its voice: there is nothing to try again`, exitCodes.notMade);
  }
  const stored = await readResult(s3, resultNameOf(manifest));
  const hasFailed = folder.state === 'failed' || folder.state === 'unknown';
  // Until its result is there, the function does not take another upload for a wish to try again.
  if (!hasFailed || !stored?.result || stored.result.status !== folder.state) {
    const message = `${s3Url(place)} has not come to an end (${words[folder.state]}): try again once it has failed`;
    throw new ProgramError(message, exitCodes.notMade);
  }
  return { result: stored.result, etag: stored.etag };
}

/** As it is, with what was uploaded beside it. @returns its ETag */
async function uploadAgain(s3: S3Client, name: ObjectName): Promise<string> {
  const found = await inBucket(name.bucket, () =>
    s3.send(new GetObjectCommand({ Bucket: name.bucket, Key: name.key })),
  );
  const body = (await found.Body?.transformToByteArray()) ?? new Uint8Array();
  const { ETag, ContentType, Metadata } = found;
  try {
    return await putManifest(s3, name, body, {
      ...(ContentType && { ContentType }),
      ...(Metadata && { Metadata }),
      // Somebody may be mending it.
      ...(ETag && { IfMatch: ETag }),
    });
  } catch (error) {
    if (!(error instanceof Error) || !hasStatus(error.cause, 412)) throw error;
    throw new ProgramError(
      'somebody changed the manifest meanwhile: that is tried by itself',
      exitCodes.notMade,
    );
  }
}
