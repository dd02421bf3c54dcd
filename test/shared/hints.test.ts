import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hintsAt } from '../../shared/hints.ts';
import { mediaIn } from '../../shared/media-header.ts';
import { SNIFF_BYTES } from '../../shared/not-audio.ts';
import { recordings } from '../support/recordings.ts';

const { speech, sox, ffmpeg } = recordings();

function headerOf(file: Uint8Array) {
  const { bitsPerSecond: _, channels: __, ...said } = mediaIn(file.subarray(0, SNIFF_BYTES), file.length);
  return said.seconds === undefined ? said : { ...said, seconds: Math.round(said.seconds) };
}

describe('the first 4 KiB of a recording tell', () => {
  const rate = { sampleRate: 22_050 };
  const long = { ...rate, seconds: 8 };
  it.each<[what: string, make: () => Buffer, said: object]>([
    ['WAV', () => readFileSync(speech()), { container: 'WAV', codec: 'PCM', ...long }],
    ['ADPCM', () => sox('h.wav', ['-e', 'ima-adpcm']), { container: 'WAV', codec: 'ADPCM', ...long }],
    ['RF64', () => ffmpeg('rf.wav', ['-rf64', 'always']), { container: 'RF64', codec: 'PCM', ...long }],
    ['AIFF', () => ffmpeg('h.aiff'), { container: 'AIFF', codec: 'PCM', ...long }],
    ['AIFC', () => ffmpeg('h.aifc', ['-c:a', 'pcm_mulaw']), { container: 'AIFF', codec: 'µ-law', ...long }],
    ['IMA in AIFC', () => ffmpeg('i.aifc', ['-c:a', 'adpcm_ima_qt']), { container: 'AIFF', ...rate }],
    ['AU', () => ffmpeg('h.au'), { container: 'AU' }],
    ['CAF', () => ffmpeg('h.caf', ['-c:a', 'pcm_s16le']), { container: 'CAF', codec: 'PCM', ...rate }],
    ['FLAC', () => ffmpeg('h.flac'), { container: 'FLAC', codec: 'FLAC', ...long }],
    ['MP3', () => ffmpeg('h.mp3'), { container: 'MP3', codec: 'MP3', ...long }],
    ['VBR MP3', () => ffmpeg('v.mp3', ['-q:a', '4']), { container: 'MP3', codec: 'MP3', ...long }],
    [
      'MP3 without Xing',
      () => ffmpeg('x.mp3', ['-write_xing', '0']),
      { container: 'MP3', codec: 'MP3', ...rate },
    ],
    [
      'joined MP3s',
      () => Buffer.concat([ffmpeg('h.mp3'), ffmpeg('h.mp3')]),
      { container: 'MP3', codec: 'MP3', ...rate },
    ],
    ['MP2', () => ffmpeg('h.mp2'), { container: 'MP3', codec: 'MP2', ...rate }],
    ['AAC', () => ffmpeg('h.aac'), { container: 'AAC', codec: 'AAC', ...rate }],
    ['M4A, index first', () => fast('f.m4a', 'aac'), { container: 'MP4', codec: 'AAC', ...long }],
    [
      'MP3 in MP4, index first',
      () => fast('m.mp4', 'libmp3lame'),
      { container: 'MP4', codec: 'MP3', ...long },
    ],
    [
      'Vorbis in MP4, index first',
      () => fast('v.mp4', 'libvorbis'),
      { container: 'MP4', codec: 'Vorbis', ...long },
    ],
    [
      'another codec in MP4, index first',
      () => withObjectType(fast('f.m4a', 'aac'), 0xa9),
      { container: 'MP4', ...long },
    ],
    ['ALAC, index first', () => fast('a.m4a', 'alac'), { container: 'MP4', codec: 'ALAC', ...long }],
    ['M4A, index last', () => ffmpeg('h.m4a', ['-c:a', 'aac']), { container: 'MP4' }],
    [
      'Opus',
      () => ffmpeg('h.opus', ['-ar', '16000']),
      { container: 'Ogg', codec: 'Opus', sampleRate: 16_000 },
    ],
    ['Vorbis', () => ffmpeg('h.ogg'), { container: 'Ogg', codec: 'Vorbis', ...rate }],
    [
      'Speex',
      () => ffmpeg('s.ogg', ['-c:a', 'libspeex', '-ar', '8000']),
      { container: 'Ogg', codec: 'Speex', sampleRate: 8_000 },
    ],
    ['AMR', () => sox('h.amr-nb', ['-r', '8000']), { container: 'AMR', codec: 'AMR', sampleRate: 8_000 }],
    ['NIST SPHERE', () => sox('h.sph'), { container: 'NIST SPHERE' }],
    ['WebM', () => ffmpeg('h.webm'), { container: 'WebM' }],
    ['noise', () => readFileSync(speech()).subarray(10_000), {}],
  ])('%s', (_, make, said) => {
    expect(headerOf(make())).toEqual(said);
  });

  it('no more than is there, wherever the header is cut', () => {
    for (const file of [
      ffmpeg('h.aiff'),
      ffmpeg('h.au'),
      fast('f.m4a', 'aac'),
      ffmpeg('h.opus'),
      ffmpeg('h.flac'),
    ]) {
      for (let length = 0; length < 200; length++) {
        expect(mediaIn(file.subarray(0, length), file.length).seconds ?? 8).toBeCloseTo(8, 0);
      }
    }
  });

  /** ISO/IEC 14496-1, section 7.2.6.6. */
  function withObjectType(file: Buffer, type: number): Buffer {
    const changed = Buffer.from(file);
    changed.writeUInt8(type, changed.indexOf('esds') + 21);
    return changed;
  }

  function fast(name: string, codec: string): Buffer {
    return ffmpeg(name, ['-c:a', codec, '-movflags', '+faststart']);
  }
});

