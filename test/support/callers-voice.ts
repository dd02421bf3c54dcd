import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { programFile, programNode } from './program.ts';
import { type Ended, runWarm } from './warm-program.ts';

export type { Ended };

/**
 * An environment independent of this machine's: ffmpeg on the `PATH` would change the output of `check`, and without a home
 * nothing is remembered from one test to the next.
 */
export function isolated(environment: Record<string, string>): Record<string, string> {
  return {
    PATH: '/nonexistent',
    // Some program makes any folder that it is told to live in; this one goes with the build.
    HOME: join(dirname(programFile), 'no-home'),
    AWS_EC2_METADATA_DISABLED: 'true',
    // Saves a fifth of the time of a test that starts a process; removed with the program.
    NODE_COMPILE_CACHE: join(dirname(programFile), 'compile-cache'),
    ...environment,
  };
}

/** A process of the program. */
export interface CallersVoice {
  child: ChildProcess;
  stdout: string;
  stderr: string;
  /** Resolves once standard error contains, or matches, that. */
  says(what: string | RegExp): Promise<string[]>;
  /** Waits for the end. @returns the exit code */
  ends(): Promise<number | null>;
}

/** Starts the program as a process, with this Node and this file. */
export function startCallersVoice(
  args: readonly string[],
  environment: Record<string, string> = {},
  cwd?: string,
  [node, file] = [programNode, programFile],
): CallersVoice {
  const env = isolated(environment);
  const child = spawn(node, [file, ...args], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const program: CallersVoice = {
    child,
    stdout: '',
    stderr: '',
    async says(what) {
      const end = closed.then(() => {
        throw new Error(`It ended without saying ${what}:\n${program.stderr}`);
      });
      end.catch(() => {});
      for (;;) {
        const found =
          typeof what === 'string' ? program.stderr.includes(what) && [what] : what.exec(program.stderr);
        if (found) return found;
        await Promise.race([once(child.stderr, 'data'), end]);
      }
    },
    async ends() {
      await closed;
      return child.exitCode;
    },
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (program.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (program.stderr += text));
  return program;
}

/** Runs the program to its end, in `npm test` in a process that has run it before, unless the process matters. */
export async function callersVoice(
  args: readonly string[],
  environment: Record<string, string> = {},
  cwd?: string,
): Promise<Ended> {
  if (process.env['WARM_PROGRAM'] && !needsOwnProcess(args, environment)) {
    return runWarm(args, isolated(environment), cwd);
  }
  const program = startCallersVoice(args, environment, cwd);
  const exitCode = await program.ends();
  return { exitCode, stdout: program.stdout, stderr: program.stderr };
}

/** Whether the process might remember what it must read, or has settings of Node's own. */
function needsOwnProcess([command]: readonly string[], environment: Record<string, string>): boolean {
  return command === 'local' || Object.keys(environment).some((name) => /^(HOME|XDG_|NODE_)/.test(name));
}
