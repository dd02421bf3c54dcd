import type { S3Client } from '@aws-sdk/client-s3';
import { MANIFEST_NAME, RESULT_NAME } from '../../voice-folder/names.ts';
import { resultSchema } from '../../voice-folder/result.ts';
import { MAX_RESULT_BYTES } from '../../voice-folder/s3/result-file.ts';
import { getObject } from '../../voice-folder/s3/stored-object.ts';
import { exitCodes, print, printJson, ProgramError } from '../output.ts';
import { connectToS3, type S3Options } from '../s3/client.ts';
import { inBucket } from '../s3/errors.ts';
import { parseS3Url, s3Url } from '../s3/url.ts';
import { folderForScripts } from '../status/folder-for-scripts.ts';
import type { FolderState } from '../status/folder-states.ts';
import { eachOnce, foldersAt } from '../status/folders-at.ts';
import { describeChanges, howToRestore, words } from '../status/words.ts';
import { plain } from '../table.ts';
import { describeResult } from './describe-result.ts';

/** The options of `result`. */
export interface ResultOptions extends S3Options {
  /** Print `result.json` as it is, or a document of several. */
  json?: boolean;
  /** Exit with 1 if a voice is missing. */
  exitStatus?: boolean;
}

/**
 * `callers-voice-clone result`: prints the results of voice folders, or of all below a place.
 *
 * @throws {ProgramError} if the only folder has no result
 */
export async function result(urls: readonly string[], options: ResultOptions): Promise<void> {
  const places = urls.map(parseS3Url);
  const s3 = await connectToS3(options);
  try {
    const found: FolderState[] = [];
    for (const place of places) found.push(...(await foldersAt(s3, place)));
    const folders = eachOnce(found);
    const [place] = places;
    const [only] = folders;
    const isOne = place && only && places.length === 1 && only.prefix === place.prefix;
    if (isOne) await printOne(s3, only, options);
    else if (options.json)
      printJson({ folders: folders.map((folder) => folderForScripts(folder, { withTimes: false })) });
    else print(folders.map((folder) => `${plain(s3Url(folder))}\n${describe(folder)}`).join('\n\n'));
    if (options.exitStatus && !folders.every(({ state }) => state === 'succeeded')) {
      process.exitCode = exitCodes.notMade;
    }
  } finally {
    s3.destroy();
  }
}

async function printOne(s3: S3Client, folder: FolderState, { json }: ResultOptions): Promise<void> {
  if (folder.result && !json) {
    print(describe(folder));
    return;
  }
  if (folder.problem) throw folder.problem;
  const { bucket, prefix } = folder;
  const stored = await inBucket(bucket, () =>
    getObject(s3, { bucket, key: prefix + RESULT_NAME }, MAX_RESULT_BYTES),
  );
  const text = stored && new TextDecoder().decode(stored.body).trimEnd();
  if (text === undefined || !(folder.result || isReadableLater(text, folder))) {
    throw new ProgramError(whyNone(folder), exitCodes.notMade, { code: 'NO_RESULT' });
  }
  if (!json) {
    const message = `${RESULT_NAME} exists, but is not a result of this program: --json shows it as it is`;
    throw new ProgramError(message, exitCodes.notMade);
  }
  // Raw: the file as it is.
  process.stdout.write(`${text}\n`);
}

/** Whether another version may have written this file about this manifest, as far as it says. */
function isReadableLater(text: string, { prefix, manifestETag, state }: FolderState): boolean {
  if (state !== 'noResult') return false;
  try {
    const { manifest } = JSON.parse(text) as { manifest?: { key?: string; etag?: string } };
    if (typeof manifest?.key !== 'string') return true;
    return (
      manifest.key === prefix + MANIFEST_NAME &&
      manifest.etag === manifestETag &&
      resultSchema.safeParse(JSON.parse(text)).error !== undefined
    );
  } catch {
    return true;
  }
}

function whyNone(folder: FolderState): string {
  const url = plain(s3Url(folder));
  if (folder.problem) return folder.problem.message;
  if (folder.state === 'misnamed') return `${url} has no result: ${words.misnamed}`;
  return `${url} has no result yet: callers-voice-clone status shows its progress. ${howToRestore(folder)}`;
}

function describe(folder: FolderState): string {
  const { result: found, state } = folder;
  const changes = describeChanges(folder);
  return [
    found ? describeResult(found, state === 'waiting' ? folder.empty : []) : whyNone(folder),
    ...(changes === undefined ? [] : [`Note      ${changes}`]),
  ].join('\n');
}
