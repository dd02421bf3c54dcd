import { mkdirSync, openSync, closeSync, ftruncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { callersVoice } from '../support/callers-voice.ts';
import { checkedFolder } from '../support/checked-folder.ts';
import { recordings } from '../support/recordings.ts';
import { wav } from '../support/wav.ts';

const { here, folder, checked } = checkedFolder();

it('check names recordings without an extension, and no other files without one', async () => {
  const { problems } = await checked({
    'one.wav': wav(90_000),
    '8f14e45f-ea4c': wav(9_000),
    notes: Buffer.from('no recording'),
    'Interview 12.5.2026': recordings().ffmpeg('one.mp3'),
  });
  expect(problems.map(({ file }) => file)).toEqual(
    expect.arrayContaining(['8f14e45f-ea4c', 'Interview 12.5.2026']),
  );
  expect(problems.map(({ file }) => file)).not.toContain('notes');
});

it('check tells a video from a video file that holds only sound', async () => {
  const { ffmpeg, at } = recordings();
  const picture = ['-f', 'lavfi', '-i', 'testsrc=s=64x64:d=1', '-shortest', '-c:a', 'aac'];
  const { problems } = await checked({
    'one.wav': wav(90_000),
    'sound.mov': ffmpeg('sound.mov', ['-c:a', 'aac']),
    'sound.mkv': ffmpeg('sound.mkv'),
    'film.mov': ffmpeg('film.mov', picture, at('speech-en-us-8.wav')),
    'film.mkv': ffmpeg('film.mkv', picture, at('speech-en-us-8.wav')),
  });
  const said = Object.fromEntries(problems.map(({ file, message }) => [file, message]));
  expect(said).toMatchObject({
    'sound.mov': expect.stringMatching(/holds only sound: .* \.m4a$/) as string,
    'sound.mkv': expect.stringMatching(/holds only sound: .* \.mka$/) as string,
    'film.mov': 'is not used: it is a video file: save the audio as .wav or .m4a',
    'film.mkv': 'is not used: it is a video file: save the audio as .wav or .m4a',
  });
});

it('check reads only samples, not other files of the same size', async () => {
  folder({ 'one.wav': wav(90_000) }, { files: ['one.wav'] });
  for (const name of ['stem1.wav', 'stem2.wav', 'stem3.wav']) sparse(name, 200 * 1024 ** 3);
  const { problems } = await checked({}, { files: ['one.wav'] });
  expect(problems.filter(({ file }) => file.startsWith('stem'))).toHaveLength(3);
});

it.each([
  [
    'grows',
    'printf more >>',
    'was changed while it was checked',
    'wait until it is written, and check again',
  ],
  [
    'goes',
    '/bin/rm -f',
    'cannot be read: it was deleted or moved meanwhile',
    'put it back, or check the folder again',
  ],
])('check refuses a recording that %s meanwhile', async (_, change, message, suggestion) => {
  mkdirSync(join(here(), 'bin'));
  const script = `#!/bin/sh\ncase "$*" in *-version) ;; *) ${change} ${here()}/voice/one.wav; exit 1;; esac\n`;
  writeFileSync(join(here(), 'bin/ffmpeg'), script, { mode: 0o755 });
  const { problems } = await checked({ 'one.wav': wav(90_000) }, {}, join(here(), 'bin'));
  expect(problems).toEqual([{ severity: 'error', file: 'one.wav', message, suggestion }]);
});

it('check warns, and does not refuse, above the default limit of a bucket', async () => {
  folder({});
  const header = wav(44);
  header.writeUInt32LE(1_200_000_000 - 44, 40);
  sparse('one.wav', 1_200_000_000, header);
  const { problems, ok } = await checked({}, {}, '/nonexistent');
  expect(ok).toBe(true);
  expect(problems).toMatchObject([
    {
      severity: 'warning',
      code: 'TOO_LARGE',
      message: expect.stringContaining('unless its administrator') as string,
    },
  ]);
});

it.each([
  ['a control character', '{ "name": "A\u0001melia" }'],
  ['a line break', '{ "name": "Amelia",\n  "description": "two\nlines" }'],
])(
  'drop names the folder whose manifest has %s in a text, and goes on with the others',
  async (_, manifest) => {
    for (const name of ['amy', 'bea']) {
      mkdirSync(join(here(), 'voices', name), { recursive: true });
      writeFileSync(join(here(), 'voices', name, 'one.wav'), wav(9_000));
      writeFileSync(
        join(here(), 'voices', name, 'manifest.json'),
        name === 'amy' ? manifest : '{ "name": "Beate" }',
      );
    }
    const { stderr } = await callersVoice(['drop', 'voices', 's3://nobody/voices', '--dry-run'], {}, here());
    expect(stderr).toMatch(
      /voices\/amy\/manifest\.json:\d+:\d+\n +error is not valid JSON: Bad control character/,
    );
    expect(stderr).toContain('remove the line break or control character');
  },
);

it('check refuses recordings of hundreds of gigabytes without reading them', async () => {
  folder({ 'three.wav': Buffer.alloc(2_000) });
  for (const name of ['one.wav', 'two.wav']) sparse(name, 300 * 1024 ** 3, Buffer.alloc(4));
  const { problems } = await checked({});
  expect(problems.map(({ file, code }) => [file, code])).toEqual([
    ['.', 'TOO_LARGE'],
    ['three.wav', 'NOT_AUDIO'],
  ]);
});

/** A file that takes no space on the disk. */
function sparse(name: string, size: number, start = wav(9_000)): void {
  const file = openSync(join(here(), 'voice', name), 'w');
  writeSync(file, start);
  ftruncateSync(file, size);
  closeSync(file);
}
