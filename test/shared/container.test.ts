import { describe, expect, it } from 'vitest';
import { containerIn, rightExtension } from '../../shared/container.ts';
import { namedByContent } from '../../shared/media-extension.ts';
import { SNIFF_BYTES } from '../../shared/not-audio.ts';
import { recordings } from '../support/recordings.ts';
import { wav } from '../support/wav.ts';

describe('the container of a recording', () => {
  it('is unknown where a sync word is a matter of chance', () => {
    for (const sync of [
      [0xff, 0xfb, 0x90, 0x64],
      [0xff, 0xf1, 0x50, 0x80, 1, 0x7f, 0xfc],
      [0x0b, 0x77, 0, 0, 0x10, 0x40],
      [0x56, 0xe0, 0x40],
    ]) {
      const file = wav(4_000).subarray(1_000);
      file.set(sync);
      expect(containerIn(file)).toBeUndefined();
    }
  });

  it.each([
    ['one.wav', 'WAV'],
    ['one.flac', 'FLAC'],
    ['one.ogg', 'Ogg'],
    ['one.aiff', 'AIFF'],
    ['one.webm', 'WebM'],
    ['one.mka', 'Matroska'],
    ['one.wma', 'WMA'],
    ['one.m4a', 'MP4'],
    ['one.mov', 'MP4'],
    ['one.mp3', 'MP3'],
    ['one.mp2', 'MP3'],
    ['id3.mp3', 'MP3'],
    ['one.aac', 'AAC'],
    ['one.latm', 'LATM'],
    ['one.ac3', 'AC-3'],
    ['one.eac3', 'AC-3'],
    ['44.ac3', 'AC-3'],
    ['one.au', 'AU'],
    ['one.caf', 'CAF'],
    ['one.w64', 'W64'],
  ])('of %s is %s, and its extension fits', (name, container) => {
    const options: Record<string, string[]> = {
      'one.m4a': ['-c:a', 'aac'],
      'one.mov': ['-c:a', 'aac'],
      'one.caf': ['-c:a', 'pcm_s16le'],
      'one.latm': ['-c:a', 'aac', '-f', 'latm'],
      '44.ac3': ['-ar', '44100'],
      'id3.mp3': ['-metadata', 'title=A take', '-id3v2_version', '3'],
    };
    const file = recordings().ffmpeg(name, options[name] ?? []);
    const found = containerIn(file.subarray(0, SNIFF_BYTES));
    expect(found).toBe(container);
    expect(rightExtension(name, found)).toBeUndefined();
  });

  it.each([
    ['take.mp3', 'MP4', undefined, 'm4a'],
    ['take.m4a', 'WAV', 'PCM', 'wav'],
    ['take.wav', 'Ogg', 'Opus', 'opus'],
    ['take', 'MP3', 'MP3', 'mp3'],
    ['memo.qta', 'MP4', 'AAC', undefined],
    ['take.xyz', undefined, undefined, undefined],
  ])('of %s with %s inside suggests the right extension', (name, container, codec, extension) => {
    expect(rightExtension(name, container, codec)).toBe(extension);
  });
});

describe('a file without the name of a sample', () => {
  it.each<[what: string, name: string, options: string[], expected: string]>([
    ['MP3', 'one.mp3', [], 'file.mp3'],
    ['MP3 without tags', 'bare.mp3', ['-id3v2_version', '0'], 'file.mp3'],
    ['AAC', 'one.aac', [], 'file.aac'],
    ['WAV', 'one.wav', [], 'file.wav'],
    ['M4A', 'one.m4a', ['-c:a', 'aac'], 'file.m4a'],
    ['AC-3, which no provider takes', 'one.ac3', [], 'file'],
  ])('gets one from its content: %s', (_, name, options, expected) => {
    const file = recordings().ffmpeg(name, options);
    expect(namedByContent('file', file.subarray(0, SNIFF_BYTES))).toEqual(expected);
  });

  it('is an MP3 where a cover hides the sound', () => {
    const cover = Buffer.alloc(SNIFF_BYTES, 'x');
    cover.set(Buffer.from('ID3\x03\0\0\0\x02\x10\x10', 'latin1'));
    expect(namedByContent('file', cover)).toEqual('file.mp3');
    expect(containerIn(cover)).toBeUndefined();
  });
});
