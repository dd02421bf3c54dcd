import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { programFile, programNode } from './program.ts';

/** What the program printed, and its exit code. */
export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Processes that wait for another run. They outlive the modules of a test file. */
const idle = ((globalThis as { warmPrograms?: ChildProcess[] }).warmPrograms ??= []);

const warmProcess = fileURLToPath(new URL('./warm-process.mjs', import.meta.url));

/** Runs the program in a process that has loaded it already, which saves its start. */
export async function runWarm(
  args: readonly string[],
  env: Record<string, string>,
  cwd = process.cwd(),
): Promise<Ended> {
  const child = idle.pop() ?? start(env);
  const ended = ending(child);
  child.send({ args, env, cwd });
  return ended;
}

function start(env: Record<string, string>): ChildProcess {
  const child = spawn(programNode, [warmProcess, programFile], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // It must not keep the tests from ending, with which it ends.
  for (const each of [child, child.channel, child.stdout, child.stderr] as { unref?(): void }[])
    each.unref?.();
  child.stdout?.setEncoding('utf8');
  child.stderr?.setEncoding('utf8');
  return child;
}

/** Resolves once both outputs are marked as complete, or the process has ended. */
function ending(child: ChildProcess): Promise<Ended> {
  const { stdout, stderr } = child;
  const printed = { stdout: '', stderr: '' };
  return new Promise((resolve, reject) => {
    const onOutput = (text: string) => {
      printed.stdout += text;
      look();
    };
    const onError = (text: string) => {
      printed.stderr += text;
      look();
    };
    const onClose = () => resolve({ exitCode: child.exitCode, ...printed });
    stdout?.on('data', onOutput);
    stderr?.on('data', onError);
    child.once('close', onClose).once('error', reject);

    function look(): void {
      const [output, error] = [MARK.exec(printed.stdout), MARK.exec(printed.stderr)];
      if (!output || !error) return;
      stdout?.off('data', onOutput);
      stderr?.off('data', onError);
      child.off('close', onClose).off('error', reject);
      idle.push(child);
      resolve({
        exitCode: Number(output[1]),
        stdout: printed.stdout.slice(0, output.index),
        stderr: printed.stderr.slice(0, error.index),
      });
    }
  });
}

// oxlint-disable-next-line no-control-regex -- which the program prints nowhere
const MARK = /\0(\d+)\0$/;
