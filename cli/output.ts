import { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { CommanderError } from 'commander';
import { onOneLine } from '../shared/on-one-line.ts';

/** The program's exit codes; `callers-voice-clone --help` documents them. */
export const exitCodes = {
  fine: 0,
  /** A folder has a problem, or a voice was not made. */
  notMade: 1,
  /** Invalid command line. */
  usage: 2,
  /** AWS error: credentials, bucket or network. */
  aws: 3,
  interrupted: 130,
} as const;

/** What scripts distinguish errors by, unless an error has a code of its own. */
const errorCodes: Record<number, string> = {
  [exitCodes.notMade]: 'NOT_DONE',
  [exitCodes.usage]: 'INVALID_COMMAND',
  [exitCodes.aws]: 'AWS_ERROR',
  [exitCodes.interrupted]: 'INTERRUPTED',
};

/** Ends the program with a message that says what to do, and an exit code. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  readonly exitCode: number;
  /** For scripts, such as `NOT_FOUND`. */
  readonly code: string;

  constructor(message: string, exitCode: number, options: ErrorOptions & { code?: string } = {}) {
    super(message, options);
    this.exitCode = exitCode;
    this.code = options.code ?? errorCodes[exitCode] ?? 'NOT_DONE';
  }
}

/** An error in a `--json` document. */
export function errorForScripts(error: unknown): { code: string; message: string } {
  if (error instanceof ProgramError) return { code: error.code, message: error.message };
  if (error instanceof CommanderError) {
    return { code: 'INVALID_COMMAND', message: error.message.replace(/^error: /, '') };
  }
  return { code: 'NOT_DONE', message: error instanceof Error ? error.message : String(error) };
}

/**
 * Ignores EPIPE, so that a reader such as `head` that closes the pipe neither crashes the program nor aborts
 * an upload. Later output is lost.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Neither does progress that cannot be written, as on a full disk; what was asked for is worth an error.
      if (error.code === 'EPIPE' || stream === process.stderr) return;
      say(`error: The output cannot be written: ${error.message}`);
      process.exitCode = exitCodes.notMade;
    });
  }
}

/** Calls back if the reader of standard output closes it before it has read all. */
export function onUnread(tell: () => void): void {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') tell();
  });
}

/** Whether lines on a stream can be redrawn: it is a terminal with cursor control. */
export function canRedraw(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env['TERM'] !== 'dumb';
}

/** Whether there is a person who can answer a question. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** The number of columns of a terminal; infinite for other streams. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || 80 : Infinity;
}

/** Prints the requested output to standard output, so that it can be piped. */
export function print(text: string): void {
  process.stdout.write(`${harmless(text, process.stdout)}\n`);
}

/** Prints the JSON document for `--json`. Escapes what a terminal would obey, which means the same in JSON. */
export function printJson(value: unknown): void {
  const json = JSON.stringify(value, null, 2);
  print(json.replaceAll(/[\x7f-\x9f\u2028\u2029\p{Bidi_Control}\p{Noncharacter_Code_Point}]/gu, escapes));
}

/** As JSON writes any character (RFC 8259, section 7). */
function escapes(text: string): string {
  return Array.from(
    { length: text.length },
    (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** Prints progress and advice to standard error. */
export function say(text: string): void {
  process.stderr.write(`${harmless(text, process.stderr)}\n`);
}

/** A number of things, such as `1 sample` or `2 samples`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Names on one line, at most ten of them. */
export function listed(names: readonly string[]): string {
  return names.slice(0, MAX_LISTED).map(onOneLine).join(', ') + (names.length > MAX_LISTED ? ' …' : '');
}

const MAX_LISTED = 10;

/** A human-readable size. */
export function readableSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 ** 2) return `${Math.round(bytes / 1024)} KiB`;
  return bytes < 1024 ** 3
    ? `${(bytes / 1024 ** 2).toFixed(1)} MiB`
    : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

/** A human-readable time in UTC. */
export function readableTime(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ');
}

/** Formats seconds as minutes and seconds, such as 1:05. */
export function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

/** The same with tenths, such as 1:05.2. */
export function clock(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}

/** Prints an error, unless commander already has, and returns its exit code. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  const message = error instanceof Error ? error.message : String(error);
  say(`${styled(['red', 'bold'], 'error:', process.stderr)} ${message}`);
  return error instanceof ProgramError ? error.exitCode : exitCodes.notMade;
}

/**
 * Removes what a terminal would obey, except line breaks, tabs between cells and this program's own colors: names of files and in buckets, and
 * what other software says, may contain anything.
 */
function harmless(text: string, stream: NodeJS.WriteStream): string {
  // oxlint-disable-next-line no-control-regex -- `styleText` writes these
  const kept = hasColors(stream) ? /([\n\t]|\x1b\[[\d;]*m)/ : /([\n\t])/;
  return text
    .split(kept)
    .map((part, index) => (index % 2 === 1 ? part : onOneLine(part)))
    .join('');
}

/** Styles text, unless the stream is not a terminal or NO_COLOR is set. */
export function styled(
  style: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return hasColors(stream) ? styleText(style, text, { validateStream: false }) : text;
}

/** The check that newer `styleText` does itself, for Node 20. */
function hasColors(stream: NodeJS.WriteStream): boolean {
  if (process.env['FORCE_COLOR'] === undefined && !stream.isTTY) return false;
  return WriteStream.prototype.getColorDepth() > 2;
}
