import { type Benchmark, type Findings, median, type Table, type Target } from './benchmark.ts';
import type { CandidateName } from './upload/candidates.ts';
import { hasCurl } from './upload/candidates/curl.ts';
import { inTurn, prepareUploader, type Rounds, type Run, type Shape, speedup } from './upload/measure.ts';
import { startServers } from './upload/servers.ts';

const MEGABYTE = 1_000_000;

const product = ['callers, plain source', 'callers, the function'] as const;
const streaming: CandidateName[] = ['raw pipe', ...product, 'curl | curl', 'axios + form-data'];
const everyone: CandidateName[] = [...streaming, 'fetch + FormData', 'ElevenLabs SDK', 'Cartesia SDK'];

const small: Shape & { title: string } = { title: '10 × 1 MB', count: 10, bytes: MEGABYTE };
const usual = { title: '25 × 10 MB', count: 25, bytes: 10 * MEGABYTE };
const large = { title: '1 × 1 GB', count: 1, bytes: 1000 * MEGABYTE };

/** What is compared with a target takes more rounds: two runs one after the other differ by up to a third. */
const comparisons = [
  { shape: small, candidates: everyone, rounds: 5 },
  { shape: usual, candidates: everyone, rounds: 11 },
  { shape: large, candidates: streaming, rounds: 11 },
];

/** What each way to upload costs. */
export const upload: Benchmark = {
  name: 'upload',
  description:
    'Source, uploader and sink are processes of their own on this machine; the uploaders take turns, each in a fresh ' +
    'process. The limit is the raw pipe: one response piped into one request of as many bytes.',
  run,
  check,
};

async function run(): Promise<Findings> {
  const uploader = await prepareUploader({ peers: true });
  const withCurl = hasCurl();
  const tables: Table[] = [];
  const targets: Target[] = [];
  for (const secure of [false, true]) {
    const servers = await startServers({ secure });
    const measured = new Map<Shape, Rounds>();
    for (const { shape, candidates, rounds } of comparisons) {
      const title = `${shape.title}, ${secure ? 'TLS' : 'plain'}`;
      const present = candidates.filter((candidate) => withCurl || candidate !== 'curl | curl');
      const runs = await inTurn(present, rounds, (candidate) => uploader.run(candidate, shape, servers));
      measured.set(shape, runs);
      tables.push(tableOf(title, runs, notesOn(shape, rounds, withCurl)));
      targets.push(...memoryTargets(title, runs));
      if (shape !== small) targets.push(...speedTargets(title, runs));
    }
    targets.push(...flatTargets(secure, measured));
    servers.close();
  }
  return { tables, targets };
}

function tableOf(title: string, rounds: Rounds, notes: string[]): Table {
  const rows = [...rounds].map(([candidate, runs]) => [
    candidate,
    rounded(median(runs.map(({ throughput }) => throughput / MEGABYTE)), 0),
    rounded(speedup(rounds, candidate, 'raw pipe'), 2),
    rounded(
      median(runs.map(({ cpuSeconds, seconds, throughput }) => (cpuSeconds / (seconds * throughput)) * 1e9)),
      2,
    ),
    ...[
      peakRss(runs, median),
      peakRss(runs, highest),
      median(runs.map(({ maxRss = NaN }) => maxRss / MEGABYTE)),
    ].map((megabytes) => (Number.isNaN(megabytes) ? '–' : rounded(megabytes, 0))),
  ]);
  const columns = ['', 'MB/s', 'of the raw pipe', 'CPU s/GB', 'peak RSS, MB', 'highest', 'maxRSS'];
  return { title, columns, rows, notes };
}

function notesOn(shape: Shape, rounds: number, withCurl: boolean): string[] {
  return [
    `Medians of ${rounds} runs, ratios within each round. Peak RSS as the process saw it every 10 ms, maxRSS as the ` +
      'system says, which on Linux begins with what the parent process held.',
    ...(withCurl ? [] : ['Without curl | curl: there is no curl on this machine.']),
    shape === large
      ? 'Without those that hold all of it in memory at once: fetch + FormData and both SDKs.'
      : 'The Cartesia SDK takes one clip, so it sends as many bytes as one.',
    ...(shape === small
      ? [
          'Here the function is mostly the eight requests to S3 that find the samples and write ledger and result.',
        ]
      : []),
  ];
}

function speedTargets(title: string, rounds: Rounds): Target[] {
  const ofTheRawPipe = (candidate: CandidateName, least: number) =>
    atLeast(
      `${title}, ${candidate}: at least ${least} of the raw pipe`,
      speedup(rounds, candidate, 'raw pipe'),
      least,
    );
  return [
    ofTheRawPipe('callers, plain source', 0.95),
    ofTheRawPipe('callers, the function', 0.85),
    ...(rounds.has('ElevenLabs SDK')
      ? product.map((candidate) =>
          atLeast(
            `${title}, ${candidate}: at least 2.5 × the throughput of the ElevenLabs SDK`,
            speedup(rounds, candidate, 'ElevenLabs SDK'),
            2.5,
          ),
        )
      : []),
  ];
}

function memoryTargets(title: string, rounds: Rounds): Target[] {
  return product.map((candidate) =>
    atMost(`${title}, ${candidate}: peak RSS at most 170 MB`, peakRss(rounds.get(candidate), highest), 170),
  );
}

/** Whether memory stays the same whatever the size. */
function flatTargets(secure: boolean, measured: ReadonlyMap<Shape, Rounds>): Target[] {
  return product.map((candidate) => {
    const more =
      peakRss(measured.get(large)?.get(candidate), median) -
      peakRss(measured.get(usual)?.get(candidate), median);
    const demand = `${secure ? 'TLS' : 'plain'}, ${candidate}: peak RSS for 1 GB at most 10 MB more than for 250 MB`;
    return atMost(demand, more, 10);
  });
}

/** What holds on any machine: what is declared is what arrives, and none of it is kept. */
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
        targets.push(
          wholeTarget(what, shape, once),
          atMost(`${what}: peak RSS at most 170 MB`, peakRss([once], highest), 170),
        );
      }
    }
    servers.close();
  }
  return targets;
}

function wholeTarget(what: string, { count, bytes }: Shape, { received }: Run): Target {
  const { declared } = received;
  return {
    demand: `${what}: as many bytes arrive as Content-Length says, and all samples are among them`,
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

function atLeast(demand: string, measured: number, least: number): Target {
  return { demand, measured: measured.toFixed(2), met: measured >= least };
}

function atMost(demand: string, megabytes: number, most: number): Target {
  return { demand, measured: `${megabytes.toFixed(0)} MB`, met: megabytes <= most };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
