import { describe, expect, it } from 'vitest';
import { checkedFolder, NO_FFMPEG } from '../support/checked-folder.ts';
import { preparedFolder } from '../support/prepared-folder.ts';
import { recordings } from '../support/recordings.ts';

const { ffmpeg, speech } = recordings();

/** Takes of five and seven seconds, as options of ffmpeg for each format. */
const formats: [name: string, ...options: string[]][] = [
  ['one.wav'],
  ['one.aiff'],
  ['one.flac'],
  ['one.caf', '-c:a', 'pcm_s16le'],
  ['one.wma'],
  ['one.webm'],
  ['one.mka', '-c:a', 'flac'],
  ['one.m4a', '-c:a', 'aac'],
];

function takes(name: string, options: string[]): Buffer[] {
  return [
    ffmpeg(`a-${name}`, [...options, '-ar', '24000'], speech(5)),
    ffmpeg(`b-${name}`, [...options, '-ar', '24000'], speech(7, 'en-us+f3')),
    ffmpeg(`c-${name}`, [...options, '-ar', '24000'], speech(6)),
  ];
}

describe('check of joined files', () => {
  const { checked } = checkedFolder();

  it('names each, with and without ffmpeg', async () => {
    const files = Object.fromEntries(
      formats.map(([name, ...options]) => [name, Buffer.concat(takes(name, options))]),
    );
    for (const path of [undefined, NO_FFMPEG]) {
      const { problems } = await checked(files, {}, path);
      const joined = problems.filter(({ code }) => code === 'JOINED').map(({ file }) => file);
      expect(joined).toEqual(formats.map(([name]) => name).toSorted());
    }
  });

  it('tells the length of all that a FLAC holds, with and without ffmpeg and a tag', async () => {
    const [first, second, third] = takes('one.flac', []) as [Buffer, Buffer, Buffer];
    const files = {
      'two.flac': Buffer.concat([first, second]),
      'three.flac': Buffer.concat([third, first, second]),
      'tagged.flac': Buffer.concat([id3(60_000), first, id3(600), second]),
      'broken.flac': Buffer.concat([first, second.subarray(0, second.length / 2)]),
    };
    for (const path of [undefined, NO_FFMPEG]) {
      const { problems, samples } = await checked(files, {}, path);
      const lengths = samples.map(({ name, media }) => [name, Number(media?.['seconds'])]);
      expect(Object.fromEntries(lengths)).toEqual({
        'two.flac': around(12),
        'three.flac': around(18),
        'tagged.flac': around(12),
        'broken.flac': around(8.5),
      });
      const codes = problems
        .filter(({ code }) => code !== 'SAME_SOUND')
        .map(({ file, code }) => [file, code]);
      expect(codes).toEqual([
        ['broken.flac', 'TRUNCATED'],
        ['broken.flac', 'JOINED'],
        ['tagged.flac', 'JOINED'],
        ['three.flac', 'JOINED'],
        ['two.flac', 'JOINED'],
      ]);
    }
  });

  it('names those that programs wrote to a pipe, without a length', async () => {
    const unknown = takes('one.wav', []).map((take) => {
      take.writeUInt32LE(0xff_ff_ff_ff, 4);
      take.writeUInt32LE(0xff_ff_ff_ff, take.indexOf('data') + 4);
      return take;
    });
    const { problems } = await checked({ 'one.wav': Buffer.concat(unknown) }, {}, NO_FFMPEG);
    expect(problems.map(({ code }) => code)).toEqual(['JOINED']);
  });
});

/** ffmpeg loses up to half a second at each joint. */
function around(seconds: number): unknown {
  return expect.toSatisfy((actual: number) => actual <= seconds + 0.5 && actual > seconds - 1);
}

/** A tag with a picture, as programs put it in front. */
function id3(bytes: number): Buffer {
  const size = [14, 7, 0].map((bits) => (bytes >> bits) & 127);
  return Buffer.concat([Buffer.from([...Buffer.from('ID3'), 3, 0, 0, 0, ...size]), Buffer.alloc(bytes)]);
}

describe('prepare of joined files', () => {
  const { folder, prepared } = preparedFolder();

  it('keeps all of them', async () => {
    const files = formats.map(([name, ...options], index) => [
      `${index}-${name}`,
      Buffer.concat(takes(name, options).slice(0, 2)),
    ]);
    folder('joined', Object.fromEntries(files) as Record<string, Buffer>);
    const { samples } = await prepared('joined');
    expect(
      samples.map(({ seconds, from }) => [from[0]?.mends.includes('JOINED'), Math.round(seconds)]),
    ).toEqual(formats.map(() => [true, 12]));
  });
});
