import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { unquoted } from '../voice-folder/etag.ts';
import { type FinalResult, isFinal, type Result } from '../voice-folder/result.ts';
import { readResult } from '../voice-folder/s3/result-file.ts';
import { resultOf } from '../voice-folder/names.ts';
import type { UploadedManifest } from './manifest-upload.ts';
import { exitCodes, ProgramError } from './output.ts';
import type { DropOutcome } from './report.ts';
import { abortable, type S3Options } from './s3/client.ts';
import type { EncryptionOptions } from './s3/encryption.ts';
import { AwsError, inBucket } from './s3/errors.ts';
import { plain } from './table.ts';

/** Options of commands that upload a manifest and wait for its result. */
export interface WaitOptions extends S3Options, EncryptionOptions {
  /** False to exit after the upload. */
  wait: boolean;
  /** How many seconds to wait for each result. */
  timeout: number;
  json?: boolean;
  /** Print only errors. */
  quiet?: boolean;
}

/** For whom a result is awaited. */
export interface Waiter {
  /** The folder's name, for lines about it. */
  name: string;
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
  /** Called with a line for each reason why the function waits, and for the end. */
  onProgress: (line: string, status: Result['status']) => void;
}

/** Waits for the result of an uploaded manifest, unless `--no-wait` is given. */
export async function waitForResult(
  s3: S3Client,
  manifest: UploadedManifest,
  { wait, timeout }: WaitOptions,
  { name, interrupted, onProgress }: Waiter,
): Promise<DropOutcome> {
  if (!wait) return { status: 'uploaded' };
  const tell = (status: Result['status'], message: string) =>
    onProgress(plain(`${name}: ${message}`), status);
  try {
    const result = await awaitResult(abortable(s3, interrupted), manifest, {
      deadline: new Date(Date.now() + timeout * 1000),
      signal: interrupted,
      onWaiting: tell,
    });
    tell(result.status, result.status);
    return { status: result.status, result };
  } catch (error) {
    return { status: 'uploaded', error: interrupted.aborted ? goesOn() : (error as Error) };
  }
}

function goesOn(): Error {
  const message =
    'interrupted after the manifest was uploaded: the clone continues, and callers-voice-clone status shows it';
  return new ProgramError(message, exitCodes.interrupted);
}

/** Aborted by Ctrl-C; a second Ctrl-C, or a hang, ends the program immediately. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  // Every folder that is waited for listens to it.
  setMaxListeners(0, controller.signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      controller.abort(new ProgramError('interrupted', exitCodes.interrupted));
      process.once(signal, () => process.exit(exitCodes.interrupted));
    });
  }
  return controller.signal;
}

interface AwaitResultOptions {
  /** When to give up. */
  deadline: Date;
  signal: AbortSignal;
  /** Called once for each reason why the function waits. */
  onWaiting: (status: Result['status'], message: string) => void;
}

/**
 * Waits for the result of this upload of a manifest. S3 does not tell uploaders their `sequencer`, so a result belongs to
 * this upload if it
 * - was written after the upload: an earlier success is reported again, with a new `upload`;
 * - names the manifest's ETag: somebody may have changed the manifest meanwhile;
 * - lists all of these samples, if any: somebody may have replaced them, or dropped others in the same second;
 * - finished after the upload, unless it succeeded: an older failure belongs to an earlier upload.
 *
 * @throws {ProgramError} on timeout, or if another manifest replaces this one
 */
async function awaitResult(
  s3: S3Client,
  manifest: UploadedManifest,
  { deadline, signal, onWaiting }: AwaitResultOptions,
): Promise<FinalResult> {
  let seen = manifest.resultBefore;
  let told: string | undefined;
  let isOther = false;
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const stored = await patiently(() => inBucket(manifest.bucket, () => readResult(s3, resultOf(manifest))));
    if (stored?.result?.manifest.key === manifest.key && unquoted(stored.etag) !== seen) {
      const { result } = stored;
      seen = unquoted(stored.etag);
      if (!isFinal(result)) {
        const message = waitingFor(result);
        if (message !== told) onWaiting(result.status, message);
        told = message;
      } else if (await isOfThisUpload(s3, manifest, result)) return result;
      else isOther ||= result.manifest.etag === manifest.etag && result.status === 'succeeded';
    }
    const left = deadline.getTime() - Date.now();
    if (left <= 0) throw new ProgramError(isOther ? OTHER_DROP : TOO_LATE, exitCodes.notMade);
    await sleep(Math.min(pause, left), undefined, { signal });
  }
}

const SHORTEST_PAUSE = 300;
const LONGEST_PAUSE = 5_000;

const TOO_LATE =
  'there is no result yet. It may still come: callers-voice-clone status shows it. If it stays "no result yet", ask your ' +
  'administrator whether folders are cloned there';

const OTHER_DROP =
  'another drop of this folder came in between, and its voice was not made from exactly these samples. callers-voice-clone ' +
  'status shows what it contains';

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
  { bucket, key, etag, samples, isLost = false }: UploadedManifest,
  result: FinalResult,
): Promise<boolean> {
  const isOfManifest = result.manifest.etag === etag;
  const used = new Map(result.samples?.map(({ name, size }) => [name.normalize(), size]));
  const isOfSamples =
    result.samples && samples.every(({ name, size }) => used.get(name.normalize()) === size);
  if (isOfManifest && isOfSamples === false) return false;
  if (isOfManifest && (isLost || result.status === 'succeeded')) return true;

  const head = await inBucket(bucket, () => s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })));
  if (unquoted(head.ETag ?? '') !== etag) {
    const message = 'somebody uploaded another manifest meanwhile, and the result belongs to that one';
    throw new ProgramError(message, exitCodes.notMade);
  }
  // In whole seconds.
  const uploadedAt = head.LastModified?.getTime() ?? 0;
  return isOfManifest && Date.parse(result.finishedAt) >= uploadedAt;
}
