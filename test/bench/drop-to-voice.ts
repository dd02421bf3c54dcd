import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { dropFolder } from '../../cli/drop/drop-folder.ts';
import { type LocalPipeline, startLocalPipeline } from '../../cli/local/pipeline.ts';
import { defaultRules } from '../../voice-folder/rules.ts';
import { wav } from '../support/wav.ts';
import { type Benchmark, type Findings, median, type Target } from './benchmark.ts';
import { watchServedRequests } from './served-requests.ts';

const ROUNDS = 5;
const MOST_SECONDS = 2;
const samples = { 'one.wav': wav(1_000_000), 'two.wav': wav(1_000_100), 'three.wav': wav(1_000_200) };

/** What a person waits for. */
export const dropToVoice: Benchmark = {
  name: 'drop',
  description:
    'From the last byte of a folder that is uploaded until the API gets the first of the request, in the local pipeline: ' +
    'event, queue, start-up, looking at the folder and its claim. Three samples of 1 MB.',
  run,
};

async function run(): Promise<Findings> {
  return withPipeline(async (pipeline) => {
    const [cold = NaN, ...warm] = await rounds(pipeline, marked);
    const listed = await rounds(pipeline, withList);
    const [unlisted = NaN] = await rounds(pipeline, withoutList, 1);
    return {
      tables: [
        {
          title: 'From the last byte uploaded to the first byte of the request (s)',
          columns: ['uploaded', 'first in a new process', 'after that'],
          rows: [
            ['by `callers-voice-clone drop`', cold.toFixed(2), median(warm).toFixed(2)],
            ['by another tool, with a list of `files`', '', median(listed).toFixed(2)],
            ['by another tool, without one', '', unlisted.toFixed(2)],
          ],
          notes: [
            `Medians of ${ROUNDS} drops; without a list one, since a folder has to be at rest for ${defaultRules.settleSeconds} seconds.`,
          ],
        },
      ],
      targets: [targetOf([cold, ...warm])],
    };
  });
}

function targetOf(seconds: readonly number[]): Target {
  const most = Math.max(...seconds);
  return {
    demand: `dropped by callers-voice-clone: at most ${MOST_SECONDS} s from its last byte to the API's first`,
    measured: `${most.toFixed(2)} s`,
    met: most <= MOST_SECONDS,
  };
}

async function withPipeline<Value>(use: (pipeline: LocalPipeline) => Promise<Value>): Promise<Value> {
  const pipeline = await startLocalPipeline({ port: 0, environment: {}, cloneMilliseconds: 0 });
  try {
    return await use(pipeline);
  } finally {
    await pipeline.close();
  }
}

type Upload = (pipeline: LocalPipeline, prefix: string) => Promise<unknown>;

let drops = 0;

/** How long each took, in seconds. */
async function rounds(pipeline: LocalPipeline, upload: Upload, count = ROUNDS): Promise<number[]> {
  const seconds: number[] = [];
  for (let round = 0; round < count; round++) {
    const prefix = `drop-${++drops}/`;
    let [uploaded, begun] = [NaN, NaN];
    const unwatch = watchServedRequests(({ method, path, began, ended }) => {
      if (method === 'PUT' && path.endsWith(`${prefix}manifest.json`)) uploaded = ended;
      if (path.endsWith('/voices/voice-clone')) begun = began;
    });
    const result = pipeline.nextResult(`${prefix}manifest.json`);
    await upload(pipeline, prefix);
    if ((await result).status !== 'succeeded') throw new Error(`${prefix} was not cloned`);
    unwatch();
    seconds.push((begun - uploaded) / 1000);
  }
  return seconds;
}

const marked: Upload = async ({ s3, bucket }, prefix) => {
  const path = await mkdtemp(join(tmpdir(), 'drop-'));
  try {
    for (const [name, bytes] of Object.entries(samples)) await writeFile(join(path, name), bytes);
    await writeFile(join(path, 'manifest.json'), JSON.stringify({ name: 'Amelia' }));
    await dropFolder(s3, { path, name: 'drop' }, { bucket, prefix }, () => {});
  } finally {
    await rm(path, { recursive: true });
  }
};

const withList: Upload = (pipeline, prefix) => putAll(pipeline, prefix, { files: Object.keys(samples) });
const withoutList: Upload = (pipeline, prefix) => putAll(pipeline, prefix, {});

async function putAll({ s3, bucket }: LocalPipeline, prefix: string, more: object): Promise<void> {
  const files = { ...samples, 'manifest.json': JSON.stringify({ name: 'Amelia', ...more }) };
  for (const [name, Body] of Object.entries(files)) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + name, Body }));
  }
}
