import { rm } from 'node:fs/promises';
import { type Benchmark, type BenchmarkOptions, median, ratioAtMost, type Report } from './benchmark.ts';
import { programs } from '../support/debian.ts';
import { callersVoice, timed } from './timed-program.ts';
import { makeFolders } from './tools/folders.ts';

const ROUNDS = 3;
const FOLDERS = 200;
const SAMPLES = 5;
const MOST_OF_BEFORE = 0.6;
const MOST_OF_FIRST = 0.05;

/** How long `check` takes with ffmpeg. */
export const check: Benchmark = {
  name: 'check',
  description:
    `How long \`check\` takes to listen to ${FOLDERS * SAMPLES} recordings of 1 MB with ffmpeg, the first time and again. ` +
    'With --against, another commit takes turns.',
  seconds: 90,
  run,
};

async function run(report: Report, { against }: BenchmarkOptions = {}): Promise<void> {
  programs('ffmpeg');
  const folders = await makeFolders(FOLDERS, SAMPLES, 1e6);
  const cache = `${folders.path}-cache`;
  const look = async (commit?: string) => {
    const { seconds } = await timed(callersVoice(commit, 'check', folders.path), { XDG_CACHE_HOME: cache });
    return seconds;
  };
  const first: number[] = [];
  const again: number[] = [];
  const before: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    report.step(`round ${round + 1}`, round / ROUNDS);
    first.push(await look());
    again.push(await look());
    await rm(cache, { recursive: true });
    if (against !== undefined) before.push(await look(against));
    await rm(cache, { recursive: true, force: true });
  }
  await folders.remove();
  report.table({
    title: '`check`',
    columns: ['', 'seconds'],
    rows: [
      ['first', median(first).toFixed(1)],
      ['again', median(again).toFixed(1)],
      ...(against === undefined ? [] : [[against, median(before).toFixed(1)]]),
    ],
    notes: [`Medians of ${ROUNDS} rounds.`],
  });
  report.targets(
    ratioAtMost('`check` again, of the first time', again, first, MOST_OF_FIRST),
    ...(against === undefined
      ? []
      : [
          ratioAtMost(`\`check\`, of ${against}`, first, before, MOST_OF_BEFORE),
          ratioAtMost(`\`check\` again, of ${against}`, again, before, MOST_OF_FIRST),
        ]),
  );
}
