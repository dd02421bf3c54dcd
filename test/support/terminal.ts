import { spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';
import { isolated } from './callers-voice.ts';
import { programFile, programNode } from './program.ts';

/** A program in a terminal. */
export interface TerminalProgram {
  /** All output, with escape sequences. */
  readonly raw: string;
  /** The lines on the screen and in the scrollback, without trailing empty lines. */
  lines(): Promise<string[]>;
  /** Resolves once one of these lines matches. */
  shows(what: RegExp): Promise<void>;
  type(keys: string): void;
  resize(columns: number): void;
  kill(signal: NodeJS.Signals): void;
  /** Waits for the end. @returns the exit code */
  ends(): Promise<number>;
}

/** Starts the program on a pseudo-terminal, with an emulator that renders its screen. */
export function startOnTerminal(
  args: readonly string[],
  {
    environment = {},
    columns = 80,
    cwd,
  }: { environment?: Record<string, string>; columns?: number; cwd?: string } = {},
): TerminalProgram {
  const pty = spawn(programNode, [programFile, ...args], {
    name: environment['TERM'] ?? 'xterm-256color',
    cols: columns,
    rows: 24,
    env: isolated(environment),
    ...(cwd !== undefined && { cwd }),
  });
  const emulator = new headless.Terminal({
    cols: columns,
    rows: 24,
    scrollback: 1000,
    allowProposedApi: true,
  });
  let raw = '';
  const ended = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
  const listeners = new Set<() => void>();
  pty.onData((text) => {
    raw += text;
    emulator.write(text, () => {
      for (const listener of listeners) listener();
    });
  });

  function now(): string[] {
    const buffer = emulator.buffer.active;
    const lines = Array.from({ length: buffer.length }, (_, row) => {
      const line = buffer.getLine(row);
      return { text: line?.translateToString(true) ?? '', isRest: line?.isWrapped ?? false };
    });
    const whole: string[] = [];
    for (const { text, isRest } of lines) {
      if (isRest) whole.push(`${whole.pop()}${text}`);
      else whole.push(text);
    }
    while (whole.at(-1) === '') whole.pop();
    return whole;
  }

  return {
    get raw() {
      return raw;
    },
    async lines() {
      await new Promise<void>((resolve) => emulator.write('', resolve));
      return now();
    },
    async shows(what) {
      const isThere = () => now().some((line) => what.test(line));
      if (isThere()) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => {
        if (isThere()) resolve();
      };
      listeners.add(look);
      void ended.then(() =>
        emulator.write('', () => {
          look();
          reject(new Error(`It ended without showing ${what}:\n${now().join('\n')}`));
        }),
      );
      await promise.finally(() => listeners.delete(look));
    },
    type: (keys) => pty.write(keys),
    resize(to) {
      pty.resize(to, 24);
      emulator.resize(to, 24);
    },
    kill: (signal) => pty.kill(signal),
    ends: () => ended,
  };
}

/** The lines on its screen, except those that depend on how fast this machine is. */
export async function steadyLines(program: TerminalProgram): Promise<string[]> {
  const lines = await program.lines();
  return lines.filter((line) => line !== 'ann: cloning' && !/^Waiting for .* without data$/.test(line));
}
