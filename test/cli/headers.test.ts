import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkedFolder, NO_FFMPEG } from '../support/checked-folder.ts';
import { recordings } from '../support/recordings.ts';

const { checked, codesOf } = checkedFolder();
const { speech, sox, ffmpeg, at } = recordings();

describe('check reads headers', () => {
  it.each(['LIST', 'bext', 'iXML', 'junk'])('past the word data in %s', async (name) => {
    const file = readFileSync(speech());
    // More than the first 4 KiB, as a cover has.
    const chunk = Buffer.alloc(8 + 6_000, 'our data of the voice ');
    chunk.write(name, 'latin1');
    chunk.writeUInt32LE(6_000, 4);
    const content = Buffer.concat([file.subarray(0, 36), chunk, file.subarray(36)]);
    for (const path of [undefined, NO_FFMPEG]) {
      expect(await codesOf('one.wav', content, path)).toEqual([]);
      const half = content.subarray(0, content.length / 2);
      expect(await codesOf('one.wav', half, path)).toEqual(['TRUNCATED']);
    }
  });

  it.each([
    ['one.au', () => ffmpeg('one.au')],
    ['one.caf', () => ffmpeg('one.caf', ['-c:a', 'pcm_s16le'])],
    ['rf64.wav', () => ffmpeg('rf64.wav', ['-rf64', 'always'])],
    ['one.sph', () => sox('one.sph'), 'one.wav'],
  ])('that declare more than there is in half of %s', async (made, make, name = made) => {
    const whole = make();
    for (const path of [undefined, NO_FFMPEG]) {
      expect(await codesOf(name, whole, path)).toEqual(['UNKNOWN_FORMAT']);
      const half = whole.subarray(0, whole.length / 2);
      expect(await codesOf(name, half, path)).toEqual(['UNKNOWN_FORMAT', 'TRUNCATED']);
    }
  });

  const read: [what: string, make: () => Buffer, media: object][] = [
    ['ADPCM from a pipe', () => piped('-c:a', 'adpcm_ms'), { codec: 'ADPCM', seconds: 8 }],
    ['IMA ADPCM from a pipe', () => piped('-c:a', 'adpcm_ima_wav'), { codec: 'ADPCM', seconds: 8 }],
    ['ADPCM of sox', () => sox('adpcm.wav', ['-e', 'ms-adpcm']), { codec: 'ADPCM', seconds: 8 }],
    ['GSM', () => sox('gsm.wav', ['-r', '8000', '-e', 'gsm-full-rate']), { codec: 'GSM', seconds: 8 }],
    ['floating point of sox', () => sox('float.wav', ['-e', 'float']), { codec: 'PCM', seconds: 8 }],
    ['floating point', () => ffmpeg('f64.wav', ['-c:a', 'pcm_f64le']), { codec: 'PCM', seconds: 8 }],
    ['two voice notes in one Ogg', () => joined('opus', 2, 5), { codec: 'Opus', seconds: 7 }],
    ['two Vorbis in one Ogg', () => joined('ogg', 2, 5), { codec: 'Vorbis', seconds: 7 }],
    ['an Ogg that ends in silence', () => ffmpeg('end.ogg', [], at(endsSilent())), { seconds: 10 }],
    ['two joined MP3s', () => joined('mp3', 3, 8), { codec: 'MP3', seconds: 11 }],
    ['two joined MP3s of two rates', () => twoRates(), { codec: 'MP3', seconds: 11 }],
    [
      'AAC that ends in silence',
      () => ffmpeg('end.aac', [], at(endsSilent())),
      { codec: 'AAC', seconds: 10 },
    ],
    ['floating-point AIFC of libsndfile', () => capitalFloats(), { codec: 'PCM', seconds: 8 }],
    ['MP3 in QuickTime', () => ffmpeg('mp3.mov', ['-c:a', 'libmp3lame']), { codec: 'MP3', seconds: 8 }],
    ['an MP3 behind zeros', () => behind(Buffer.alloc(5_000)), { container: 'MP3', seconds: 8 }],
    ['an MP3 behind an APE tag', () => behind(apeTag()), { container: 'MP3', seconds: 8 }],
    ['an MP3 behind two tags', () => behind(id3(100), id3(90_000)), { container: 'MP3', seconds: 8 }],
    [
      'what mp3wrap writes',
      () => behind(id3(400), Buffer.alloc(17), Buffer.from('WRAP05\x01\x02\x43one.mp3\0', 'latin1')),
      { container: 'MP3', seconds: 8 },
    ],
    ['MP3 in Matroska', () => ffmpeg('mp3.mka', ['-c:a', 'libmp3lame']), { codec: 'MP3' }],
    ['E-AC-3 in Matroska', () => ffmpeg('e.mka', ['-c:a', 'eac3', '-ar', '48000']), { codec: 'E-AC-3' }],
    ['AIFC of sox', () => sox('mulaw.aifc', ['-e', 'mu-law']), {}],
    ['IMA in AIFC', () => ffmpeg('ima.aifc', ['-c:a', 'adpcm_ima_qt']), {}],
    [
      'ALAC at 96 kHz',
      () => ffmpeg('96.m4a', ['-c:a', 'alac', '-ar', '96000']),
      { codec: 'ALAC', seconds: 8 },
    ],
    ['mono ALAC of ffmpeg 4.1', () => alacWithTwoChannels(), { codec: 'ALAC', seconds: 8 }],
    ['an M4A that was trimmed without encoding', () => trimmed(), { codec: 'AAC', seconds: 3 }],
  ];
  it('without ffmpeg as ffmpeg decodes', async () => {
    const files = Object.fromEntries(read.map(([what, make]) => [`${what}.xyz`, make()]));
    const told = async (path?: string) => {
      const { samples } = await checked(files, { files: Object.keys(files) }, path);
      const facts = samples.map(({ name, media }) => {
        const { seconds, bitsPerSecond: _, sampleRate: __, ...rest } = media ?? {};
        return [name, { ...rest, ...(seconds !== undefined && { seconds: Math.round(Number(seconds)) }) }];
      });
      return Object.fromEntries(facts) as object;
    };
    const alone = await told(NO_FFMPEG);
    expect(alone).toMatchObject(Object.fromEntries(read.map(([what, , media]) => [`${what}.xyz`, media])));
    expect(await told()).toMatchObject(alone);
  });

  it('as Google takes them: floating-point WAV of sox, too', async () => {
    for (const path of [undefined, NO_FFMPEG]) {
      const { problems } = await checked(
        { 'one.wav': sox('float.wav', ['-e', 'float']) },
        { providerType: 'GOOGLE_CLOUD' },
        path,
      );
      expect(problems).toEqual([]);
    }
  });
});

