import { atMost, type Benchmark, median, type Report, type Table, type Target } from './benchmark.ts';
import { type Client, drop, others, present, run as runClient } from './tools/clients.ts';
import { type LocalFolders, makeFolders } from './tools/folders.ts';
import { startDistantS3 } from './tools/distant-s3.ts';

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
  seconds: 200,
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
    const clients = [drop, ...there].filter(({ name }) => load.isUpdate || name !== 'aws s3 sync');
    const times = clients.map((client): Times => ({ client, seconds: [], requests: 0 }));
    for (let round = 0; round < ROUNDS; round++) {
      report.step(load.title, (index + round / ROUNDS) / loads.length);
      for (const each of times) {
        if (each.client.isSlow && round > 0) continue;
        const { seconds, requests } = await upload(each.client, load, folders);
        each.seconds.push(seconds);
        each.requests = requests;
      }
    }
    await folders.remove();
    report.table(tableOf(load, times, notes));
    report.targets(targetOf(load, times));
  }
}

/** To an S3 that is empty, or that has all but what was changed since. */
async function upload(
  client: Client,
  { isUpdate }: Load,
  folders: LocalFolders,
): Promise<{ seconds: number; requests: number }> {
  const s3 = await startDistantS3();
  try {
    if (isUpdate) {
      await runClient(client, folders.path, s3, 'command');
      await folders.changeOne();
    }
    const before = await s3.delay(DELAY_MILLISECONDS);
    const seconds = await runClient(client, folders.path, s3, isUpdate ? 'update' : 'command');
    return { seconds, requests: (await s3.delay(0)) - before };
  } finally {
    await s3.close();
  }
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
  const load = { title: '', folders: 10, samples: 3, bytes: 20_000 };
  const folders = await makeFolders(load.folders, load.samples, load.bytes);
  try {
    const first = await upload(drop, load, folders);
    const again = await upload(drop, { ...load, isUpdate: true }, folders);
    const samples = load.folders * load.samples;
    const demand = (what: string, most: number, { requests }: { requests: number }) =>
      atMost(
        `drop of ${load.folders} folders of ${load.samples} samples, ${what}: at most ${most} requests to S3`,
        requests,
        most,
      );
    // Of each folder two listings, the manifest and a look whether it arrived. Of the sample that has changed, its checksum.
    return [
      demand('all new', samples + 4 * load.folders, first),
      demand('one changed', 2 + 4 * load.folders, again),
    ];
  } finally {
    await folders.remove();
  }
}
