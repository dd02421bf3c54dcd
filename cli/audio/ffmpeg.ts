import { execFile } from 'node:child_process';
import { limit } from '../limit.ts';

/** What ffmpeg printed, or why it did not. */
export type Ran =
  | { kind: 'done'; stdout: string; stderr: string }
  | { kind: 'missing' }
  /** `why` is the last line that it printed. */
  | { kind: 'failed'; why: string };

/** Each ffmpeg uses a whole core. */
const twoAtOnce = limit(2);

/** Runs the ffmpeg on PATH, at most two at a time. */
export function ffmpeg(args: readonly string[]): Promise<Ran> {
  const options = {
    maxBuffer: 64 * 1024 * 1024,
    timeout: 10 * 60_000,
    env: { ...process.env, LC_ALL: 'C' },
  };
  return twoAtOnce(
    () =>
      new Promise((resolve) => {
        const all = ['-nostdin', '-hide_banner', '-nostats', ...args];
        execFile('ffmpeg', all, options, (error, stdout, stderr) => {
          if (!error) resolve({ kind: 'done', stdout, stderr });
          else if (error.code === 'ENOENT') resolve({ kind: 'missing' });
          else resolve({ kind: 'failed', why: stderr.trim().split('\n').at(-1) || error.message });
        });
      }),
  );
}

/** Options that open a local file, whatever its name looks like, and keep a playlist from opening URLs. */
export function inputOf(path: string): string[] {
  return ['-protocol_whitelist', 'file', '-i', `file:${path}`];
}
