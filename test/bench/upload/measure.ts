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

/** How many samples, and the size of each. */
export interface Shape {
  count: number;
  bytes: number;
}

/** One upload in its own process. */
export interface Run extends Report {
  received: Received;
  /** Sample bytes per second. */
  throughput: number;
}

interface RunOptions {
  /** A command that runs the uploader. */
  inside?: string[];
  /** The folder of the function's bundle. @default - that of these sources */
  lambda?: string;
}

/** A process that uploads, measured. */
export interface Uploader {
  run(candidate: CandidateName, shape: Shape, servers: Servers, options?: RunOptions): Promise<Run>;
}

/**
 * Prepares everything that uploads need. Bundles the uploader, so that its memory does not include Node's TypeScript
 * loader.
 */
export async function prepareUploader({ peers = false } = {}): Promise<Uploader> {
  const bundle = await bundleUploader();
  await bundleLambda();
  const peersFolder = peers ? installed('upload-peers', peerPackages) : undefined;
  let runs = 0;
  return {
    async run(candidate, shape, servers, { inside = [], lambda = lambdaBundleFolder } = {}) {
      const { source, sink, certificateFile } = servers;
      const job: Job = {
        ...shape,
        source,
        sink,
        folder: `run-${process.pid}-${++runs}`,
        lambda,
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

/** @throws {Error} if the uploader ends without a report. */
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
export type Rounds<Name = CandidateName> = Map<Name, Run[]>;

/** A candidate that takes part in the first `rounds` rounds. */
export interface Participant<Name = CandidateName> {
  name: Name;
  rounds: number;
}

/**
 * Runs the candidates in turn. Each round starts with another candidate, so that other load on the machine affects all
 * of them equally.
 *
 * @param onRun called before each run with the share of runs that are done, from 0 to 1
 */
export async function inTurn<Name = CandidateName>(
  participants: readonly Participant<Name>[],
  run: (candidate: Name) => Promise<Run>,
  onRun: (share: number) => void = () => {},
): Promise<Rounds<Name>> {
  const runs: Rounds<Name> = new Map(participants.map(({ name }) => [name, []]));
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

/** A candidate's throughput divided by another's: the median over all rounds. */
export function speedup(rounds: Rounds, candidate: CandidateName, other: CandidateName): number {
  return ratio(rounds, candidate, other, ({ throughput }) => throughput);
}

/** A candidate's CPU time per byte divided by another's, in the same way. */
export function cpuRatio(rounds: Rounds, candidate: CandidateName, other: CandidateName): number {
  return ratio(rounds, candidate, other, cpuSecondsPerGigabyte);
}

/** CPU seconds for 10⁹ bytes, by a run’s throughput in bytes a second. */
export function cpuSecondsPerGigabyte({ cpuSeconds, seconds, throughput }: Run): number {
  return (cpuSeconds / (seconds * throughput)) * 1e9;
}

/** Uses the rounds in which both took part. */
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
