import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { localCredentials, startLocalAws } from '../../emulators/aws.ts';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { bundleLambda } from '../../functions/bundle.ts';
import { wav } from '../support/wav.ts';
import { atLeast, atMost, type Benchmark, type Report, type Target } from './benchmark.ts';
import type { HostState } from './scale/function-host.ts';
import { watchServedRequests } from './served-requests.ts';

const FOLDERS = 10_000;
const CONCURRENCY = 50;
const CLONE_MILLISECONDS = 200;
const UPLOADS_AT_ONCE = 20;
const TENTHS = 10;
/**
 * Speed is compared with the second tenth, because the first starts the execution environments. Memory is compared
 * with the fifth, because heaps grow until then.
 */
const LEAST_SPEED = 0.9;
const MOST_MEMORY = 1.1;

/** Whether time or memory per folder grows with the number of folders. */
export const many: Benchmark = {
  name: 'many',
  description:
    `Clones ${FOLDERS.toLocaleString('en')} folders of one sample, ${CONCURRENCY} at a time, in the local ` +
    'pipeline. S3, SQS and the API run in one process; the poller and the execution environments run in ' +
    'another, whose memory is measured.',
  seconds: 115,
  run,
  async check() {
    const { targets } = await cloneMany(100, 10, 0);
    return targets.slice(0, 2);
  },
};

async function run(report: Report): Promise<void> {
  const { tenths, targets } = await cloneMany(FOLDERS, CONCURRENCY, CLONE_MILLISECONDS, report);
  report.table({
    title: `${FOLDERS.toLocaleString('en')} folders dropped at once, by tenths`,
    columns: ['tenth', 'folders/s', 'execution environments', 'RSS per environment, MB', 'open handles'],
    rows: tenths.map((tenth, index) => [
      index + 1,
      (tenth.folders / tenth.seconds).toFixed(1),
      tenth.environments,
      megabytesEach(tenth).toFixed(1),
      tenth.handles,
    ]),
    notes: [
      `The simulated API takes ${CLONE_MILLISECONDS} ms per voice. A new execution environment starts only ` +
        `if all others are busy, up to ${CONCURRENCY}. All of them are threads of one process.`,
    ],
  });
  report.targets(...targets);
}

interface Tenth extends HostState {
  folders: number;
  seconds: number;
}

/** Includes the poller, which runs in the same process. */
function megabytesEach({ megabytes, environments }: HostState): number {
  return megabytes / environments;
}

/** Drops all folders, and measures each tenth of the clones. */
async function cloneMany(
  folders: number,
  concurrency: number,
  cloneMilliseconds: number,
  report?: Report,
): Promise<{ tenths: Tenth[]; targets: Target[] }> {
  await bundleLambda();
  const aws = await startLocalAws();
  const api = await startCallersApiSimulator({ cloneMilliseconds });
  const s3 = new S3Client({ endpoint: aws.endpoint, region: aws.region, credentials: localCredentials });
  const host = await startHost({ aws, apiUrl: api.url, concurrency });
  const messages = { deleted: 0 };
  const unwatch = watchServedRequests(({ headers }) => {
    if (headers['x-amz-target'] === 'AmazonSQS.DeleteMessage') messages.deleted += 1;
  });
  const untilDeleted = async (count: number) => {
    while (messages.deleted < count) await sleep(POLL_MILLISECONDS);
  };
  try {
    // S3's test event.
    await untilDeleted(1);
    const before = await host.state();
    report?.step('uploading', 0);
    await uploadSamples(s3, aws.bucket, folders);
    const uploading = uploadManifests(s3, aws.bucket, folders);
    const tenths: Tenth[] = [];
    let start = performance.now();
    for (let tenth = 1; tenth <= TENTHS; tenth++) {
      report?.step('cloning', 0.1 + (0.9 * (tenth - 1)) / TENTHS);
      await untilDeleted(1 + (folders * tenth) / TENTHS);
      const seconds = (performance.now() - start) / 1000;
      tenths.push({ folders: folders / TENTHS, seconds, ...(await host.state()) });
      start = performance.now();
    }
    await uploading;
    const { state: after, hasEnded } = await host.stop();
    return { tenths, targets: targetsOf({ folders, tenths, voices: api.voices, before, after, hasEnded }) };
  } finally {
    unwatch();
    host.kill();
    s3.destroy();
    await Promise.all([aws.close(), api.close()]);
  }
}

const POLL_MILLISECONDS = 20;

interface Outcome {
  folders: number;
  tenths: readonly Tenth[];
  voices: readonly { name: string }[];
  before: HostState;
  after: HostState;
  hasEnded: boolean;
}

function targetsOf({ folders, tenths, voices, before, after, hasEnded }: Outcome): Target[] {
  const speed = ({ folders: count, seconds }: Tenth) => count / seconds;
  const [, second, , , fifth, ...rest] = tenths;
  const last = rest.at(-1);
  const names = new Set(voices.map(({ name }) => name)).size;
  return [
    {
      demand: `${folders} folders: one voice each`,
      measured: `${voices.length} voices for ${names} folders`,
      met: voices.length === folders && names === folders,
    },
    {
      demand: `${folders} folders: no handles leak, and the process exits by itself`,
      measured:
        `${after.handles - before.handles} more handles than before, ` +
        (hasEnded ? 'exited' : 'still running'),
      met: after.handles <= before.handles && hasEnded,
    },
    ...(second && fifth && last
      ? [
          atLeast(
            `folders/s of the last tenth: at least ${LEAST_SPEED} × that of the second`,
            speed(last) / speed(second),
            LEAST_SPEED,
          ),
          atMost(
            `RSS per execution environment after the last tenth: at most ${MOST_MEMORY} × that after the fifth`,
            megabytesEach(last) / megabytesEach(fifth),
            MOST_MEMORY,
            '',
            2,
          ),
        ]
      : []),
  ];
}

function uploadSamples(s3: S3Client, bucket: string, folders: number): Promise<void> {
  const sample = wav(20_000);
  return forEach(folders, (folder) => put(s3, bucket, `${folder}/0.wav`, sample));
}

function uploadManifests(s3: S3Client, bucket: string, folders: number): Promise<void> {
  return forEach(folders, (folder) => {
    const manifest = { name: `voice-${folder}`, files: ['0.wav'] };
    return put(s3, bucket, `${folder}/manifest.json`, JSON.stringify(manifest));
  });
}

function put(s3: S3Client, Bucket: string, Key: string, Body: string | Uint8Array): Promise<unknown> {
  return s3.send(new PutObjectCommand({ Bucket, Key, Body }));
}

async function forEach(count: number, action: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await action(next++);
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, worker));
}

interface Host {
  state(): Promise<HostState>;
  stop(): Promise<{ state: HostState; hasEnded: boolean }>;
  kill(): void;
}

/** How long a process with nothing left to do may take to exit. */
const END_MILLISECONDS = 10_000;

async function startHost(order: object): Promise<Host> {
  const child: ChildProcess = fork(fileURLToPath(new URL('scale/function-host.ts', import.meta.url)));
  await once(child, 'spawn');
  child.send(order);
  async function ask(message: 'state' | 'stop'): Promise<HostState> {
    child.send(message);
    const [state] = (await once(child, 'message')) as [HostState];
    return state;
  }
  return {
    state: () => ask('state'),
    async stop() {
      const ended = once(child, 'exit').then(() => true);
      const state = await ask('stop');
      const hasEnded = await Promise.race([ended, sleep(END_MILLISECONDS, false, { ref: false })]);
      return { state, hasEnded };
    },
    kill: () => void child.kill(),
  };
}
