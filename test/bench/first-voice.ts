import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { node20 } from '../support/node-of.ts';
import { atMost, type Benchmark, type Report } from './benchmark.ts';
import { unpackCommit } from './checkout.ts';

const MOST_TIME = 0.45;
const MOST_DISK = 0.4;

/** How long somebody waits for the first voice, and how much the first command installs. */
export const firstVoice: Benchmark = {
  name: 'first-voice',
  description:
    'The first command of the README in a fresh clone with Node 20 and an empty npm cache: how long it takes, and how much ' +
    'it installs. With --against, the same of another commit, in the same run.',
  seconds: 60,
  async run(report, { against } = {}) {
    measure(report, against);
    return Promise.resolve();
  },
};

interface FirstVoice {
  command: string;
  seconds: number;
  megabytes: number;
}

function measure(report: Report, against: string | undefined): void {
  report.step('this commit', 0);
  const ours = firstVoiceOf('HEAD');
  const rows: [string, FirstVoice][] = [['this commit', ours]];
  if (against !== undefined) {
    report.step(against, 0.3);
    rows.push([against, firstVoiceOf(against)]);
  }
  report.table({
    title: 'The first voice',
    columns: ['commit', 'command', 'seconds', 'MB installed'],
    rows: rows.map(([name, { command, seconds, megabytes }]) => [
      name,
      command,
      seconds.toFixed(1),
      Math.round(megabytes),
    ]),
  });
  const theirs = rows[1]?.[1];
  if (!theirs) return;
  report.targets(
    atMost(`time: at most ${MOST_TIME} of ${against}`, ours.seconds / theirs.seconds, MOST_TIME, '', 2),
    atMost(`disk: at most ${MOST_DISK} of ${against}`, ours.megabytes / theirs.megabytes, MOST_DISK, '', 2),
  );
}

function firstVoiceOf(commit: string): FirstVoice {
  const folder = mkdtempSync(join(tmpdir(), 'first-voice-'));
  try {
    const clone = join(folder, 'clone');
    unpackCommit(commit, clone);
    const [command] =
      /^npm ci.* npm start -- --once$/m.exec(readFileSync(join(clone, 'README.md'), 'utf8')) ?? [];
    if (command === undefined) throw new Error(`The README of ${commit} has no first command`);
    const begun = performance.now();
    execFileSync('bash', ['-ec', command], {
      cwd: clone,
      env: {
        // Not this project's Node 24, nor npm's settings for this script.
        PATH: [dirname(node20()), ...(process.env['PATH'] ?? '').split(delimiter).filter(isOfTheSystem)].join(
          delimiter,
        ),
        HOME: process.env['HOME'],
        npm_config_cache: join(folder, 'cache'),
        ...registryOf(process.env),
      },
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    const seconds = (performance.now() - begun) / 1000;
    const [kilobytes] = execFileSync('du', ['-sk', 'node_modules'], { cwd: clone, encoding: 'utf8' }).split(
      '\t',
    );
    return { command, seconds, megabytes: Number(kilobytes) / 1024 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isOfTheSystem(folder: string): boolean {
  return !folder.includes('node_modules') && !folder.includes('node-gyp');
}

/** Where npm downloads from, if the environment says so. */
function registryOf({ npm_config_registry: registry }: NodeJS.ProcessEnv): Record<string, string> {
  return registry === undefined ? {} : { npm_config_registry: registry };
}
