import {
  atLeast,
  atMost,
  type Benchmark,
  median,
  type Report,
  type Table,
  type Target,
} from './benchmark.ts';
import type { CandidateName } from './upload/candidates.ts';
import { hasCurl } from './upload/candidates/curl.ts';
import {
  cpuRatio,
  cpuSecondsPerGigabyte,
  inTurn,
  type Participant,
  prepareUploader,
  type Rounds,
  type Run,
  type Shape,
  speedup,
} from './upload/measure.ts';
import { startServers } from './upload/servers.ts';

const MEGABYTE = 1_000_000;

const LIMIT = 'raw pipe, same buffers';
const product = ['callers, plain source', 'callers, the function'] as const;
/** These take part in all rounds, because targets compare them closely. The others need only a few. */
const compared: CandidateName[] = [LIMIT, ...product, 'curl | curl'];
const streaming: CandidateName[] = ['raw pipe', 'axios + form-data'];
const holding: CandidateName[] = ['fetch + FormData', 'ElevenLabs SDK', 'Cartesia SDK'];

interface NamedShape extends Shape {
  title: string;
}

const small: NamedShape = { title: '10 × 1 MB', count: 10, bytes: MEGABYTE };
const usual: NamedShape = { title: '25 × 10 MB', count: 25, bytes: 10 * MEGABYTE };
const quarter: NamedShape = { title: '1 × 250 MB', count: 1, bytes: 250 * MEGABYTE };
const large: NamedShape = { title: '1 × 1 GB', count: 1, bytes: 1000 * MEGABYTE };

/** Consecutive runs differ by up to a third, so a comparison with a target takes many. */
const ROUNDS = 11;
const FEW_ROUNDS = 3;

const comparisons = [
  { shape: small, rounds: 5, others: [...streaming, ...holding] },
  { shape: usual, rounds: ROUNDS, others: [...streaming, ...holding] },
  { shape: quarter, rounds: 5, others: [] },
  { shape: large, rounds: ROUNDS, others: streaming },
];

/** Unlike the pipe, both hash each sample. */
const LEAST_OF_LIMIT = { 'callers, plain source': 0.8, 'callers, the function': 0.8 };
const MOST_CPU_OF_CURL = 1.15;
const LEAST_OF_SDK = 2.5;
const MOST_MEGABYTES = 170;

/** The throughput, CPU time and memory of each way to upload. */
export const upload: Benchmark = {
  name: 'upload',
  description:
    'Compares the throughput, CPU time and memory of uploaders. The source, the uploader and the sink run in ' +
    'separate processes on this machine. The uploaders take turns, each in a fresh process. The limit is a ' +
    'raw pipe: Node pipes one response into one request of the same size, without a form. `raw pipe` uses ' +
    'Node’s defaults; `raw pipe, same buffers` uses the product’s buffers and V8 settings.',
  seconds: 285,
  run,
  check,
};

async function run(report: Report): Promise<void> {
  const uploader = await prepareUploader({ peers: true });
  const withCurl = hasCurl();
  for (const [half, secure] of [false, true].entries()) {
    const servers = await startServers({ secure });
    const measured = new Map<Shape, Rounds>();
    for (const [index, { shape, others, rounds }] of comparisons.entries()) {
      const title = `${shape.title}, ${secure ? 'TLS' : 'plain'}`;
      const participants: Participant[] = [
        ...compared.map((name) => ({ name, rounds })),
        ...others.map((name) => ({ name, rounds: FEW_ROUNDS })),
      ];
      const present = participants.filter(({ name }) => withCurl || name !== 'curl | curl');
      const runs = await inTurn(
        present,
        (candidate) => uploader.run(candidate, shape, servers),
        (share) => report.step(title, (half + (index + share) / comparisons.length) / 2),
      );
      measured.set(shape, runs);
      report.table(tableOf(title, runs, notesOn(shape, rounds, withCurl)));
      report.targets(
        ...memoryTargets(title, runs),
        ...(shape === usual || shape === large ? speedTargets(title, runs, withCurl) : []),
      );
    }
    report.targets(...flatTargets(secure, measured));
    servers.close();
  }
}

function tableOf(title: string, rounds: Rounds, notes: string[]): Table {
  const rows = [...rounds].map(([candidate, runs]) => [
    candidate,
    rounded(median(runs.map(({ throughput }) => throughput / MEGABYTE)), 0),
    rounded(speedup(rounds, candidate, LIMIT), 2),
    rounded(median(runs.map(cpuSecondsPerGigabyte)), 2),
    rounds.has('curl | curl') ? rounded(cpuRatio(rounds, candidate, 'curl | curl'), 2) : '–',
    ...[peakRss(runs, median), peakRss(runs, highest)].map((megabytes) =>
      Number.isNaN(megabytes) ? '–' : rounded(megabytes, 0),
    ),
  ]);
  const columns = [
    '',
    'MB/s',
    '× raw pipe, same buffers',
    'CPU s/GB',
    '× CPU of curl',
    'peak RSS, MB',
    'highest peak, MB',
  ];
  return { title, columns, rows, notes };
}

