import { type Benchmark, median, type Table, type Target } from './benchmark.ts';
import { costTable, documentedUsage, REQUESTS_BESIDE_SAMPLES, SAMPLES, type Usage } from './cost.ts';
import { cloneManyFolders, type ManyFolders } from './many-folders.ts';

const CLONE_MILLISECONDS = 200;
const loads = [
  { concurrency: 1, folders: 100 },
  { concurrency: 5, folders: 300 },
  { concurrency: 20, folders: 600 },
];

/** The throughput of the local pipeline. */
export const scale: Benchmark = {
  name: 'scale',
  description:
    'Drops many folders of 3 samples at once into the local pipeline: clones per second, how long a folder ' +
    'waits, and the cost of 1,000 clones.',
  seconds: 90,
  async run(report) {
    const runs: Load[] = [];
    for (const [index, load] of loads.entries()) {
      report.step(`${load.folders} folders, ${load.concurrency} at a time`, index / (loads.length + 1));
      const cloned = await cloneManyFolders({
        ...load,
        cloneMilliseconds: CLONE_MILLISECONDS,
        withList: true,
      });
      runs.push({ ...load, ...cloned });
    }
    const [first] = runs;
    if (!first) throw new Error('There is no load');
    report.table(speedTable(runs));
    report.targets(...runs.map(target));

    report.step('folders without a list', loads.length / (loads.length + 1));
    const withoutList = await cloneManyFolders({
      folders: 40,
      concurrency: 20,
      cloneMilliseconds: CLONE_MILLISECONDS,
      withList: false,
    });
    report.table(usageTable(first.usage, withoutList.usage));
    report.table(costTable({ withList: first.usage, withoutList: withoutList.usage }));
    report.targets(...usageTargets(first, withoutList));
  },
  async check() {
    const options = { folders: 40, concurrency: 5, cloneMilliseconds: 20, withList: true };
    const cloned = await cloneManyFolders(options);
    return [target({ ...options, ...cloned }), ...usageTargets(cloned)];
  },
};

type Load = { concurrency: number; folders: number } & ManyFolders;

function speedTable(runs: Load[]): Table {
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(1);
  return {
    title: `Folders dropped at once, with a simulated API that takes ${CLONE_MILLISECONDS} ms per voice`,
    columns: [
      'concurrency',
      'folders',
      'clones/s',
      'API limit (clones/s)',
      'overhead (ms)',
      'wait (s)',
      'max. wait (s)',
      'oldest folder (s)',
      'max. oldest (s)',
    ],
    rows: runs.map((run) => [
      run.concurrency,
      run.folders,
      (run.folders / run.seconds).toFixed(1),
      run.concurrency / (CLONE_MILLISECONDS / 1000),
      Math.round(median(run.invocations) - CLONE_MILLISECONDS),
      seconds(median(run.waits)),
      seconds(Math.max(...run.waits)),
      seconds(median(run.oldestAges)),
      seconds(Math.max(...run.oldestAges)),
    ]),
    notes: [
      'Each folder got one voice and the result `succeeded`, with one API call.',
      'Times are medians, except the maxima. *Wait* is the time from the end of the manifest’s upload until ' +
        'the result is written. *Oldest folder* is the age of the oldest folder without a result, taken every ' +
        'second. Lower concurrency gets fewer folders, to save minutes: `many` checks that the speed lasts.',
      '*Overhead* is the time from an invocation’s first request to S3 to the answer to its last one, minus ' +
        `the API’s ${CLONE_MILLISECONDS} ms. At concurrency 1, this is what the function adds to a clone. At ` +
        'higher concurrency, this machine adds to it, because S3, SQS, the API and the uploads share one ' +
        `thread. On AWS they do not, but there each of the ${SAMPLES + REQUESTS_BESIDE_SAMPLES} requests to S3 takes network time.`,
      'The rest of the gap to the API limit lies outside that time: the local poller receives and deletes ' +
        'messages, and reads each result to show it.',
    ],
  };
}

function usageTable(withList: Usage, withoutList: Usage): Table {
  const rows: [string, keyof Usage, string][] = [
    ['invocations', 'invocations', 'Lambda'],
    ['S3 PUT', 's3Puts', 'the function'],
    ['S3 LIST', 's3Lists', 'the function'],
    ['S3 GET', 's3Gets', 'the function'],
    ['SQS SendMessage', 'sqsSends', 'S3'],
    ['SQS ReceiveMessage', 'sqsReceives', "Lambda's poller"],
    ['SQS DeleteMessage', 'sqsDeletes', "Lambda's poller"],
    ['SQS ChangeMessageVisibility', 'sqsVisibilityChanges', 'the function'],
    ['SNS Publish', 'snsPublishes', 'the function'],
    ['logs, with metrics (bytes)', 'logBytes', 'the function'],
  ];
  const format = (value: number) => (value > 100 ? value.toFixed(0) : value.toFixed(2).replace(/\.00$/, ''));
  return {
    title: 'What one clone uses',
    columns: ['', 'with `files`', 'without', 'by'],
    rows: rows.map(([what, name, by]) => [what, format(withList[name]), format(withoutList[name]), by]),
    notes: [
      'A folder without a `files` list must not change for 30 seconds, so the first invocation defers it.',
      'The servers count the requests, except SendMessage: S3 sends one event per manifest. Lambda’s poller ' +
        'may receive more often than the local one while a queue is empty.',
    ],
  };
}

function target({ concurrency, folders, seconds }: Load): Target {
  return {
    demand: `${folders} folders, ${concurrency} at a time: each cloned once`,
    // Otherwise, cloneManyFolders throws.
    measured: `all, ${(folders / seconds).toFixed(1)} per second`,
    met: true,
  };
}

function usageTargets(cloned: ManyFolders, withoutList?: ManyFolders): Target[] {
  const { s3Puts, s3Lists, s3Gets } = cloned.usage;
  const requests = s3Puts + s3Lists + s3Gets;
  const most = SAMPLES + REQUESTS_BESIDE_SAMPLES;
  const targets = [
    {
      demand: `clone of N samples: at most N + ${REQUESTS_BESIDE_SAMPLES} requests to S3, ${most} for ${SAMPLES}`,
      measured: requests.toFixed(2),
      // An occasional retry does not count.
      met: Math.round(requests) <= most,
    },
    {
      demand: 'the function sends no messages to SQS',
      measured: String(cloned.functionSends),
      met: cloned.functionSends === 0,
    },
    asDocumented('with a `files` list', cloned.usage, documentedUsage.withList),
  ];
  if (withoutList) {
    targets.push(asDocumented('without a `files` list', withoutList.usage, documentedUsage.withoutList));
  }
  return targets;
}

/** Accepts fewer requests than documented, and an occasional retry. */
function asDocumented(what: string, usage: Usage, documented: Usage): Target {
  const names = Object.keys(documented) as (keyof Usage)[];
  const more = names.filter((name) => usage[name] > 1.05 * documented[name] + 0.05);
  return {
    demand: `clone ${what}: uses no more than docs/deploy.md says`,
    measured:
      more.length === 0 ? 'no more' : more.map((name) => `${name}: ${usage[name].toFixed(2)}`).join(', '),
    met: more.length === 0,
  };
}
