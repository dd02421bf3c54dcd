import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalPipeline, startLocalPipeline } from '../../cli/local/pipeline.ts';
import { localAwsVariables } from '../../emulators/aws.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { programFile, programNode } from '../support/program.ts';
import { type Fault, type S3Proxy, startS3Proxy } from '../support/s3-proxy.ts';
import { startOnTerminal, type TerminalProgram } from '../support/terminal.ts';
import { wav } from '../support/wav.ts';

const MIB = 1024 ** 2;

let pipeline: LocalPipeline;
let proxy: S3Proxy;
let home: string;
let environment: Record<string, string>;
let running: TerminalProgram[] = [];
let tests = 0;
let place: string;

beforeAll(async () => {
  pipeline = await startLocalPipeline({
    port: 0,
    environment: { SETTLE_SECONDS: '0' },
    cloneMilliseconds: 0,
  });
});
afterAll(async () => pipeline.close());

beforeEach(async () => {
  proxy = await startS3Proxy(pipeline.endpoint);
  environment = { ...localAwsVariables, AWS_ENDPOINT_URL_S3: proxy.url };
  home = await mkdtemp(join(tmpdir(), 'callers-voice-'));
  place = `s3://voices/terminal-${++tests}`;
});
afterEach(async () => {
  for (const program of running) program.kill('SIGKILL');
  running = [];
  await proxy.close();
  await rm(home, { recursive: true });
});

async function voiceFolder(
  name: string,
  samples: Record<string, Buffer>,
  voice = 'A good voice',
): Promise<string> {
  const path = join(home, name);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'manifest.json'), JSON.stringify({ name: voice }));
  for (const [sample, bytes] of Object.entries(samples)) await writeFile(join(path, sample), bytes);
  return path;
}

function onTerminal(args: string[], columns: number, more: Record<string, string> = {}): TerminalProgram {
  const program = startOnTerminal(args, { environment: { ...environment, ...more }, columns, cwd: home });
  running.push(program);
  return program;
}

/** The lines on its screen, except those that depend on how fast this machine is. */
async function linesOf(program: TerminalProgram): Promise<string[]> {
  const lines = await program.lines();
  return lines.filter((line) => line !== 'ann: cloning' && !/^Waiting for .* without a byte$/.test(line));
}

/** Holds back the parts of large samples until the returned function is called. */
function holdParts(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  proxy.intercept = async (_request, query): Promise<Fault> => {
    if (query.has('partNumber')) await promise;
    return 'pass';
  };
  return resolve;
}

describe('the bars of drop', () => {
  it.each([40, 80, 200])(
    'fit into %d columns, move with the bytes, and leave nothing behind',
    async (columns) => {
      await voiceFolder('ann', { 'short.wav': wav(2000), 'long.wav': wav(24 * MIB) });
      const release = holdParts();
      const program = onTerminal(['drop', 'ann', place], columns);
      // Neither 0 % nor 100 %: the parts are on their way.
      await program.shows(/(?<!\d)[1-9]\d?% of 24\.0 MiB .*long\.wav$/);
      await program.shows(/% of 24\.0 MiB  .*left  total$/);
      for (const line of await linesOf(program)) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      release();
      expect(await program.ends()).toBe(0);
      const lines = await linesOf(program);
      expect(lines.slice(0, 5)).toEqual([
        '  ↑ ann/short.wav 2 KiB',
        '  ↑ ann/long.wav 24.0 MiB',
        'ann: all is uploaded',
        'ann: succeeded',
        expect.stringMatching(/^FOLDER +STATUS +VOICE +ID$/),
      ]);
      expect(lines).toHaveLength(6);
    },
  );

  it('show rate and time left where there is room', async () => {
    await voiceFolder('ann', { 'long.wav': wav(24 * MIB) });
    const release = holdParts();
    const program = onTerminal(['drop', 'ann', place, '--no-wait'], 100);
    await program.shows(/^█+░+ +\d+% of 24\.0 MiB  [\d.]+ [KM]iB\/s  \d+:\d\d left  total$/);
    release();
    expect(await program.ends()).toBe(0);
  });

  it('are gone when an upload fails or is interrupted', async () => {
    await voiceFolder('ann', { 'long.wav': wav(24 * MIB) });
    holdParts();
    const program = onTerminal(['drop', 'ann', place], 80);
    await program.shows(/% of 24\.0 MiB .*long\.wav$/);
    program.type('\u0003');
    expect(await program.ends()).toBe(130);
    const lines = (await linesOf(program)).filter((line) => line !== '^C');
    expect(lines[0]).toMatch(/^FOLDER +STATUS/);
    expect(lines[2]).toMatch(/^error: ann: interrupted: the manifest was not uploaded/);
    expect(lines.join('\n')).not.toMatch(/[█░]/);
  });

  it.each([
    ['TERM=dumb', { TERM: 'dumb' }, []],
    ['--quiet', {}, ['--quiet']],
  ])('are not drawn with %s', async (_what, variables, args) => {
    await voiceFolder('ann', { 'long.wav': wav(9 * MIB) });
    const program = onTerminal(['drop', 'ann', place, ...args], 80, variables);
    expect(await program.ends()).toBe(0);
    expect(program.raw).not.toContain('\u001b');
    expect(program.raw).not.toContain('█');
    expect(program.raw === '').toBe(args.length > 0);
  });
});

