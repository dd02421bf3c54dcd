import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { lambdaBundleOptions, lambdaBundleWith, replacedCode } from '../../functions/bundle.ts';
import {
  atLeast,
  atMost,
  type Benchmark,
  median,
  middleHalf,
  type Report,
  type Table,
  type Target,
} from './benchmark.ts';
import { checkoutOf } from './checkout.ts';
import { encryptedMegabytes } from './counted-function.ts';
import { cpuSecondsPerGigabyte, inTurn, prepareUploader, type Run, type Uploader } from './upload/measure.ts';
import { startServers } from './upload/servers.ts';

const MEGABYTE = 1_000_000;
const small = { title: '10 × 1 MB', count: 10, bytes: MEGABYTE, rounds: 9, sink: {} };
/** Against another commit, whose figure is a target: a tenth of a second varies by a tenth. */
const smallOften = { ...small, rounds: 31 };
const large = { title: '1 × 1 GB', count: 1, bytes: 1000 * MEGABYTE, rounds: 3, sink: {} };
const steady = {
  title: '1 × 250 MB at 100 MB/s',
  count: 1,
  bytes: 250 * MEGABYTE,
  rounds: 3,
  sink: { bytesPerSecond: 100 * MEGABYTE },
};

const AS_IT_IS = 'this function';
const LEAST_GAIN = 0.03;

