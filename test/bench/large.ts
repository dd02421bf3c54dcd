import { lambdaBundleFolder } from '../../functions/bundle.ts';
import { encodeLedger } from '../../voice-folder/ledger-format.ts';
import { afterRequest, decide } from '../../voice-folder/ledger.ts';
import { emptyLedger, type Ledger } from '../../voice-folder/ledger-schema.ts';
import { atMost, type Benchmark, median, type Report, type Target } from './benchmark.ts';
import { REQUESTS_BESIDE_SAMPLES } from './cost.ts';
import { type Counted, dropSamples, encryptedMegabytes, type Run, startCounted } from './counted-function.ts';

const ROUNDS = 15;
const WARM_UPS = 3;
const MANY_SAMPLES = 1_000;
const FEW_SAMPLES = 25;
const MANY_DROPS = 1_000;
const MOST_KMS_MEGABYTES = 110;
const MOST_LEDGER_KIBIBYTES = 210;
const MOST_MILLISECONDS_MORE = 15;

/** The largest possible folder, and a folder that was dropped very often. */
export const large: Benchmark = {
  name: 'large',
  description:
    `Clones a folder with ${MANY_SAMPLES.toLocaleString('en')} samples, the maximum, and a folder that was ` +
    `dropped ${MANY_DROPS.toLocaleString('en')} times before. S3 and the API answer immediately.`,
  seconds: 45,
  run,
  async check() {
    return withFunction(async (aws) => [
      requestTarget(MANY_SAMPLES, await cloneSamples(MANY_SAMPLES, aws)),
      ledgerTarget(ledgerOf(MANY_DROPS)),
    ]);
  },
};

async function run(report: Report): Promise<void> {
  await encrypted(report);
  await withFunction(async (aws) => {
    await manySamples(aws, report);
    await manyDrops(aws, report);
  });
}

async function manySamples(aws: Warm, report: Report): Promise<void> {
  report.step('many samples', 0);
  const few = await cloneSamples(FEW_SAMPLES, aws);
  const many = await cloneSamples(MANY_SAMPLES, aws);
  report.table({
    title: 'Clones of many samples of 40 KB',
    columns: ['samples', 'requests to S3', 'ms', 'ms per sample', 'CPU ms per sample'],
    rows: [[FEW_SAMPLES, few] as const, [MANY_SAMPLES, many] as const].map(
      ([samples, { requests, wall, cpu }]) => [
        samples,
        requests,
        wall.toFixed(0),
        (wall / samples).toFixed(2),
        (cpu / samples).toFixed(2),
      ],
    ),
    notes: ['S3 lists 1,000 objects per page, so 1,000 samples and the manifest take two listings.'],
  });
  report.targets(requestTarget(MANY_SAMPLES, many));
}

async function manyDrops(aws: Warm, report: Report): Promise<void> {
  report.step('many drops', 0.4);
  const ledgers = [1, MANY_DROPS].map((drops) => ({ drops, ledger: ledgerOf(drops) }));
  const runs = await cloneInTurn(ledgers, aws);
  const times = runs.map((each) => median(each.map(({ wall }) => wall)));
  report.table({
    title: 'Clones of one sample, in a folder that was dropped before',
    columns: ['earlier drops', 'drops in the ledger', 'ledger, KiB', 'ms', 'CPU ms'],
    rows: ledgers.map(({ drops, ledger }, index) => [
      drops,
      ledger.ended.length,
      kibibytes(ledger).toFixed(0),
      (times[index] ?? NaN).toFixed(1),
      median((runs[index] ?? []).map(({ cpu }) => cpu)).toFixed(1),
    ]),
    notes: [
      `Medians of ${ROUNDS} clones each, in turn. A clone reads the ledger once and writes it three times.`,
    ],
  });
  const [one = NaN, thousand = NaN] = times;
  report.targets(
    ledgerTarget(ledgerOf(MANY_DROPS)),
    atMost(
      `clone after ${MANY_DROPS} drops: takes at most ${MOST_MILLISECONDS_MORE} ms longer than after one`,
      thousand - one,
      MOST_MILLISECONDS_MORE,
      'ms',
      1,
    ),
  );
}

