import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hasNoSound, plainlyNotAudio, SNIFF_BYTES } from '../../shared/not-audio.ts';
import { programs } from '../support/debian.ts';
import { recordings } from '../support/recordings.ts';
import { wav } from '../support/wav.ts';

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

/** The verdict on a whole file: `NO_SOUND`, what it is, or nothing if it may be audio. */
function judged(file: Uint8Array): string | undefined {
  const start = file.subarray(0, SNIFF_BYTES);
  return plainlyNotAudio(start, file.length) ?? (hasNoSound(start, file.length) ? 'NO_SOUND' : undefined);
}

describe('a file that is plainly not audio', () => {
  it.each([
    ['a web page', '<!DOCTYPE html><html><body>404</body></html>', /HTML/],
    ['a web page without doctype', '\n  <HTML>\n', /HTML/],
    ['a web page with byte order mark', '\ufeff<!doctype HTML>', /HTML/],
    [
      'an error of S3',
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code></Error>',
      /XML/,
    ],
    ['a JSON object', '{"statusCode":404}', /JSON/],
    ['a JSON list', ' [1, 2]', /JSON/],
    ['a text', 'Not found', /text/],
    ['a text in UTF-8', 'Größe 😀', /text/],
    ['white space', ' \r\n\t', /text/],
  ])('is %s', (_, text, found) => {
    expect(plainlyNotAudio(Buffer.from(text), Buffer.byteLength(text))).toMatch(found);
  });

  it.each([
    ['a ZIP archive', bytes('PK', [3, 4, 20, 0, 0, 0]), /ZIP/],
    ['a PDF document', bytes('%PDF-1.7\n%', [0xe2, 0xe3, 0xcf]), /PDF/],
    ['a PNG image', bytes([0x89], 'PNG\r\n', [0x1a, 10]), /PNG/],
    ['a JPEG image', bytes([0xff, 0xd8, 0xff, 0xe0, 0, 16], 'JFIF'), /JPEG/],
  ])('is %s', (_, start, found) => {
    expect(plainlyNotAudio(start, 1_000_000)).toMatch(found);
  });

  it('is text also when a character is cut at the end', () => {
    const text = Buffer.from('ö'.repeat(SNIFF_BYTES));
    expect(plainlyNotAudio(text.subarray(0, SNIFF_BYTES - 1), text.length)).toMatch(/text/);
  });

  it('is found in a part of a larger buffer', () => {
    const around = bytes([1, 2, 3], '{"a":1}', [1, 2, 3]);
    expect(plainlyNotAudio(around.subarray(3, 10), 7)).toMatch(/JSON/);
  });

  const page = `<!DOCTYPE html><html><body>${'Please sign in. '.repeat(400)}</body></html>`;
  const utf16 = (text: string) => Buffer.from(text, 'utf16le');
  const latin1 = (text: string) => Buffer.from(text, 'latin1');

  it.each<[string, () => Uint8Array, RegExp]>([
    ['a page in gzip', () => gzipSync(page), /gzip/],
    ['a page in Zstandard', () => zstdCompressSync(page), /compressed/],
    ['a page in UTF-16', () => utf16(`\ufeff${page}`), /HTML/],
    ['a page in UTF-16 without byte order mark', () => utf16(page), /HTML/],
    ['a page in UTF-16, big-endian', () => utf16(`\ufeff${page}`).swap16(), /HTML/],
    ['a page in Latin-1', () => latin1(page.replace('sign', 'ségn')), /HTML/],
    ['a text in UTF-16', () => utf16('\ufeffNot found'), /text/],
    ['JSON in UTF-16', () => utf16('\ufeff{"statusCode":404}'), /JSON/],
    ['a 7z archive', () => archived('one.7z', '7z', 'a', '-bd'), /7z/],
    ['a bzip2 archive', () => archived('one.tar.bz2', 'tar', '-cjf'), /compressed/],
    ['a tar archive', () => archived('one.tar', 'tar', '-cf'), /tar/],
    ['a tar archive of POSIX', () => archived('posix.tar', 'tar', '--format=posix', '-cf'), /tar/],
    ['a RAR archive', () => bytes('Rar!', [0x1a, 7, 1, 0]), /RAR/],
    ['an old Office document', () => bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), /Office/],
    ['an RTF document', () => bytes('{\\rtf1\\ansi'), /RTF/],
    ['macOS metadata of a file', () => bytes([0, 5, 0x16, 7, 0, 2, 0, 0], 'Mac OS X'), /AppleDouble/],
    ['an iCloud placeholder', () => bytes('bplist00', [0xd4, 1, 2]), /iCloud/],
    ['zeros only', () => Buffer.alloc(1_000), /zeros/],
    ['a link of Windows', () => shortcut([0x4c, 0, 0, 0, 1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0]), /shortcut/],
    ['an alias of macOS', () => shortcut([...Buffer.from('book\0\0\0\0mark')]), /shortcut/],
    [
      'a link to a page',
      () => Buffer.from('[InternetShortcut]\r\nURL=https://example.com/a.wav\r\n'),
      /text/,
    ],
    ['a dictation in DSS', () => shortcut([2, ...Buffer.from('dss')]), /DSS/],
    ['a dictation in DS2', () => shortcut([3, ...Buffer.from('ds2')]), /DSS/],
    ['an HEIC image', () => bytes([0, 0, 0, 24], 'ftypheic', [0, 0, 0, 0], 'mif1heic'), /HEIC/],
    ['a GIF image', () => recordings().ffmpeg('one.gif', ['-frames:v', '1'], image()), /GIF/],
    ['a WebP image', () => bytes('RIFF', [9, 0, 0, 0], 'WEBPVP8 '), /WebP/],
    ['a TIFF image', () => recordings().ffmpeg('one.tiff', ['-frames:v', '1'], image()), /TIFF/],
    ['a program of Linux', () => readFileSync(process.execPath).subarray(0, 10_000), /program/],
    [
      'a program of Windows',
      () => Buffer.concat([bytes('MZ', [0x90, 0, 3]), Buffer.alloc(120), bytes('PE', [0, 0, 0x64, 0x86])]),
      /program/,
    ],
    ['MIDI', () => bytes('MThd', [0, 0, 0, 6, 0, 1, 0, 2, 1, 0xe0]), /MIDI/],
    ['an SQLite database', () => database(), /SQLite/],
    ['MP4 without moov', () => brokenOff(), /index/],
    ['MP4 without moov, of no known length', () => ofUnknownLength(), /index/],
    ['a purchase of old', () => bytes([0, 0, 0, 32], 'ftypM4P ', [0, 0, 0, 0]), /FairPlay/],
    ['a purchase', () => purchase(), /FairPlay/],
  ])('is %s', (_, make, found) => {
    expect(judged(make())).toMatch(found);
  });

  const inForm = (file: Buffer) =>
    Buffer.concat([
      bytes(
        '------WebKitFormBoundary7MA4YWxkTrZu0gW\r\nContent-Disposition: form-data; name="file"; filename="take.wav"\r\n',
        'Content-Type: audio/wav\r\n\r\n',
      ),
      file,
      bytes('\r\n------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n'),
    ]);
  const inChunks = (file: Buffer, extension = '') =>
    Buffer.concat([bytes(`${file.length.toString(16)}${extension}\r\n`), file, bytes('\r\n0\r\n\r\n')]);
  const signed = `;chunk-signature=${'0a'.repeat(32)}`;
  const asText = (file: Buffer) => Buffer.from(file.toString('utf8'));

  it.each<[string, () => Uint8Array, RegExp]>([
    ['a form', () => inForm(wav(9_000)), /form/],
    ['a form with an MP3', () => inForm(recordings().ffmpeg('one.mp3')), /form/],
    [
      'an HTTP response',
      () => Buffer.concat([bytes('HTTP/1.1 200 OK\r\nX: y\r\n\r\n'), wav(9_000)]),
      /HTTP response/,
    ],
    ['signed chunks', () => inChunks(wav(9_000), signed), /chunks/],
    ['chunks', () => inChunks(wav(9_000)), /chunks/],
    ['chunks of an MP3', () => inChunks(recordings().ffmpeg('one.mp3')), /chunks/],
    [
      'chunks of a bare MP3',
      () => inChunks(recordings().ffmpeg('bare.mp3', ['-id3v2_version', '0'])),
      /chunks/,
    ],
    ['WAV as text', () => asText(wav(9_000)), /converted/],
    ['speech as text', () => asText(readFileSync(recordings().speech())), /converted/],
    ['MP3 as text', () => asText(recordings().ffmpeg('one.mp3')), /converted/],
    [
      'M4A as text',
      () => asText(recordings().ffmpeg('fast.m4a', ['-c:a', 'aac', '-movflags', '+faststart'])),
      /converted/,
    ],
    ['Ogg as text', () => asText(recordings().ffmpeg('one.ogg')), /converted/],
    ['Latin-1 as text', () => Buffer.from(recordings().ffmpeg('one.mp3').toString('latin1')), /converted/],
  ])('is %s, of a transfer that went wrong', (_, make, found) => {
    expect(judged(make())).toMatch(found);
  });

  it('but not a recording with long lyrics, or silence', () => {
    const lyrics = bytes(
      'ID3',
      [4, 0, 0, 0, 0, 0x7f, 0x7f],
      'USLT',
      [0, 0, 0x7f, 0x70, 0, 0, 3],
      'deu',
      [0],
      'Ä ö ü ß — ',
    );
    expect(
      judged(Buffer.concat([lyrics, Buffer.from('Größe 😀 дом '.repeat(1_000)), wav(9_000)])),
    ).toBeUndefined();
    const silence = wav(90_000).fill(0, 44);
    silence.writeUInt32LE(22_050, 24);
    silence.writeUInt32LE(0, 28);
    expect(judged(silence)).toBeUndefined();
  });

  /** A file of a few hundred bytes that begins like this. */
  function shortcut(start: number[]): Buffer {
    return Buffer.concat([Buffer.from(start), Buffer.alloc(700, 0xaa)]);
  }

  function archived(name: string, ...command: [string, ...string[]]): Buffer {
    if (command[0] === '7z') programs('7z');
    const { at, speech } = recordings();
    const [program, ...args] = command;
    execFileSync(program, [...args, at(name), speech()], { stdio: 'ignore' });
    return readFileSync(at(name));
  }

  function image(): string {
    const { at } = recordings();
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-y',
      '-f',
      'lavfi',
      '-i',
      'testsrc=s=64x64',
      '-frames:v',
      '1',
      at('one.png'),
    ]);
    return at('one.png');
  }

  function database(): Buffer {
    const path = recordings().at('one.sqlite');
    const opened = new DatabaseSync(path);
    opened.exec('CREATE TABLE IF NOT EXISTS takes (name TEXT)');
    opened.close();
    return readFileSync(path);
  }

  /** ffmpeg writes the index last. */
  function brokenOff(): Buffer {
    const whole = recordings().ffmpeg('whole.m4a', ['-c:a', 'aac']);
    expect(judged(whole)).toBeUndefined();
    return whole.subarray(0, whole.indexOf('moov') - 1_000);
  }

  function ofUnknownLength(): Buffer {
    const file = Buffer.from(brokenOff());
    file.writeUInt32BE(0, file.indexOf('mdat') - 4);
    return file;
  }

  /** As shops sell it: the index first, naming the codec. */
  function purchase(): Buffer {
    const file = recordings().ffmpeg('fast.m4a', ['-c:a', 'aac', '-movflags', '+faststart']);
    expect(judged(file)).toBeUndefined();
    file.write('drms', file.indexOf('mp4a', file.indexOf('stsd')));
    return file;
  }
});

