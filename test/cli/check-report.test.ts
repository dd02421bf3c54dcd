import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpegThat } from '../support/altered-ffmpeg.ts';
import { callersVoice, startCallersVoice } from '../support/callers-voice.ts';
import { recordings } from '../support/recordings.ts';
import { drawn, type Drawn } from '../support/report.ts';

interface Problem {
  file: string;
  code?: string;
  places?: { from: number; to: number; channel?: number }[];
}

const { at, call, sox, speech } = recordings();
const withFfmpeg = { PATH: process.env['PATH'] ?? '' };

let here: string;
let page: string;
let problems: Problem[];

beforeAll(async () => {
  here = mkdtempSync(join(tmpdir(), 'callers-voice-'));
  const voice = join(here, 'my voice');
  mkdirSync(voice);
  writeFileSync(join(voice, 'manifest.json'), '{ "name": "<b>Amelia</b>", "providerType": "ELEVENLABS" }');
  sox('pause.wav', [], ['pad', '6@4']);
  sox('loud.wav', [], ['gain', '15'], speech(2));
  // Clipped from the second second to the fourth.
  execFileSync('sox', ['-D', speech(2), at('loud.wav'), speech(4), at('clipped.wav')]);
  copyFileSync(at('pause.wav'), join(voice, 'pause.wav'));
  copyFileSync(at('clipped.wav'), join(voice, 'clipped.wav'));
  writeFileSync(join(voice, '<img src=x>#call.wav'), call());
  const args = ['check', 'my voice', '--json', '--report', 'report.html'];
  const { stdout } = await callersVoice(args, withFfmpeg, here);
  page = readFileSync(join(here, 'report.html'), 'utf8');
  problems = (JSON.parse(stdout) as { folders: { problems: Problem[] }[] }).folders[0]?.problems ?? [];
});
afterAll(() => rmSync(here, { recursive: true }));

function places(code: string) {
  return problems.find((problem) => problem.code === code)?.places;
}

function near(seconds: number): number {
  return expect.closeTo(seconds, 0.7) as number;
}

it('check --json says where a pause is, where it is clipped, and who speaks when', () => {
  expect(places('LONG_PAUSE')).toEqual([{ from: near(4), to: near(10) }]);
  const clipped = places('CLIPPED') ?? [];
  expect(clipped.length).toBeGreaterThan(2);
  for (const { from, to } of clipped) expect([from >= 2, to <= 4.05, to > from]).toEqual([true, true, true]);
  const sides = places('TWO_VOICES') ?? [];
  expect(sides.filter(({ channel }) => channel === 1).every(({ to }) => to < 8.1)).toBe(true);
  expect(sides.filter(({ channel }) => channel === 2).every(({ from }) => from > 7.9)).toBe(true);
});

describe('the report', () => {
  it('draws the pause where the waveform is flat', () => {
    const { lanes, marks } = drawn(page, 'pause.wav');
    const [mark] = marks;
    expect(marks).toEqual([expect.objectContaining({ code: 'LONG_PAUSE', from: near(4), to: near(10) })]);
    expect(height(lanes[0], mark?.x ?? 0, mark?.end ?? 0)).toBeLessThan(2);
    expect(height(lanes[0], 0, mark?.x ?? 0)).toBeGreaterThan(20);
    expect(height(lanes[0], mark?.end ?? 0, Infinity)).toBeGreaterThan(20);
  });

  it('draws what is clipped where the waveform touches the limit', () => {
    const { lanes, marks } = drawn(page, 'clipped.wav');
    expect(marks.length).toBeGreaterThan(2);
    for (const { code, x, end } of marks) {
      expect([code, height(lanes[0], x, end) > 90]).toEqual(['CLIPPED', true]);
    }
    const first = Math.min(...marks.map(({ x }) => x));
    expect(height(lanes[0], 0, first)).toBeLessThan(90);
  });

  it('draws each side of a call in its own lane, where it speaks', () => {
    const { lanes, marks } = drawn(page, '&lt;img src=x&gt;#call.wav');
    expect(lanes).toHaveLength(2);
    for (const { code, x, end, lane } of marks) {
      expect([code, height(lanes[lane], x, end) > 5]).toEqual(['TWO_VOICES', true]);
      expect(height(lanes[1 - lane], x + 2, end - 2)).toBeLessThan(2);
    }
    expect(new Set(marks.map(({ lane }) => lane))).toEqual(new Set([0, 1]));
  });

  it('holds all that it shows and plays, and needs no network', () => {
    expect(page).not.toMatch(
      /\b(src|href|srcset)="(?!data:audio\/mp4;base64,|#|my%20voice\/|https:\/\/elevenlabs\.io\/docs)/,
    );
    expect(page).toContain('href="my%20voice/%3Cimg%20src%3Dx%3E%23call.wav"');
    expect(page).toContain('&lt;b&gt;Amelia&lt;/b&gt;');
    expect(page).not.toContain('<b>Amelia');
    const copies = [...page.matchAll(/src="data:audio\/mp4;base64,([^"]*)"/g)].map(([, copy = '']) => copy);
    expect(copies.map(secondsOf)).toEqual([near(16), near(8), near(14)]);
  });

  it('shows length and level on the scale of the provider', () => {
    expect(page).toMatch(/<b>Together<\/b> 38\.0 s[^]*ElevenLabs wants 60 to 180 s/);
    expect(page).toMatch(/<b>Level<\/b> -2\d\.\d dB RMS[^]*ElevenLabs wants -23 to -18 dB/);
  });

  function secondsOf(copy: string): number {
    writeFileSync(join(here, 'copy.m4a'), Buffer.from(copy, 'base64'));
    const args = '-v error -show_entries format=duration -of csv=p=0 copy.m4a'.split(' ');
    return Number(execFileSync('ffprobe', args, { cwd: here, encoding: 'utf8' }));
  }

  /** The greatest height of a lane's waveform between two columns, in percent. */
  function height(lane: Drawn['lanes'][number] | undefined, from: number, to: number): number {
    return Math.max(...(lane ?? []).slice(Math.ceil(from), Math.floor(to)));
  }
});

