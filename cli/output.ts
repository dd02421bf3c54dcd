import { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { CommanderError } from 'commander';

/** What the program's end tells a script; `callers-voice-clone --help` documents it. */
export const exitCodes = {
  fine: 0,
  /** Something is wrong with a folder, or a voice was not made. */
  notMade: 1,
  /** The command line is wrong. */
  usage: 2,
  /** AWS could not be used: credentials, bucket, network. */
  aws: 3,
  interrupted: 130,
} as const;

/** Ends the program with a message that says what to do, and an exit code. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/**
 * A reader who has seen enough, as `head`, ends nothing: not the program with a stack trace, and not an
 * upload half-way. What is written after that goes nowhere.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Whether lines on a stream can be drawn again: it is a terminal, and not one without a cursor. */
export function canRedraw(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env['TERM'] !== 'dumb';
}

/** How many columns a terminal has; of what is no terminal, no end of them. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || 80 : Infinity;
}

/** What was asked for: to standard output, so that it can be piped. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The one document that `--json` prints. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Progress and advice: to standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A size in bytes, for people. */
export function readableSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** A moment in UTC, for people. */
export function readableTime(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ');
}

/** Minutes and seconds, such as 1:05. */
export function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

/** Reports an error as far as that has not been done yet, and gives the exit code that it stands for. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  const message = error instanceof Error ? error.message : String(error);
  say(`${styled(['red', 'bold'], 'error:', process.stderr)} ${message}`);
  return error instanceof ProgramError ? error.exitCode : exitCodes.notMade;
}

/** No colours where nobody sees them: not a terminal, or NO_COLOR. */
export function styled(
  style: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return hasColors(stream) ? styleText(style, text, { validateStream: false }) : text;
}

/** As `styleText` itself asks, but not that of Node 20. */
function hasColors(stream: NodeJS.WriteStream): boolean {
  if (process.env['FORCE_COLOR'] === undefined && !stream.isTTY) return false;
  return WriteStream.prototype.getColorDepth() > 2;
}
