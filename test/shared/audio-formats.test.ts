import { describe, expect, it } from 'vitest';
import { audioMediaType } from '../../shared/audio-formats.ts';

describe('the media type', () => {
  it.each([
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

  it.each([
    'manifest.json',
    'notes.txt',
    'one',
    '',
    'one.mp3.zip',
    'one.mp3 ',
    'takes.wav/notes',
    'WAV',
    'one.__proto__',
    'one.constructor',
  ])('of "%s" is none', (name) => {
    expect(audioMediaType(name)).toBeUndefined();
  });

  it.each(
    '3ga 3gp 3gpp aac aif aifc aiff amr au caf flac m4a m4b mka mp2 mp3 mp4 mpga oga ogg opus qta snd wav wave weba webm wma'.split(
      ' ',
    ),
  )('of .%s is an audio type that fits into a header', (extension) => {
    expect(audioMediaType(`one.${extension}`)).toMatch(/^audio\/[a-z0-9-]+$/);
  });
});
