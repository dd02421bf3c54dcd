import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkedFolder, type Content, NO_FFMPEG } from '../support/checked-folder.ts';
import { recordings } from '../support/recordings.ts';

const { checked, codesOfEach } = checkedFolder();
const { at, ffmpeg, sox, speech } = recordings();

describe('without ffmpeg, check tells the length of', () => {
  it.each<[what: string, make: () => Content, seconds: number]>([
    ['a part of Opus', () => withoutStart(ffmpeg('one.opus', [], speech(20)), 48_000 * 8), 12],
    ['a part of Vorbis', () => withoutStart(ffmpeg('one.ogg', [], speech(20)), 22_050 * 8), 12],
    [
      'a part of FLAC in Ogg',
      () => withoutStart(ffmpeg('one.oga', ['-c:a', 'flac'], speech(20)), 22_050 * 8),
      12,
    ],
    ['Vorbis that begins with silence', () => ffmpeg('v.ogg', [], beforeSilence(12)), 20],
    ['Opus that begins with silence', () => ffmpeg('v.opus', [], beforeSilence(12)), 20],
    [
      'two parts of Opus, joined',
      () => twice(withoutStart(ffmpeg('one.opus', [], speech(20)), 48_000 * 8)),
      24,
    ],
    ['WebM of a browser, which states none', () => streamed('webm', ['-c:a', 'libopus']), 8],
    [
      'WebM of a browser, of less than a second',
      () => streamed('webm', ['-af', 'atrim=end=0.7', '-c:a', 'libopus']),
      0.7,
    ],
    ['a part of WebM', () => partOfWebm(), 12],
    ['two joined WebMs', () => twice(ffmpeg('one.webm')), 16],
    ['Matroska', () => ffmpeg('one.mka', ['-c:a', 'flac']), 8],
    ['Matroska that states none', () => streamed('matroska', ['-c:a', 'pcm_s16le']), 8],
    ['a video', () => ffmpeg('film.mkv', [...picture, '-c:a', 'libvorbis']), 8],
    [
      'a video that lasts longer than its sound',
      () => ffmpeg('long.webm', [...film(14), '-c:a', 'libopus']),
      8,
    ],
  ])('%s', async (_, make, seconds) => {
    const content = make();
    const { samples } = await checked({ 'one.mka': content }, {}, NO_FFMPEG);
    const alone = Number(samples[0]?.media?.['seconds']);
    expect(Math.abs(alone - seconds)).toBeLessThan(Math.min(1, seconds / 2));
    // Of a joined WebM, some builds hear only the first.
    if (seconds === 16) return;
    const heard = await checked({ 'one.mka': content });
    expect(alone).toBeCloseTo(Number(heard.samples[0]?.media?.['seconds']), 0);
  });
});

it('without ffmpeg, check tells no length of an MP4 whose index has only the beginning', async () => {
  const options = ['-c:a', 'aac', '-movflags', 'frag_keyframe', '-frag_duration', '1000000'];
  const { samples } = await checked({ 'one.mp4': ffmpeg('fragments.mp4', options) }, {}, NO_FFMPEG);
  expect(samples[0]?.media).toEqual({ container: 'MP4', codec: 'AAC', sampleRate: 22_050 });
});

it('without ffmpeg, check names WavPack in Matroska as ffmpeg does', async () => {
  const content = ffmpeg('wavpack.mka', ['-c:a', 'wavpack']);
  const { samples } = await checked({ 'one.mka': content }, {}, NO_FFMPEG);
  expect(samples[0]?.media).toMatchObject({ container: 'Matroska', codec: 'WavPack' });
});

it('without ffmpeg, check tells no length of G.722 in WAV, whose header declares twice its rate', async () => {
  const content = ffmpeg('g722.wav', ['-c:a', 'g722', '-ar', '16000']);
  const { samples } = await checked({ 'one.wav': content }, {}, NO_FFMPEG);
  expect(samples[0]?.media).toEqual({ container: 'WAV', sampleRate: 16_000, channels: 1 });
});

it('check takes nothing that it finds by chance in an MP3 of free format for its length', async () => {
  for (const path of [undefined, NO_FFMPEG]) {
    const { samples, problems } = await checked({ 'one.mp3': freeFormat() }, {}, path);
    expect(samples[0]?.media).toEqual({});
    expect(problems.map(({ code }) => code)).toEqual(['UNKNOWN_FORMAT']);
  }
});

it('an MP3 of no constant bit rate that does not count its frames is not truncated', async () => {
  const names = ['1', '3', '4', '7'];
  const files = Object.fromEntries(
    names.map((quality) => [
      `${quality}.mp3`,
      ffmpeg(`${quality}.mp3`, ['-q:a', quality, '-write_xing', '0']),
    ]),
  );
  const none = Object.fromEntries(names.map((quality) => [`${quality}.mp3`, []]));
  expect(await codesOfEach(files, NO_FFMPEG)).toEqual(none);
});

