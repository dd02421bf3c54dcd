import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Benchmark, median, type Report, type Table, type Target } from './benchmark.ts';
import { type Counted, dropSamples, type Run, startCounted } from './counted-function.ts';
import { REQUESTS_BESIDE_SAMPLES } from './cost.ts';
import { watchServedRequests } from './served-requests.ts';

const SAMPLE_COUNTS = [1, 5, 25];
/** Of sequential requests to S3, both before the API request and after its answer. */
const MOST_ROUND_TRIPS = 2;
const CLONES = 15;
const WARM_UPS = 5;
const DELAY_MILLISECONDS = 30;
const MOST_OWN_MILLISECONDS = 60;

/** How many AWS requests a clone makes, and how much CPU time it takes. */
export const requests: Benchmark = {
  name: 'requests',
  description:
    'How many requests one clone makes to S3, SQS, SNS and Secrets Manager, and how long the handler takes ' +
    'when the API answers immediately: with an S3 on this machine, and with one that delays every answer.',
  seconds: 25,
  run,
  check,
};

async function run(report: Report): Promise<void> {
  const aws = await startCounted();
  try {
    report.step('counting requests', 0);
    const counts = await countAll(aws);
    report.table(countsTable(counts));
    report.targets(...targetsOf(counts));

    report.step('timeline', 0.1);
    const line = await timeLine(3, aws);
    report.table(line.table);
    report.targets(...line.targets);

    const times: Times[] = [];
    for (const [index, samples] of SAMPLE_COUNTS.entries()) {
      report.step(`timing ${named(samples)}`, 0.15 + (0.85 * index) / SAMPLE_COUNTS.length);
      times.push(await timesOf(samples, aws));
    }
    report.table(timesTable(times));
    report.targets(...times.map(cpuTarget));
  } finally {
    await aws.close();
  }
}

async function check(): Promise<Target[]> {
  const aws = await startCounted();
  try {
    return [...targetsOf(await countAll(aws)), ...(await timeLine(3, aws)).targets];
  } finally {
    await aws.close();
  }
}

function named(samples: number): string {
  return samples === 1 ? '1 sample' : `${samples} samples`;
}

interface Counts {
  samples: number;
  start: 'cold' | 'warm';
  s3: number;
  sqs: number;
  sns: number;
  secrets: number;
}

function countsTable(counts: readonly Counts[]): Table {
  return {
    title: 'Requests of the function for one clone',
    columns: ['samples', 'function', 'S3', 'SQS', 'SNS', 'Secrets Manager'],
    rows: counts.map(({ samples, start, s3, sqs, sns, secrets }) => [samples, start, s3, sqs, sns, secrets]),
    notes: [
      'Lambda receives and deletes the message; those requests are not counted. A folder without a `files` ' +
        'list takes 1 more request to S3, unless `drop` uploaded it. If it was still changing, the function ' +
        'looks at it again: 3 more to S3, and 1 to SQS.',
    ],
  };
}

function targetsOf(counts: readonly Counts[]): Target[] {
  return counts.map(({ samples, start, s3, sqs, sns, secrets }) => {
    const [mostS3, mostSecrets] = [samples + REQUESTS_BESIDE_SAMPLES, start === 'cold' ? 1 : 0];
    return {
      demand:
        `${start}, ${named(samples)}: at most ${mostS3} requests to S3, 0 to SQS, 1 to SNS, at most ` +
        `${mostSecrets} to Secrets Manager`,
      measured: `${s3}, ${sqs}, ${sns} and ${secrets}`,
      met: s3 <= mostS3 && sqs === 0 && sns === 1 && secrets <= mostSecrets,
    };
  });
}

async function countAll(aws: Counted): Promise<Counts[]> {
  const counts: Counts[] = [];
  for (const samples of SAMPLE_COUNTS) {
    const environment = aws.newFunction();
    for (const start of ['cold', 'warm'] as const) {
      const message = await dropSamples(samples, aws.bench);
      const before = aws.counts();
      await environment.clone(message);
      const after = aws.counts();
      counts.push({
        samples,
        start,
        s3: after.s3 - before.s3,
        sqs: after.sqs - before.sqs,
        sns: after.sns - before.sns,
        secrets: after.secrets - before.secrets,
      });
    }
    environment.close();
  }
  return counts;
}

interface Times {
  samples: number;
  near: number;
  far: number;
  /** How many requests to S3 are sequential. */
  roundTrips: number;
  /** CPU time of the function's thread. */
  own: number;
}

