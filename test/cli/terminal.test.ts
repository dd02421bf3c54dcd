import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect } from 'vitest';
import { it } from '../support/program-test.ts';
import type { Fault, S3Proxy } from '../support/s3-proxy.ts';
import { steadyLines } from '../support/terminal.ts';
import { wav } from '../support/wav.ts';

const MIB = 1024 ** 2;

/** Holds back the parts of large samples until the returned function is called. */
function holdParts(proxy: S3Proxy): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  proxy.intercept = async (_request, query): Promise<Fault> => {
    if (query.has('partNumber')) await promise;
    return 'pass';
  };
  return resolve;
}

describe('the bars of drop', () => {
  it.for([40, 80, 200])(
    'fit into %d columns, move with the bytes, and leave nothing behind',
    async (columns, { place, proxy, startOnTerminal, voiceFolder }) => {
      await voiceFolder('ann', {}, { 'short.wav': wav(2000), 'long.wav': wav(9 * MIB) });
      const release = holdParts(proxy);
      const program = startOnTerminal(['drop', 'ann', place, '-v'], columns);
      await program.shows(/↑ ann\/short\.wav/);
      // Neither 0 % nor 100 %: the parts are on their way.
      await program.shows(/(?<!\d)[1-9]\d?% of 9\.0 MiB .*long\.wav$/);
      await program.shows(/% of 9\.0 MiB  .*left  total$/);
      const bars = (await steadyLines(program)).filter((line) => line.includes('%'));
      expect(bars).toHaveLength(2);
      for (const line of bars) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      release();
      expect(await program.ends()).toBe(0);
      const lines = await steadyLines(program);
      expect(lines.slice(0, 6)).toEqual([
        expect.stringMatching(/^ann: a first voice \(billed/),
        '  ↑ ann/short.wav 2 KiB',
        '  ↑ ann/long.wav 9.0 MiB',
        'ann: all is uploaded',
        'ann: succeeded',
        expect.stringMatching(/^FOLDER +STATUS( +VOICE)? +ID$/),
      ]);
      expect(lines).toHaveLength(7);
    },
  );

  it('show rate and time left where there is room', async ({
    place,
    proxy,
    startOnTerminal,
    voiceFolder,
  }) => {
    await voiceFolder('ann', {}, { 'long.wav': wav(9 * MIB) });
    const release = holdParts(proxy);
    const program = startOnTerminal(['drop', 'ann', place, '--no-wait'], 100);
    await program.shows(/^█+░+ +\d+% of 9\.0 MiB  [\d.]+ [KM]iB\/s  \d+:\d\d left  total$/);
    release();
    expect(await program.ends()).toBe(0);
  });

  it('are gone when an upload fails or is interrupted', async ({
    place,
    proxy,
    startOnTerminal,
    voiceFolder,
  }) => {
    await voiceFolder('ann', {}, { 'long.wav': wav(9 * MIB) });
    holdParts(proxy);
    const program = startOnTerminal(['drop', 'ann', place], 80);
    await program.shows(/% of 9\.0 MiB .*long\.wav$/);
    program.type('\u0003');
    expect(await program.ends()).toBe(130);
    const lines = (await steadyLines(program)).filter((line) => line !== '^C');
    expect(lines[1]).toMatch(/^FOLDER +STATUS/);
    expect(lines[3]).toMatch(/^error: ann: interrupted: the manifest was not uploaded/);
    expect(lines.join('\n')).not.toMatch(/[█░]/);
  });

  it.for([
    ['TERM=dumb', { TERM: 'dumb' }, []],
    ['--quiet', {}, ['--quiet']],
  ] as const)(
    'are not drawn with %s',
    async ([_what, variables, args], { place, startOnTerminal, voiceFolder }) => {
      await voiceFolder('ann', {}, { 'long.wav': wav(9 * MIB) });
      const program = startOnTerminal(['drop', 'ann', place, ...args], 80, variables);
      expect(await program.ends()).toBe(0);
      expect(program.raw).not.toContain('\u001b');
      expect(program.raw).not.toContain('█');
      expect(program.raw === '').toBe(args.length > 0);
    },
  );
});

describe('a line that counts', () => {
  it('says how many folders are compared with the bucket, and is gone when they are', async ({
    place,
    proxy,
    startOnTerminal,
    voiceFolder,
  }) => {
    await voiceFolder('all/ann');
    await voiceFolder('all/bob');
    const { promise, resolve } = Promise.withResolvers<void>();
    proxy.intercept = async (_request, query): Promise<Fault> => {
      if (query.get('prefix')?.endsWith('/bob/')) await promise;
      return 'pass';
    };
    const program = startOnTerminal(['drop', 'all', place, '--no-wait'], 80);
    await program.shows(/^Comparing 1 of 2 folders with the bucket …$/);
    resolve();
    expect(await program.ends()).toBe(0);
    expect(program.raw).toContain('Checking 1 of 2 folders …');
    expect((await steadyLines(program)).join('\n')).not.toContain('…');
  });

  it('is written to standard error by check, and is gone in the end', async ({
    run,
    startOnTerminal,
    voiceFolder,
  }) => {
    await voiceFolder('all/ann');
    await voiceFolder('all/bob');
    const program = startOnTerminal(['check', 'all'], 80);
    expect(await program.ends()).toBe(0);
    expect(program.raw).toContain('Checking 1 of 2 folders …');
    expect((await steadyLines(program)).join('\n')).not.toContain('Checking');
    expect((await run('check', 'all')).stderr).toBe('');
  });
});

describe('tables', () => {
  it.for([80, 120])(
    'fit into %d columns beside wide letters, with ids that can be copied',
    async (columns, { home, place, drop, startOnTerminal, voiceFolder }) => {
      await voiceFolder('日本語の声', { name: 'A voice whose name is long enough to be cut off' });
      await voiceFolder('ann', { name: '受付の声です' }, { 'one.wav': wav(4000) });
      expect((await drop(home, '--quiet')).exitCode).toBe(0);
      const program = startOnTerminal(['status', place], columns);
      expect(await program.ends()).toBe(0);
      const [head = '', ...rows] = await program.lines();
      expect(rows).toHaveLength(2);
      const start = stringWidth(head.slice(0, head.indexOf('ID')));
      for (const row of rows) {
        expect(stringWidth(row)).toBeLessThanOrEqual(columns);
        const id = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(row);
        expect(stringWidth(row.slice(0, id?.index))).toBe(start);
      }
    },
  );

  it.for([80, 120])('of check fit into %d columns', async (columns, { startOnTerminal, voiceFolder }) => {
    const long = 'the recording of the receptionist, take 2.wav';
    await voiceFolder('ann', {}, { 'greeting.wav': wav(300_000), [long]: wav(88_200 * 61) });
    const program = startOnTerminal(['check', 'ann'], columns, { PATH: process.env['PATH'] ?? '' });
    await program.ends();
    const lines = await program.lines();
    const start = lines.findIndex((line) => line.startsWith('  SAMPLE'));
    const [head = '', first = '', second = ''] = lines.slice(start, start + 3);
    for (const line of [head, first, second]) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    expect(head).toMatch(
      columns === 80
        ? /LENGTH +FORMAT +kHz +CHANNELS +kb\/s +LUFS +PEAK dB$/
        : /LENGTH +FORMAT +RATE +CHANNELS +BIT RATE +LOUDNESS +PEAK$/,
    );
    expect(`${first}\n${second}`).toMatch(
      columns === 80 ? / 44\.1 +mono +705 / : / 44\.1 kHz +mono +705 kb\/s /,
    );
  });

  it('never cut a URL', async ({ prefix, startOnTerminal, voiceFolder }) => {
    const name = 'a-folder-whose-name-is-as-long-as-those-that-a-script-makes';
    await voiceFolder(name);
    const program = startOnTerminal(['drop', name, `s3://voices/${prefix}`], 80);
    expect(await program.ends()).toBe(0);
    expect((await program.lines()).join('\n')).toContain(`s3://voices/${prefix}${name}/`);
  });

  it('are not truncated when piped', async ({ drop, voiceFolder }) => {
    const name = 'A voice whose name is long enough to be cut off, were this a terminal of 80 columns';
    await voiceFolder('ann', { name });
    const { stdout } = await drop('ann');
    expect(stdout).toContain(name);
  });
});

describe('a question', () => {
  it('is asked for the name of a voice, on a terminal', async ({ startOnTerminal, voiceFolder }) => {
    const path = await voiceFolder('ann');
    await rm(join(path, 'manifest.json'));
    const program = startOnTerminal(['init', '--locale', 'en-GB', 'ann'], 80);
    await program.shows(/Name of the voice:/);
    program.type('Amelia, receptionist\r');
    expect(await program.ends()).toBe(0);
    expect((await program.lines()).join('\n')).toMatch(/Wrote ann\/manifest\.json/);
  });
});