describe('hints', () => {
  const good = { container: 'WAV', codec: 'PCM', sampleRate: 44_100 };

  it('are none for good recordings, and for what is not known', () => {
    expect(hintsAt('ELEVENLABS', [{ name: 'one.wav', media: { ...good, seconds: 90 } }])).toEqual([]);
    expect(
      hintsAt('ELEVENLABS', [
        { name: 'one.wav', media: { ...good, seconds: 5 } },
        { name: 'two.m4a', media: {} },
      ]),
    ).toEqual([]);
    expect(hintsAt(undefined, [{ name: 'one.wav', media: { ...good, seconds: 5 } }])).toEqual([]);
  });

  it('name the sample, what is wrong and what to do', () => {
    expect(
      hintsAt('ELEVENLABS', [{ name: 'call.mp3', media: { ...good, sampleRate: 8_000, seconds: 20 } }]),
    ).toEqual([
      {
        name: 'call.mp3',
        code: 'WRONG_EXTENSION',
        message: '"call.mp3" contains WAV data, but is sent as audio/mpeg. Rename it to call.wav.',
      },
      {
        name: 'call.mp3',
        code: 'TELEPHONE',
        message:
          '"call.mp3" has a sample rate of 8 kHz: the voice will sound like a telephone call. Record with at least 16 kHz; converting the file does not help.',
      },
      {
        code: 'PROVIDER',
        message: expect.stringMatching(
          /^The voice has 20 seconds of samples; ElevenLabs wants at least 1 minute.* \(https:/,
        ) as string,
      },
    ]);
    expect(
      hintsAt('GOOGLE_CLOUD', [{ name: 'a.flac', media: { container: 'FLAC', codec: 'FLAC' } }]),
    ).toMatchObject([
      {
        name: 'a.flac',
        code: 'PROVIDER',
        message: expect.stringContaining('not a format that Google Cloud accepts') as string,
      },
    ]);
    expect(hintsAt(undefined, [{ name: 'a.amr', media: { container: 'AMR' } }])).toMatchObject([
      { code: 'UNKNOWN_FORMAT' },
    ]);
  });

  it('are at most 50', () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      name: `${index}.amr`,
      media: { container: 'AMR' },
    }));
    expect(hintsAt(undefined, many)).toHaveLength(50);
  });
});