describe('a line that counts', () => {
  it('says how many folders are compared with the bucket, and is gone when they are', async () => {
    await voiceFolder('all/ann', { 'one.wav': wav(2000) });
    await voiceFolder('all/bob', { 'one.wav': wav(2000) });
    const { promise, resolve } = Promise.withResolvers<void>();
    proxy.intercept = async (_request, query): Promise<Fault> => {
      if (query.get('prefix')?.endsWith('/bob/')) await promise;
      return 'pass';
    };
    const program = onTerminal(['drop', 'all', place, '--no-wait'], 80);
    await program.shows(/^Comparing 1 of 2 folders with the bucket …$/);
    resolve();
    expect(await program.ends()).toBe(0);
    expect(program.raw).toContain('Checking 1 of 2 folders …');
    expect((await linesOf(program)).join('\n')).not.toContain('…');
  });

  it('is written to standard error by check, and is gone in the end', async () => {
    await voiceFolder('all/ann', { 'one.wav': wav(2000) });
    await voiceFolder('all/bob', { 'one.wav': wav(2000) });
    const program = onTerminal(['check', 'all'], 80);
    expect(await program.ends()).toBe(0);
    expect(program.raw).toContain('Checking 1 of 2 folders …');
    expect((await linesOf(program)).join('\n')).not.toContain('Checking');
    expect((await callersVoice(['check', join(home, 'all')])).stderr).toBe('');
  });
});

