import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { programs } from './debian.ts';

const WORDS =
  'The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. ' +
  'It is easy to tell the depth of a well. These days a chicken leg is a rare dish. ';

let folder: string | undefined;
/** The command that made each file. */
const commands = new Map<string, string>();
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true });
});

/** Makes recordings with espeak-ng, sox and ffmpeg, in a folder that exists until the tests end. */
export function recordings() {
  programs('espeak-ng', 'sox', 'ffmpeg');
  const here = (folder ??= mkdtempSync(join(tmpdir(), 'recordings-')));
  const at = (name: string) => join(here, name);

  /** Speech of this many seconds: 22,050 Hz, mono, 16 bits. */
  function speech(seconds = 8, voice = 'en-us'): string {
    const path = at(`speech-${voice}-${seconds}.wav`);
    if (existsSync(path)) return path;
    const long = at(`long-${voice}-${seconds}.wav`);
    execFileSync('espeak-ng', ['-v', voice, '-w', long, WORDS.repeat(Math.ceil(seconds / 9))]);
    execFileSync('sox', [long, path, 'trim', '0', String(seconds)]);
    return path;
  }

  /** Runs a program that writes a file, once. */
  function made(name: string, program: string, args: string[]): Buffer {
    const command = [program, ...args].join(' ');
    if (commands.get(name) !== command) execFileSync(program, args, { stdio: ['ignore', 'ignore', 2] });
    commands.set(name, command);
    return readFileSync(at(name));
  }

  /** The speech in another format, given by the name's extension, or by sox's options and effects. */
  function sox(name: string, options: string[] = [], effects: string[] = [], from = speech()): Buffer {
    return made(name, 'sox', ['-D', from, ...options, at(name), ...effects]);
  }

  return {
    at,
    speech,
    sox,
    /** The path of so many seconds of digital silence. */
    silent: (seconds = 8): string => {
      const name = `silent-${seconds}.wav`;
      made(name, 'sox', [
        '-D',
        '-r',
        '22050',
        '-n',
        '-b',
        '16',
        '-c',
        '1',
        at(name),
        'trim',
        '0',
        `${seconds}`,
      ]);
      return at(name);
    },
    /** The speech with white noise. */
    noisy: (volume: number): Buffer => {
      made('white.wav', 'sox', ['-R', '-r', '22050', '-n', at('white.wav'), 'synth', '8', 'whitenoise']);
      const name = `noisy-${volume}.wav`;
      return made(name, 'sox', ['-D', '-m', speech(), '-v', `${volume}`, at('white.wav'), at(name)]);
    },
    /** One speaks for eight seconds on the left, then the other on the right. */
    call: (): Buffer => {
      sox('first.wav', [], ['pad', '0', '8']);
      sox('second.wav', [], ['pad', '8', '0'], speech(8, 'en-us+f3'));
      return made('call.wav', 'sox', ['-M', at('first.wav'), at('second.wav'), at('call.wav')]);
    },
    /** The speech in another format, given by ffmpeg's output options. */
    ffmpeg: (name: string, options: string[] = [], from = speech()): Buffer =>
      made(name, 'ffmpeg', ['-nostdin', '-v', 'error', '-y', '-i', from, ...options, at(name)]),
  };
}
