import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { apiBehaviors } from './api-behaviors.ts';
import { disorders } from './deliveries.ts';
import { createDice } from './dice.ts';
import type { Folder } from './folders.ts';
import { judge, type Verdict } from './judge.ts';
import { killUploads } from './killed-uploads.ts';
import { createProgress, type Group, table } from './report.ts';
import { type Aftermath, run } from './run.ts';
import { s3Faults } from './s3-faults.ts';

/** With at least this many folders, every fault must have happened. */
const FOLDERS_THAT_SEE_ALL = 1_000;

/** One upload of a large sample is killed per this many folders, whose own samples are too small to kill midway. */
const FOLDERS_FOR_EACH_KILLED_UPLOAD = 20;

/** What really happened to drops with an unknown outcome. */
const unknowns: [what: string, made: Verdict['made']][] = [
  ['a voice exists', 'voice'],
  ['no voice, although the API got everything', 'no voice'],
  ['no voice, and the API never got everything', 'nothing'],
];

const options = new Command('npm run test:chaos --')
  .description(
    'Drops folders into the pipeline, with the deployed bundle in several processes, while the Callers API ' +
      'misbehaves, S3 fails, events arrive twice or late, and processes are killed. Then checks that no drop made ' +
      'more than one voice, and that every result tells what happened.',
  )
  .option('--folders <number>', 'number of folders', wholeNumber, 1_000)
  .option(
    '--seed <number>',
    'decides what goes wrong; the same seed repeats the same faults, although processes never run twice in exactly ' +
      'the same way (default: random)',
    wholeNumber,
  )
  .option('--numbers <file>', 'write the metrics that CloudWatch would have received')
  .addHelpText('after', '\nExit code: 0 if all promises were kept, 1 if not.')
  .parse()
  .opts<{ folders: number; seed?: number; numbers?: string }>();
await main(options.folders, options.seed ?? randomInt(1_000_000_000), options.numbers);

async function main(count: number, seed: number, numbersFile?: string): Promise<void> {
  const command = `npm run test:chaos -- --folders ${count} --seed ${seed}`;
  console.log(command);
  const progress = createProgress();
  const aftermath = await run({
    folders: count,
    seed,
    onProgress: progress.show,
    ...(numbersFile !== undefined && {
      onNumbers: (numbers: object) => writeFileSync(numbersFile, `${JSON.stringify(numbers)}\n`),
    }),
  });
  progress.end();
  const kills = Math.ceil(count / FOLDERS_FOR_EACH_KILLED_UPLOAD);
  const killed = await killUploads(kills, createDice(seed));

  const judged = aftermath.folders.map(({ folder, remains }) => ({
    folder,
    verdict: judge(folder, remains),
  }));
  const problems = [
    ...aftermath.problems,
    ...(count >= FOLDERS_THAT_SEE_ALL ? neverHappened(aftermath) : []),
    ...judged.flatMap(({ folder, verdict }) => describe(folder, verdict)),
    ...(killed.voices === kills && killed.ended.every((status) => status === 'succeeded')
      ? []
      : [`${kills} killed uploads ended as ${killed.ended.join(', ')}, with ${killed.voices} voices`]),
  ];
  for (const problem of problems) console.error(`\n${problem}`);
  console.log(`\n${summary(aftermath, seed, judged)}`);
  console.log(
    `\n${kills} uploads of 50 MB killed at random points, then redelivered: ${killed.voices} voices`,
  );
  if (problems.length === 0) return rm(dirname(aftermath.logFile), { recursive: true });
  process.exitCode = 1;
  console.error(`\n${problems.length} problems. The function's log: ${aftermath.logFile}`);
  console.error(`To repeat this run: ${command}`);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

type Judged = { folder: Folder; verdict: Verdict }[];

function describe({ prefix, story, arrival, history, calls }: Folder, { problems }: Verdict): string[] {
  if (problems.length === 0) return [];
  const what = problems.map((problem) => `${prefix} ${problem}`);
  const ends = calls.map(
    ({ name, request: { complete, status, voices } }, index) =>
      `          call ${index + 1} (${name}): body ${complete ? 'complete' : 'incomplete'}, ` +
      `answer ${status ?? 'none'}, ${voices.length} voices`,
  );
  return [[...what, `          ${story}, ${arrival}`, ...history, ...ends].join('\n')];
}

function summary(aftermath: Aftermath, seed: number, judged: Judged): string {
  const count = (is: (verdict: Verdict) => boolean) => judged.filter(({ verdict }) => is(verdict)).length;
  const calls = judged.flatMap(({ folder }) => folder.calls);
  return table([
    ...troubles(aftermath),
    { title: 'What happened to processes', rows: Object.entries(aftermath.processes) },
    { title: 'What people did', rows: Object.entries(aftermath.uploads) },
    {
      title: 'Outcome',
      rows: [
        ['seed', seed],
        ['seconds', Math.round(aftermath.seconds)],
        ['folders', judged.length],
        ['API calls', calls.length],
        ['voices made', calls.flatMap(({ request }) => request.voices).length],
        ['succeeded', count(({ status }) => status === 'succeeded')],
        ['failed', count(({ status }) => status === 'failed')],
        ['unknown', count(({ status }) => status === 'unknown')],
        ...unknowns.map(([what, made]): [string, number] => [
          `unknown: ${what}`,
          count((each) => each.status === 'unknown' && each.made === made),
        ]),
        ['dead letters', aftermath.deadLetters],
        ['duplicates', judged.reduce((sum, { verdict }) => sum + verdict.duplicates, 0)],
        [
          'calls after a voice may have been made',
          judged.reduce((sum, { verdict }) => sum + verdict.repeatedCalls, 0),
        ],
        ['not finished', count(({ isFinished }) => !isFinished)],
        ['lost', count(({ lost }) => lost)],
      ],
    },
  ]);
}

/** Every kind of trouble, and how often it happened. */
function troubles({ s3Faults: s3, apiBehaviors: api, disorders: events }: Aftermath): Group[] {
  const rows = (kinds: readonly { name: string }[], happened: ReadonlyMap<string, number>) =>
    kinds.map(({ name }) => [name, happened.get(name) ?? 0] as const);
  return [
    { title: 'What went wrong with S3', rows: rows(s3Faults, s3) },
    { title: 'What the API did', rows: rows(apiBehaviors, api) },
    { title: 'What happened to events', rows: rows(disorders, events) },
  ];
}

function neverHappened(aftermath: Aftermath): string[] {
  return troubles(aftermath).flatMap(({ title, rows }) =>
    rows.flatMap(([name, times]) => (times === 0 ? [`${title}: never ${name}`] : [])),
  );
}
