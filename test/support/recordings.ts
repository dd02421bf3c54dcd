import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { afterAll } from 'vitest';
import { programs } from './debian.ts';
import { downloads } from './installed.ts';

const WORDS =
  'The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. ' +
  'It is easy to tell the depth of a well. These days a chicken leg is a rare dish. ';

let folder: string | undefined;
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true });
});

/**
 * Makes recordings with espeak-ng, sox and ffmpeg, in a folder that exists until the tests end. Each is made once on a machine: a
 * third of the time of these tests went into them.
 */
export function recordings() {
  programs('espeak-ng', 'sox', 'ffmpeg');
  const here = (folder ??= mkdtempSync(join(tmpdir(), 'recordings-')));
  const at = (name: string) => join(here, name);

  /** Speech of this many seconds: 22,050 Hz, mono, 16 bits. */
  function speech(seconds = 8, voice = 'en-us'): string {
    const [path, long] = [at(`speech-${voice}-${seconds}.wav`), at(`long-${voice}-${seconds}.wav`)];
    if (existsSync(path)) return path;
    made(long, 'espeak-ng', ['-v', voice, '-w', long, WORDS.repeat(Math.ceil(seconds / 9))]);
    made(path, 'sox', [long, path, 'trim', '0', String(seconds)]);
    return path;
  }

  /** Runs a program that writes a file, or takes what it wrote the last time, from the same arguments and contents. */
  function made(path: string, program: string, args: string[]): Buffer {
    const inputs = args.map((arg) => {
      if (arg === path) return extname(path);
      return arg.startsWith(here) ? createHash('sha256').update(readFileSync(arg)).digest('hex') : arg;
    });
    const key = createHash('sha256')
      .update(JSON.stringify([program, inputs]))
      .digest('hex');
    const kept = join(downloads, 'recordings', key);
    if (!existsSync(kept)) {
      execFileSync(program, args, { stdio: ['ignore', 'ignore', 2] });
      mkdirSync(dirname(kept), { recursive: true });
      // Others may make the same at the same time.
      copyFileSync(path, `${kept}.${process.pid}`);
      renameSync(`${kept}.${process.pid}`, kept);
    } else copyFileSync(kept, path);
    return readFileSync(path);
  }

  /** The speech in another format, given by the name's extension, or by sox's options and effects. */
  function sox(name: string, options: string[] = [], effects: string[] = [], from = speech()): Buffer {
    return made(at(name), 'sox', ['-D', from, ...options, at(name), ...effects]);
  }

  return {
    at,
    speech,
    sox,
    /** The path of so many seconds of digital silence. */
    silent: (seconds = 8): string => {
      const path = at(`silent-${seconds}.wav`);
      made(path, 'sox', [...'-D -r 22050 -n -b 16 -c 1'.split(' '), path, 'trim', '0', `${seconds}`]);
      return path;
    },
    /** The speech with white noise. */
    noisy: (volume: number): Buffer => {
      const [white, path] = [at('white.wav'), at(`noisy-${volume}.wav`)];
      made(white, 'sox', ['-R', '-r', '22050', '-n', white, 'synth', '8', 'whitenoise']);
      return made(path, 'sox', ['-D', '-m', speech(), '-v', `${volume}`, white, path]);
    },
    /** One speaks for eight seconds on the left, then the other on the right. */
    call: (): Buffer => {
      sox('first.wav', [], ['pad', '0', '8']);
      sox('second.wav', [], ['pad', '8', '0'], speech(8, 'en-us+f3'));
      return made(at('call.wav'), 'sox', ['-M', at('first.wav'), at('second.wav'), at('call.wav')]);
    },
    /** The speech in another format, given by ffmpeg's output options. */
    ffmpeg: (name: string, options: string[] = [], from = speech()): Buffer =>
      made(at(name), 'ffmpeg', ['-nostdin', '-v', 'error', '-y', '-i', from, ...options, at(name)]),
  };
}
