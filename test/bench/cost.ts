import type { Table } from './benchmark.ts';
import { type Price, prices } from './prices.ts';

/** AWS usage of one clone, on average. */
export interface Usage {
  invocations: number;
  /** By the function. The upload of the folder adds to these. */
  s3Puts: number;
  s3Lists: number;
  s3Gets: number;
  /** By S3. */
  sqsSends: number;
  /** By Lambda's poller, while the queue is not idle. */
  sqsReceives: number;
  sqsDeletes: number;
  /** By the function. */
  sqsVisibilityChanges: number;
  /** By the function, for each result. */
  snsPublishes: number;
  /** Logged by the function, including its metrics. */
  logBytes: number;
}

/** The clone that is counted and priced. */
export const SAMPLES = 3;
const SAMPLE_BYTES = 5e6;
const API_SECONDS = 30;
const MEMORY_GB = 512 / 1024;

/** An execution environment reads the secret again after five minutes. */
const SECRET_READS = API_SECONDS / 300;

/** `platform.start` and `platform.report` as in Lambda's documentation, plus what CloudWatch adds to each. */
const LAMBDA_LOG_BYTES = 600;

/**
 * Reads of the manifest, the listing and the ledger; three writes of the ledger, two of `result.json`, and one that notes the
 * folder under the shape of its recordings.
 */
export const REQUESTS_BESIDE_SAMPLES = 9;

/** With a `files` list, the folder is complete at the first look; without one, it has to settle first. */
export const documentedUsage: { withList: Usage; withoutList: Usage } = {
  withList: {
    invocations: 1,
    s3Puts: 6,
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
    s3Puts: 6,
    // Two looks at the folder, and one list of multipart uploads.
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

/** The cost of 1,000 clones, each of 3 samples with 5 MB in total and an API call of 30 seconds. */
export function costTable({ withList, withoutList }: typeof documentedUsage): Table {
  const items = costs(withList).map((item, index) => ({ item, other: costs(withoutList)[index] ?? item }));
  return {
    title: 'Cost of 1,000 clones',
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
        'KMS with your own key, at most',
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
      `List prices in us-east-1 when this was written, without free tiers. Check them at ${pages().join(', ')}.`,
    ],
  };
}

/** An upper bound: assumes that no service caches data keys. Includes reading each sample's checksum. */
function kmsRequests({ s3Puts, s3Gets, sqsSends, sqsReceives, snsPublishes }: Usage): number {
  return s3Puts + s3Gets + SAMPLES + sqsSends + sqsReceives + snsPublishes + SECRET_READS;
}

function usdOfClones(clones: number, usage: Usage): number {
  return costs(usage).reduce((sum, { amount, price }) => sum + usdOf(clones * amount, price), 0);
}

/** CloudWatch bills an alarm per metric: twelve alarms use one, and one uses two. */
const ALARM_METRICS = 15;
/** The metrics of every clone, and `Waiting`. CloudWatch bills a metric for the hours in which it has values. */
const METRICS = 9;
/** The versions of a ledger that a clone leaves in the state bucket: claimed, posting, ended. */
const LEDGER_BYTES = 5_000;

/** Monthly costs that do not depend on the number of clones. */
export function monthlyTable(): Table {
  const fixed: [what: string, how: string, usd: number][] = [
    ['secret', '', prices.secret.usd],
    ['alarms', `14 alarms on ${ALARM_METRICS} metrics`, ALARM_METRICS * prices.alarm.usd],
    [
      'metrics',
      `${METRICS} if there are drops every hour, and one per error code in the hours in which it occurs`,
      METRICS * prices.metric.usd,
    ],
    ['dashboard', '', prices.dashboard.usd],
    // "Using Lambda with Amazon SQS".
    [
      'polling of an idle queue',
      '5 pollers, each with 20-second polls',
      usdOf((5 * 30 * 24 * 3600) / 20, prices.sqs),
    ],
    ['buckets, queues, topics, function', 'nothing while idle', 0],
  ];
  const sum = fixed.reduce((total, [, , usd]) => total + usd, 0);
  const extra: typeof fixed = [
    ['KMS key', 'only with your own key', prices.kmsKey.usd],
    [
      'keeping the samples of 1,000 clones',
      'until `sampleRetention` deletes them',
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
    title: 'Monthly costs',
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