interface Dropped {
  drops: number;
  ledger: Ledger;
}

/** The runs of each. */
async function cloneInTurn(ledgers: readonly Dropped[], aws: Warm): Promise<Run[][]> {
  const runs = ledgers.map((): Run[] => []);
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    for (const [index, { drops, ledger }] of ledgers.entries()) {
      const folder = `dropped-${drops}-times/`;
      const message = await dropSamples(1, aws.bench, { folder });
      await aws.bench.putLedger(folder, ledger);
      const once = await aws.function.clone(message);
      if (round >= 0) runs[index]?.push(once);
    }
  }
  return runs;
}

async function encrypted(report: Report): Promise<void> {
  report.step('samples encrypted with KMS', 0);
  const [megabytes = []] = await encryptedMegabytes([lambdaBundleFolder], KMS_ROUNDS);
  const demand = `${MANY_SAMPLES} samples of one size, encrypted with KMS, a fresh process: peak RSS at most ${MOST_KMS_MEGABYTES} MB`;
  report.targets(atMost(demand, median(megabytes), MOST_KMS_MEGABYTES, 'MB'));
}

const KMS_ROUNDS = 3;

interface Warm extends Counted {
  function: ReturnType<Counted['newFunction']>;
}

async function withFunction<Value>(use: (aws: Warm) => Promise<Value>): Promise<Value> {
  const aws = await startCounted();
  try {
    const running = aws.newFunction();
    await running.clone(await dropSamples(1, aws.bench));
    const value = await use({ ...aws, function: running });
    running.close();
    return value;
  } finally {
    await aws.close();
  }
}

async function cloneSamples(samples: number, aws: Warm): Promise<Run & { requests: number }> {
  const message = await dropSamples(samples, aws.bench);
  const before = aws.counts().s3;
  const times = await aws.function.clone(message);
  return { ...times, requests: aws.counts().s3 - before };
}

/** Of which one is for the second page of the listing. */
function requestTarget(samples: number, { requests }: { requests: number }): Target {
  const most = samples + REQUESTS_BESIDE_SAMPLES + 1;
  return atMost(`${samples} samples: at most ${most} requests to S3`, requests, most);
}

function ledgerTarget(ledger: Ledger): Target {
  return atMost(
    `ledger after ${MANY_DROPS} drops: at most ${MOST_LEDGER_KIBIBYTES} KiB`,
    kibibytes(ledger),
    MOST_LEDGER_KIBIBYTES,
    'KiB',
  );
}

/** The size as stored. */
function kibibytes(ledger: Ledger): number {
  return encodeLedger(ledger).text.length / 1024;
}

/** The ledger that the function writes for this many drops, each cloned. */
function ledgerOf(drops: number): Ledger {
  const now = new Date();
  let ledger = emptyLedger;
  for (let drop = 1; drop <= drops; drop++) {
    const id = drop.toString(16).toUpperCase().padStart(18, '0');
    const decision = decide(ledger, {
      owner: crypto.randomUUID(),
      manifest: { bucket: 'voices', key: 'voices/amelia/manifest.json' },
      metadata: {},
      upload: id,
      uploadedAt: now,
      isCopy: false,
      now,
      leaseUntil: now,
      drop: {
        upload: id,
        manifest: { key: 'voices/amelia/manifest.json', etag: id.padEnd(32, '0') },
        requestId: crypto.randomUUID(),
        samples: [{ name: '0.wav', size: drop }],
        fingerprint: id.padEnd(24, '0'),
        shape: id.padEnd(24, '0'),
      },
      shown: undefined,
    });
    if (decision.kind !== 'claim') throw new Error(`The ledger does not let drop ${drop} be cloned`);
    const voice = {
      id: crypto.randomUUID(),
      voiceId: crypto.randomUUID(),
      name: 'Amelia',
      isMultilingual: false,
      supportedLocales: ['en-US'],
      ttsClient: 'ELEVENLABS',
    };
    ledger = afterRequest(
      decision.ledger,
      { ...decision.attempt, recordings: id.padEnd(24, '0') },
      { kind: 'cloned', status: 201, voices: [voice] },
      now,
      900,
    );
  }
  return ledger;
}