function timesTable(times: readonly Times[]): Table {
  return {
    title: 'Duration of a warm invocation, with an API that answers immediately (ms)',
    columns: [
      'samples',
      'local S3',
      `S3 + ${DELAY_MILLISECONDS} ms`,
      'sequential round trips to S3',
      'CPU time',
    ],
    rows: times.map(({ samples, near, far, roundTrips, own }) => [
      samples,
      ...[near, far, roundTrips, own].map((each) => each.toFixed(1)),
    ]),
    notes: [
      `Medians of ${CLONES} clones each, in turn. The number of sequential round trips is the added time ` +
        `divided by ${DELAY_MILLISECONDS} ms; it includes the overhead of the proxy that delays the answers. ` +
        'CPU time is that of the function’s thread, including its work for requests to S3. In the remaining ' +
        'time it waits for S3 and the API.',
    ],
  };
}

function cpuTarget({ samples, own }: Times): Target {
  const demand = `${named(samples)}: at most ${MOST_OWN_MILLISECONDS} ms of CPU time`;
  return atMost(demand, own, MOST_OWN_MILLISECONDS, 'ms', 1);
}

async function timesOf(samples: number, aws: Counted): Promise<Times> {
  const { bench } = aws;
  // Bypasses the proxy, which would take as long as the local S3 itself.
  const near = aws.newFunction({ AWS_ENDPOINT_URL_S3: bench.aws.endpoint });
  const far = aws.newFunction();
  bench.proxy.intercept = () => sleep(DELAY_MILLISECONDS, 'pass');
  const [nearRuns, farRuns]: [Run[], Run[]] = [[], []];
  for (let round = -WARM_UPS; round < CLONES; round++) {
    const nearRun = await near.clone(await dropSamples(samples, bench));
    const farRun = await far.clone(await dropSamples(samples, bench));
    if (round < 0) continue;
    nearRuns.push(nearRun);
    farRuns.push(farRun);
  }
  bench.proxy.intercept = () => 'pass';
  near.close();
  far.close();
  const [nearTime, farTime] = [nearRuns, farRuns].map((runs) => median(runs.map(({ wall }) => wall)));
  return {
    samples,
    near: nearTime ?? NaN,
    far: farTime ?? NaN,
    roundTrips: ((farTime ?? NaN) - (nearTime ?? NaN)) / DELAY_MILLISECONDS,
    own: median(nearRuns.map(({ cpu }) => cpu)),
  };
}

/** A request, with its start and end in milliseconds after the event. */
interface Step {
  what: string;
  began: number;
  ended: number;
}

/** The requests of one clone in order of time, with an S3 that delays every answer. */
async function timeLine(samples: number, aws: Counted): Promise<{ table: Table; targets: Target[] }> {
  const { steps, call } = await watchClone(samples, aws);
  const before = inARow(steps.filter(({ ended }) => ended <= call.began));
  const after = inARow(steps.filter(({ began }) => began >= call.ended));
  return {
    table: {
      title:
        `Timeline of a clone of ${samples} samples in ms, with an S3 that delays every answer by ` +
        `${DELAY_MILLISECONDS} ms`,
      columns: ['request', 'began', 'ended'],
      rows: [...steps, call]
        .toSorted((a, b) => a.began - b.began)
        .map(({ what, began, ended }) => [what, began.toFixed(0), ended.toFixed(0)]),
    },
    targets: [['before the API request', before] as const, ['after the API’s answer', after] as const].map(
      ([when, roundTrips]) => ({
        demand: `at most ${MOST_ROUND_TRIPS} sequential requests to S3 ${when}`,
        measured: String(roundTrips),
        met: roundTrips <= MOST_ROUND_TRIPS,
      }),
    ),
  };
}

/** The requests to S3, and the one to the API. */
async function watchClone(samples: number, aws: Counted): Promise<{ steps: Step[]; call: Step }> {
  const { bench } = aws;
  const environment = aws.newFunction();
  bench.proxy.intercept = () => sleep(DELAY_MILLISECONDS, 'pass');
  for (let warmUp = 0; warmUp < WARM_UPS; warmUp++)
    await environment.clone(await dropSamples(samples, bench));
  const message = await dropSamples(samples, bench);
  const [s3, api] = [bench.proxy.url, bench.api.url].map((url) => Number(new URL(url).port));
  const steps: Step[] = [];
  const calls: Step[] = [];
  const start = performance.now();
  const unwatch = watchServedRequests(({ port, method, path, began, ended }) => {
    const step = {
      what: `${method} ${path.split('/').at(-1) || 'listing'}`,
      began: began - start,
      ended: ended - start,
    };
    if (port === s3) steps.push(step);
    if (port === api) calls.push({ ...step, what: 'POST voice-clone' });
  });
  await environment.clone(message);
  unwatch();
  bench.proxy.intercept = () => 'pass';
  environment.close();
  const [call] = calls;
  if (!call) throw new Error('The API was not called');
  return { steps, call };
}

/** The length of the longest chain of requests in which each begins after the previous one has ended. */
function inARow(steps: readonly Step[]): number {
  let count = 0;
  let last = -Infinity;
  for (const { began, ended } of steps.toSorted((a, b) => a.ended - b.ended)) {
    if (began < last) continue;
    count++;
    last = ended;
  }
  return count;
}
