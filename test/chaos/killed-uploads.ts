import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { localAwsVariables } from '../../emulators/aws.ts';
import { API_KEY } from '../support/api-key.ts';
import { type Bench, later, startBench } from '../support/bench.ts';
import { wav } from '../support/wav.ts';
import type { Dice } from './dice.ts';

const SAMPLE_BYTES = 50_000_000;
/** A connection may buffer this much, which the function has sent and the API has not yet received. */
const BUFFERED_BYTES = 8_000_000;
const program = fileURLToPath(new URL('../functions/one-invocation.ts', import.meta.url));

/**
 * Kills the function at random points of a large upload, but early enough that the request is incomplete even with
 * everything in buffers. The next delivery must therefore clone the voice.
 *
 * @returns how each drop ended, and the number of voices
 */
export async function killUploads(count: number, dice: Dice): Promise<{ ended: string[]; voices: number }> {
  process.env['POWERTOOLS_LOG_LEVEL'] = 'SILENT';
  process.env['POWERTOOLS_METRICS_DISABLED'] = 'true';
  const bench = await startBench();
  const sample = wav(SAMPLE_BYTES);
  const ended: string[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const point = dice('kill upload at', index) * (SAMPLE_BYTES - BUFFERED_BYTES);
      ended.push(await killedUpload(bench, `killed-${index}/`, sample, point));
    }
    return { ended, voices: bench.api.voices.length };
  } finally {
    await bench.close();
  }
}

async function killedUpload(
  bench: Bench,
  folder: string,
  sample: Uint8Array,
  bytes: number,
): Promise<string> {
  const record = await bench.drop(folder, { name: 'Amelia', files: ['long.wav'] }, { 'long.wav': sample });
  const before = bench.api.requests.length;
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  bench.api.behaveNext({ kind: 'slow-reading', bytesPerSecond: SAMPLE_BYTES });
  const invocation = { event: { Records: [record] }, seconds: 60, options: {} };
  const child = spawn(process.execPath, [program, JSON.stringify(invocation)], {
    env: {
      ...localAwsVariables,
      AWS_ENDPOINT_URL_S3: bench.proxy.url,
      CALLERS_API_URL: bench.api.url,
      CALLERS_API_KEY: API_KEY,
      STATE_BUCKET: bench.aws.stateBucket,
      CLONE_TIMEOUT_SECONDS: '30',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ignore'],
  });
  const closed = once(child, 'close');
  const watch = setInterval(() => {
    if ((bench.api.requests[before]?.files[0]?.size ?? 0) >= bytes) reach();
  }, 1);
  await Promise.race([reached, closed]);
  clearInterval(watch);
  child.kill('SIGKILL');
  await closed;
  await bench.deliver(record, bench.handler({}, later(120)));
  return (await bench.result(folder)).status;
}
