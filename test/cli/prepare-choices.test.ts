import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ffmpegThat } from '../support/altered-ffmpeg.ts';
import { startCallersVoice } from '../support/callers-voice.ts';
import { environment, preparedFolder } from '../support/prepared-folder.ts';
import { recordings } from '../support/recordings.ts';
import { startOnTerminal } from '../support/terminal.ts';

const { call, speech, ffmpeg } = recordings();
const { here, folder, run } = preparedFolder();

describe('prepare where two speak', () => {
  beforeAll(() => folder('call', { 'call.wav': call() }));

  it('wants an option if there is no terminal', async () => {
    const { exitCode, stderr } = await run(['call']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('call.wav: one voice is on the left and another on the right');
    expect(stderr).toContain('--channel left or --channel right, or for a file --channel "call.wav=left"');
  });

  it.each([
    ['middle', '--channel middle: "middle" is neither left nor right'],
    ['two.wav=left', '--channel two.wav=left: there is no sample "two.wav" in stereo'],
  ])('refuses --channel %s', async (channel, message) => {
    const { exitCode, stderr } = await run(['call', '--channel', channel]);
    expect([exitCode, stderr]).toEqual([2, `error: ${message}\n`]);
  });

  it('asks on a terminal', async () => {
    const program = startOnTerminal(['prepare', 'call', '--dry-run'], {
      environment,
      cwd: here(),
      columns: 120,
    });
    await program.shows(/Two people speak in call\.wav\. Whose voice is to be cloned\?/);
    await program.shows(/left, which speaks for 8\.0 s/);
    program.type('\u001b[B\r');
    expect(await program.ends()).toBe(0);
    const lines = await program.lines();
    expect(lines).toContain('      only the right channel');
    expect(lines).toContainEqual(expect.stringMatching(/^ {6}cut 0:00\.0 to 0:07\.\d, 7\.\d s$/));
    expect(lines.at(-1)).toBe('Nothing was written.');
    expect(existsSync(join(here(), 'call-prepared'))).toBe(false);
  });
});

describe('prepare refuses', () => {
  beforeAll(() => folder('plain', { 'one.caf': ffmpeg('one.caf', ['-c:a', 'pcm_s16le']) }));

  it('to write into a folder that exists, or into the original one', async () => {
    mkdirSync(join(here(), 'there'));
    expect(await run(['plain', '--to', 'there'])).toMatchObject({
      exitCode: 1,
      stderr: 'error: there already exists: name another folder with --to, or delete it\n',
    });
    expect(await run(['plain/', '--to', 'plain'])).toMatchObject({ exitCode: 1 });
    const beside = await run(['plain/.', '--dry-run']);
    expect(beside.stdout).toContain(`plain/. → ${join(here(), 'plain-prepared')}\n`);
    expect(await run(['plain', '--to', 'plain/new'])).toMatchObject({
      exitCode: 2,
      stderr: 'error: plain/new is inside plain: name another folder with --to\n',
    });
  });

  it('what a person has to correct', async () => {
    folder('wrong', { 'one.wav': speech() }, { name: 'A', files: ['one.wav', 'two.wav'] });
    const { exitCode, stderr } = await run(['wrong']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: Fix these first; "callers-voice-clone check wrong" shows more:\n {7}manifest\.json name /,
    );
    expect(await run(['nowhere'])).toMatchObject({
      exitCode: 2,
      stderr: 'error: There is no folder nowhere\n',
    });
  });

  it('to do without ffmpeg, and says what to do', async () => {
    const { exitCode, stderr } = await run(['plain'], { PATH: '/nonexistent' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: prepare needs ffmpeg, but ffmpeg is not on PATH\n {7}Install a complete ffmpeg/,
    );
  });

  it.each([
    ['to edit', 'pan='],
    ['to save', '.partial-'],
  ])(
    'an ffmpeg that lacks what it needs %s, says what to do, and leaves nothing half done',
    async (_, what) => {
      folder('old', { 'call.wav': call() });
      const PATH = ffmpegThat(here(), `*${what}*) echo "No such filter: 'pan'" >&2; exit 1;;`);
      mkdirSync(join(here(), 'tmp'), { recursive: true });
      const { exitCode, stderr } = await run(['old', '--channel', 'left'], {
        PATH,
        TMPDIR: join(here(), 'tmp'),
      });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^error: ffmpeg failed: No such filter: 'pan'\n {7}Install a complete ffmpeg/);
      expect(readdirSync(here()).filter((name) => /old/.test(name))).toEqual(['old']);
      expect(readdirSync(join(here(), 'tmp'))).toEqual([]);
    },
  );

  it('to advise another ffmpeg if the disk is full', async () => {
    folder('full', { 'one.caf': ffmpeg('one.caf', ['-c:a', 'pcm_s16le']) });
    const PATH = ffmpegThat(here(), '*pcm_f32le*) echo "0.wav: No space left on device" >&2; exit 1;;');
    expect(await run(['full'], { PATH })).toMatchObject({
      exitCode: 1,
      stderr: `error: ${tmpdir()} cannot be written, because the disk is full: free some space, or set TMPDIR to another folder\n`,
    });
  });

  it.each([
    ['No space left on device', 'the disk is full'],
    ['Disk quota exceeded', 'your quota of the disk is used up'],
  ])('to save a part of a recording if ffmpeg succeeds, and says "%s"', async (words, why) => {
    folder('cut', { 'one.caf': ffmpeg('one.caf', ['-c:a', 'pcm_s16le']) });
    const PATH = ffmpegThat(
      here(),
      `*.partial-*) for to; do :; done; head -c 40000 cut/one.caf > "\${to#file:}"; echo "Error writing trailer: ${words}" >&2; exit;;`,
    );
    expect(await run(['cut'], { PATH })).toMatchObject({
      exitCode: 1,
      stderr: `error: cut-prepared cannot be written, because ${why}: free some space, or name another folder with --to\n`,
    });
    expect(readdirSync(here()).filter((name) => /cut/.test(name))).toEqual(['cut']);
  });

  it.each(['Ctrl-C', 'SIGTERM'])('to leave anything behind when it is interrupted by %s', async (how) => {
    folder('long', { 'one.caf': ffmpeg('one.caf', ['-c:a', 'pcm_s16le']) });
    const PATH = ffmpegThat(here(), '*pcm_f32le*) exec sleep 20;;');
    const TMPDIR = join(here(), `interrupted-${how}`);
    mkdirSync(TMPDIR);
    const program = startOnTerminal(['prepare', 'long'], {
      environment: { PATH, TMPDIR },
      cwd: here(),
    });
    await program.shows(/^Preparing 1 of 1 samples/);
    if (how === 'SIGTERM') program.kill('SIGTERM');
    else program.type('\u0003');
    expect(await program.ends()).toBe(130);
    expect(readdirSync(TMPDIR)).toEqual([]);
    expect(readdirSync(here()).filter((name) => /long/.test(name))).toEqual(['long']);
  });

  it('to call ffmpeg broken when Ctrl-C reached it first', async () => {
    folder('first', { 'one.caf': ffmpeg('one.caf', ['-c:a', 'pcm_s16le']) });
    const PATH = ffmpegThat(here(), '*pcm_f32le*) kill -INT $$;;');
    const program = startCallersVoice(['prepare', 'first'], { PATH }, here());
    expect(await program.ends()).toBe(130);
    expect(program.stderr).not.toContain('ffmpeg');
    expect(readdirSync(here()).filter((name) => /first/.test(name))).toEqual(['first']);
  });

  it('to leave ffmpeg running when SIGTERM ends only the program itself', async () => {
    folder('ended', { 'one.caf': ffmpeg('one.caf', ['-c:a', 'pcm_s16le']) });
    const pipe = join(here(), 'held');
    execFileSync('mkfifo', [pipe]);
    // Opened as soon as this runs, closed as soon as it does not.
    const PATH = ffmpegThat(here(), `*pcm_f32le*) exec sleep 600 > ${pipe};;`);
    const program = startCallersVoice(['prepare', 'ended'], { PATH }, here());
    const held = createReadStream(pipe).resume();
    const closed = once(held, 'close');
    await once(held, 'open');
    program.child.kill('SIGTERM');
    expect(await program.ends()).toBe(130);
    await closed;
  });

  it('to replace what another prepare wrote meanwhile', async () => {
    folder('both', { 'one.caf': ffmpeg('one.caf', ['-c:a', 'pcm_s16le']) });
    const other = join(here(), 'both-prepared');
    const PATH = ffmpegThat(here(), `*.partial-*) mkdir -p ${other}; touch ${other}/one.wav;;`);
    expect(await run(['both'], { PATH })).toMatchObject({
      exitCode: 1,
      stderr: 'error: both-prepared already exists: name another folder with --to, or delete it\n',
    });
    expect(readdirSync(here()).filter((name) => /both/.test(name))).toEqual(['both', 'both-prepared']);
  });
});
