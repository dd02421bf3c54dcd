import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { localAwsVariables } from '../../emulators/aws.ts';
import { atMost, type Benchmark, type Report, type Target } from './benchmark.ts';
import { resultsAmong, serveManyFolders } from './status/many-folders.ts';

const FOLDERS = [1_000, 10_000];
const DELAY_MILLISECONDS = 30;
const MOST_MEGABYTES = 500;
const KEYS_OF_A_PAGE = 1000;
/** Three samples, the manifest and, in nine of ten folders, the result. */
const KEYS_OF_A_FOLDER = 4.9;

/** How long `status` takes with a large bucket. */
export const status: Benchmark = {
  name: 'status',
  description:
    'How long `status` takes to list all objects and read all results. Nine in ten folders have a result, ' +
    `and S3 delays every answer by ${DELAY_MILLISECONDS} ms. The program runs from its sources.`,
  seconds: 10,
  run,
  check: async () => requestTargets(await look(200, 0)),
};

interface Look {
  folders: number;
  seconds: number;
  megabytes: number;
  listings: number;
  reads: number;
}

async function run(report: Report): Promise<void> {
  const looks: Look[] = [];
  for (const [index, folders] of FOLDERS.entries()) {
    report.step(`${folders} folders`, index / FOLDERS.length);
    looks.push(await look(folders, DELAY_MILLISECONDS));
  }
  report.table({
    title: '`status` of many folders',
    columns: ['folders', 'seconds', 'peak RSS, MB', 'listings', 'results read'],
    rows: looks.map(({ folders, seconds, megabytes, listings, reads }) => [
      folders.toLocaleString('en'),
      seconds.toFixed(1),
      Math.round(megabytes),
      listings,
      reads,
    ]),
    notes: [
      'A folder without a result, or with a result older than its manifest, takes no request of its own.',
    ],
  });
  report.targets(
    ...looks.flatMap(requestTargets),
    ...looks.map(({ folders, megabytes }) =>
      atMost(`${folders} folders: peak RSS at most ${MOST_MEGABYTES} MB`, megabytes, MOST_MEGABYTES, 'MB'),
    ),
  );
}

function requestTargets({ folders, listings, reads }: Look): Target[] {
  const pages = Math.ceil((folders * KEYS_OF_A_FOLDER) / KEYS_OF_A_PAGE);
  return [
    atMost(`${folders} folders: at most one listing per ${KEYS_OF_A_PAGE} objects`, listings, pages),
    atMost(`${folders} folders: at most one read per result`, reads, resultsAmong(folders)),
  ];
}

/** @throws {Error} if it does not print every folder */
async function look(folders: number, delayMilliseconds: number): Promise<Look> {
  const s3 = await serveManyFolders(folders, delayMilliseconds);
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [
      '--import',
      path('status/report-memory.ts'),
      path('../../cli/main.ts'),
      'status',
      's3://bucket/voices',
      '--endpoint-url',
      s3.url,
    ],
    {
      env: { PATH: '/nonexistent', HOME: '/nonexistent', ...localAwsVariables },
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    },
  );
  const [printed, bytes] = await Promise.all([
    text(child.stdout as Readable),
    text(child.stdio[3] as Readable),
    once(child, 'close'),
  ]);
  const seconds = (performance.now() - start) / 1000;
  await s3.close();
  const rows = printed.trim().split('\n').length - 1;
  if (rows !== folders) throw new Error(`status printed ${rows} of ${folders} folders`);
  const { listings, reads } = s3;
  return { folders, seconds, megabytes: Number(bytes) / 1e6, listings, reads };
}
