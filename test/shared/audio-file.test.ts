import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { audioMediaType, plainlyNotAudio, SNIFF_BYTES } from '../../shared/audio-file.ts';
import { wav } from '../support/wav.ts';

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

describe('the media type', () => {
  test.each([
    ['one.mp3', 'audio/mpeg'],
    ['ONE.MP3', 'audio/mpeg'],
    ['one.two.wav', 'audio/wav'],
    ['takes/one.m4a', 'audio/mp4'],
    ['größe.flac', 'audio/flac'],
    ['one.ogg', 'audio/ogg'],
    ['one.opus', 'audio/ogg'],
    ['one.webm', 'audio/webm'],
    ['one.aiff', 'audio/aiff'],
  ])('of %s is %s', (name, type) => {
    expect(audioMediaType(name)).toBe(type);
  });

  test.each(['manifest.json', 'notes.txt', 'one', '', 'one.mp3.zip', 'one.', 'one.mp3 ', 'takes.wav/notes'])(
    'of "%s" is none',
    (name) => {
      expect(audioMediaType(name)).toBeUndefined();
    },
  );

  test.each(['one.constructor', 'one.__proto__', 'one.hasOwnProperty'])('of "%s" is none either', (name) => {
    expect(audioMediaType(name)).toBeUndefined();
  });

  test.each(['mp3', 'wav', 'WAV'])('of "%s", which has no extension, is none', (name) => {
    expect(audioMediaType(name)).toBeUndefined();
  });

  test.each([
    'aac',
    'aif',
    'aiff',
    'amr',
    'caf',
    'flac',
    'm4a',
    'mp3',
    'mp4',
    'mpga',
    'oga',
    'ogg',
    'opus',
    'wav',
    'wave',
    'weba',
    'webm',
    'wma',
  ])('of .%s is of audio and fits into a header', (extension) => {
    expect(audioMediaType(`one.${extension}`)).toMatch(/^audio\/[a-z0-9-]+$/);
  });
});

describe('a file that is plainly not audio', () => {
  test.each([
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
    expect(plainlyNotAudio(Buffer.from(text))).toMatch(found);
  });

  test.each([
    ['a ZIP archive', bytes('PK', [3, 4, 20, 0, 0, 0]), /ZIP/],
    ['a PDF document', bytes('%PDF-1.7\n%', [0xe2, 0xe3, 0xcf]), /PDF/],
    ['a PNG image', bytes([0x89], 'PNG\r\n', [0x1a, 10]), /PNG/],
    ['a JPEG image', bytes([0xff, 0xd8, 0xff, 0xe0, 0, 16], 'JFIF'), /JPEG/],
  ])('is %s', (_, start, found) => {
    expect(plainlyNotAudio(start)).toMatch(found);
  });

  test('is text also when a character is cut at the end', () => {
    const text = Buffer.from('ö'.repeat(SNIFF_BYTES));
    expect(plainlyNotAudio(text.subarray(0, SNIFF_BYTES - 1))).toMatch(/text/);
  });

  test('is found in a part of a larger buffer', () => {
    const around = bytes([1, 2, 3], '{"a":1}', [1, 2, 3]);
    expect(plainlyNotAudio(around.subarray(3, 10))).toMatch(/JSON/);
  });
});

describe('a file that may be audio', () => {
  test.each([
    ['WAV', wav(512)],
    ['WAV, the header alone', wav(44)],
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
    ['silence', Buffer.alloc(512)],
    ['one byte that is no text', Buffer.from([0xff])],
  ])('is %s', (_, start) => {
    expect(plainlyNotAudio(start)).toBeUndefined();
  });

  test.each(['greeting.mp3', 'goodbye.wav', 'look-up.mp3'])('is the example %s', (name) => {
    const file = readFileSync(new URL(`../../examples/voices/amelia/${name}`, import.meta.url));
    expect(plainlyNotAudio(file.subarray(0, SNIFF_BYTES))).toBeUndefined();
  });
});