it('an MP3 of no constant bit rate that counts more frames than it has is truncated', async () => {
  const whole = ffmpeg('counted.mp3', ['-q:a', '4'], speech(20));
  const cut = whole.subarray(0, 0.6 * whole.length);
  const behindCover = Buffer.concat([
    Buffer.from('ID3\x03\0\0\0\0\x40\0', 'latin1'),
    Buffer.alloc(8192, 1),
    cut,
  ]);
  const files = { 'covered.mp3': behindCover, 'cut.mp3': cut, 'whole.mp3': whole };
  for (const path of [undefined, NO_FFMPEG]) {
    const { problems, samples } = await checked(files, {}, path);
    const truncated = problems.filter(({ code }) => code === 'TRUNCATED').map(({ file }) => file);
    expect(truncated).toEqual(['covered.mp3', 'cut.mp3']);
    for (const { name, media } of samples)
      expect(Math.abs(Number(media?.['seconds']) - (name === 'whole.mp3' ? 20 : 12))).toBeLessThan(1);
  }
});

it('a FLAC that was cut out of another without encoding is not truncated, one that ends in a frame is', async () => {
  const whole = ffmpeg('whole.flac', [], speech(20));
  const cut = (name: string, ...options: string[]) =>
    ffmpeg(name, [...options, '-c', 'copy'], at('whole.flac'));
  const files = {
    'end.flac': cut('end.flac', '-ss', '8'),
    'middle.flac': cut('middle.flac', '-ss', '5', '-t', '6'),
    'start.flac': cut('start.flac', '-t', '6'),
    'tagged.flac': Buffer.concat([cut('start.flac', '-t', '6'), Buffer.from('TAG'.padEnd(128, '\0'))]),
    'broken.flac': whole.subarray(0, whole.length / 2),
  };
  const lengths = { 'end.flac': 12, 'middle.flac': 6, 'start.flac': 6, 'tagged.flac': 6 };
  for (const path of [undefined, NO_FFMPEG]) {
    const { problems, samples } = await checked(files, {}, path);
    const truncated = problems.filter(({ code }) => code === 'TRUNCATED').map(({ file }) => file);
    expect(truncated).toEqual(['broken.flac']);
    for (const [name, seconds] of Object.entries(lengths)) {
      const sample = samples.find((each) => each.name === name);
      expect(Math.abs(Number(sample?.media?.['seconds']) - seconds)).toBeLessThan(0.3);
    }
    const rates = samples.map(({ media }) => Number(media?.['bitsPerSecond']));
    expect(Math.max(...rates) / Math.min(...rates)).toBeLessThan(1.2);
  }
});

it('a stub is no recording, unless it is of a known format', async () => {
  const frame = Buffer.concat([Buffer.from('#!AMR\n\x3c'), Buffer.alloc(31, 0x55)]);
  const { problems } = await checked({ 'a.wav': Buffer.alloc(20, 0x9c), 'b.amr': frame }, {}, NO_FFMPEG);
  const errors = problems.filter(({ severity }) => severity === 'error');
  expect(errors).toMatchObject([{ file: 'a.wav', message: 'is a stub of 20 bytes, not audio' }]);
});

const picture = film(8);

function film(seconds: number): string[] {
  return ['-f', 'lavfi', '-i', `color=s=16x16:r=5:d=${seconds}`, '-c:v', 'libvpx'];
}

/** Its frames do not state their length, and one holds what looks like the start of another. */
function freeFormat(): Buffer {
  const options = ['-ar', '48000', '-b:a', '128k', '-write_xing', '0', '-id3v2_version', '0'];
  const file = ffmpeg('constant.mp3', options);
  for (let third = 2; third < file.length; third += 384) file.writeUInt8(file.readUInt8(third) & 15, third);
  file.set([0xff, 0xfb, 0x90, 0xc4], 3_900);
  return file;
}

function twice(file: Buffer): Buffer {
  return Buffer.concat([file, file]);
}

function streamed(format: string, options: string[]): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', '-i', speech(), ...options, '-f', format, '-']);
}

function beforeSilence(seconds: number): string {
  sox(`after-${seconds}.wav`, [], ['pad', String(seconds), '0']);
  return at(`after-${seconds}.wav`);
}

/** The pages of headers, and those from a position on, as a program records that joins a broadcast later. */
function withoutStart(ogg: Buffer, position: number): Buffer {
  const pages: Buffer[] = [];
  for (let from = 0; from < ogg.length;) {
    const lengths = ogg.subarray(from + 27, from + 27 + (ogg[from + 26] ?? 0));
    const end = from + 27 + lengths.length + lengths.reduce((sum, each) => sum + each, 0);
    pages.push(ogg.subarray(from, end));
    from = end;
  }
  return Buffer.concat(
    pages.filter((page) => {
      const here = Number(page.readBigInt64LE(6));
      return here <= 0 || here > position;
    }),
  );
}

/** Cut out of another without encoding it again, with the length of the whole in its header. */
function partOfWebm(): Buffer {
  const whole = ffmpeg('whole.webm', [], speech(20));
  const part = Buffer.from(ffmpeg('part.webm', ['-t', '12', '-c', 'copy'], at('whole.webm')));
  const duration = Buffer.from([0x44, 0x89, 0x88]);
  whole.copy(part, part.indexOf(duration) + 3, whole.indexOf(duration) + 3, whole.indexOf(duration) + 11);
  return part;
}
