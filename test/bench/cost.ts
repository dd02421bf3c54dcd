import type { Table } from './benchmark.ts';
import { type Price, prices } from './prices.ts';

/** What a clone takes of AWS, on average. */
export interface Usage {
  invocations: number;
  /** Of the function; the folder's own upload comes on top. */
  s3Puts: number;
  s3Lists: number;
  s3Gets: number;
  /** By S3. */
  sqsSends: number;
  /** By Lambda's poller, of queues that are not idle. */
  sqsReceives: number;
  sqsDeletes: number;
  /** By the function. */
  sqsVisibilityChanges: number;
  /** By the function, for each result. */
  snsPublishes: number;
  /** What the function itself logs, its metrics included. */
  logBytes: number;
}

/** The clone that is counted and priced. */
export const SAMPLES = 3;
const SAMPLE_BYTES = 5e6;
const API_SECONDS = 30;
const MEMORY_GB = 512 / 1024;

/** An execution environment asks for the key when it has not for five minutes. */
const SECRET_READS = API_SECONDS / 300;

/** `platform.start` and `platform.report`, as Lambda's documentation shows them, with what CloudWatch adds to each. */
const LAMBDA_LOG_BYTES = 600;

/** What a clone takes with a `files` list, which is complete at the first look, and without one, which has to settle. */
export const documentedUsage: { withList: Usage; withoutList: Usage } = {
  withList: {
    invocations: 1,
    s3Puts: 5,
    s3Lists: 1,
    s3Gets: SAMPLES + 2,
    sqsSends: 1,
    sqsReceives: 1,
    sqsDeletes: 1,
    sqsVisibilityChanges: 0,
    snsPublishes: 1,
    logBytes: 2_000,
  },
  withoutList: {
    invocations: 2,
    s3Puts: 5,
    // Two looks, and one at uploads in progress.
    s3Lists: 3,
    s3Gets: SAMPLES + 4,
    sqsSends: 1,
    sqsReceives: 2,
    sqsDeletes: 1,
    sqsVisibilityChanges: 1,
    snsPublishes: 1,
    logBytes: 3_000,
  },
};

/** What 1,000 clones cost, for 3 samples with 5 MB together and an API call of 30 seconds. */
export function costTable({ withList, withoutList }: typeof documentedUsage): Table {
  const items = costs(withList).map((item, index) => ({ item, other: costs(withoutList)[index] ?? item }));
  return {
    title: 'What 1,000 clones cost',
    columns: ['per 1,000 clones', 'with `files`', 'without', 'price', 'USD with', 'USD without'],
    rows: [
      ...items.map(({ item, other }) => [
        item.what,
        item.format(1000 * item.amount),
        item.format(1000 * other.amount),
        `${formatPrice(item.price.usd)} ${item.price.unit}`,
        usdOf(1000 * item.amount, item.price).toFixed(3),
        usdOf(1000 * other.amount, other.price).toFixed(3),
      ]),
      [
        '**sum**',
        '',
        '',
        '',
        usdOfClones(1000, withList).toFixed(2),
        usdOfClones(1000, withoutList).toFixed(2),
      ],
      [
        'KMS, with a key of your own, at most',
        whole(1000 * kmsRequests(withList)),
        whole(1000 * kmsRequests(withoutList)),
        `${formatPrice(prices.kms.usd)} ${prices.kms.unit}`,
        usdOf(1000 * kmsRequests(withList), prices.kms).toFixed(3),
        usdOf(1000 * kmsRequests(withoutList), prices.kms).toFixed(3),
      ],
      [
        '**1,000,000 clones**',
        '',
        '',
        '',
        whole(usdOfClones(1e6, withList)),
        whole(usdOfClones(1e6, withoutList)),
      ],
    ],
    notes: [
      `List prices of us-east-1 in USD as of writing, without free tiers: check them at ${pages().join(', ')}.`,
    ],
  };
}

/** As if no service kept a data key for a while, as they do; with the question for each sample's content. */
function kmsRequests({ s3Puts, s3Gets, sqsSends, sqsReceives, snsPublishes }: Usage): number {
  return s3Puts + s3Gets + SAMPLES + sqsSends + sqsReceives + snsPublishes + SECRET_READS;
}

function usdOfClones(clones: number, usage: Usage): number {
  return costs(usage).reduce((sum, { amount, price }) => sum + usdOf(clones * amount, price), 0);
}

