import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { SQSEvent } from 'aws-lambda';
import { dropUnchecked } from '../../cli/local/drop-unchecked.ts';
import { type LocalPipeline, startLocalPipeline } from '../../cli/local/pipeline.ts';
import { defaultRules } from '../../voice-folder/rules.ts';
import { wav } from '../support/wav.ts';
import { atMost, type Benchmark, median, type Report, type Table, type Target } from './benchmark.ts';
import { type ServedRequest, watchServedRequests } from './served-requests.ts';

const ROUNDS = 5;
const MOST_SECONDS = 2;

/** How long a user waits until the API call starts. */
export const dropToVoice: Benchmark = {
  name: 'drop',
  description:
    'How long the local pipeline takes from the last byte of an uploaded folder to the first byte of the API ' +
    'request. The folder has three samples of 1 MB.',
  seconds: 40,
  run,
};

/** The stages of that time, in order. */
const stages = ['event', 'queue', 'start-up', 'settling', 'reading', 'claim'] as const;
/** In milliseconds. */
type Stages = Record<(typeof stages)[number], number>;

interface Times {
  what: string;
  runs: Stages[];
}

async function run(report: Report): Promise<void> {
  const times: Times[] = [];
  const ways = [
    ['by `drop`', marked],
    ['with a list of `files`', withList],
  ] as const;
  for (const [index, [what, upload]] of ways.entries()) {
    report.step(what, index / 4);
    const cold: Stages[] = [];
    const warm: Stages[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await withPipeline(async (pipeline) => {
        cold.push(await dropOnce(pipeline, upload));
        warm.push(await dropOnce(pipeline, upload));
      });
    }
    times.push({ what: `${what}, cold`, runs: cold }, { what: `${what}, warm`, runs: warm });
  }
  report.step(`without a list: settling for ${defaultRules.settleSeconds} seconds`, 0.5);
  await withPipeline(async (pipeline) => {
    times.push({ what: 'without a list', runs: [await dropOnce(pipeline, withoutList)] });
  });
  report.table(tableOf(times));
  report.targets(target(times));
}

function tableOf(times: readonly Times[]): Table {
  return {
    title: 'From the last byte uploaded to the first byte of the request (ms)',
    columns: ['uploaded', ...stages, 'total'],
    rows: times.map(({ what, runs }) => [
      what,
      ...stages.map((stage) => Math.round(median(runs.map((each) => each[stage])))),
      Math.round(median(runs.map(together))),
    ]),
    notes: [
      `Medians of ${ROUNDS} drops. Without a list there is only one drop, because its folder has to settle for ` +
        `${defaultRules.settleSeconds} seconds. Cold is the first drop after the pipeline starts: its execution ` +
        'environment is a new thread, which loads the bundle.',
      '*Event* ends when the queue has the message, *queue* when the poller receives it, *start-up* with the ' +
        'function’s first request to S3, and *settling* with the look that finds the folder complete. In ' +
        '*reading*, the function reads the manifest, the listing and the ledger. In *claim*, it writes the ' +
        'claim and meanwhile opens the connection and the first samples.',
    ],
  };
}

/** Of the drops that need not settle. */
function target(times: readonly Times[]): Target {
  const [byDrop = [], , ...others] = times.map(({ runs }) => runs);
  const slowest = Math.max(...[...byDrop, ...(others[0] ?? [])].map(together)) / 1000;
  return atMost(
    `cold, by \`drop\` or with \`files\`: at most ${MOST_SECONDS} s from the last byte uploaded to the ` +
      'first of the request',
    slowest,
    MOST_SECONDS,
    's',
    2,
  );
}

function together(times: Stages): number {
  return stages.reduce((sum, stage) => sum + times[stage], 0);
}

/** A pipeline that reports its invocations. */
interface Watched extends LocalPipeline {
  watch(onInvocation: (event: SQSEvent) => void): void;
}