function notesOn(shape: Shape, rounds: number, withCurl: boolean): string[] {
  if (shape === quarter) return [`Medians of ${rounds} runs. This shows whether 1 GB takes more memory.`];
  return [
    `Medians of ${rounds} runs, or of ${FEW_ROUNDS} for \`raw pipe\`, axios, fetch and the SDKs; ratios ` +
      'compare runs of the same round.',
    ...(withCurl ? [] : ['curl | curl is missing, because this machine has no curl.']),
    shape === large
      ? 'fetch + FormData and both SDKs are left out, because they hold the samples in memory several times over.'
      : 'The Cartesia SDK accepts only one clip, so it sends one clip of the total size.',
    ...(shape === small
      ? [
          'With so few bytes, the function spends a large part of its time on requests to S3: to find the ' +
            'samples, and to write the ledger and the result.',
        ]
      : []),
  ];
}

function speedTargets(title: string, rounds: Rounds, withCurl: boolean): Target[] {
  return product.flatMap((candidate) => {
    const least = LEAST_OF_LIMIT[candidate];
    const what = `${title}, ${candidate}`;
    const targets = [
      atLeast(
        `${what}: at least ${least} × the throughput of the raw pipe with the same buffers`,
        speedup(rounds, candidate, LIMIT),
        least,
      ),
    ];
    if (withCurl) {
      const cpu = cpuRatio(rounds, candidate, 'curl | curl');
      const demand = `${what}: at most ${MOST_CPU_OF_CURL} × the CPU time of curl | curl`;
      targets.push(atMost(demand, cpu, MOST_CPU_OF_CURL, '', 2));
    }
    if (rounds.has('ElevenLabs SDK')) {
      const faster = speedup(rounds, candidate, 'ElevenLabs SDK');
      const demand = `${what}: at least ${LEAST_OF_SDK} × the throughput of the ElevenLabs SDK`;
      targets.push(atLeast(demand, faster, LEAST_OF_SDK));
    }
    return targets;
  });
}

function memoryTargets(title: string, rounds: Rounds): Target[] {
  return product.map((candidate) => memoryTarget(`${title}, ${candidate}`, rounds.get(candidate)));
}

function memoryTarget(what: string, runs: readonly Run[] | undefined): Target {
  return atMost(
    `${what}: peak RSS at most ${MOST_MEGABYTES} MB`,
    peakRss(runs, highest),
    MOST_MEGABYTES,
    'MB',
  );
}

/** Whether memory does not grow with the size of the upload. */
function flatTargets(secure: boolean, measured: ReadonlyMap<Shape, Rounds>): Target[] {
  return product.map((candidate) => {
    const more =
      peakRss(measured.get(large)?.get(candidate), median) -
      peakRss(measured.get(quarter)?.get(candidate), median);
    const demand = `${secure ? 'TLS' : 'plain'}, ${candidate}: peak RSS for 1 GB at most 10 MB more than for 250 MB`;
    return atMost(demand, more, 10, 'MB');
  });
}

/** What holds on any machine: the sink receives the declared length, and memory stays small. */
async function check(): Promise<Target[]> {
  const uploader = await prepareUploader();
  const shapes = [
    small,
    { title: '25 × 0.2 MB', count: 25, bytes: 0.2 * MEGABYTE },
    { title: '1 × 300 MB', count: 1, bytes: 300 * MEGABYTE },
  ];
  const targets: Target[] = [];
  for (const secure of [false, true]) {
    const servers = await startServers({ secure });
    for (const { title, ...shape } of shapes) {
      for (const candidate of product) {
        const once = await uploader.run(candidate, shape, servers);
        const what = `${title}, ${secure ? 'TLS' : 'plain'}, ${candidate}`;
        targets.push(wholeTarget(what, shape, once), memoryTarget(what, [once]));
      }
    }
    servers.close();
  }
  return targets;
}

function wholeTarget(what: string, { count, bytes }: Shape, { received }: Run): Target {
  const { declared } = received;
  return {
    demand: `${what}: the sink receives exactly Content-Length bytes, more than the samples alone`,
    measured: `${received.bytes} of ${declared ?? 'an undeclared length'}`,
    met: received.bytes === declared && declared > count * bytes,
  };
}

function peakRss(runs: readonly Run[] = [], of: (values: number[]) => number): number {
  return of(runs.map(({ peakRss: bytes = NaN }) => bytes / MEGABYTE));
}

function highest(values: readonly number[]): number {
  return Math.max(...values);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
