import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { localAwsVariables } from '../../emulators/aws.ts';
import { programOf } from './checkout.ts';

const reportMemory = fileURLToPath(new URL('status/report-memory.ts', import.meta.url));

/** A program that has ended, and what it took. */
export interface Ended {
  seconds: number;
  stdout: string;
  /** Peak RSS; only of this project's program. */
  megabytes: number;
}

/** The command of this project's program. @param commit @default - this checkout */
export function callersVoice(commit: string | undefined, ...args: string[]): string[] {
  return [process.execPath, '--import', reportMemory, programOf(commit), ...args];
}

/**
 * Runs a program to its end, without this machine's settings.
 *
 * @throws {Error} if it fails
 */
export async function timed(
  [program = '', ...parameters]: readonly string[],
  environment: Record<string, string>,
): Promise<Ended> {
  const start = performance.now();
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...localAwsVariables, ...environment },
  });
  const [stdout, errors, bytes, [code]] = await Promise.all([
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    text(child.stdio[3] as Readable),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${program} exited with ${code}: ${errors.slice(-1000)}`);
  return { seconds, stdout, megabytes: Number(bytes) / 1e6 };
}
