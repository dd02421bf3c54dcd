import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkFolder } from '../../cli/check/check-folder.ts';
import type { CheckedFolder } from '../../cli/check/checked-folder.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { environment, preparedFolder, type Printed, samplesOf } from '../support/prepared-folder.ts';
import { recordings } from '../support/recordings.ts';

const { call, ffmpeg, noisy, silent, sox, speech } = recordings();
const { here, folder, prepared } = preparedFolder();

function codesOf(
  file: string,
  { problems }: { problems: readonly { file: string; code?: string }[] },
): unknown[] {
  // Here, all recordings are of the same sentences.
  return problems
    .filter((problem) => problem.file === file && problem.code !== 'SAME_SOUND')
    .map(({ code }) => code);
}

describe('prepare', () => {
  let done: Printed;
  let checked: CheckedFolder;
  let originals: Map<string, Buffer>;
  beforeAll(async () => {
    const other = (seconds: number) => speech(seconds, 'en-us+f3');
    const files = {
      'good.wav': speech(),
      'again.wav': speech(),
      'call.wav': call(),
      'pause.wav': sox('pause.wav', [], ['pad', '6@4']),
      'rare.wav': sox('rare.wav', [], ['pad', '2@1', '3@4', '30'], other(6)),
      'takes/quiet.wav': sox('quiet.wav', [], ['gain', '-32', 'pad', '7@3'], other(7)),
      'float.wav': ffmpeg('f.wav', ['-af', 'volume=15dB:precision=float', '-c:a', 'pcm_f32le'], other(2)),
      'half.wav': readFileSync(speech()).subarray(0, 200_000),
      'apple.caf': ffmpeg('one.caf', ['-c:a', 'pcm_s16le'], other(5)),
      'apple.wav': sox('five.wav', [], [], other(4)),
      'named.mp3': ffmpeg('one.m4a', ['-c:a', 'aac']),
      'silence.wav': silent(3),
      'telephone.wav': sox('telephone.wav', ['-r', '8000']),
      'loud.wav': sox('loud.wav', [], ['gain', '15']),
      'noisy.wav': noisy(0.06),
      'inverted.wav': sox('inverted.wav', [], ['remix', '1', '1i'], other(3)),
      'late.wav': sox('late.wav', [], ['remix', '1', '1', 'delay', '0', '1'], other(8)),
      'tracks.mka': tracks(),
    };
    const $schema = './../schema.json';
    folder(
      'voice',
      { ...files, 'film.mov': speech(5) },
      { $schema, description: 'All wrong', files: Object.keys(files) },
    );
    originals = contents('voice');
    checked = await checkFolder(join(here(), 'voice'));
    done = await prepared('voice', '--channel', 'right', '--channel', 'call.wav=left');
  });

  function contents(name: string): Map<string, Buffer> {
    const files = readdirSync(join(here(), name), { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    return new Map(
      files.map((file) => [join(file.parentPath, file.name), readFileSync(join(file.parentPath, file.name))]),
    );
  }

  it.each([
    ['TWO_VOICES', 'call.wav', 'call.wav'],
    ['LONG_PAUSE', 'pause.wav', 'pause.wav'],
    ['MOSTLY_SILENCE', 'rare.wav', 'rare.wav'],
    ['TOO_LOUD', 'float.wav', 'float.wav'],
    ['VERY_QUIET', 'takes/quiet.wav', 'takes/quiet.wav'],
    ['TRUNCATED', 'half.wav', 'half.wav'],
    ['UNKNOWN_FORMAT', 'apple.caf', 'apple.wav'],
    ['WRONG_EXTENSION', 'named.mp3', 'named.m4a'],
    ['INVERTED', 'inverted.wav', 'inverted.wav'],
    ['DELAYED', 'late.wav', 'late.wav'],
    ['SILENT_TRACK', 'tracks.mka', 'tracks.wav'],
  ])('mends %s', (code, from, to) => {
    expect(codesOf(from, checked)).toContain(code);
    const made = done.samples.find((sample) => sample.from[0]?.name === from);
    expect(made?.name).toBe(to);
    // What is missing stays missing.
    expect([...(made?.from[0]?.mends ?? []), ...codesOf(from, { problems: done.notMended })]).toContain(code);
    expect(codesOf(to, done.result)).toEqual([]);
  });

  it('is what the summary of check names', async () => {
    const { stdout } = await callersVoice(['check', 'voice'], environment, here());
    const [last = ''] = stdout.trim().split('\n').slice(-1);
    expect(last).toMatch(
      /^"callers-voice-clone prepare FOLDER" mends \d+ of them: TWO_VOICES in call\.wav, /,
    );
    expect(last).toMatch(/, \d+ more\.$/);
    expect(last).not.toMatch(/TRUNCATED|TELEPHONE|CLIPPED|NOISY/);
  });

  it('leaves out what is silent, what is there twice, and what is not used', () => {
    expect(done.leftOut).toEqual([
      { name: 'film.mov', why: expect.stringContaining('is not used') as string },
      { name: 'again.wav', why: 'has the same content as good.wav' },
      { name: 'silence.wav', why: 'is silent from beginning to end' },
    ]);
  });

  it.each([
    ['TELEPHONE', 'telephone.wav'],
    ['CLIPPED', 'loud.wav'],
    ['NOISY', 'noisy.wav'],
  ])('does not hide %s, which only a new recording mends', (code, name) => {
    expect(done.notMended).toContainEqual(expect.objectContaining({ file: name, code }));
    expect(codesOf(name, done.result)).toEqual([code]);
    expect(readFileSync(join(here(), 'voice-prepared', name))).toEqual(
      readFileSync(join(here(), 'voice', name)),
    );
  });

  it('copies what is good, and never touches the originals', () => {
    expect(readFileSync(join(here(), 'voice-prepared/good.wav'))).toEqual(readFileSync(speech()));
    expect(contents('voice')).toEqual(originals);
  });

  it('takes the manifest along, with the new names', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(here(), 'voice-prepared/manifest.json'), 'utf8'));
    expect(manifest).toEqual({
      name: 'Amelia',
      $schema: '../schema.json',
      description: 'All wrong',
      files: [
        'good.wav',
        'call.wav',
        'pause.wav',
        'rare.wav',
        'takes/quiet.wav',
        'float.wav',
        'half.wav',
        'apple.wav',
        'apple-2.wav',
        'named.m4a',
        'telephone.wav',
        'loud.wav',
        'noisy.wav',
        'inverted.wav',
        'late.wav',
        'tracks.wav',
      ],
    });
  });

  it('keeps the samples of the source, in their order, times a constant', () => {
    const edited = done.samples.filter(({ isCopy }) => !isCopy);
    expect(edited).toHaveLength(10);
    for (const { name, from, seconds } of edited) {
      const [part] = from;
      const source = samplesOf(join(here(), 'voice', part?.name ?? ''), part);
      const kept = (part?.keep ?? [{ from: 0, to: Infinity }]).flatMap(({ from: start, to }) => [
        ...source.subarray(Math.round(start * 22_050), Math.round(to * 22_050)),
      ]);
      const result = samplesOf(join(here(), 'voice-prepared', name));
      expect(result.length / 22_050).toBeCloseTo(seconds, 2);
      expect(Math.abs(result.length - kept.length)).toBeLessThan(50);
      expect(correlation(kept, result)).toBeGreaterThan(0.999);
    }
  });

  it('leaves a breath of each pause that it cuts', () => {
    const [part] = done.samples.find(({ name }) => name === 'pause.wav')?.from ?? [];
    const [before, after] = part?.keep ?? [];
    expect(before).toEqual({ from: 0, to: expect.closeTo(4.2, 1) as number });
    expect(after?.from).toBeCloseTo(9.8, 1);
  });

  /** A recorder of calls left the first track empty. */
  function tracks(): Buffer {
    return ffmpeg('tracks.mka', ['-i', speech(9), '-map', '0:a', '-map', '1:a', '-c:a', 'flac'], silent(9));
  }

  /** Of two recordings of one length; their levels do not matter. */
  function correlation(a: readonly number[], b: Float32Array): number {
    let [both, first, second] = [0, 0, 0];
    for (const [index, value] of b.entries()) {
      const other = a[index] ?? 0;
      both += value * other;
      first += other * other;
      second += value * value;
    }
    return both / Math.sqrt(first * second);
  }
});