describe('a file that may be audio', () => {
  it.each([
    ['WAV', wav(512)],
    ['MP3 with ID3', bytes('ID3', [4, 0, 0, 0, 0, 1, 2])],
    ['MP3 without', bytes([0xff, 0xfb, 0x90, 0x64, 0, 0])],
    ['AAC', bytes([0xff, 0xf1, 0x50, 0x80])],
    ['Ogg', bytes('OggS', [0, 2, 0, 0])],
    ['FLAC', bytes('fLaC', [0, 0, 0, 34])],
    ['MP4', bytes([0, 0, 0, 32], 'ftypM4A ')],
    ['AIFF', bytes('FORM', [0, 1, 0, 0], 'AIFF')],
    ['WebM', bytes([0x1a, 0x45, 0xdf, 0xa3])],
    ['WMA', bytes([0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66])],
    ['CAF', bytes('caff', [0, 1, 0, 0])],
    ['AMR', bytes('#!AMR\n', [0x3c, 0x08, 0x49, 0xf6])],
    ['zeros, of which more follow', Buffer.alloc(SNIFF_BYTES)],
    ['one byte that is no text', Buffer.from([0xff])],
  ])('is %s', (_, start) => {
    expect(plainlyNotAudio(start, 1_000_000)).toBeUndefined();
  });

  it.each(['greeting.mp3', 'goodbye.wav', 'look-up.mp3'])('is the example %s', (name) => {
    const file = readFileSync(new URL(`../../examples/voices/amelia/${name}`, import.meta.url));
    expect(plainlyNotAudio(file.subarray(0, SNIFF_BYTES), file.length)).toBeUndefined();
  });

  const inFormats: [name: string, ...options: string[]][] = [
    ['one.mp3'],
    ['id3.mp3', '-metadata', 'title=ustar stsd drms', '-id3v2_version', '3'],
    ['one.mp2'],
    ['one.m4a', '-c:a', 'aac'],
    ['fast.m4a', '-c:a', 'aac', '-movflags', '+faststart'],
    ['fragments.mp4', '-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov'],
    ['alac.m4a', '-c:a', 'alac'],
    ['one.m4b', '-c:a', 'aac', '-f', 'ipod'],
    ['one.mov', '-c:a', 'aac'],
    ['one.3gp', '-c:a', 'aac'],
    ['one.aac'],
    ['one.ogg'],
    ['one.opus'],
    ['one.oga', '-c:a', 'flac'],
    ['one.flac'],
    ['one.webm'],
    ['one.mka'],
    ['one.wma'],
    ['one.caf', '-c:a', 'pcm_s16le'],
    ['one.aiff'],
    ['one.au'],
    ['one.w64'],
    ['rf64.wav', '-rf64', 'always'],
    ['float.wav', '-c:a', 'pcm_f32le'],
    ['telephone.wav', '-c:a', 'pcm_mulaw', '-ar', '8000'],
    ['adpcm.wav', '-c:a', 'adpcm_ms'],
    ['bwf.wav', '-write_bext', '1', '-metadata', 'description=A take'],
    ['one.avi'],
    ['one.ac3'],
    ['one.wv'],
    ['one.tta'],
  ];

  it.each(inFormats)('is %s, as ffmpeg writes it', (name, ...options) => {
    const file = recordings().ffmpeg(name, options);
    expect(judged(file)).toBeUndefined();
    expect(judged(file.subarray(0, SNIFF_BYTES + 1_000)) ?? '').toMatch(/^$|index/);
  });

  it.each(['one.sph', 'one.aifc', 'one.voc', 'one.snd', 'one.gsm', 'one.amr-nb', 'one.wve'])(
    'is %s, as sox writes it',
    (name) => {
      expect(judged(recordings().sox(name, ['-r', '8000']))).toBeUndefined();
    },
  );

  it('is WAV from a pipe, which declares no length, or zero', () => {
    const { speech } = recordings();
    const piped = execFileSync('ffmpeg', ['-v', 'error', '-i', speech(), '-f', 'wav', '-']);
    expect(judged(piped)).toBeUndefined();
    const zero = readFileSync(speech());
    zero.writeUInt32LE(0, zero.indexOf('data') + 4);
    expect(judged(zero)).toBeUndefined();
    zero.fill(0, zero.indexOf('data') + 8);
    expect(judged(zero)).toBeUndefined();
  });

  it('is NIST SPHERE under the name .wav, and an MP3 behind a header of text', () => {
    const { ffmpeg, sox } = recordings();
    const sphere = sox('one.sph');
    expect(sphere.toString('latin1', 0, 7)).toBe('NIST_1A');
    expect(judged(sphere)).toBeUndefined();
    const header = Buffer.alloc(SNIFF_BYTES, ' ');
    header.write('NIST_1A\n   4096\nchannel_count -i 1\nend_head\n');
    expect(judged(Buffer.concat([header, wav(9_000)]))).toBeUndefined();
    expect(
      judged(Buffer.concat([Buffer.alloc(600, 'icy-name: Radio\r\n'), ffmpeg('one.mp3')])),
    ).toBeUndefined();
  });
});

