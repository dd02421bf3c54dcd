import { expect } from 'vitest';
import { it } from '../support/program-test.ts';
import { steadyLines } from '../support/terminal.ts';
import { wav } from '../support/wav.ts';

/** More than the listeners of one event of which Node warns. */
const FOLDERS = 12;
const names = Array.from({ length: FOLDERS }, (_, index) => `voice-${index + 10}`);
const first = 'a first voice (billed, unless the bucket knows these recordings)';
const told = [`${first} for each of 12`, ...names.map((name) => `${name}: succeeded`)];

const folders = async (
  voiceFolder: (name: string, manifest: object, samples: Record<string, Buffer>) => Promise<string>,
) => {
  for (const name of names) await voiceFolder(`all/${name}`, { name }, { 'one.wav': wav(2000) });
};

it('drop of many folders prints a line for each, and details with -v', async ({
  drop,
  place,
  run,
  voiceFolder,
}) => {
  await folders(voiceFolder);
  const { exitCode, stderr } = await drop('all');
  expect(stderr.trimEnd().split('\n').toSorted()).toEqual(told.toSorted());
  expect(exitCode).toBe(0);
  const { stderr: details } = await run('drop', 'all', `${place}/again`, '-v', '--no-wait');
  expect(details.match(/^ {2}↑ voice-\d+\/one\.wav 2 KiB$/gm)).toHaveLength(FOLDERS);
});

it.for([80, 120])('and no more on %d columns', async (columns, { place, startOnTerminal, voiceFolder }) => {
  await folders(voiceFolder);
  const program = startOnTerminal(['drop', 'all', place], columns);
  expect(await program.ends()).toBe(0);
  const lines = await steadyLines(program);
  expect(lines.slice(0, told.length).toSorted()).toEqual(told.toSorted());
  // The table of the voices.
  expect(lines.length).toBe(told.length + 1 + FOLDERS);
});
