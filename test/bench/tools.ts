import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { localCredentials } from '../../emulators/aws.ts';
import { lookAtFolder } from '../../voice-folder/s3/look-at-folder.ts';
import type { FinalResult } from '../../voice-folder/result.ts';
import { defaultRules } from '../../voice-folder/rules.ts';
import {
  atMost,
  type Benchmark,
  type BenchmarkOptions,
  median,
  ratioAtMost,
  type Report,
  type Table,
  type Target,
} from './benchmark.ts';
import { timed } from './timed-program.ts';
import { type Client, drop, dropOf, others, present } from './tools/clients.ts';
import { type LocalFolders, makeFolders } from './tools/folders.ts';
import { type DistantS3, startDistantS3 } from './tools/distant-s3.ts';

const DELAY_MILLISECONDS = 30;
const MOST_OF_FASTEST = 1;
/** It compares only sizes and times, and reads no file. */
const SYNC = 'aws s3 sync';
const MOST_OF_SYNC = 2.5;

interface Load {
  title: string;
  folders: number;
  samples: number;
  bytes: number;
  /** Whether S3 speaks TLS. */
  secure?: boolean;
  /** Whether the bucket already has all samples but one. */
  isUpdate?: boolean;
  rounds: number;
}

const largeFile: Load[] = [
  { title: '1 × 1 GB', folders: 1, samples: 1, bytes: 1e9, rounds: 5 },
  { title: '1 × 1 GB, TLS', folders: 1, samples: 1, bytes: 1e9, secure: true, rounds: 5 },
];

const manyFolders: Load[] = [
  { title: '200 folders of 5 × 1 MB', folders: 200, samples: 5, bytes: 1e6, rounds: 3 },
  {
    title: '200 folders of 5 × 1 MB, of which one sample has changed',
    folders: 200,
    samples: 5,
    bytes: 1e6,
    isUpdate: true,
    rounds: 5,
  },
];

const HOW =
  `S3 runs on this machine and delays every answer by ${DELAY_MILLISECONDS} ms. Unlike the others, \`drop\` checks the ` +
  'recordings first, uploads each manifest last, and confirms that S3 has all files. With --against, another commit takes turns.';

/** `drop` of a large recording, compared with other programs that upload folders. */
export const tools: Benchmark = {
  name: 'tools',
  description: `Compares \`drop --no-wait\` of a large recording with other programs. ${HOW}`,
  seconds: 190,
  run: (report, options) => run(largeFile, report, options),
};

/** `drop` of many folders, compared with the same programs. */
export const toolsOfFolders: Benchmark = {
  name: 'folders',
  description: `Compares \`drop --no-wait\` of many folders with other programs. ${HOW}`,
  seconds: 240,
  run: (report, options) => run(manyFolders, report, options),
  check,
};

interface Times {
  client: Client;
  seconds: number[];
  requests: number;
}

async function run(
  loads: readonly Load[],
  report: Report,
  { against }: BenchmarkOptions = {},
): Promise<void> {
  const { there, notes } = present(others);
  for (const [index, load] of loads.entries()) {
    const folders = await makeFolders(load.folders, load.samples, load.bytes);
    const before = against === undefined ? [] : [dropOf(against, against)];
    const buckets = [drop, ...before, ...there]
      .filter(({ name }) => load.isUpdate || name !== SYNC)
      .map((client) => bucketOf(client, folders, load));
    const times = buckets.map(({ client }): Times => ({ client, seconds: [], requests: 0 }));
    if (load.isUpdate) {
      report.step(`${load.title}: filling the buckets`, index / loads.length);
      for (const bucket of buckets) await bucket.fill();
    }
    for (let round = 0; round < load.rounds; round++) {
      report.step(load.title, (index + round / load.rounds) / loads.length);
      if (load.isUpdate) await folders.changeOne();
      for (const [which, bucket] of buckets.entries()) {
        if (isOnce(bucket.client, load) && round > 0) continue;
        const { seconds, requests } = await (load.isUpdate ? bucket.update() : bucket.upload());
        times[which]?.seconds.push(seconds);
        Object.assign(times[which] ?? {}, { requests });
      }
    }
    for (const bucket of buckets) await bucket.close();
    await folders.remove();
    report.table(tableOf(load, times, notes));
    report.targets(...targetsOf(load, times, there));
  }
}

/** Whether one round takes so long that it has to be enough. */
function isOnce({ isSlow }: Client, { folders, isUpdate }: Load): boolean {
  return isSlow === true && folders > 1 && !isUpdate;
}