/** ffmpeg 4.1 writes 2 beside the codec's own number of channels (findings/mono-m4a-looks-stereo.sh). */
function alacWithTwoChannels(): Buffer {
  const file = ffmpeg('41.m4a', ['-c:a', 'alac']);
  const entry = file.indexOf('alac', file.indexOf('stsd'), 'latin1');
  file.writeUInt16BE(2, entry + 20);
  return file;
}

/** libsndfile writes `FL32`, ffmpeg `fl32`. */
function capitalFloats(): Buffer {
  const file = ffmpeg('f32.aiff', ['-c:a', 'pcm_f32be']);
  file.write('FL32', file.indexOf('fl32'));
  return file;
}

function behind(...others: Buffer[]): Buffer {
  return Buffer.concat([...others, ffmpeg('plain.mp3', ['-write_xing', '0', '-id3v2_version', '0'])]);
}

function id3(length: number): Buffer {
  const tag = Buffer.alloc(10 + length, 'ID3\x03\0\0', 'latin1').fill(0, 10);
  [21, 14, 7, 0].forEach((bits, index) => tag.writeUInt8((length >> bits) & 127, 6 + index));
  return tag;
}

/** Version 2, with a header and a footer, and a cover of 8 KB that begins like frames. */
function apeTag(): Buffer {
  const item = Buffer.concat([
    Buffer.from('\0\x20\0\0\x02\0\0\0Cover\0', 'latin1'),
    Buffer.alloc(8_192, 0xff),
  ]);
  const [header, footer] = [0xa0_00_00_00, 0x80_00_00_00].map((flags) => {
    const end = Buffer.alloc(32);
    end.write('APETAGEX', 'latin1');
    [2_000, item.length + 32, 1, flags].forEach((value, index) => end.writeUInt32LE(value, 8 + 4 * index));
    return end;
  }) as [Buffer, Buffer];
  return Buffer.concat([header, item, footer]);
}

function piped(...options: string[]): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', '-i', speech(), ...options, '-f', 'wav', '-']);
}

function joined(extension: string, ...seconds: number[]): Buffer {
  return Buffer.concat(seconds.map((each) => ffmpeg(`${each}.${extension}`, [], speech(each))));
}

function twoRates(): Buffer {
  return Buffer.concat([ffmpeg('3.mp3', ['-ar', '44100'], speech(3)), ffmpeg('8.mp3', ['-ar', '16000'])]);
}

/** Its edit list starts after four of the eight seconds, and plays three. */
function trimmed(): Buffer {
  const file = ffmpeg('trimmed.m4a', ['-c:a', 'aac', '-ar', '48000']);
  const [movie, edits] = [file.indexOf('mvhd'), file.indexOf('elst')];
  const length = 3 * file.readUInt32BE(movie + 16);
  file.writeUInt32BE(length, movie + 20);
  file.writeUInt32BE(length, edits + 12);
  file.writeInt32BE(file.readInt32BE(edits + 16) + 4 * 48_000, edits + 16);
  return file;
}

/** Packets of silence are so small that the last page has less than a header. */
function endsSilent(): string {
  sox('end.wav', [], ['pad', '0', '2']);
  return 'end.wav';
}
