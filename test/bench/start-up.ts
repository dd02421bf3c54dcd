import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SQSRecord } from 'aws-lambda';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { functionVariables } from '../../emulators/aws.ts';
import { lambdaBundleOptions } from '../../functions/bundle.ts';
import { API_KEY } from '../support/api-key.ts';
import { type Bench, startBench } from '../support/bench.ts';
import { type SecretsManager, startSecretsManager } from '../support/secrets-manager.ts';
import { type Benchmark, type Findings, median, type Report, type Table, type Target } from './benchmark.ts';
import { peakMemory } from './peak-memory.ts';

const ROUNDS = 15;
const MOST_OF_DEFAULT = 0.45;
const MOST_BYTES = 420_000;

/** How fast the function starts, and how large its bundle is. */
export const startUp: Benchmark = {
  name: 'start-up',
  description:
    'How long a fresh process takes to load the function’s bundle, to create the handler and to clone the ' +
    'first voice. For comparison: the same sources bundled with esbuild’s defaults, and a bundle of the S3 ' +
    'client alone.',
  seconds: 20,
  async run(report) {
    const { tables, targets } = await measure(report);
    tables.forEach((table) => report.table(table));
    report.targets(...targets);
  },
  check: async () => [sizeTarget(await sizeOf(lambdaBundleOptions))],
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const entry = (contents: string): BuildOptions => ({
  stdin: { contents, resolveDir: root, loader: 'ts' },
  absWorkingDir: root,
});
const theFunction = entry(`export { createHandler } from './functions/clone-voice/handler.ts';`);
const byDefault: BuildOptions = { bundle: true, platform: 'node' };

const { entryPoints: _, ...withoutEntry } = lambdaBundleOptions;

/** Modules that export the handler, or a `createHandler` to call once in each execution environment. */
const candidates: Record<string, BuildOptions> = {
  'an empty handler': { ...byDefault, ...entry('export const createHandler = () => async () => {};') },
  'this function': { ...withoutEntry, ...theFunction },
  'this function, with esbuild’s defaults': { ...byDefault, ...theFunction },
  '@aws-sdk/client-s3 alone, with esbuild’s defaults': {
    ...byDefault,
    ...entry(`import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
      export const createHandler = () => {
        const s3 = new S3Client({});
        return (key) => s3.send(new GetObjectCommand({ Bucket: '', Key: key }));
      };`),
  },
  'this function, as deployed': lambdaBundleOptions,
};

/** The bundled clients that not every clone needs: all except S3's. */
async function rareClients(): Promise<string[]> {
  const { metafile } = await build({ ...lambdaBundleOptions, write: false, metafile: true });
  const clients = Object.keys(metafile.inputs).flatMap(
    (file) => /@aws-sdk\/client-[^/]+(?=\/)/.exec(file)?.[0] ?? [],
  );
  return [...new Set(clients)].filter((client) => client !== '@aws-sdk/client-s3').toSorted();
}

/** The function with an empty module in place of a client: it starts, but fails once it needs the client. */
function without(client: string): BuildOptions {
  const leaveOut: Plugin = {
    name: 'leave-out',
    setup(bundler) {
      bundler.onResolve({ filter: new RegExp(`^${client}$`) }, () => ({
        path: client,
        namespace: 'left-out',
      }));
      bundler.onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
    },
  };
  return { ...withoutEntry, ...theFunction, plugins: [leaveOut, ...lambdaBundleOptions.plugins] };
}

interface Sample {
  load: number;
  create: number;
  clone?: number;
  peakMegabytes: number;
}

async function measure(report: Report): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), 'start-up-'));
  const bench = await startBench();
  const secrets = await startSecretsManager(API_KEY);
  try {
    const bundles = await bundleAll(folder);
    const samples = bundles.map((): Sample[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      report.step('starting fresh processes', round / ROUNDS);
      for (let turn = 0; turn < bundles.length; turn++) {
        // Each round starts with another bundle.
        const index = (round + turn) % bundles.length;
        const { file = '', clones = false } = bundles[index] ?? {};
        const message = clones ? await bench.drop(`${round}-${index}/`) : undefined;
        samples[index]?.push(await startOnce(file, message, bench, secrets));
      }
    }
    return findingsOf(bundles, samples, await sizeOf(lambdaBundleOptions));
  } finally {
    secrets.close();
    await bench.close();
    rmSync(folder, { recursive: true });
  }
}

