import { setTimeout as sleep } from 'node:timers/promises';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type FinalResult, isFinal, type Result } from '../../voice-folder/result.ts';
import { readResult } from '../../voice-folder/s3/result-file.ts';
import { unquoted } from '../../voice-folder/s3/s3-json.ts';
import { resultOf } from '../../voice-folder/names.ts';
import { exitCodes, ProgramError } from '../output.ts';
import { AwsError, inBucket } from '../s3/errors.ts';
import type { UploadedManifest } from './upload-folder.ts';

export interface AwaitResultOptions {
  /** When to give up. */
  deadline: Date;
  signal: AbortSignal;
  /** Called once for each reason why the function waits. */
  onWaiting: (message: string) => void;
}

/**
 * Waits for the result of this upload of a manifest. S3 does not tell uploaders their `sequencer`, so a result belongs to
 * this upload if it
 * - was written after the upload: an earlier success is reported again, with a new `upload`;
 * - names the manifest's ETag: somebody may have changed the manifest meanwhile;
 * - lists samples of these sizes, if any: somebody may have replaced them;
 * - finished after the upload, unless it succeeded: an older failure belongs to an earlier upload.
 *
 * @throws {ProgramError} on timeout, or if another manifest replaces this one
 */
export async function awaitResult(
  s3: S3Client,
  manifest: UploadedManifest,
  { deadline, signal, onWaiting }: AwaitResultOptions,
): Promise<FinalResult> {
  let seen = manifest.resultBefore;
  let told: string | undefined;
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const stored = await patiently(() => inBucket(manifest.bucket, () => readResult(s3, resultOf(manifest))));
    if (stored?.result && stored.etag !== seen) {
      const { result } = stored;
      seen = stored.etag;
      if (!isFinal(result)) {
        const message = waitingFor(result);
        if (message !== told) onWaiting(message);
        told = message;
      } else if (await isOfThisUpload(s3, manifest, result)) return result;
    }
    const left = deadline.getTime() - Date.now();
    if (left <= 0) throw new ProgramError(TOO_LATE, exitCodes.notMade);
    await sleep(Math.min(pause, left), undefined, { signal });
  }
}

const SHORTEST_PAUSE = 300;
const LONGEST_PAUSE = 5_000;

const TOO_LATE =
  'there is no result yet. It may still come: callers-voice-clone status shows it. If it stays "no result yet", ask the person who ' +
  'runs this whether folders are cloned there';

/** Keeps waiting through network errors: the clone continues without us. */
async function patiently<Value>(request: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof AwsError && error.isPassing) return undefined;
    throw error;
  }
}

function waitingFor(result: Exclude<Result, FinalResult>): string {
  if (result.status === 'cloning') return 'cloning';
  const { missing } = result;
  return missing.length === 0 ? 'waiting for samples' : `waiting for ${missing.join(', ')}`;
}

/** @throws {ProgramError} if this manifest can no longer get a result */
async function isOfThisUpload(
  s3: S3Client,
  { bucket, key, etag, samples }: UploadedManifest,
  result: FinalResult,
): Promise<boolean> {
  const isOfManifest = result.manifest.etag === etag;
  const isOfSamples = result.samples?.every(({ name, size }) => {
    const sample = samples.find((own) => own.name.normalize() === name.normalize());
    return sample === undefined || sample.size === size;
  });
  if (isOfManifest && isOfSamples === false) return false;
  if (isOfManifest && result.status === 'succeeded') return true;

  const head = await inBucket(bucket, () => s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })));
  if (unquoted(head.ETag ?? '') !== etag) {
    const message = 'somebody uploaded another manifest meanwhile, and the result is of that one';
    throw new ProgramError(message, exitCodes.notMade);
  }
  // In whole seconds.
  const uploadedAt = head.LastModified?.getTime() ?? 0;
  return isOfManifest && Date.parse(result.finishedAt) >= uploadedAt;
}
