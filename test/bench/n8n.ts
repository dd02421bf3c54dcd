import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { installedN8n } from '../n8n-node/real-n8n/installations.ts';
import { API_KEY } from '../support/api-key.ts';
import { type Benchmark, median } from './benchmark.ts';

/** What is compared: its name in `n8n-clone.ts`, and for people. */
const ways = [
  ['callers', 'this node'],
  ['HTTP Request', "n8n's HTTP Request node 4.5, a form with 3 binary fields"],
  ['HTTP Request without redirects', 'the same, with Follow Redirects switched off'],
  ['form-data', 'a node with `getBinaryDataBuffer` and the package `form-data`'],
  ['FormData of Blobs', 'a node with `getBinaryDataBuffer` and `FormData` of `Blob`s'],
] as const;

const RUNS = 3;
/** What the others hold does not change from run to run by what anybody would notice. */
const RUNS_OF_OTHERS = 1;
const MOST_ADDED = 60;

export const n8n: Benchmark = {
  name: 'n8n',
  description:
    "How much memory 3 samples of 100 MB take on their way through n8n's engine, with its files on disk. Installs n8n the first time (5 minutes, 2.9 GB).",
  seconds: 45,
  async run(report) {
    report.step('installation of n8n, where it is missing', 0);
    installedN8n();
    const rows: (string | number)[][] = [];
    let ours = Infinity;
    for (const [index, [way, title]] of ways.entries()) {
      const runs: Run[] = [];
      const count = way === 'callers' ? RUNS : RUNS_OF_OTHERS;
      for (let run = 0; run < count; run++) {
        report.step(title, (index + run / count) / ways.length);
        runs.push(await cloneWith(way));
      }
      const of = (value: (run: Run) => number) => Math.round(median(runs.map(value)));
      const added = of(({ before, after }) => after - before);
      if (way === 'callers') ours = added;
      rows.push([
        title,
        added,
        of(({ after }) => after),
        median(runs.map(({ seconds }) => seconds)).toFixed(1),
      ]);
    }
    report.table({
      title: '300 MB through n8n 2.41.1',
      columns: ['', 'added to peak RSS (MB)', 'peak RSS (MB)', 'seconds'],
      rows,
      notes: [
        `Median of ${RUNS} runs for this node and ${RUNS_OF_OTHERS} for others, each in a process of its own. The simulated API got all bytes and made one voice each time.`,
        'The peak before is that of n8n storing the same files. It leaves behind up to 60 MB that can be used again, so that each number in the first column may be too low by as much.',
        'The HTTP Request node streams too, but its HTTP client keeps what it has sent, in case of a redirect. Its peak is higher also without: it comes with the libraries of all of n8n’s nodes.',
        'Buffers are in memory once with `form-data`, and about three times with Blobs.',
      ],
    });
    report.targets({
      demand: `300 MB through n8n add less than ${MOST_ADDED} MB to the peak RSS`,
      measured: `${ours} MB`,
      met: ours < MOST_ADDED,
    });
  },
};

interface Run {
  /** Peak RSS in MB. */
  before: number;
  after: number;
  seconds: number;
}

/** @throws {Error} when the API did not get what was to be sent. */
async function cloneWith(way: string): Promise<Run> {
  const api = await startCallersApiSimulator({ apiKey: API_KEY });
  try {
    const child = join(import.meta.dirname, 'n8n-clone.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [child, way, api.url, API_KEY]);
    const sizes = api.requests.at(-1)?.files.map(({ size }) => size);
    if (api.voices.length !== 2 || String(sizes) !== '100000000,100000001,100000002') {
      throw new Error(
        `${way} made ${api.voices.length} voices, the last of samples of ${String(sizes)} bytes`,
      );
    }
    const run = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Run;
    return { ...run, before: megabytes(run.before), after: megabytes(run.after) };
  } finally {
    await api.close();
  }
}

function megabytes(kibibytes: number): number {
  return (kibibytes * 1024) / 1e6;
}
