import { type Benchmark, median, type Table, type Target } from './benchmark.ts';
import { costTable, documentedUsage, SAMPLES, type Usage } from './cost.ts';
import { cloneManyFolders, type ManyFolders } from './many-folders.ts';

const CLONE_MILLISECONDS = 200;
const loads = [
  { concurrency: 1, folders: 100 },
  { concurrency: 5, folders: 300 },
  { concurrency: 20, folders: 600 },
];

export const scale: Benchmark = {
  name: 'scale',
  description:
    'Many folders of 3 samples dropped at once into the local pipeline: clones per second, how long a folder waits, and what 1,000 clones cost.',
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
    title: `Folders dropped at once; the simulated API takes ${CLONE_MILLISECONDS} ms for a voice`,
    columns: [
      'concurrency',
      'folders',
      'clones/s',
      'limit by the API',
      'beside the API (ms)',
      'a folder waits (s)',
      'at most',
      'age of the oldest (s)',
      'at most',
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
      'Each folder got one voice and the result `succeeded`; the API was called once for each.',
      'Times are medians unless it says `at most`. A folder waits from the end of its manifest’s upload until its result is written. The fewer at a time, the fewer folders, to save minutes: `many` shows that nothing changes after the first.',
      `Beside the API: what an invocation takes from its first request to S3 to the answer of its last, less the ${CLONE_MILLISECONDS} ms. With one at a time that is what the function adds to a clone; with more, this machine's limit adds to it, since S3, SQS, the API and the uploads share one thread. In AWS they do not, but there each of the ${SAMPLES + 8} requests to S3 takes a network's time.`,
      'What is missing to the limit besides is the local poller’s: it receives, deletes and reads the result to show it.',
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
    title: 'What a clone takes',
    columns: ['', 'with `files`', 'without', 'by'],
    rows: rows.map(([what, name, by]) => [what, format(withList[name]), format(withoutList[name]), by]),
    notes: [
      'Without a `files` list a folder has to be at rest for 30 seconds, so that the first look puts it off.',
      'Counted where they are served, but for SendMessage: one event for each manifest. Lambda’s poller may receive more often than the local one when a queue is empty.',
    ],
  };
}

function target({ concurrency, folders, seconds }: Load): Target {
  return {
    demand: `${folders} folders, ${concurrency} at a time: each cloned once`,
    // Anything else would have thrown.
    measured: `all, ${(folders / seconds).toFixed(1)} a second`,
    met: true,
  };
}

function usageTargets(cloned: ManyFolders, withoutList?: ManyFolders): Target[] {
  const { s3Puts, s3Lists, s3Gets } = cloned.usage;
  const requests = s3Puts + s3Lists + s3Gets;
  const targets = [
    {
      demand: `requests to S3 for a clone of N samples: at most N + 8, ${SAMPLES + 8} for ${SAMPLES}`,
      measured: requests.toFixed(2),
      met: requests <= SAMPLES + 8,
    },
    {
      demand: 'messages that the function sends to SQS: none',
      measured: String(cloned.functionSends),
      met: cloned.functionSends === 0,
    },
    asDocumented('with a `files` list', cloned.usage, documentedUsage.withList),
  ];
  if (withoutList) {
    targets.push(asDocumented('without one', withoutList.usage, documentedUsage.withoutList));
  }
  return targets;
}

/** Fewer is fine; and a request that was repeated once must not fail it. */
function asDocumented(what: string, usage: Usage, documented: Usage): Target {
  const names = Object.keys(documented) as (keyof Usage)[];
  const more = names.filter((name) => usage[name] > 1.05 * documented[name] + 0.05);
  return {
    demand: `a clone ${what} takes no more than docs/deploy.md says`,
    measured:
      more.length === 0 ? 'no more' : more.map((name) => `${name}: ${usage[name].toFixed(2)}`).join(', '),
    met: more.length === 0,
  };
}