/** What each trick of the function brings, and how the function compares with another commit's. */
export const builds: Benchmark = {
  name: 'builds',
  description:
    'Compares this function with builds that do without one of its tricks, each of which must bring 3 % of time, memory or ' +
    'size. With --against, compares it with another commit’s instead.',
  seconds: 180,
  async run(report, { against } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'builds-'));
    try {
      const others = against === undefined ? await withoutTricks(folder) : { [against]: buildOf(against) };
      await compare(
        report,
        { [AS_IT_IS]: await bundle(lambdaBundleOptions, folder, 'own'), ...others },
        against,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

const YOUNG = 'V8: size of the young generation';

/** Lines of the sources that only make the function faster or smaller. */
const lines: [trick: string, file: RegExp, line: RegExp][] = [
  [YOUNG, /v8-settings\.ts$/, /.*'--semi-space.*\n/g],
  ['V8: compiling little', /v8-settings\.ts$/, /.*'--(?:no-sparkplug|invocation-count-).*\n/g],
  ['freeing what is sent', /multipart\.ts$/, /isOurs \? .*free\(bytes\) : undefined/g],
  ['freeing what is read', /multipart\.ts$/, /freeReads\(source\)/g],
];

async function withoutTricks(folder: string): Promise<Folders> {
  const options: Record<string, BuildOptions> = {
    ...Object.fromEntries(lines.map(([trick, file, line]) => [trick, without(file, line)])),
    ...Object.fromEntries(replacedCode.map((name) => [name, lambdaBundleWith(name)])),
  };
  const folders = Object.entries(options).map(
    async ([trick, each], index) => [`without ${trick}`, await bundle(each, folder, String(index))] as const,
  );
  return Object.fromEntries(await Promise.all(folders));
}

function without(filter: RegExp, line: RegExp): BuildOptions {
  const leaveOut: Plugin = {
    name: 'leave-out',
    setup(bundler) {
      bundler.onLoad({ filter }, ({ path }) => {
        const code = readFileSync(path, 'utf8');
        const contents = code.replaceAll(line, '');
        if (contents === code) throw new Error(`${path} does not contain ${line}`);
        return { contents, loader: 'ts' };
      });
    },
  };
  return { ...lambdaBundleOptions, plugins: [leaveOut, ...lambdaBundleOptions.plugins] };
}

async function bundle(options: BuildOptions, folder: string, name: string): Promise<string> {
  await build({ ...options, outfile: join(folder, name, 'index.js') });
  writeFileSync(join(folder, name, 'package.json'), '{ "type": "commonjs" }');
  return join(folder, name);
}

/** The function of another commit, built with that commit's dependencies. */
function buildOf(commit: string): string {
  const cwd = checkoutOf(commit);
  execFileSync(process.execPath, ['functions/bundle.ts'], { cwd });
  return join(cwd, 'dist/clone-voice');
}

async function compare(report: Report, folders: Folders, against: string | undefined): Promise<void> {
  const ratios: Ratios = new Map(Object.keys(folders).map((name) => [name, new Map<string, number[]>()]));
  noteSizes(ratios, folders);
  const uploader = await prepareUploader();
  const rss: Target[] = [];
  for (const load of loadsOf(against)) {
    const runs = await runAll(uploader, folders, load, report);
    noteRuns(ratios, load, runs);
    if (load.title !== large.title) continue;
    rss.push(rssTarget(load, runs));
    if (against !== undefined) report.targets(hashTarget(load, runs, against));
  }
  await noteEncrypted(ratios, folders, report);
  for (const [name, of] of ratios) {
    if (name === AS_IT_IS) continue;
    report.table(tableOf(name, of));
    report.targets(...(against === undefined ? [gainTarget(name, of)] : againstTargets(name, of)));
  }
  report.targets(...rss);
}

/** The folders of the builds, by name. */
type Folders = Record<string, string>;

/** What each build takes, divided by what this function takes in the same round, by measure. */
type Ratios = Map<string, Map<string, number[]>>;

function note(
  ratios: Ratios,
  name: string,
  measure: string,
  values: readonly number[],
  own: readonly number[],
): void {
  const inRounds = values.map((value, round) => value / (own[round] ?? NaN));
  ratios.get(name)?.set(measure, inRounds);
}

function noteSizes(ratios: Ratios, folders: Folders): void {
  const sizeOf = (folder = '') => statSync(join(folder, 'index.js')).size;
  const own = sizeOf(folders[AS_IT_IS]);
  for (const [name, folder] of Object.entries(folders)) note(ratios, name, 'bundle', [sizeOf(folder)], [own]);
}

/** What is uploaded. */
interface Load {
  title: string;
  /** The title, and how it is sent. */
  what: string;
  secure: boolean;
  count: number;
  bytes: number;
  rounds: number;
  sink: { bytesPerSecond?: number };
}

function loadsOf(against: string | undefined): Load[] {
  const plain = [against === undefined ? small : smallOften, large];
  const encrypted = against === undefined ? [large] : [smallOften, large, steady];
  return [
    ...plain.map((load) => ({ ...load, what: `${load.title}, plain`, secure: false })),
    ...encrypted.map((load) => ({ ...load, what: `${load.title}, TLS`, secure: true })),
  ];
}

type Runs = Map<string, Run[]>;

async function runAll(
  uploader: Uploader,
  folders: Folders,
  { title, what, secure, sink, rounds, ...shape }: Load,
  report: Report,
): Promise<Runs> {
  const servers = await startServers({ secure, ...sink });
  const present = title === small.title ? folders : withoutSmaller(folders);
  const runs = await inTurn<string>(
    Object.keys(present).map((name) => ({ name, rounds })),
    (name) => uploader.run('callers, the function', shape, servers, { lambda: present[name] ?? '' }),
    (share) => report.step(what, share),
  );
  servers.close();
  return runs;
}

/** Without the builds that differ only in code that does not run for each chunk. */
function withoutSmaller(folders: Folders): Folders {
  return Object.fromEntries(
    Object.entries(folders).filter(([name]) => !replacedCode.some((code) => name === `without ${code}`)),
  );
}

function noteRuns(ratios: Ratios, { what }: Load, runs: Runs): void {
  const own = runs.get(AS_IT_IS) ?? [];
  for (const [name, each] of runs) {
    for (const [measure, of] of measures)
      note(ratios, name, `${what}: ${measure}`, each.map(of), own.map(of));
  }
}

const measures: [measure: string, of: (run: Run) => number][] = [
  ['CPU', cpuSecondsPerGigabyte],
  ['RSS', rssOf],
  ['time', ({ seconds }) => seconds],
];

function rssOf({ peakRss = NaN }: Run): number {
  return peakRss;
}

function rssTarget({ what }: Load, runs: Runs): Target {
  const megabytes = median((runs.get(AS_IT_IS) ?? []).map(rssOf)) / MEGABYTE;
  return atMost(`${what}: median of the peak RSS at most 100 MB`, megabytes, 100, 'MB');
}

/** What hashing each sample may cost. */
function hashTarget({ what }: Load, runs: Runs, against: string): Target {
  const own = runs.get(AS_IT_IS) ?? [];
  const more = (runs.get(against) ?? []).map(
    (run, round) => cpuSecondsPerGigabyte(own[round] as Run) - cpuSecondsPerGigabyte(run),
  );
  const demand = `${what}: at most 0.8 CPU s/GB more than ${against}, with the hash of each sample`;
  return atMost(demand, median(more), 0.8, '', 2);
}

/** Only the size of the young generation matters there. */
async function noteEncrypted(ratios: Ratios, folders: Folders, report: Report): Promise<void> {
  const young = folders[`without ${YOUNG}`];
  if (young === undefined) return;
  report.step(KMS, 0.95);
  const [own = [], other = []] = await encryptedMegabytes([folders[AS_IT_IS] ?? '', young], KMS_ROUNDS);
  note(ratios, AS_IT_IS, `${KMS}: RSS`, own, own);
  note(ratios, `without ${YOUNG}`, `${KMS}: RSS`, other, own);
}

const KMS = '1000 samples, encrypted with KMS';
const KMS_ROUNDS = 5;

function tableOf(name: string, of: ReadonlyMap<string, readonly number[]>): Table {
  return {
    title: `${name}, as a multiple of ${AS_IT_IS}`,
    columns: ['', 'median', 'middle half'],
    rows: [...of].map(([measure, values]) => {
      const [low, high] = middleHalf(values);
      return [measure, median(values).toFixed(3), `${low.toFixed(2)} to ${high.toFixed(2)}`];
    }),
  };
}

/** A trick that does not bring this much in three of four rounds goes. */
function gainTarget(name: string, of: ReadonlyMap<string, readonly number[]>): Target {
  const measured = Math.max(...[...of.values()].map((values) => middleHalf(values)[0])) - 1;
  return atLeast(`${name}: at least 3 % more of something`, measured, LEAST_GAIN);
}

function againstTargets(commit: string, of: ReadonlyMap<string, readonly number[]>): Target[] {
  const inverse = (measure: string) => 1 / median(of.get(measure) ?? []);
  const cpu = `${small.title}, plain: CPU`;
  const time = `${steady.title}, TLS: time`;
  return [
    atMost(`${cpu} at most 0.8 × that of ${commit}`, inverse(cpu), 0.8, '', 2),
    atMost(`${time} at most 1.02 × that of ${commit}`, inverse(time), 1.02, '', 2),
  ];
}