/** An alarm is paid for by the metrics that it looks at: ten look at one, and one at two. */
const ALARM_METRICS = 12;
/** Those that each clone has, and waiting. A metric is paid for by the hours in which it has values. */
const METRICS = 9;
/** The versions of a ledger that a clone leaves in the state bucket: claimed, posting, ended. */
const LEDGER_BYTES = 5_000;

/** What is paid each month, cloned or not. */
export function monthlyTable(): Table {
  const fixed: [what: string, how: string, usd: number][] = [
    ['secret', '', prices.secret.usd],
    ['alarms', `11, which look at ${ALARM_METRICS} metrics`, ALARM_METRICS * prices.alarm.usd],
    [
      'metrics',
      `${METRICS}, if there are drops in each hour; an error code is one more, in the hours in which it occurs`,
      METRICS * prices.metric.usd,
    ],
    ['dashboard', '', prices.dashboard.usd],
    // "Using Lambda with Amazon SQS".
    [
      'polling of an idle queue',
      'five pollers that wait for 20 seconds each time',
      usdOf((5 * 30 * 24 * 3600) / 20, prices.sqs),
    ],
    ['buckets, queues, topics, function', 'nothing while nothing happens', 0],
  ];
  const sum = fixed.reduce((total, [, , usd]) => total + usd, 0);
  const extra: typeof fixed = [
    ['KMS key', 'only with one of your own', prices.kmsKey.usd],
    [
      'keeping the samples of 1,000 clones',
      'until they are deleted: `sampleRetention`',
      usdOf(1000 * SAMPLE_BYTES, prices.s3Storage),
    ],
    [
      'keeping the ledgers of 1,000 clones',
      'in the state bucket',
      usdOf(1000 * LEDGER_BYTES, prices.s3Storage),
    ],
  ];
  const row = ([what, how, usd]: (typeof fixed)[number]) => [
    what,
    how,
    usd.toFixed(usd !== 0 && usd < 0.01 ? 4 : 2),
  ];
  return {
    title: 'What each month costs',
    columns: ['each month', '', 'USD'],
    rows: [...fixed.map(row), ['**sum**', '', sum.toFixed(2)], ...extra.map(row)],
  };
}

interface Cost {
  what: string;
  /** For one clone. */
  amount: number;
  price: Price;
  format: (amount: number) => string;
}

function costs(usage: Usage): Cost[] {
  const { sqsSends, sqsReceives, sqsDeletes, sqsVisibilityChanges } = usage;
  const sqsRequests = sqsSends + sqsReceives + sqsDeletes + sqsVisibilityChanges;
  const logBytes = usage.logBytes + usage.invocations * LAMBDA_LOG_BYTES;
  return [
    {
      what: 'Lambda, duration',
      amount: API_SECONDS * MEMORY_GB,
      price: prices.lambdaDuration,
      format: (amount) => `${whole(amount)} GB-s`,
    },
    { what: 'Lambda, requests', amount: usage.invocations, price: prices.lambdaRequest, format: whole },
    {
      what: 'data to the API',
      amount: SAMPLE_BYTES,
      price: prices.dataOut,
      format: (bytes) => `${bytes / 1e9} GB`,
    },
    { what: 'S3, PUT of the folder', amount: SAMPLES + 1, price: prices.s3Put, format: whole },
    { what: 'S3, PUT and LIST', amount: usage.s3Puts + usage.s3Lists, price: prices.s3Put, format: whole },
    { what: 'S3, GET', amount: usage.s3Gets, price: prices.s3Get, format: whole },
    { what: 'SQS', amount: sqsRequests, price: prices.sqs, format: whole },
    { what: 'SNS', amount: usage.snsPublishes, price: prices.sns, format: whole },
    { what: 'Secrets Manager', amount: SECRET_READS, price: prices.secretRead, format: whole },
    {
      what: 'logs',
      amount: logBytes,
      price: prices.logs,
      format: (bytes) => `${(bytes / 1e6).toFixed(1)} MB`,
    },
  ];
}

function usdOf(amount: number, { usd, per }: Price): number {
  return (amount / per) * usd;
}

function whole(amount: number): string {
  return Math.round(amount).toLocaleString('en-US');
}

function formatPrice(usd: number): string {
  return usd < 0.01 ? String(usd) : usd.toFixed(2);
}

function pages(): string[] {
  return [...new Set(Object.values(prices).map(({ page }) => page))];
}
