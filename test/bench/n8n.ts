import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { installedN8n } from '../n8n-node/real-n8n/installations.ts';
import { API_KEY } from '../support/api-key.ts';
import { type Benchmark, median } from './benchmark.ts';

/** The compared nodes: the name in `n8n-clone.ts`, and the title in the table. */
const ways = [
  ['callers', 'this node'],
  ['HTTP Request', "n8n's HTTP Request node 4.5, a form with 3 binary fields"],
  ['HTTP Request without redirects', 'the same, with Follow Redirects switched off'],
  ['form-data', 'a node with `getBinaryDataBuffer` and the package `form-data`'],
  ['FormData of Blobs', 'a node with `getBinaryDataBuffer` and `FormData` of `Blob`s'],
] as const;

const RUNS = 3;
/** The memory of the others hardly varies from run to run. */
const RUNS_OF_OTHERS = 1;
const MOST_ADDED = 60;
/** The bytes of each of three samples. */
const SMALL = 20e6;
const LARGE = 100e6;

/** The memory of n8n, by the size of samples. */
export const n8n: Benchmark = {
  name: 'n8n',
  description:
    "How much memory n8n's engine takes to send 3 samples of 20 MB and of 100 MB, which it keeps on disk. The first run " +
    'installs n8n (5 minutes, 2.9 GB).',
  seconds: 45,
  async run(report) {
    report.step('installing n8n if it is missing', 0);
    installedN8n();
    const rows: (string | number)[][] = [];
    let ours = Infinity;
    for (const [index, [way, title]] of ways.entries()) {
      const count = way === 'callers' ? RUNS : RUNS_OF_OTHERS;
      const small: Run[] = [];
      const large: Run[] = [];
      for (let run = 0; run < count; run++) {
        report.step(title, (index + run / count) / ways.length);
        small.push(await cloneWith(way, SMALL));
        large.push(await cloneWith(way, LARGE));
      }
      const more = peakOf(large) - peakOf(small);
      if (way === 'callers') ours = more;
      const seconds = median(large.map((run) => run.seconds)).toFixed(1);
      rows.push([title, peakOf(small), peakOf(large), more, seconds]);
    }
    report.table({
      title: '60 MB and 300 MB through n8n 2.41.1',
      columns: ['', 'peak RSS for 60 MB (MB)', 'for 300 MB (MB)', 'more (MB)', 'seconds for 300 MB'],
      rows,
      notes: [
        `Medians of ${RUNS} runs of this node and ${RUNS_OF_OTHERS} of the others, each in its own process. ` +
          'In every run, the simulated API received all bytes and made the voice.',
        'The HTTP Request node streams too, but its HTTP client keeps everything that it has sent, in case ' +
          'of a redirect. With Follow Redirects switched off, it keeps nothing.',
        'With `form-data`, the buffers are in memory once; with Blobs, about three times.',
      ],
    });
    report.targets({
      demand: `n8n: peak RSS for 300 MB less than ${MOST_ADDED} MB more than for 60 MB`,
      measured: `${ours} MB`,
      met: ours < MOST_ADDED,
    });
  },
};

interface Run {
  /** Peak RSS in MB. */
  peak: number;
  seconds: number;
}

function peakOf(runs: readonly Run[]): number {
  return Math.round(median(runs.map(({ peak }) => peak)));
}

/** @throws {Error} if the API did not receive exactly what was to be sent. */
async function cloneWith(way: string, bytes: number): Promise<Run> {
  const api = await startCallersApiSimulator({ apiKey: API_KEY });
  try {
    const child = join(import.meta.dirname, 'n8n-clone.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [
      child,
      way,
      api.url,
      API_KEY,
      String(bytes),
    ]);
    const sizes = api.requests.at(-1)?.files.map(({ size }) => size);
    if (api.voices.length !== 2 || String(sizes) !== String([bytes, bytes + 1, bytes + 2])) {
      throw new Error(
        `${way} made ${api.voices.length} voices; the samples of the last one had ${String(sizes)} bytes`,
      );
    }
    const run = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Run;
    return { ...run, peak: run.peak / 1e6 };
  } finally {
    await api.close();
  }
}
