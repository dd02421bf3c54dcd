import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { againMark, isAlias, seenMark, withoutMarks } from '../../voice-folder/mark.ts';
import { MANIFEST_NAME, type ObjectName } from '../../voice-folder/names.ts';
import { isFinal } from '../../voice-folder/result.ts';
import { hasStatus } from '../../voice-folder/s3/refusal.ts';
import { limit } from '../limit.ts';
import { ManifestInDoubt, putManifest, type UploadedManifest } from '../manifest-upload.ts';
import { exitCodes, ProgramError, say } from '../output.ts';
import { notUploaded, type DropOutcome, type Report, report } from '../report.ts';
import { describeResult } from '../result/describe-result.ts';
import { connectToS3 } from '../s3/client.ts';
import { encryptionOf } from '../s3/encryption.ts';
import { inBucket } from '../s3/errors.ts';
import { parseS3Url, type S3Place, s3Url } from '../s3/url.ts';
import type { FolderState } from '../status/folder-states.ts';
import { eachOnce, foldersAt } from '../status/folders-at.ts';
import { describeChanges, hasFailed, words } from '../status/words.ts';
import { plain } from '../table.ts';
import { interruption, waitForResult, type WaitOptions } from '../wait.ts';

/** The options of `retry`. */
export interface RetryOptions extends WaitOptions {
  /** Retry all folders below the places that failed or may have. */
  failed?: boolean;
  /** The user has checked Callers, and the voice is not there. */
  voiceNotInCallers?: boolean;
  /** The user wants another voice of recordings that were cloned. */
  again?: boolean;
}

/**
 * `callers-voice-clone retry`: shows the results of failed folders, then uploads their manifests again, unchanged. The
 * function treats that as a person's request to try again, and restores a result that was lost.
 */
export async function retry(urls: readonly string[], options: RetryOptions): Promise<void> {
  const places = urls.map(parseS3Url);
  const alias = places.find(({ bucket }) => isAlias(bucket));
  if (alias && options.again) {
    const message = `${alias.bucket} is an access point: with --again, name the bucket itself`;
    throw new ProgramError(message, exitCodes.notMade);
  }
  const interrupted = interruption();
  const note = options.quiet ? () => {} : say;
  const s3 = await connectToS3({ ...options, note });
  try {
    const folders = await foldersToRetry(s3, places, options);
    const refusals = folders.map((folder) => whyNot(folder, options));
    const [only] = folders;
    const [refusal] = refusals;
    if (folders.length === 1 && only?.result && (hasFailed(only) || options.again))
      note(`${describeResult(only.result)}\n`);
    if (folders.length === 1 && refusal) throw refusal;
    const retried = folders.filter((_, index) => refusals[index] === undefined);
    tellBill(retried, folders.length > 1 || options.again ? note : () => {}, options);
    if (interrupted.aborted) throw new ProgramError('interrupted', exitCodes.interrupted);
    const run: Run = { s3, options, interrupted, note, atOnce: limit(16) };
    const reports = folders.map(async (folder, index): Promise<Report> => {
      const no = refusals[index];
      const name = folder.prefix.split('/').at(-2) ?? folder.bucket;
      const outcome = no ? notUploaded(no) : await askAgain(folder, name, run);
      return { name, place: folder, outcome };
    });
    report(await Promise.all(reports), { ...options, isInterrupted: interrupted.aborted });
  } finally {
    s3.destroy();
  }
}

/** @throws {ProgramError} if a place has no voice folder, or several without `--failed` */
async function foldersToRetry(
  s3: S3Client,
  places: readonly S3Place[],
  { failed }: RetryOptions,
): Promise<FolderState[]> {
  const folders: FolderState[] = [];
  for (const place of places) {
    const found = await foldersAt(s3, place);
    const isFolder = found[0]?.prefix === place.prefix;
    if (!isFolder && !failed) {
      const message =
        `There is no ${MANIFEST_NAME} in ${s3Url(place)}: specify voice folders themselves, or retry all below it that ` +
        'failed with --failed';
      throw new ProgramError(message, exitCodes.notMade, { code: 'NOT_FOUND' });
    }
    folders.push(...found.filter((folder) => !failed || hasFailed(folder)));
  }
  if (folders.length > 0) return eachOnce(folders);
  throw new ProgramError(`No folder below ${places.map(s3Url).join(', ')} has failed`, exitCodes.notMade, {
    code: 'NOT_FOUND',
  });
}