/** The buckets of one client, and measurements of its uploads. */
function bucketOf(client: Client, folders: LocalFolders, { secure }: Partial<Load> = {}) {
  let filled: DistantS3 | undefined;
  // As on the machine of somebody who dropped these folders before; an upload to an empty S3 is the first one.
  const cache = join(`${folders.path}-cache`, client.name);

  async function upload(s3: DistantS3, what: 'command' | 'update'): Promise<number> {
    const { path } = folders;
    const updated = what === 'update' ? client.update?.(path, s3) : undefined;
    const { seconds } = await timed(updated ?? client.command(path, s3), {
      XDG_CACHE_HOME: cache,
      ...client.environment?.(s3),
    });
    return seconds;
  }

  async function measured(s3: DistantS3, what: 'command' | 'update') {
    const before = await s3.delay(DELAY_MILLISECONDS);
    const seconds = await upload(s3, what);
    return { seconds, requests: (await s3.delay(0)) - before };
  }

  return {
    client,
    /** Uploads everything to an empty S3. */
    async upload() {
      await rm(cache, { recursive: true, force: true });
      const s3 = await startDistantS3(secure ? { secure } : {});
      try {
        return await measured(s3, 'command');
      } finally {
        await s3.close();
      }
    },
    async fill() {
      filled = await startDistantS3();
      await upload(filled, 'command');
      await writeResults(filled, folders);
    },
    /** Uploads what has changed since `fill`. */
    async update() {
      if (!filled) throw new Error('Nothing was uploaded before');
      return measured(filled, 'update');
    },
    close: async () => filled?.close(),
  };
}

/** Writes a result for each folder, as if it had been cloned. */
async function writeResults({ url, bucket }: DistantS3, { path }: LocalFolders): Promise<void> {
  const s3 = new S3Client({ region: 'us-east-1', endpoint: url, credentials: localCredentials });
  const options = { now: () => new Date(), requestId: 'bench', rules: { ...defaultRules, settleSeconds: 0 } };
  for (const name of await readdir(path)) {
    const folder = `voices/${name}/`;
    const upload = {
      bucket,
      key: `${folder}manifest.json`,
      sequencer: '00',
      uploadedAt: new Date(),
      isCopy: false,
    };
    const { kind, drop: cloned } = await lookAtFolder(s3, upload, options);
    if (kind !== 'complete') throw new Error(`${name} is ${kind}`);
    const result: FinalResult = {
      status: 'succeeded',
      voices: [],
      ...cloned,
      finishedAt: new Date().toISOString(),
    };
    const Body = JSON.stringify(result);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${folder}result.json`, Body }));
  }
  s3.destroy();
}

function tableOf(load: Load, times: readonly Times[], notes: readonly string[]): Table {
  const once = times.filter(({ client }) => isOnce(client, load)).map(({ client }) => client.name);
  return {
    title: load.title,
    columns: ['', 'seconds', 'requests to S3'],
    rows: times.map(({ client, seconds, requests }) => [client.name, median(seconds).toFixed(1), requests]),
    notes: [
      `Medians of ${load.rounds} runs, in turn${once.length > 0 ? `; ${once.join(', ')} ran only once` : ''}.`,
      ...notes,
    ],
  };
}

function targetsOf(load: Load, times: readonly Times[], there: readonly Client[]): Target[] {
  const [own = [], ...rivals] = times
    .filter(({ client }) => client === drop || there.includes(client))
    .map(({ seconds }) => seconds);
  const named = (name: string) => times.find(({ client }) => client.name === name)?.seconds ?? [];
  const demand = (of: string) => `${load.title}: time of \`drop\`, of ${of}`;
  if (load.isUpdate) {
    return (
      [
        ['s3cmd', MOST_OF_FASTEST],
        [SYNC, MOST_OF_SYNC],
      ] as const
    ).map(([name, most]) => ratioAtMost(demand(name), own, named(name), most));
  }
  const fastest = own.map((_, round) => Math.min(...rivals.map((seconds) => seconds[round] ?? Infinity)));
  return [ratioAtMost(demand('the fastest other program'), own, fastest, MOST_OF_FASTEST)];
}

/** Counts requests of `drop` with small files; large files take as many if uploaded in one part. */
async function check(): Promise<Target[]> {
  const load = { folders: 10, samples: 3, bytes: 20_000 };
  const folders = await makeFolders(load.folders, load.samples, load.bytes);
  try {
    const bucket = bucketOf(drop, folders);
    const first = await bucket.upload();
    await bucket.fill();
    await folders.changeOne();
    const again = await bucket.update();
    await bucket.close();
    const samples = load.folders * load.samples;
    const demand = (what: string, most: number, { requests }: { requests: number }) =>
      atMost(
        `drop of ${load.folders} folders of ${load.samples} samples, ${what}: at most ${most} requests to S3`,
        requests,
        most,
      );
    // Once: a look whether the place itself is a voice folder. Per dropped folder: two listings, the manifest, and a
    // HEAD that confirms it. Per new sample: its upload. Per folder that was cloned already: a listing and the result. For
    // the changed sample, also its checksum.
    return [
      demand('all new', 1 + samples + 4 * load.folders, first),
      demand('one changed', 1 + 3 + 4 + 2 * (load.folders - 1), again),
    ];
  } finally {
    await folders.remove();
  }
}
