import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { programFile, programNode } from './program.ts';

export interface CallersVoice {
  child: ChildProcess;
  stdout: string;
  stderr: string;
  /** Its exit code. */
  ends(): Promise<number | null>;
}

/** The program as a process, with nothing of this terminal's environment: ffmpeg, which may be on its `PATH`, is neither. */
export function startCallersVoice(
  args: readonly string[],
  environment: Record<string, string> = {},
  cwd?: string,
): CallersVoice {
  const child = spawn(programNode, [programFile, ...args], {
    env: {
      PATH: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: '/nonexistent',
      ...environment,
    },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const program: CallersVoice = {
    child,
    stdout: '',
    stderr: '',
    async ends() {
      await closed;
      return child.exitCode;
    },
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (program.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (program.stderr += text));
  return program;
}

/** What the program wrote, and its exit code. */
export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** The program, run to its end. */
export async function callersVoice(
  args: readonly string[],
  environment: Record<string, string> = {},
  cwd?: string,
): Promise<Ended> {
  const program = startCallersVoice(args, environment, cwd);
  const exitCode = await program.ends();
  return { exitCode, stdout: program.stdout, stderr: program.stderr };
}