function findingsOf(
  bundles: readonly Bundle[],
  samples: readonly Sample[][],
  deployedBytes: number,
): Findings {
  const medians = samples.map((each) => ({
    load: median(each.map(({ load }) => load)),
    init: median(each.map(({ load, create }) => load + create)),
    clone: median(
      each.flatMap(({ load, create, clone }) => (clone === undefined ? [] : load + create + clone)),
    ),
    peak: median(each.map(({ peakMegabytes }) => peakMegabytes)),
  }));
  const [floor, ours, others] = medians;
  const overFloor = (of: 'load' | 'init') =>
    ((ours?.[of] ?? NaN) - (floor?.[of] ?? NaN)) / ((others?.[of] ?? NaN) - (floor?.[of] ?? NaN));
  const loadRatio = overFloor('load');
  return {
    tables: [startTable(bundles, medians, overFloor)],
    targets: [
      {
        demand: `import, minus an empty handler: at most ${MOST_OF_DEFAULT} × the time of the default bundle`,
        measured: loadRatio.toFixed(2),
        met: loadRatio <= MOST_OF_DEFAULT,
      },
      sizeTarget(deployedBytes),
    ],
  };
}

/** Of one bundle. */
type Medians = Record<'load' | 'init' | 'clone' | 'peak', number>;

function startTable(
  bundles: readonly Bundle[],
  medians: readonly Medians[],
  overFloor: (of: 'load' | 'init') => number,
): Table {
  return {
    title: 'Time to load the handler, and to finish the first clone (ms)',
    columns: ['', 'KB', 'import', 'import + createHandler', 'first clone finished', 'peak RSS (MB)'],
    rows: medians.map(({ load, init, clone, peak }, index) => [
      bundles[index]?.name ?? '',
      Math.round((bundles[index]?.bytes ?? 0) / 1000),
      load.toFixed(1),
      init.toFixed(1),
      Number.isNaN(clone) ? '' : clone.toFixed(1),
      Math.round(peak),
    ]),
    notes: [
      `Medians of ${ROUNDS} fresh processes each, in turn. Times do not include the start of Node ` +
        'itself. The clone has two samples of 3 and 4 KB. S3, Secrets Manager and the API run on this ' +
        'machine and answer immediately.',
      'The bundle includes the clients that not every clone needs, and the function creates them on ' +
        'first use. A client costs the difference between `this function` and the row without it. Loading ' +
        'it on first use would cost more than it saves, because the code that it shares with S3’s client ' +
        'could not be tree-shaken.',
      `Minus the empty handler’s time, the import takes ${overFloor('load').toFixed(2)} × the time of ` +
        `the default bundle, and with createHandler ${overFloor('init').toFixed(2)} ×.`,
    ],
  };
}

function sizeTarget(bytes: number): Target {
  return {
    demand: `function bundle: at most ${MOST_BYTES / 1000} KB`,
    measured: `${Math.round(bytes / 1000)} KB`,
    met: bytes <= MOST_BYTES,
  };
}

interface Bundle {
  name: string;
  file: string;
  bytes: number;
  /** Whether it can clone a folder. */
  clones: boolean;
}

async function bundleAll(folder: string): Promise<Bundle[]> {
  // As in the deployed bundle: otherwise, Node would have to detect the type of each module.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
  const clients = await rareClients();
  const all = [
    ...Object.entries(candidates).map(([name, options]) => {
      return { name, options, clones: name.includes('this function') };
    }),
    ...clients.map((client) => ({ name: `without ${client}`, options: without(client), clones: false })),
  ];
  return Promise.all(
    all.map(async ({ options, ...bundle }, index) => {
      const file = join(folder, `${index}.js`);
      await build({ ...options, outfile: file });
      return { ...bundle, file, bytes: statSync(file).size };
    }),
  );
}

async function sizeOf(options: BuildOptions): Promise<number> {
  const { outputFiles } = await build({ ...options, write: false });
  return outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
}

/** The program of each fresh process. It loads only the bundle. */
const PROGRAM = `
  ${peakMemory.toString()}
  const [file, event] = process.argv.slice(1);
  const start = performance.now();
  const { createHandler, handler: created } = require(file);
  const loaded = performance.now();
  const handler = created ?? createHandler();
  const ready = performance.now();
  const report = (times) => require('node:fs').writeSync(3, JSON.stringify({
    load: loaded - start, create: ready - loaded, peakMegabytes: peakMemory() / 1e6, ...times,
  }));
  if (!event) report();
  else handler(JSON.parse(event), { awsRequestId: 'bench', getRemainingTimeInMillis: () => 900_000 }).then((response) => {
    if (response.batchItemFailures.length > 0) throw new Error('The folder was not cloned');
    report({ clone: performance.now() - ready });
    process.exit();
  });
`;

async function startOnce(
  file: string,
  message: SQSRecord | undefined,
  { aws, api }: Bench,
  secrets: SecretsManager,
): Promise<Sample> {
  const event = message ? [JSON.stringify({ Records: [message] })] : [];
  const child = spawn(process.execPath, ['-e', PROGRAM, file, ...event], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    env: {
      ...functionVariables(aws),
      AWS_SESSION_TOKEN: 'token',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      CALLERS_API_URL: api.url,
      CALLERS_API_KEY_SECRET_ID: 'callers',
      SETTLE_SECONDS: '0',
    },
  });
  return JSON.parse(await text(child.stdio[3] as Readable)) as Sample;
}