async function withPipeline(use: (pipeline: Watched) => Promise<void>): Promise<void> {
  let onInvocation: (event: SQSEvent) => void = () => {};
  const pipeline = await startLocalPipeline({
    port: 0,
    environment: {},
    cloneMilliseconds: 0,
    onInvocation: (event) => onInvocation(event),
  });
  try {
    await use({ ...pipeline, watch: (next) => (onInvocation = next) });
  } finally {
    await pipeline.close();
  }
}

type Samples = Record<string, Buffer>;
type Upload = (pipeline: LocalPipeline, prefix: string, samples: Samples) => Promise<unknown>;

let drops = 0;

/** Samples that were not dropped before: the same recordings would get the voice that was made of them. */
function newSamples(): Samples {
  const bytes = 1_000_000 + 2 * drops;
  return { 'one.wav': wav(bytes), 'two.wav': wav(bytes + 1000), 'three.wav': wav(bytes + 2000) };
}

async function dropOnce(pipeline: Watched, upload: Upload): Promise<Stages> {
  const prefix = `drop-${++drops}/`;
  const served: ServedRequest[] = [];
  const invocations: { sent: number; begun: number }[] = [];
  pipeline.watch(({ Records: [record] }) => {
    if (!record?.body.includes(prefix)) return;
    const sent = Number(record.attributes.SentTimestamp) - performance.timeOrigin;
    invocations.push({ sent, begun: performance.now() });
  });
  const unwatch = watchServedRequests((request) => served.push(request));
  const result = pipeline.nextResult(`${prefix}manifest.json`);
  await upload(pipeline, prefix, newSamples());
  if ((await result).status !== 'succeeded') throw new Error(`${prefix} was not cloned`);
  unwatch();
  return stagesOf(served, invocations);
}

function stagesOf(
  served: readonly ServedRequest[],
  invocations: readonly { sent: number; begun: number }[],
): Stages {
  const inTime = served.toSorted((a, b) => a.began - b.began);
  const uploaded = inTime.find(({ method, path }) => method === 'PUT' && path.endsWith('/manifest.json'));
  const first = invocations[0];
  const last = invocations.at(-1);
  const claimed = inTime.find(({ method, path }) => method === 'PUT' && path.endsWith('/ledger.json'));
  const called = inTime.find(({ path }) => path.endsWith('/voices/voice-clone'));
  // Every invocation starts by reading the manifest, the listing and the ledger.
  const looks = inTime.filter(({ method, path }) => method === 'GET' && path.endsWith('/manifest.json'));
  const lookAfter = (time = NaN) => looks.find(({ began }) => began >= time)?.began ?? NaN;
  if (!uploaded || !first || !last || !claimed || !called) throw new Error('A request is missing');
  // SQS's timestamps are whole milliseconds.
  const sent = Math.max(first.sent, uploaded.ended);
  const received = Math.max(first.begun, sent);
  const looked = lookAfter(first.begun);
  const lookedLast = lookAfter(last.begun);
  return {
    event: sent - uploaded.ended,
    queue: received - sent,
    'start-up': looked - received,
    settling: lookedLast - looked,
    reading: claimed.began - lookedLast,
    claim: called.began - claimed.began,
  };
}

const marked: Upload = async ({ s3, bucket }, prefix, samples) => {
  const path = await mkdtemp(join(tmpdir(), 'drop-'));
  try {
    for (const [name, bytes] of Object.entries(samples)) await writeFile(join(path, name), bytes);
    await writeFile(join(path, 'manifest.json'), JSON.stringify({ name: 'Amelia' }));
    await dropUnchecked(s3, { path, name: 'drop' }, { bucket, prefix });
  } finally {
    await rm(path, { recursive: true });
  }
};

const withList: Upload = (pipeline, prefix, samples) =>
  putAll(pipeline, prefix, samples, { files: Object.keys(samples) });
const withoutList: Upload = (pipeline, prefix, samples) => putAll(pipeline, prefix, samples, {});

async function putAll(
  { s3, bucket }: LocalPipeline,
  prefix: string,
  samples: Samples,
  more: object,
): Promise<void> {
  const files = { ...samples, 'manifest.json': JSON.stringify({ name: 'Amelia', ...more }) };
  for (const [name, Body] of Object.entries(files)) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + name, Body }));
  }
}