it('without ffmpeg, the report has the findings, and players that play the recordings', async () => {
  const { exitCode } = await callersVoice(['check', 'my voice', '--report', 'bare.HTML'], {}, here);
  expect(exitCode).toBe(0);
  const bare = readFileSync(join(here, 'bare.HTML'), 'utf8');
  expect(bare).toContain('not listened to: ffmpeg is not on PATH');
  expect(bare).toContain('src="my%20voice/pause.wav"');
  expect(bare).not.toContain('<svg');
});

it('the report never takes the place of a recording', async () => {
  const args = ['check', 'my voice', '--report', 'my voice/pause.wav'];
  const { exitCode, stderr } = await callersVoice(args, {}, here);
  expect([exitCode, stderr]).toEqual([
    2,
    'error: The report is a page: name it, for example, my voice/pause.wav.html\n',
  ]);
  expect(readFileSync(join(here, 'my voice/pause.wav'))).toEqual(readFileSync(at('pause.wav')));
});

it('a report that cannot be written is the only thing that --json tells', async () => {
  mkdirSync(join(here, 'folder.html'));
  for (const [name, exitCode, message] of [
    ['folder.html', 1, /^The report cannot be written: EISDIR/],
    ['nowhere/page.html', 2, /^There is no folder nowhere for the report$/],
    ['.', 2, /name it, for example, report\.html$/],
  ] as const) {
    const ended = await callersVoice(['check', 'my voice', '--json', '--report', name], {}, here);
    const { error } = JSON.parse(ended.stdout) as { error: { message: string } };
    expect([ended.exitCode, error.message]).toEqual([exitCode, expect.stringMatching(message)]);
  }
});

it('--open opens the report in the browser, and says where it is if there is none', async () => {
  mkdirSync(join(here, 'bin'));
  writeFileSync(join(here, 'bin/xdg-open'), '#!/bin/sh\n/bin/cp "$1" "$0.opened"\n');
  chmodSync(join(here, 'bin/xdg-open'), 0o755);
  const temporary = join(here, 'tmp');
  mkdirSync(temporary);
  const environment = { PATH: join(here, 'bin'), TMPDIR: temporary };
  const { stderr } = await callersVoice(['check', 'my voice', '--open'], environment, here);
  expect(stderr).toMatch(/^Wrote .*\/tmp\/.*\/report\.html\n$/);
  const opened = () => readFileSync(join(here, 'bin/xdg-open.opened'), 'utf8');
  await expect.poll(() => opened().endsWith('</html>')).toBe(true);

  const none = await callersVoice(['check', 'my voice', '--open', '--report', 'r.html'], {}, here);
  expect([none.exitCode, none.stderr]).toEqual([
    0,
    'Wrote r.html\nNo browser could be started: open r.html yourself\n',
  ]);
});

it('plays no part of a recording, of which ffmpeg says that the disk is full, but succeeds', async () => {
  const PATH = ffmpegThat(
    here,
    `*"-c:a aac"*) for to; do :; done; echo half > "\${to#file:}"; echo "Error writing trailer: No space left on device" >&2; exit;;`,
  );
  const args = ['check', 'my voice', '--report', 'full.html'];
  const { stderr } = await callersVoice(args, { ...withFfmpeg, PATH, TMPDIR: here }, here);
  expect(stderr).toBe(
    `The report has no copies to play: ${here} cannot be written, because the disk is full: free some space, or set TMPDIR to another folder\nWrote full.html\n`,
  );
  const full = readFileSync(join(here, 'full.html'), 'utf8');
  expect(full).toContain('my%20voice/');
  expect(full).not.toContain('data:audio/mp4');
});

it('is written without copies if there is no place to make them', async () => {
  const args = ['check', 'my voice', '--report', 'nowhere.html'];
  const TMPDIR = join(here, 'nowhere');
  const { exitCode, stdout, stderr } = await callersVoice(args, { ...withFfmpeg, TMPDIR }, here);
  expect([exitCode, stderr]).toEqual([
    0,
    `The report has no copies to play: There is no folder ${TMPDIR}: set TMPDIR to another\nWrote nowhere.html\n`,
  ]);
  expect(stdout).toContain('1 folder checked');
  expect(readFileSync(join(here, 'nowhere.html'), 'utf8')).toContain('my%20voice/');
});

it('leaves nothing behind when it is interrupted', async () => {
  const pipe = join(here, 'begun');
  execFileSync('mkfifo', [pipe]);
  const TMPDIR = join(here, 'interrupted');
  mkdirSync(TMPDIR);
  // Makes no copy for the players until it is ended.
  const PATH = ffmpegThat(here, `*"-c:a aac"*) exec sleep 600 > ${pipe};;`);
  const args = ['check', 'my voice', '--report', 'interrupted.html'];
  const program = startCallersVoice(args, { ...withFfmpeg, PATH, TMPDIR }, here);
  await once(createReadStream(pipe), 'open');
  program.child.kill('SIGTERM');
  expect(await program.ends()).toBe(130);
  expect(readdirSync(TMPDIR)).toEqual([]);
});
