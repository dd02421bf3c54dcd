import { type ChildProcess, execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { limit } from '../limit.ts';
import { isStatistics } from './ffmpeg-log.ts';
import { startOf } from './file-bytes.ts';
import { mp4Decoder } from './mp4-pcm.ts';
import { wavDecoder } from './wav-header.ts';

/** What ffmpeg printed, or why it did not. */
export type Ran<Output = string> =
  | { kind: 'done'; stdout: Output; stderr: string }
  | { kind: 'missing' }
  /** `why` is the last line that it printed, `stderr` all of them; `full` if the disk took no more. */
  | { kind: 'failed'; why: string; stderr: string; full?: NodeJS.ErrnoException | undefined };

/** Why it is missing, although it was there: the rest of a sentence. */
export const GONE = 'ffmpeg is no longer on PATH';

/** How many run at once: each uses a whole core. */
export const AT_ONCE = 2;
const fewAtOnce = limit(AT_ONCE);

/** In milliseconds. */
const TIME_LIMIT = 10 * 60_000;

/** Runs the ffmpeg on PATH, at most {@link AT_ONCE} at a time. */
export function ffmpeg(args: readonly string[]): Promise<Ran> {
  const options = { maxBuffer: 64 * 1024 * 1024, timeout: TIME_LIMIT, env: environment() };
  return fewAtOnce(
    () =>
      new Promise((resolve) => {
        const program = execFile('ffmpeg', [...common, ...args], options, (error, stdout, stderr) => {
          running.delete(program);
          const full = diskError(stderr);
          const failure = error ?? full;
          // Ctrl-C was for this process too, but may reach it later.
          if (error?.signal === 'SIGINT') process.emit('SIGINT');
          resolve(failure ? whyNot(failure, stderr, full) : { kind: 'done', stdout, stderr });
        });
        running.add(program);
      }),
  );
}

/** That the disk took no more, with Node's code. Some builds exit with 0 although the end of their output is missing. */
function diskError(stderr: string): NodeJS.ErrnoException | undefined {
  const [code] = Object.entries(diskErrors).find(([, words]) => stderr.includes(words)) ?? [];
  return code === undefined ? undefined : Object.assign(new Error(diskErrors[code]), { code });
}

const diskErrors: Record<string, string> = {
  ENOSPC: 'No space left on device',
  EDQUOT: 'Disk quota exceeded',
};

/** Those that write to a file: they would go on without this process. */
const running = new Set<ChildProcess>();

/** Ends every {@link ffmpeg} immediately: its output is not needed. */
export function endFfmpeg(): void {
  for (const program of running) program.kill('SIGKILL');
}

/**
 * Like {@link ffmpeg}, for outputs that are too long to keep: reads them as they arrive.
 *
 * @param outputs how many; the arguments name them by {@link outputTo}
 */
export function ffmpegInto<Output>(
  args: readonly string[],
  outputs: number,
  read: (output: Readable) => Promise<Output>,
): Promise<Ran<Output[]>> {
  return fewAtOnce(async () => {
    const program = spawn('ffmpeg', [...common, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', ...Array<'pipe'>(outputs - 1).fill('pipe')],
      timeout: TIME_LIMIT,
      env: environment(),
    });
    let stderr = '';
    program.stderr?.setEncoding('utf8').on('data', (text: string) => {
      // The beginning describes the file, the end says what went wrong; a damaged file has thousands of lines between.
      stderr =
        stderr.length < 200_000 ? stderr + text : stderr.slice(0, 100_000) + (stderr + text).slice(-50_000);
    });
    const ended = new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      program.on('error', resolve);
      program.on('close', (code, signal) =>
        resolve(code === 0 ? undefined : new Error(`ffmpeg ended with ${code ?? signal}`)),
      );
    });
    const pipes = [program.stdout, ...program.stdio.slice(3)] as Readable[];
    const stdout = await Promise.all(pipes.map(read));
    const error = await ended;
    return error ? whyNot(error, stderr) : { kind: 'done', stdout, stderr };
  });
}

/** Names an output of {@link ffmpegInto}: the first is standard output. */
export function outputTo(index: number): string {
  return `pipe:${index === 0 ? 1 : index + 2}`;
}

/** Options that open a local file, whatever its name looks like, and keep a playlist from opening URLs. */
export function inputOf(path: string): string[] {
  return ['-protocol_whitelist', 'file', '-i', `file:${path}`];
}

/** Like {@link inputOf}, for a recording of any program. */
export async function recordingOf(path: string): Promise<string[]> {
  const start = await startOf(path, 12);
  const decoder = (await wavDecoder(path, start)) ?? (await mp4Decoder(path, start));
  return [...(decoder === undefined ? [] : ['-c:a', decoder]), ...inputOf(path)];
}

const common = ['-nostdin', '-hide_banner', '-nostats'];

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C' };
}

function whyNot(
  { code, message }: Omit<NodeJS.ErrnoException, 'code'> & { code?: string | number | null | undefined },
  stderr: string,
  full?: NodeJS.ErrnoException,
): Exclude<Ran, { kind: 'done' }> {
  if (code === 'ENOENT') return { kind: 'missing' };
  // Without the names and addresses of ffmpeg's parts, as in `[wav @ 0x55b752917fc0]`.
  const why = stderr
    .split(/[\r\n]+/)
    .map((line) => line.replace(/^(?:\[[^\]]* @ \w+\] *)+/, '').trim())
    .findLast((line) => line !== '' && line !== 'Conversion failed!' && !isStatistics(line));
  return { kind: 'failed', why: why ?? message, stderr, full };
}
