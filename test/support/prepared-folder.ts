import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { callersVoice, type Ended } from './callers-voice.ts';
import type { Content } from './checked-folder.ts';

/** What `prepare --json` prints. */
export interface Printed {
  samples: {
    name: string;
    isCopy: boolean;
    seconds: number;
    from: {
      name: string;
      mends: string[];
      keep?: { from: number; to: number }[];
      channel?: number;
      track?: number;
      gain?: number;
    }[];
  }[];
  leftOut: { name: string; why: string }[];
  notMended: { file: string; code?: string; message: string }[];
  result: { problems: { file: string; code?: string; message: string }[]; seconds: number };
}

/** With ffmpeg. */
export const environment = { PATH: process.env['PATH'] ?? '' };

/** Gives the tests of a file a folder in which voice folders can be made and prepared. */
export function preparedFolder() {
  let here = '';
  beforeAll(() => {
    here = mkdtempSync(join(tmpdir(), 'callers-voice-'));
  });
  afterAll(() => rmSync(here, { recursive: true }));

  const run = (args: string[], variables: Record<string, string> = environment): Promise<Ended> =>
    callersVoice(['prepare', ...args], variables, here);

  return {
    here: () => here,
    run,
    folder: (name: string, files: Record<string, Content>, manifest: object = {}): void => {
      for (const [file, content] of Object.entries(files)) {
        const path = join(here, name, file);
        mkdirSync(dirname(path), { recursive: true });
        if (typeof content === 'string') copyFileSync(content, path);
        else writeFileSync(path, content);
      }
      writeFileSync(join(here, name, 'manifest.json'), JSON.stringify({ name: 'Amelia', ...manifest }));
    },
    prepared: async (name: string, ...options: string[]): Promise<Printed> => {
      const { stdout, stderr } = await run([name, '--json', ...options]);
      if (stderr !== '') throw new Error(stderr);
      return JSON.parse(stdout) as Printed;
    },
  };
}

/** One channel of a track of a recording, at 22,050 Hz. */
export function samplesOf(path: string, { channel = 1, track = 1 } = {}): Float32Array {
  const args = ['-v', 'error', '-i', path, '-map', `0:a:${track - 1}`, '-af', `pan=mono|c0=c${channel - 1}`];
  const bytes = execFileSync('ffmpeg', [...args, '-ar', '22050', '-f', 'f32le', '-'], { maxBuffer: 2 ** 30 });
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
