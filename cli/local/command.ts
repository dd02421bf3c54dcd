import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { MANIFEST_NAME, RESULT_NAME } from '../../voice-folder/names.ts';
import type { FinalResult, Result } from '../../voice-folder/result.ts';
import { exampleFolder, programCommand } from '../installation.ts';
import { exitCodes, printJson, ProgramError, say, styled } from '../output.ts';
import { s3Url } from '../s3/url.ts';
import { plain } from '../table.ts';
import { findVoiceFolders, type LocalVoiceFolder } from '../voice-folders.ts';
import { localCredentials } from '../../emulators/aws.ts';
import { dropUnchecked } from './drop-unchecked.ts';
import { type LocalPipeline, startLocalPipeline } from './pipeline.ts';

/** The options of `local`. */
export interface LocalOptions {
  once?: boolean;
  port?: number;
  logs?: boolean;
}

/** Short, because a person is watching: only folders without `files` wait for it. */
const LOCAL_SETTLE_SECONDS = '2';

/**
 * `callers-voice-clone local`: runs the pipeline, drops the folders at the path into it, and prints each
 * `result.json` to standard output. Then keeps running for more drops, unless `--once` is set. Everything
 * else goes to standard error.
 *
 * @param path defaults to the example
 */
export async function local(path = relative('', exampleFolder), options: LocalOptions): Promise<void> {
  const { folders } = await findVoiceFolders(path);
  for (const folder of folders) {
    if (await stat(join(folder.path, MANIFEST_NAME)).catch(() => undefined)) continue;
    throw new ProgramError(
      `${folder.path} contains no ${MANIFEST_NAME}: see "callers-voice-clone check"`,
      exitCodes.notMade,
    );
  }
  const port = options.port ?? (options.once ? 0 : 4566);
  const pipeline = await startLocalPipeline({
    port,
    environment: { SETTLE_SECONDS: LOCAL_SETTLE_SECONDS, ...process.env },
    ...(options.logs && { onLog: say }),
  }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE'
      ? new Error(`Port ${port} is in use: choose another one with --port`)
      : error;
  });
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(
    () => 'interrupted' as const,
  );
  try {
    introduce(pipeline);
    const dropped = await Promise.race([dropAll(folders, pipeline), interrupted]);
    if (dropped === 'interrupted') {
      process.exitCode = exitCodes.interrupted;
    } else if (options.once) {
      process.exitCode = dropped.every(({ status }) => status === 'succeeded')
        ? exitCodes.fine
        : exitCodes.notMade;
    } else {
      pipeline.results.on('result', print);
      invite(pipeline);
      await interrupted;
    }
  } finally {
    if (!options.once) say('\nStopping …');
    await pipeline.close();
  }
}

async function dropAll(
  folders: readonly LocalVoiceFolder[],
  pipeline: LocalPipeline,
): Promise<FinalResult[]> {
  const results: FinalResult[] = [];
  for (const folder of folders) {
    const place = { bucket: pipeline.bucket, prefix: `${folder.name}/` };
    const key = place.prefix + RESULT_NAME;
    say(`\nDropping ${folder.path} into ${s3Url(place)}`);
    const awaited = pipeline.nextResult(place.prefix + MANIFEST_NAME);
    awaited.catch(() => {}); // Handled below, unless the upload fails first.
    await dropUnchecked(pipeline.s3, folder, place, { verbose: true });
    say(`  … waiting for ${RESULT_NAME}`);
    const result = await tellingOfWaits(pipeline, key, awaited);
    results.push(result);
    print(key, result);
    for (const { name, why } of result.ignored ?? []) say(`  ! ${plain(name)} is not used: ${why}`);
  }
  return results;
}

/** Says when the function waits for samples, which it does for up to 15 minutes by default. */
async function tellingOfWaits(
  { results }: LocalPipeline,
  wanted: string,
  result: Promise<FinalResult>,
): Promise<FinalResult> {
  const tell = (key: string, waiting: Result) => {
    if (key !== wanted || waiting.status !== 'waiting') return;
    const what = waiting.missing.length === 0 ? 'samples' : waiting.missing.map(plain).join(', ');
    say(
      `  … waiting for ${what} until ${new Date(waiting.until).toLocaleTimeString()}; press Ctrl-C to stop`,
    );
  };
  results.on('result', tell);
  try {
    return await result;
  } finally {
    results.off('result', tell);
  }
}

function introduce({ api, endpoint, bucket }: LocalPipeline): void {
  say(`S3 and SQS   ${endpoint}`);
  say(`Bucket       ${bucket}`);
  say(
    api.simulated
      ? `Callers API  simulated at ${api.url} (set CALLERS_API_KEY to clone for real)`
      : `Callers API  ${bold(`${api.url} - the real API: CALLERS_API_KEY is set, and clones are billed`)}`,
  );
}

function invite({ endpoint, region, bucket }: LocalPipeline): void {
  const { accessKeyId, secretAccessKey } = localCredentials;
  say(`
Drop your own folder:

  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} AWS_REGION=${region}
  ${programCommand} drop my-voice s3://${bucket} --endpoint-url ${endpoint}

or with any S3 client, the manifest last:

  aws s3 cp --endpoint-url ${endpoint} --recursive my-voice s3://${bucket}/my-voice/ --exclude manifest.json
  aws s3 cp --endpoint-url ${endpoint} my-voice/manifest.json s3://${bucket}/my-voice/

Press Ctrl-C to stop. This deletes everything in the bucket.`);
}

function print(key: string, result: Result): void {
  const marks: Record<string, string> = { succeeded: green('✔'), failed: red('✘'), unknown: red('?') };
  say(`  ${marks[result.status] ?? '…'} ${key}: ${result.status}`);
  printJson(result);
}

const green = (text: string) => styled('green', text, process.stderr);
const red = (text: string) => styled('red', text, process.stderr);
const bold = (text: string) => styled('bold', text, process.stderr);
