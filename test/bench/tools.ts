import { readdir } from 'node:fs/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { localCredentials } from '../../emulators/aws.ts';
import { lookAtFolder } from '../../voice-folder/look-at-folder.ts';
import type { FinalResult } from '../../voice-folder/result.ts';
import { defaultRules } from '../../voice-folder/rules.ts';
import { atMost, type Benchmark, median, type Report, type Table, type Target } from './benchmark.ts';
import { type Client, drop, others, present, run as runClient } from './tools/clients.ts';
import { type LocalFolders, makeFolders } from './tools/folders.ts';
import { type DistantS3, startDistantS3 } from './tools/distant-s3.ts';

const DELAY_MILLISECONDS = 30;
const ROUNDS = 3;
/** What two runs of the same program differ by. */
const MOST_OF_FASTEST = 1.05;

interface Load {
  title: string;
  folders: number;
  samples: number;
  bytes: number;
  /** Whether all but one sample is in the bucket already. */
  isUpdate?: boolean;
}

const loads: Load[] = [
  { title: '1 × 1 GB', folders: 1, samples: 1, bytes: 1e9 },
  { title: '200 folders of 5 × 1 MB', folders: 200, samples: 5, bytes: 1e6 },
  {
    title: '200 folders of 5 × 1 MB, of which one sample has changed',
    folders: 200,
    samples: 5,
    bytes: 1e6,
    isUpdate: true,
  },
];

/** What else people would upload their folders with. */
export const tools: Benchmark = {
  name: 'tools',
  description:
    '`drop --no-wait` from its sources against what else people upload folders with, to an S3 on this machine that takes ' +
    `${DELAY_MILLISECONDS} ms longer for each answer. Unlike the others, drop checks the recordings first, puts each ` +
    'manifest last and reads back what it wrote.',
  seconds: 185,
  run,
  check,
};

interface Times {
  client: Client;
  seconds: number[];
  requests: number;
}

async function run(report: Report): Promise<void> {
  const { there, notes } = present(others);
  for (const [index, load] of loads.entries()) {
    const folders = await makeFolders(load.folders, load.samples, load.bytes);
    const buckets = [drop, ...there]
      .filter(({ name }) => load.isUpdate || name !== 'aws s3 sync')
      .map((client) => bucketOf(client, folders));
    const times = buckets.map(({ client }): Times => ({ client, seconds: [], requests: 0 }));
    if (load.isUpdate) {
      report.step(`${load.title}: before`, index / loads.length);
      for (const bucket of buckets) await bucket.fill();
    }
    for (let round = 0; round < ROUNDS; round++) {
      report.step(load.title, (index + round / ROUNDS) / loads.length);
      if (load.isUpdate) await folders.changeOne();
      for (const [which, bucket] of buckets.entries()) {
        if (bucket.client.isSlow && round > 0) continue;
        const { seconds, requests } = await (load.isUpdate ? bucket.update() : bucket.upload());
        times[which]?.seconds.push(seconds);
        Object.assign(times[which] ?? {}, { requests });
      }
    }
    for (const bucket of buckets) await bucket.close();
    await folders.remove();
    report.table(tableOf(load, times, notes));
    report.targets(targetOf(load, times));
  }
}

/** What a client uploads to, and what that takes. */
function bucketOf(client: Client, folders: LocalFolders) {
  let filled: DistantS3 | undefined;

  async function measured(s3: DistantS3, what: 'command' | 'update') {
    const before = await s3.delay(DELAY_MILLISECONDS);
    const seconds = await runClient(client, folders.path, s3, what);
    return { seconds, requests: (await s3.delay(0)) - before };
  }

  return {
    client,
    /** Uploads everything to where nothing is. */
    async upload() {
      const s3 = await startDistantS3();
      try {
        return await measured(s3, 'command');
      } finally {
        await s3.close();
      }
    },
    async fill() {
      filled = await startDistantS3();
      await runClient(client, folders.path, filled, 'command');
      await writeResults(filled, folders);
    },
    /** Uploads what has changed since. */
    async update() {
      if (!filled) throw new Error('Nothing was uploaded before');
      return measured(filled, 'update');
    },
    close: async () => filled?.close(),
  };
}

/** Writes the results of the folders, as if all of them had been cloned. */
async function writeResults({ url, bucket }: DistantS3, { path }: LocalFolders): Promise<void> {
  const s3 = new S3Client({
    region: 'us-east-1',
    endpoint: url,
    credentials: localCredentials,
    forcePathStyle: true,
  });
  const options = { now: () => new Date(), requestId: 'bench', rules: { ...defaultRules, settleSeconds: 0 } };
  for (const name of await readdir(path)) {
    const folder = `voices/${name}/`;
    const upload = { bucket, key: `${folder}manifest.json`, sequencer: '00', uploadedAt: new Date() };
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

function tableOf({ title }: Load, times: readonly Times[], notes: readonly string[]): Table {
  return {
    title,
    columns: ['', 'seconds', 'requests to S3'],
    rows: times.map(({ client, seconds, requests }) => [client.name, median(seconds).toFixed(1), requests]),
    notes: [`Medians of ${ROUNDS} runs in turn, of s3cmd one.`, ...notes],
  };
}

/** `aws s3 sync` goes by the time of a file, and so reads none; it is shown, and not what is demanded. */
function targetOf({ title }: Load, [own, ...rest]: readonly Times[]): Target {
  const rivals = rest.filter(({ client }) => client.name !== 'aws s3 sync');
  const fastest = Math.min(...rivals.map(({ seconds }) => median(seconds)));
  return atMost(
    `${title}: drop takes at most ${MOST_OF_FASTEST} of the time of the fastest of the others that read files`,
    median(own?.seconds ?? []) / fastest,
    MOST_OF_FASTEST,
    '',
    2,
  );
}

/** Requests of `drop`, in small: they are as many for large files in one part. */
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
    // One look whether the place is a voice folder. Of each folder two listings, the manifest and a look whether it arrived. Of one that was cloned, a listing, the
    // manifest and the result. Of the sample that has changed, its checksum.
    return [
      demand('all new', 1 + samples + 4 * load.folders, first),
      demand('one changed', 1 + 2 + 4 + 3 * (load.folders - 1), again),
    ];
  } finally {
    await folders.remove();
  }
}