describe('a file with complete headers', () => {
  const cut = (file: Buffer, at: number) => file.subarray(0, at);

  it.each<[string, () => Buffer]>([
    ['WAV', () => wav(44)],
    ['WAV that declares sound', () => cut(wav(1_000), 44)],
    [
      'WAV with something behind the sound',
      () => Buffer.concat([wav(44), bytes('LIST', [4, 0, 0, 0], 'INFO')]),
    ],
    ['WAV with no chunk of sound', () => cut(wav(44), 36)],
    ['WAV with a long header', () => header('bwf-start.wav', 'data', 8, ['-write_bext', '1'])],
    ['RF64', () => header('rf64-start.wav', 'data', 8, ['-rf64', 'always'])],
    ['AIFF', () => header('start.aiff', 'SSND', 16)],
    ['AU', () => cut(recordings().ffmpeg('start.au'), 24 + 8)],
    ['FLAC', () => emptyFlac()],
    ['MP3', () => bytes('ID3', [4, 0, 0, 0, 0, 0, 10], Array<number>(10).fill(0))],
    ['MP3 with an old tag', () => bytes('ID3', [4, 0, 0, 0, 0, 0, 0], 'TAG', Array<number>(125).fill(0))],
    ['MP3 of nothing', () => ofNothing('none.mp3')],
    ['Opus', () => ofNothing('none.opus')],
    ['Opus, cut in its second page', () => cut(recordings().ffmpeg('some.opus'), 80)],
    ['Ogg Vorbis, cut in its headers', () => cut(recordings().ffmpeg('some.ogg'), 120)],
    ['M4A', () => ofNothing('none.m4a', '-c:a', 'aac')],
    ['WMA', () => ofNothing('none.wma')],
    [
      'MP4, cut in its index',
      () => cut(recordings().ffmpeg('cut.m4a', ['-c:a', 'aac', '-movflags', '+faststart']), 85),
    ],
    ['AIFF, cut in its header', () => cut(recordings().ffmpeg('some.aiff'), 31)],
    ['WebM', () => cut(recordings().ffmpeg('some.webm'), 300)],
    ['CAF', () => header('start.caf', 'data', 16, ['-c:a', 'pcm_s16le'])],
    ['AMR', () => bytes('#!AMR\n')],
    ['NIST SPHERE', () => cut(recordings().sox('start.sph'), 1_024)],
  ])('of %s has no sound', (_, make) => {
    expect(judged(make())).toBe('NO_SOUND');
  });

  it.each<[string, () => Buffer]>([
    ['WAV', () => wav(45)],
    ['WAV, cut in its header', () => cut(wav(44), 43)],
    ['AIFF', () => cut(recordings().ffmpeg('some.aiff'), 80)],
    ['FLAC', () => Buffer.concat([emptyFlac(), bytes([0xff, 0xf8])])],
    ['MP3', () => bytes('ID3', [4, 0, 0, 0, 0, 0, 10], Array<number>(10).fill(0), [0xff, 0xfb])],
    ['a tenth of a second of MP3', () => tenth('tenth.mp3')],
    ['a tenth of a second of Opus', () => tenth('tenth.opus')],
    ['a tenth of a second of M4A', () => tenth('tenth.m4a', '-c:a', 'aac')],
    [
      'a tenth of a second of M4A, its index first',
      () => tenth('t.m4a', '-c:a', 'aac', '-movflags', '+faststart'),
    ],
    [
      'a tenth of a second in fragments',
      () => tenth('t.mp4', '-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov'),
    ],
    ['a tenth of a second of WebM', () => tenth('tenth.webm')],
    ['a tenth of a second of CAF', () => tenth('tenth.caf', '-c:a', 'pcm_s16le')],
    ['a tenth of a second of AAC', () => tenth('tenth.aac')],
    [
      'a tenth of a second of AMR',
      () => recordings().sox('tenth.amr-nb', ['-r', '8000'], ['trim', '0', '0.1']),
    ],
  ])('and something behind may be audio: %s', (_, make) => {
    expect(judged(make())).toBeUndefined();
  });

  function header(name: string, chunk: string, length: number, options: string[] = []): Buffer {
    const file = recordings().ffmpeg(name, options);
    return cut(file, file.indexOf(chunk) + length);
  }

  function tenth(name: string, ...options: string[]): Buffer {
    return recordings().ffmpeg(name, ['-t', '0.1', ...options]);
  }

  /** As a program saves it that was stopped at once. */
  function ofNothing(name: string, ...options: string[]): Buffer {
    writeFileSync(recordings().at('nothing.wav'), wav(44));
    return recordings().ffmpeg(name, options, recordings().at('nothing.wav'));
  }

  function emptyFlac(): Buffer {
    const { at } = recordings();
    writeFileSync(at('empty.wav'), wav(44));
    return recordings().sox('empty.flac', [], [], at('empty.wav'));
  }
});