/** Undefined if the folder can be retried. */
function whyNot(folder: FolderState, { voiceNotInCallers, again }: RetryOptions): ProgramError | undefined {
  const url = s3Url(folder);
  if (folder.problem) return folder.problem;
  if (again && folder.result && isFinal(folder.result)) return undefined;
  if (folder.isOverdue && !again) return undefined;
  switch (folder.state) {
    case 'failed':
      return undefined;
    case 'noResult':
      return again
        ? new ProgramError(
            `${url} has no result yet, and --again is about a result: retry without it first`,
            exitCodes.notMade,
          )
        : undefined;
    case 'unknown':
      return voiceNotInCallers
        ? undefined
        : new ProgramError(
            'A voice may already exist, and a second one would also be billed: check your voices in Callers. If the voice is ' +
              'not there, confirm that with: callers-voice-clone retry --voice-not-in-callers',
            exitCodes.notMade,
            { code: 'NEEDS_CONSENT' },
          );
    case 'succeeded': {
      const changes = describeChanges(folder);
      const more = changes === undefined ? '' : `; ${changes}, and another voice with them would be billed`;
      return new ProgramError(
        `${url} already has its voice: nothing to retry${more}. For another voice of the same recordings, which is billed: ` +
          'callers-voice-clone retry --again',
        exitCodes.notMade,
      );
    }
    case 'waiting':
    case 'cloning':
    case 'misnamed':
    case 'unreadable':
      return new ProgramError(
        `${url} has not finished (${words[folder.state]}): retry only after it has failed`,
        exitCodes.notMade,
      );
  }
}

/** Says what it may cost, before anything is uploaded. */
function tellBill(
  folders: readonly FolderState[],
  note: (line: string) => void,
  { again }: RetryOptions,
): void {
  const failed = folders.filter((folder) => again || hasFailed(folder));
  for (const { prefix, result, state } of failed) {
    const code = result && 'error' in result ? `, ${plain(result.error.code)}` : '';
    note(`${plain(prefix)}  ${words[state]}${code}`);
  }
  if (failed.length > 0) note(`Retrying ${failed.length}: each voice that is made is billed\n`);
}

/** What all folders of one run share. */
interface Run {
  s3: S3Client;
  options: RetryOptions;
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
  /** Prints a line for the user. */
  note: (line: string) => void;
  /** Limits the uploads in flight. */
  atOnce: ReturnType<typeof limit>;
}

/** @param name the folder's, for lines about it */
async function askAgain(folder: FolderState, name: string, run: Run): Promise<DropOutcome> {
  const { s3, options, interrupted, note, atOnce } = run;
  const manifest = { bucket: folder.bucket, key: folder.prefix + MANIFEST_NAME };
  const isLost = folder.state === 'noResult';
  let uploaded: UploadedManifest;
  try {
    const etag = await atOnce(async () => {
      interrupted.throwIfAborted();
      return uploadAgain(s3, manifest, folder, options);
    });
    uploaded = { ...manifest, etag, samples: [], resultBefore: folder.resultETag, isLost };
  } catch (error) {
    return error instanceof ManifestInDoubt ? { status: 'uploaded', error } : notUploaded(error);
  }
  note(
    isLost
      ? `${plain(name)}: uploaded the manifest again; the function restores the result, or clones what never was`
      : `${plain(name)}: uploaded the manifest again`,
  );
  return waitForResult(s3, uploaded, options, { name, interrupted, onProgress: note });
}

/** Uploads the manifest unchanged, with its metadata, but for marks. @returns its ETag */
async function uploadAgain(
  s3: S3Client,
  name: ObjectName,
  { result }: FolderState,
  options: RetryOptions,
): Promise<string> {
  const found = await inBucket(name.bucket, () =>
    s3.send(new GetObjectCommand({ Bucket: name.bucket, Key: name.key })),
  );
  const body = (await found.Body?.transformToByteArray()) ?? new Uint8Array();
  const { ETag, ContentType, Metadata = {} } = found;
  // Somebody else may ask at the same time, and their outcome is not the one that this person has seen.
  const markOf = options.again ? againMark : seenMark;
  try {
    return await putManifest(s3, name, body, {
      ...encryptionOf(options),
      ...(ContentType && { ContentType }),
      Metadata: { ...withoutMarks(Metadata), ...(result && isFinal(result) && markOf(name, result)) },
      // Another person may be editing it.
      ...(ETag && { IfMatch: ETag }),
    });
  } catch (error) {
    if (!(error instanceof Error) || !hasStatus(error.cause, 412)) throw error;
    throw new ProgramError(
      'The manifest was changed meanwhile: the function processes the new version automatically',
      exitCodes.notMade,
    );
  }
}
