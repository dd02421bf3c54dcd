import { describe, expect, it } from 'vitest';
import { containerIn, rightExtension } from '../../shared/container.ts';
import { recordings } from '../support/recordings.ts';

describe('the container of a recording', () => {
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
    ['one.mp3', undefined],
  ])('of %s is %s, and its extension fits', (name, container) => {
    const file = recordings().ffmpeg(name, /m4a|mov/.test(name) ? ['-c:a', 'aac'] : []);
    const found = containerIn(file);
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