describe('tables', () => {
  it.each([80, 120])(
    'fit into %d columns beside wide letters, with ids that can be copied',
    async (columns) => {
      await voiceFolder(
        '日本語の声',
        { 'one.wav': wav(2000) },
        'A voice whose name is long enough to be cut off',
      );
      await voiceFolder('ann', { 'one.wav': wav(3000) }, '受付の声です');
      expect((await callersVoice(['drop', home, place, '--quiet'], environment)).exitCode).toBe(0);
      const program = onTerminal(['status', place], columns);
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

  it('are not truncated when piped', async () => {
    const name = 'A voice whose name is long enough to be cut off, were this a terminal of 80 columns';
    await voiceFolder('ann', { 'one.wav': wav(2000) }, name);
    const { stdout } = await callersVoice(['drop', 'ann', place], environment, home);
    expect(stdout).toContain(name);
  });
});

describe('status --watch', () => {
  it('redraws the table on a terminal until everything has ended', async () => {
    await voiceFolder('ann', { 'one.wav': wav(2000) });
    const { promise, resolve } = Promise.withResolvers<void>();
    const dropped = callersVoice(
      ['drop', 'ann', place, '--no-wait'],
      { ...environment, AWS_ENDPOINT_URL_S3: pipeline.endpoint },
      home,
    );
    expect((await dropped).exitCode).toBe(0);
    let isOver = false;
    void promise.then(() => {
      isOver = true;
    });
    // As if the function had not started.
    proxy.intercept = (request) => (!isOver && request.endsWith('.json') ? { status: 404 } : 'pass');
    const program = onTerminal(['status', place, '--watch'], 100);
    await program.shows(/^ann\/ +no result yet/);
    resolve();
    expect(await program.ends()).toBe(0);
    const lines = await linesOf(program);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^ann\/ +succeeded +A good voice/);
  });

  it('says between the tables that the network is gone, and leaves nothing behind', async () => {
    await voiceFolder('ann', { 'one.wav': wav(2000) });
    expect((await callersVoice(['drop', 'ann', place], environment, home)).exitCode).toBe(0);
    let looks = 0;
    proxy.intercept = (request, query): Fault => {
      if (query.has('list-type')) looks += 1;
      // The first look finds no result, the second no network, even when retried.
      if (looks === 1) return request.endsWith('.json') ? { status: 404 } : 'pass';
      return looks <= 4 ? 'drop' : 'pass';
    };
    const program = onTerminal(['status', place, '--watch'], 200);
    expect(await program.ends()).toBe(0);
    expect(await linesOf(program)).toEqual([
      expect.stringMatching(/^S3 is unreachable/),
      expect.stringMatching(/^FOLDER/),
      expect.stringMatching(/^ann\/ +succeeded/),
    ]);
  });

  it('exits with 130 on Ctrl-C, and leaves the last table', async () => {
    await voiceFolder('ann', { 'one.wav': wav(2000) });
    expect((await callersVoice(['drop', 'ann', place, '--no-wait'], environment, home)).exitCode).toBe(0);
    proxy.intercept = (request) => (request.endsWith('.json') ? { status: 404 } : 'pass');
    const program = onTerminal(['status', place, '--watch'], 100);
    await program.shows(/no result yet/);
    program.type('\u0003');
    expect(await program.ends()).toBe(130);
    expect((await linesOf(program)).join('\n')).toMatch(/^FOLDER .*\nann\/ +no result yet/);
  });
});

describe('a question', () => {
  it('is asked for the name of a voice, on a terminal', async () => {
    const path = await voiceFolder('ann', { 'one.wav': wav(2000) });
    await rm(join(path, 'manifest.json'));
    const program = onTerminal(['init', '--locale', 'en-GB', 'ann'], 80);
    await program.shows(/Name of the voice:/);
    program.type('Amelia, receptionist\r');
    expect(await program.ends()).toBe(0);
    expect((await program.lines()).join('\n')).toMatch(/Wrote ann\/manifest\.json/);
  });
});

describe('a reader that closes the pipe early', () => {
  /** What a shell prints for a pipeline, and the program's exit code in it. */
  async function inShell(pipe: string): Promise<{ text: string; exitCode: string }> {
    // The whole `PATH`, so that ffmpeg is not found.
    const bin = join(home, 'bin');
    await mkdir(bin, { recursive: true });
    await symlink('/usr/bin/head', join(bin, 'head')).catch(() => {});
    const program = `'${programNode}' '${programFile}'`;
    const script = `${pipe.replaceAll('callers-voice-clone', program)}; echo "exit \${PIPESTATUS[0]}" >&2`;
    return new Promise((resolve) => {
      const env = { PATH: bin, HOME: home, ...environment };
      execFile('/bin/bash', ['-c', script], { cwd: home, env }, (_error, _stdout, stderr) => {
        const [, text = '', exitCode = ''] = /^([\s\S]*)exit (\d+)\n$/.exec(stderr) ?? [];
        resolve({ text, exitCode });
      });
    });
  }

  it.each([
    ['check many | head -1', 'callers-voice-clone check many | head -1'],
    ['check --json | true', 'callers-voice-clone check many --json | true'],
    ['status --json | true', 'callers-voice-clone status s3://voices --json | true'],
    ['--help | true', 'callers-voice-clone drop --help | true'],
  ])('as in %s causes no stack trace', async (_what, pipe) => {
    // More than a pipe holds: 64 KiB.
    const name = 'n'.repeat(240);
    const count = pipe.includes('many') ? 300 : 1;
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        voiceFolder(`many/${name}-${index}`, { 'one.wav': wav(200) }),
      ),
    );
    expect(await inShell(pipe)).toEqual({ text: '', exitCode: '0' });
  });

  it('of the progress does not stop an upload', async () => {
    await voiceFolder('ann', { 'one.wav': wav(2000), 'two.wav': wav(3000) });
    await inShell(`callers-voice-clone drop ann ${place} 2>&1 | true`);
    const { stdout } = await callersVoice(['status', place], environment);
    expect(stdout).toMatch(/^ann\/ +succeeded/m);
  });
});

describe('symbolic links', () => {
  it('to folders are followed by drop', async () => {
    const path = await voiceFolder('real/ann', { 'one.wav': wav(2000) });
    await mkdir(join(home, 'linked'));
    await symlink(path, join(home, 'linked/bob'));
    await symlink('nowhere', join(home, 'linked/broken'));
    const { exitCode, stdout } = await callersVoice(['drop', 'linked', place], environment, home);
    expect(stdout).toMatch(/\/bob\/ +succeeded/);
    expect(exitCode).toBe(0);
  });
});
