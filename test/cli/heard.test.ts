import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkedFolder, type Content, NO_FFMPEG } from '../support/checked-folder.ts';
import { recordings } from '../support/recordings.ts';

const { here, checked, codesOf, codesOfEach } = checkedFolder();
const { at, ffmpeg, noisy, silent, sox, speech } = recordings();

describe('check hears', () => {
  const heard: [what: string, make: () => Content, codes: string[]][] = [
    ['a voice in one of six channels', () => ffmpeg('51.wav', ['-ac', '6']), []],
    ['a voice in one of four channels', () => remixed('four.wav', '0', '0', '1', '0'), []],
    ['a voice in one of seven', () => remixed('seven.wav', '0', '0', '0', '0', '1', '0', '0'), []],
    ['clean speech at full scale beside an idle input', () => beside('full.wav', fullScale(), idle()), []],
    ['speech at full scale beside silence', () => beside('full0.wav', fullScale(), silent()), []],
    ['clipped speech beside silence', () => beside('clip0.wav', clipped(), silent()), ['CLIPPED']],
    ['clipped speech beside an idle input', () => beside('clip1.wav', clipped(), idle()), ['CLIPPED']],
    ['clipped speech beside clean speech', () => beside('clip2.wav', speech(), clipped()), ['CLIPPED']],
    [
      'speech above full scale, in floating point',
      () => ffmpeg('f.wav', ['-af', 'volume=15dB:precision=float', '-c:a', 'pcm_f32le']),
      ['TOO_LOUD'],
    ],
    [
      'clipped speech in floating point',
      () => ffmpeg('cf.wav', ['-c:a', 'pcm_f32le'], cutOff()),
      ['CLIPPED'],
    ],
    ['some noise beside silence', () => beside('room0.wav', noisy(0.012), silent()), []],
    ['much noise beside silence', () => beside('noise0.wav', noisy(0.06), silent()), ['NOISY']],
    ['much noise and 0.1 s of silence', () => withSilence('gap.wav', noisy(0.06), 0.1), ['NOISY']],
    ['much noise and a second of silence', () => withSilence('gap1.wav', noisy(0.06), 1), ['NOISY']],
    ['no noise, only digital silence between words', () => gated(), []],
    ['a constant offset', () => withOffset('dc.wav', speech(), 0.1), []],
    ['a constant offset, and nothing else', () => withOffset('dc0.wav', silent(), 0.1), ['SILENT']],
    ['a pause of six seconds with an offset', () => withOffset('dcp.wav', withPause(), 0.05), ['LONG_PAUSE']],
    ['an inverted channel', () => sox('inverted.wav', ['-c', '2'], ['remix', '1', '1i']), ['INVERTED']],
    ['an inverted channel in AAC', () => inverted('inverted.m4a'), ['INVERTED']],
    [
      'two channels with a small delay',
      () => sox('delay.wav', ['-c', '2'], ['remix', '1', '1', 'delay', '0', '0.005']),
      [],
    ],
    ['two channels that are 0.3 seconds apart', () => apart('late.wav', '0', '0.3'), ['DELAYED']],
    ['two channels that are 2 seconds apart', () => apart('early.wav', '2', '0'), ['DELAYED']],
    ['an echo that is 30 dB quieter', () => apart('echo.wav', '0', '0.3', '1v0.03'), []],
  ];
  it('what is in one channel or another, and nothing else', async () => {
    const files = Object.fromEntries(heard.map(([what, make]) => [`${what}.wav`, make()]));
    const expected = Object.fromEntries(heard.map(([what, , codes]) => [`${what}.wav`, codes]));
    expect(await codesOfEach(files)).toEqual({
      ...expected,
      'an inverted channel in AAC.wav': ['WRONG_EXTENSION', 'INVERTED'],
    });
  });

  it('all of two MP3s of different rates that were joined', async () => {
    const parts = [
      ffmpeg('a.mp3', ['-ar', '44100'], speech(27)),
      ffmpeg('b.mp3', ['-ar', '22050'], silent(27)),
    ];
    const { samples, problems } = await checked({ 'one.mp3': Buffer.concat(parts) });
    expect(samples[0]?.media).toMatchObject({ seconds: expect.closeTo(54, 0) as number });
    expect(problems.map(({ code }) => code)).toEqual(['LONG_PAUSE']);
  });

  it('that two files have the same sound, whatever their format, but not two takes', async () => {
    const video = ffmpeg('zoom.mp4', ['-c:a', 'aac', '-b:a', '64k']);
    const audio = ffmpeg('zoom.m4a', ['-c:a', 'aac', '-b:a', '96k', '-ar', '32000']);
    const others = {
      'c.wav': speech(8, 'en-us+f3'),
      'd.wav': sox('slower.wav', [], ['tempo', '-s', '0.99', 'trim', '0', '8']),
    };
    const { problems } = await checked({ 'a.m4a': audio, 'b.mp4': video, ...others });
    expect(problems).toMatchObject([
      { file: 'b.mp4', code: 'SAME_SOUND', message: 'sounds the same as a.m4a: both are sent' },
    ]);
  });

  it('without ffmpeg, that a video and a recording may hold the same talk', async () => {
    const picture = ['-f', 'lavfi', '-i', 'color=s=16x16:r=5', '-shortest', '-c:v', 'libx264'];
    const files = {
      'GMT_Recording_640x360.mp4': ffmpeg('talk.mp4', [...picture, '-c:a', 'aac']),
      'audio_only.m4a': ffmpeg('talk.m4a', ['-c:a', 'aac', '-ar', '32000']),
      'other.m4a': ffmpeg('other.m4a', ['-c:a', 'aac'], speech(9)),
    };
    const { problems } = await checked(files, {}, NO_FFMPEG);
    expect(problems).toMatchObject([
      {
        file: 'GMT_Recording_640x360.mp4',
        code: 'SAME_SOUND',
        message: 'is as long as audio_only.m4a: if both hold the same talk, its sound is sent twice',
      },
    ]);
  });

  it('the level of the channel that sounds', async () => {
    const [alone, beside0] = [sox('mono.wav', [], []), beside('level.wav', speech(), silent())];
    const one = await checked({ 'one.wav': alone });
    const two = await checked({ 'one.wav': beside0 });
    expect(two.samples[0]?.sound?.['rms']).toBeCloseTo(Number(one.samples[0]?.sound?.['rms']), 3);
  });

  it.each<[name: string, first: () => string, second: () => string, expected: object[]]>([
    ['s.mkv', silent, speech, [{ code: 'SILENT_TRACK', suggestion: 'save track 2 as a file of its own' }]],
    ['o.mp4', silent, speech, [{ code: 'SILENT_TRACK' }]],
    ['obs.mkv', speech, () => speech(8, 'en-us+f3'), [{ code: 'SEVERAL_TRACKS' }]],
    ['twice.mp4', speech, speech, []],
    ['empty.mp4', speech, silent, []],
  ])('tracks that are silent or differ: %s', async (name, first, second, expected) => {
    const content = ffmpeg(name, ['-i', second(), '-map', '0:a', '-map', '1:a', '-c:a', 'aac'], first());
    const { problems, ok } = await checked({ 'one.mp4': content });
    expect(ok).toBe(true);
    expect(problems.filter(({ code }) => code !== 'WRONG_EXTENSION')).toMatchObject(expected);
  });

  it.each<[what: string, make: () => Content, kilobits: number]>([
    ['VBR MP3 without Xing', () => vbr('vbr.mp3', ['-q:a', '5', '-write_xing', '0']), 0],
    ['ADTS with pauses', () => vbr('vbr.aac', []), 0],
  ])('the average bit rate of %s', async (_, make) => {
    const content = make() as Buffer;
    for (const path of [undefined, NO_FFMPEG]) {
      const { samples } = await checked({ 'one.mp3': content }, {}, path);
      const rate = Number(samples[0]?.media?.['bitsPerSecond']);
      expect(rate / ((content.length * 8) / 38)).toBeCloseTo(1, 1);
    }
  });

  it('no truncation in WebM that was cut and kept the old length in its header', async () => {
    const whole = ffmpeg('whole.webm', [], speech(20));
    const cut = Buffer.from(ffmpeg('cut.webm', ['-t', '8', '-c', 'copy'], at('whole.webm')));
    whole.copy(cut, cut.indexOf(DURATION) + 3, whole.indexOf(DURATION) + 3, whole.indexOf(DURATION) + 11);
    expect(await codesOf('one.webm', cut)).toEqual([]);
    expect(await codesOf('one.webm', whole.subarray(0, whole.length / 2))).toEqual(['TRUNCATED']);
  });

  it('that ffmpeg does not start, or cannot decode a file, by its last line', async () => {
    const broken = fakeFfmpeg('echo "ffmpeg: error while loading shared libraries: libx.so.1" >&2; exit 127');
    expect(await checked({ 'one.wav': speech() }, {}, broken)).toMatchObject({
      isHeard: false,
      notHeard: 'ffmpeg does not start: ffmpeg: error while loading shared libraries: libx.so.1',
    });
    const snap = fakeFfmpeg(
      'if [ "$1" != -nostdin ] || [ "$4" = -version ]; then echo ffmpeg version 4; exit 0; fi; echo "/media/one.wav: Permission denied" >&2; exit 1',
    );
    const { isHeard, problems } = await checked({ 'one.wav': speech() }, {}, snap);
    expect(isHeard).toBe(false);
    expect(problems).toMatchObject([
      { code: 'NOT_HEARD', message: expect.stringContaining('/media/one.wav: Permission denied') as string },
    ]);
  });

  it('what ffmpeg says of a damaged recording, not its statistics after that', async () => {
    const damaged = Buffer.from(ffmpeg('damaged.m4a', ['-c:a', 'aac']));
    for (let index = 2000; index < damaged.length - 8000; index++) damaged[index] = (index * index * 31) >> 3;
    const { problems } = await checked({ 'one.m4a': damaged });
    expect(problems).toMatchObject([
      { code: 'NOT_HEARD', message: expect.stringMatching(/\(.*rror.* decod/) as string },
    ]);
  });

  it('that a WAV holds Vorbis, of which ffmpeg decodes next to nothing', async () => {
    ffmpeg('vorbis.ogg', ['-c:a', 'libvorbis']);
    const content = ffmpeg('vorbis.wav', ['-c', 'copy'], at('vorbis.ogg'));
    const { problems } = await checked({ 'one.wav': content });
    expect(problems).toMatchObject([
      {
        code: 'NOT_HEARD',
        message: 'was not analyzed: ffmpeg cannot decode it (most of it does not decode)',
      },
    ]);
  });

  it('many recordings with few ffmpegs, and each as if it were alone, also beside one that is damaged', async () => {
    const starts = at('starts');
    const real = execFileSync('which', ['ffmpeg'], { encoding: 'utf8' }).trim();
    const counting = fakeFfmpeg(`echo >> ${starts}; exec ${real} "$@"`);
    const names = Array.from({ length: 20 }, (_, index) => `${index}.${index % 2 ? 'wav' : 'mp3'}`);
    const many = Object.fromEntries(
      names.map((name, index) => [name, ffmpeg(name, ['-t', String(1 + index / 10)], speech(8))]),
    );
    const whole = await checked(many, {}, counting);
    expect(whole).toMatchObject({ isHeard: true });
    expect(readFileSync(starts, 'utf8').length).toBeLessThan(10);
    const mp3 = many['0.mp3'] as Buffer;
    const damaged = Buffer.concat([mp3.subarray(0, 2000), Buffer.alloc(3000, 0x55), mp3.subarray(5000)]);
    for (const [bad, most] of [
      [{ 'no.wav': Buffer.from('RIFFxxxxWAVEfmt '), 'cut.mp3': mp3.subarray(1000) }, 10],
      [{ 'damaged.mp3': damaged }, 30],
    ] as const) {
      writeFileSync(starts, '');
      const { samples } = await checked({ ...many, ...bad }, {}, counting);
      expect(samples.filter(({ name }) => name in many)).toEqual(whole.samples);
      expect(readFileSync(starts, 'utf8').length).toBeLessThan(most);
    }
  });

  it.each<[string, () => Content, string]>([
    ['one.wav', () => ffmpeg('ac3.wav', ['-c:a', 'ac3', '-ar', '44100', '-f', 'wav']), 'AC-3 in WAV'],
    ['one.ogg', () => ffmpeg('speex.ogg', ['-c:a', 'libspeex', '-ar', '16000']), 'Speex in Ogg'],
    ['one.aac', () => ffmpeg('one.latm', ['-c:a', 'aac', '-f', 'latm']), 'LATM'],
    ['one.mp3', () => ffmpeg('one.ac3', ['-c:a', 'ac3']), 'AC-3'],
  ])('what no provider documents in %s', async (name, make, what) => {
    for (const path of [undefined, NO_FFMPEG]) {
      const { problems } = await checked({ [name]: make() }, {}, path);
      expect(problems.filter(({ code }) => code === 'UNKNOWN_FORMAT')).toMatchObject([
        { message: expect.stringContaining(`is ${what}, which`) as string },
      ]);
    }
  });
});

/** The identifier of the duration in WebM, and its length. */
const DURATION = Buffer.from([0x44, 0x89, 0x88]);

function remixed(name: string, ...channels: string[]): Buffer {
  return sox(name, [], ['remix', ...channels]);
}

function beside(name: string, left: Content, right: Content): Buffer {
  execFileSync('sox', ['-D', '-M', fileOf(`left-${name}`, left), fileOf(`right-${name}`, right), at(name)], {
    stdio: 'ignore',
  });
  return readFileSync(at(name));
}

/** The path of the content. */
function fileOf(name: string, content: Content): string {
  if (typeof content === 'string') return content;
  writeFileSync(at(name), content);
  return at(name);
}

function fullScale(): Buffer {
  return sox('norm.wav', [], ['gain', '-n', '-0.1']);
}

function clipped(): Buffer {
  return sox('over.wav', [], ['gain', '-n', '6']);
}

function cutOff(): string {
  clipped();
  return at('over.wav');
}

/** A converter without a microphone: the last bit flickers. */
function idle(): Buffer {
  const file = readFileSync(silent());
  for (let sample = 44, noise = 1; sample < file.length; sample += 2) {
    noise = (noise * 1_103_515_245 + 12_345) % 2_147_483_648;
    file.writeInt16LE(((noise >>> 16) % 3) - 1, sample);
  }
  return file;
}

/** The speech on both sides, each as many seconds later. */
function apart(name: string, left: string, right: string, second = '1'): Buffer {
  return sox(name, ['-c', '2'], ['remix', '1', second, 'delay', left, right]);
}

function withSilence(name: string, content: Buffer, seconds: number): Buffer {
  return sox(name, [], ['pad', `${seconds}@3`], fileOf(`from-${name}`, content));
}

/** Without what espeak-ng adds between words. */
function gated(): Buffer {
  return sox('gated.wav', [], ['compand', '0.001,0.02', '-inf,-50.1,-inf,-50,-50', '0', '-90', '0.01']);
}

function withOffset(name: string, content: Content, shift: number): Buffer {
  return sox(name, [], ['gain', '-6', 'dcshift', String(shift)], fileOf(`from-${name}`, content));
}

function withPause(): Buffer {
  return sox('paused.wav', [], ['pad', '6@4']);
}

function inverted(name: string): Buffer {
  sox('to-aac.wav', ['-c', '2'], ['remix', '1', '1i']);
  return ffmpeg(name, ['-c:a', 'aac'], at('to-aac.wav'));
}

/** Speech, then half a minute of almost nothing. */
function vbr(name: string, options: string[]): Buffer {
  sox('long-pause.wav', [], ['pad', '0', '30']);
  return ffmpeg(name, options, at('long-pause.wav'));
}

function fakeFfmpeg(script: string): string {
  const path = join(here(), 'ffmpeg');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  // Another path each time, as on another machine.
  return `${here()}${'/'.repeat(script.length % 7)}`;
}
