import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleLambda, lambdaBundleFolder } from '../../../functions/bundle.ts';
import { installed } from '../../support/installed.ts';
import { median } from '../benchmark.ts';
import type { CandidateName } from './candidates.ts';
import type { Job, Report } from './job.ts';
import type { Servers } from './servers.ts';
import type { Received } from './sink.ts';

/** So many samples of one size. */
export interface Shape {
  count: number;
  bytes: number;
}

/** One upload, in a process of its own. */
export interface Run extends Report {
  received: Received;
  /** Bytes of samples in a second. */
  throughput: number;
}

export interface Uploader {
  run(candidate: CandidateName, shape: Shape, servers: Servers, inside?: string[]): Promise<Run>;
}

/**
 * Gets everything ready that uploads need. The uploader is bundled, so that its memory is that of the product and not that
 * of Node's TypeScript loader.
 */
export async function prepareUploader({ peers = false } = {}): Promise<Uploader> {
  const bundle = await bundleUploader();
  await bundleLambda();
  const peersFolder = peers ? installed('upload-peers', peerPackages) : undefined;
  let runs = 0;
  return {
    async run(candidate, shape, servers, inside = []) {
      const { source, sink, certificateFile } = servers;
      const job: Job = {
        ...shape,
        source,
        sink,
        folder: `run-${process.pid}-${++runs}`,
        lambda: lambdaBundleFolder,
        ...(peersFolder !== undefined && { peers: peersFolder }),
      };
      const command: string[] = [...inside, process.execPath, bundle, candidate, JSON.stringify(job)];
      const [program = '', ...parameters] = command;
      const child = spawn(program, parameters, {
        env: {
          ...process.env,
          ...(certificateFile !== undefined && { NODE_EXTRA_CA_CERTS: certificateFile }),
        },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      const report = await reportOf(child, candidate);
      const received = await servers.received();
      return { ...report, received, throughput: (shape.count * shape.bytes) / report.seconds };
    },
  };
}

/** @throws {Error} when the uploader ends without a report. */
async function reportOf(child: ChildProcess, candidate: string): Promise<Report> {
  let report: Report | undefined;
  child.once('message', (message) => (report = message as Report));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (!report) throw new Error(`${candidate} ended with ${signal ?? code}`);
  return report;
}

const peerPackages = [
  '@elevenlabs/elevenlabs-js@2.73.0',
  '@cartesia/cartesia-js@4.2.0',
  'axios@1.21.1',
  'form-data@4.0.6',
];

async function bundleUploader(): Promise<string> {
  const folder = fileURLToPath(new URL('../../../dist/bench', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/uploader.cjs`;
  await build({
    entryPoints: [fileURLToPath(new URL('uploader.ts', import.meta.url))],
    outfile: `${file}.${process.pid}`,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
  });
  renameSync(`${file}.${process.pid}`, file);
  return file;
}

/** All runs of each candidate, round by round. */
export type Rounds = Map<CandidateName, Run[]>;

/** Who takes part in the first so many rounds. */
export interface Participant {
  name: CandidateName;
  rounds: number;
}

/**
 * Lets the candidates upload in turn, each round beginning with another, so that what the machine does meanwhile hits all
 * alike.
 *
 * @param onRun told before each run how much is over, from 0 to 1
 */
export async function inTurn(
  participants: readonly Participant[],
  run: (candidate: CandidateName) => Promise<Run>,
  onRun: (share: number) => void = () => {},
): Promise<Rounds> {
  const runs: Rounds = new Map(participants.map(({ name }) => [name, []]));
  const all = participants.reduce((sum, { rounds }) => sum + rounds, 0);
  let over = 0;
  for (let round = 0; over < all; round++) {
    const present = participants.filter(({ rounds }) => round < rounds);
    const first = round % present.length;
    for (const { name } of [...present.slice(first), ...present.slice(0, first)]) {
      onRun(over++ / all);
      runs.get(name)?.push(await run(name));
    }
  }
  return runs;
}

/** By how much one was faster than another: the median of the ratios within each round. */
export function speedup(rounds: Rounds, candidate: CandidateName, other: CandidateName): number {
  return ratio(rounds, candidate, other, ({ throughput }) => throughput);
}

/** How many times the CPU time of another one took for each byte, likewise. */
export function cpuRatio(rounds: Rounds, candidate: CandidateName, other: CandidateName): number {
  return ratio(rounds, candidate, other, cpuSecondsPerGigabyte);
}

export function cpuSecondsPerGigabyte({ cpuSeconds, seconds, throughput }: Run): number {
  return (cpuSeconds / (seconds * throughput)) * 1e9;
}

/** Of the rounds in which both took part. */
function ratio(
  rounds: Rounds,
  candidate: CandidateName,
  other: CandidateName,
  of: (run: Run) => number,
): number {
  const others = rounds.get(other) ?? [];
  const own = (rounds.get(candidate) ?? []).slice(0, others.length);
  return median(own.map((run, round) => of(run) / of(others[round] as Run)));
}
