import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  atMost,
  type Benchmark,
  type BenchmarkOptions,
  median,
  ratioAtMost,
  type Report,
  type Target,
} from './benchmark.ts';
import { resultsAmong, serveManyFolders } from './status/many-folders.ts';
import { callersVoice, timed } from './timed-program.ts';
import { isThere } from '../support/debian.ts';

const FOLDERS = 10_000;
const ROUNDS = 5;
const DELAY_MILLISECONDS = 30;
const MOST_OF_BEFORE = 0.35;
const MOST_OF_LS = 1.2;
const MOST_MEGABYTES = 500;
const KEYS_OF_A_PAGE = 1000;
/** Three samples, the manifest and, in nine of ten folders, the result. */
const KEYS_OF_A_FOLDER = 4.9;

/** How long `status` takes with a large bucket. */
export const status: Benchmark = {
  name: 'status',
  description:
    'How long `status` takes to list all objects and read all results, and again, when it remembers them. Nine in ten ' +
    `folders have a result, and S3 delays every answer by ${DELAY_MILLISECONDS} ms. ` +
    'With --against, another commit takes turns.',
  seconds: 45,
  run,
  check: async () => (await inTurn(200, 0, 1)).counts,
};

interface Looks {
  /** By who looked: the seconds of each round. */
  seconds: Map<string, number[]>;
  megabytes: number;
  /** Of requests, of the first look. */
  counts: Target[];
}

async function run(report: Report, { against }: BenchmarkOptions = {}): Promise<void> {
  const { seconds, megabytes, counts } = await inTurn(FOLDERS, DELAY_MILLISECONDS, ROUNDS, report, against);
  report.table({
    title: `\`status\` of ${FOLDERS.toLocaleString('en')} folders`,
    columns: ['', 'seconds'],
    rows: Array.from(seconds, ([name, all]) => [name, median(all).toFixed(1)]),
    notes: [
      `Medians of ${ROUNDS} rounds. A folder without a result, or with a result older than its manifest, takes no request ` +
        'of its own.',
    ],
  });
  const of = (name: string) => seconds.get(name) ?? [];
  report.targets(
    ...counts,
    atMost(`peak RSS at most ${MOST_MEGABYTES} MB`, megabytes, MOST_MEGABYTES, 'MB'),
    ...(seconds.has(LS)
      ? [ratioAtMost(`\`status\` again, of \`${LS}\``, of(AGAIN), of(LS), MOST_OF_LS)]
      : []),
    ...(against === undefined
      ? []
      : [ratioAtMost(`\`status\`, of ${against}`, of(FIRST), of(against), MOST_OF_BEFORE)]),
  );
}

const FIRST = 'first';
const AGAIN = 'again';
const LS = 'aws s3 ls --recursive';

/** @throws {Error} if a look does not print every folder */
async function inTurn(
  folders: number,
  delayMilliseconds: number,
  rounds: number,
  report?: Report,
  against?: string,
): Promise<Looks> {
  const seconds = new Map<string, number[]>();
  const looks: Looks = { seconds, megabytes: 0, counts: [] };
  const s3 = await serveManyFolders(folders, delayMilliseconds);
  const cache = await mkdtemp(join(tmpdir(), 'callers-bench-'));
  const endpoint = ['--endpoint-url', s3.url];
  const participants: [string, command: string[]][] = [
    [FIRST, callersVoice(undefined, 'status', 's3://bucket/voices', ...endpoint)],
    [AGAIN, callersVoice(undefined, 'status', 's3://bucket/voices', ...endpoint)],
  ];
  if (report && isThere('aws'))
    participants.push([LS, [...LS.split(' '), 's3://bucket/voices/', ...endpoint]]);
  if (against !== undefined)
    participants.push([against, callersVoice(against, 'status', 's3://bucket/voices', ...endpoint)]);
  for (let round = 0; round < rounds; round++) {
    report?.step(`round ${round + 1}`, round / rounds);
    for (const [name, command] of participants) {
      if (name !== AGAIN) await rm(cache, { recursive: true, force: true });
      const { listings, reads } = s3;
      const ended = await timed(command, { XDG_CACHE_HOME: cache });
      seconds.set(name, [...(seconds.get(name) ?? []), ended.seconds]);
      if (name !== FIRST) continue;
      const rows = ended.stdout.trim().split('\n').length - 1;
      if (rows !== folders) throw new Error(`status printed ${rows} of ${folders} folders`);
      looks.megabytes = Math.max(looks.megabytes, ended.megabytes);
      looks.counts = countTargets(folders, s3.listings - listings, s3.reads - reads);
    }
  }
  await s3.close();
  await rm(cache, { recursive: true, force: true });
  return looks;
}

function countTargets(folders: number, listings: number, reads: number): Target[] {
  const pages = Math.ceil((folders * KEYS_OF_A_FOLDER) / KEYS_OF_A_PAGE);
  return [
    atMost(`${folders} folders: at most one listing per ${KEYS_OF_A_PAGE} objects`, listings, pages),
    atMost(`${folders} folders: at most one read per result`, reads, resultsAmong(folders)),
  ];
}
