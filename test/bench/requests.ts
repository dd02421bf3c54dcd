import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Benchmark, median, type Report, type Table, type Target } from './benchmark.ts';
import { type Counted, dropSamples, type Run, startCounted } from './counted-function.ts';
import { watchServedRequests } from './served-requests.ts';

const SAMPLE_COUNTS = [1, 5, 25];
/** The manifest, the listing and the ledger; three writes of the ledger; result.json twice. */
const REQUESTS_BESIDE_SAMPLES = 8;
/** Of requests to S3 that follow one another, before the first byte of the body and after the answer. */
const MOST_ROUND_TRIPS = 2;
const CLONES = 15;
const WARM_UPS = 5;
const DELAY_MILLISECONDS = 30;
const MOST_OWN_MILLISECONDS = 60;

/** What a clone asks of AWS, and what the function itself takes. */
export const requests: Benchmark = {
  name: 'requests',
  description:
    'Requests to S3, SQS, SNS and Secrets Manager for one clone, and the time that the handler takes when the API answers at ' +
    'once: with an S3 on this machine, and with one whose every answer is delayed.',
  seconds: 25,
  run,
  check,
};

async function run(report: Report): Promise<void> {
  const aws = await startCounted();
  try {
    report.step('counting', 0);
    const counts = await countAll(aws);
    report.table({
      title: 'Requests of the function for one clone',
      columns: ['samples', 'function', 'S3', 'SQS', 'SNS', 'Secrets Manager'],
      rows: counts.map(({ samples, start, s3, sqs, sns, secrets }) => [
        samples,
        start,
        s3,
        sqs,
        sns,
        secrets,
      ]),
      notes: [
        'Receiving and deleting the message is done by Lambda, and not counted. A folder without a `files` list is ' +
          'looked at once more if it was still changing: 3 requests to S3, and 1 to SQS.',
      ],
    });
    report.targets(...targetsOf(counts));

    report.step('time line', 0.1);
    const line = await timeLine(3, aws);
    report.table(line.table);
    report.targets(...line.targets);

    const times: Times[] = [];
    for (const [index, samples] of SAMPLE_COUNTS.entries()) {
      report.step(`times of ${samples} samples`, 0.15 + (0.85 * index) / SAMPLE_COUNTS.length);
      times.push(await timesOf(samples, aws));
    }
    report.table({
      title: 'Time of a warm invocation, with an API that answers at once (ms)',
      columns: ['samples', 'S3 here', `S3 + ${DELAY_MILLISECONDS} ms`, 'S3 round trips in a row', 'own time'],
      rows: times.map(({ samples, near, far, roundTrips, own }) => [
        samples,
        ...[near, far, roundTrips, own].map((each) => each.toFixed(1)),
      ]),
      notes: [
        `Medians of ${CLONES} clones each, in turn. The round trips in a row are by how many delays the invocation is ` +
          'longer. Own time is for how long the thread of the function is at work, on the requests to S3 too; the ' +
          'rest it waits for S3 and the API.',
      ],
    });
    report.targets(
      ...times.map(({ samples, own }) =>
        atMost(
          `${samples} samples: at most ${MOST_OWN_MILLISECONDS} ms of the function's own`,
          own,
          MOST_OWN_MILLISECONDS,
          'ms',
          1,
        ),
      ),
    );
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

interface Counts {
  samples: number;
  start: 'cold' | 'warm';
  s3: number;
  sqs: number;
  sns: number;
  secrets: number;
}

function targetsOf(counts: readonly Counts[]): Target[] {
  return counts.map(({ samples, start, s3, sqs, sns, secrets }) => {
    const [mostS3, mostSecrets] = [samples + REQUESTS_BESIDE_SAMPLES, start === 'cold' ? 1 : 0];
    return {
      demand: `${start}, ${samples} samples: at most ${mostS3} requests to S3, 0 to SQS, 1 to SNS and ${mostSecrets} to Secrets Manager`,
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
  /** How many requests to S3 follow one another. */
  roundTrips: number;
  /** For how long the function itself worked. */
  own: number;
}

async function timesOf(samples: number, aws: Counted): Promise<Times> {
  const { bench } = aws;
  // Past the proxy: it takes as long as S3 does here.
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

/** A request, and when it began and ended, in milliseconds from the event. */
interface Step {
  what: string;
  began: number;
  ended: number;
}

/** What one clone asks for, in order of time, with an S3 whose every answer is delayed. */
async function timeLine(samples: number, aws: Counted): Promise<{ table: Table; targets: Target[] }> {
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
  const before = inARow(steps.filter(({ ended }) => ended <= call.began));
  const after = inARow(steps.filter(({ began }) => began >= call.ended));
  return {
    table: {
      title: `Time line of a clone of ${samples} samples, with an S3 that takes ${DELAY_MILLISECONDS} ms for each answer (ms)`,
      columns: ['request', 'began', 'ended'],
      rows: [...steps, call]
        .toSorted((a, b) => a.began - b.began)
        .map(({ what, began, ended }) => [what, began.toFixed(0), ended.toFixed(0)]),
    },
    targets: [
      ['before the first byte of the body', before] as const,
      ['after the answer', after] as const,
    ].map(([when, roundTrips]) => ({
      demand: `at most ${MOST_ROUND_TRIPS} requests to S3 in a row ${when}`,
      measured: String(roundTrips),
      met: roundTrips <= MOST_ROUND_TRIPS,
    })),
  };
}

/** How many of these follow one another: the longest chain in which each begins after the one before has ended. */
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
