import { afterRequest, decide, emptyLedger, type Ledger } from '../../voice-folder/ledger.ts';
import { atMost, type Benchmark, median, type Report, type Target } from './benchmark.ts';
import { type Counted, dropSamples, type Run, startCounted } from './counted-function.ts';

const ROUNDS = 15;
const WARM_UPS = 3;
const MANY_SAMPLES = 1_000;
const FEW_SAMPLES = 25;
const MANY_DROPS = 1_000;
const MOST_LEDGER_KIBIBYTES = 210;
const MOST_MILLISECONDS_MORE = 15;

/** The largest folder, and the one that was dropped most often. */
export const large: Benchmark = {
  name: 'large',
  description:
    `A folder with ${MANY_SAMPLES.toLocaleString('en')} samples, the most that one may have, and one that was dropped ` +
    `${MANY_DROPS.toLocaleString('en')} times before; S3 and the API answer at once.`,
  seconds: 15,
  run,
  async check() {
    return withFunction(async (aws) => [
      requestTarget(MANY_SAMPLES, await cloneSamples(MANY_SAMPLES, aws)),
      ledgerTarget(ledgerOf(MANY_DROPS)),
    ]);
  },
};

async function run(report: Report): Promise<void> {
  await withFunction(async (aws) => {
    report.step('samples', 0);
    const few = await cloneSamples(FEW_SAMPLES, aws);
    const many = await cloneSamples(MANY_SAMPLES, aws);
    report.table({
      title: 'A clone of many samples of 40 KB',
      columns: ['samples', 'requests to S3', 'ms', 'ms a sample', 'own ms a sample'],
      rows: [[FEW_SAMPLES, few] as const, [MANY_SAMPLES, many] as const].map(
        ([samples, { requests, wall, cpu }]) => [
          samples,
          requests,
          wall.toFixed(0),
          (wall / samples).toFixed(2),
          (cpu / samples).toFixed(2),
        ],
      ),
      notes: ['With the manifest, 1,000 samples are listed in two pages.'],
    });
    report.targets(requestTarget(MANY_SAMPLES, many));

    report.step('drops', 0.4);
    const ledgers = [1, MANY_DROPS].map((drops) => ({ drops, ledger: ledgerOf(drops) }));
    const runs = ledgers.map((): Run[] => []);
    for (let round = -WARM_UPS; round < ROUNDS; round++) {
      for (const [index, { drops, ledger }] of ledgers.entries()) {
        const folder = `dropped-${drops}-times/`;
        const message = await dropSamples(1, aws.bench, folder);
        await aws.bench.putLedger(folder, ledger);
        const once = await aws.function.clone(message);
        if (round >= 0) runs[index]?.push(once);
      }
    }
    const times = runs.map((each) => median(each.map(({ wall }) => wall)));
    report.table({
      title: 'A clone of one sample, of a folder that was dropped before',
      columns: ['drops before', 'of them remembered', 'ledger, KiB', 'ms', 'own ms'],
      rows: ledgers.map(({ drops, ledger }, index) => [
        drops,
        ledger.ended.length,
        kibibytes(ledger).toFixed(0),
        (times[index] ?? NaN).toFixed(1),
        median((runs[index] ?? []).map(({ cpu }) => cpu)).toFixed(1),
      ]),
      notes: [
        `Medians of ${ROUNDS} clones each, in turn. Every clone reads the ledger once and writes it three times.`,
      ],
    });
    const [one = NaN, thousand = NaN] = times;
    report.targets(
      ledgerTarget(ledgerOf(MANY_DROPS)),
      atMost(
        `a clone after ${MANY_DROPS} drops: at most ${MOST_MILLISECONDS_MORE} ms more than after one`,
        thousand - one,
        MOST_MILLISECONDS_MORE,
        'ms',
        1,
      ),
    );
  });
}

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

/** The requests of any clone, and one for each further page of the listing. */
function requestTarget(samples: number, { requests }: { requests: number }): Target {
  const most = samples + 8 + 1;
  return atMost(`${samples} samples: at most ${most} requests to S3`, requests, most);
}

function ledgerTarget(ledger: Ledger): Target {
  return atMost(
    `a ledger of ${MANY_DROPS} drops: at most ${MOST_LEDGER_KIBIBYTES} KiB`,
    kibibytes(ledger),
    MOST_LEDGER_KIBIBYTES,
    'KiB',
  );
}

/** As it is written. */
function kibibytes(ledger: Ledger): number {
  return JSON.stringify(ledger).length / 1024;
}

/** What the function itself makes of so many drops, of which each was cloned. */
function ledgerOf(drops: number): Ledger {
  const now = new Date();
  let ledger = emptyLedger;
  for (let drop = 1; drop <= drops; drop++) {
    const id = drop.toString(16).toUpperCase().padStart(18, '0');
    const decision = decide(ledger, {
      owner: crypto.randomUUID(),
      upload: id,
      uploadedAt: now,
      now,
      leaseUntil: now,
      drop: {
        upload: id,
        manifest: { key: 'voices/amelia/manifest.json', etag: id.padEnd(32, '0') },
        requestId: crypto.randomUUID(),
        samples: [{ name: '0.wav', size: drop }],
        fingerprint: id.padEnd(64, '0'),
      },
      shown: undefined,
    });
    if (decision.kind !== 'claim') throw new Error(`Drop ${drop} was not to be cloned`);
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
      decision.attempt,
      { kind: 'cloned', status: 201, voices: [voice] },
      now,
      900,
    );
  }
  return ledger;
}
