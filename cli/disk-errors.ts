import { onOneLine } from '../shared/on-one-line.ts';
import { exitCodes, ProgramError } from './output.ts';

/**
 * Why a file or folder cannot be written, and what to do; other errors stay as they are.
 *
 * @param what the subject of the sentence, such as a path
 * @param elsewhere how to write it to another place: an imperative in lowercase
 */
export function whyUnwritten(what: string, error: unknown, elsewhere: string): Error {
  const why = reasons[codeOf(error) ?? ''];
  if (why === undefined) return asError(error);
  const first = why === FULL || why === OVER_QUOTA ? 'free some space, or ' : '';
  const message = `${what} cannot be written, because ${why}: ${first}${elsewhere}`;
  return new ProgramError(message, exitCodes.notMade, { cause: error });
}

const NO_RIGHTS = 'you may not write there';
const FULL = 'the disk is full';
const OVER_QUOTA = 'your quota of the disk is used up';
const IN_THE_WAY = 'a file is in the way';

const reasons: Record<string, string> = {
  EACCES: NO_RIGHTS,
  EPERM: NO_RIGHTS,
  EROFS: 'the disk is read-only',
  ENOSPC: FULL,
  EDQUOT: OVER_QUOTA,
  ENOTDIR: IN_THE_WAY,
  EEXIST: IN_THE_WAY,
  ENAMETOOLONG: 'its name is too long',
};

/** The code of an error of the file system, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Reads a file that could be read when it was checked. @throws {ProgramError} in place of errors of the file system */
export async function reading<Value>(path: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    throw whyUnread(error, path);
  }
}

/**
 * Why a file that could be read when it was checked no longer can; other errors stay as they are.
 *
 * @param path Node names it when a file cannot be opened, but not when reading fails later
 */
export function whyUnread(error: unknown, path = (error as NodeJS.ErrnoException).path): Error {
  if (path === undefined || !isOfFiles(error)) return asError(error);
  const [why, remedy] = unreadReason(error);
  const what =
    codeOf(error) === 'ENOENT' ? 'was deleted or moved after it was checked' : `cannot be read: ${why}`;
  const message = `${onOneLine(path)} ${what}: ${remedy}`;
  return new ProgramError(message, exitCodes.notMade, { cause: error });
}

/** Whether an error is the file system's. Only call it where nothing else makes such errors, as connections do. */
export function isOfFiles(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

/** Why a file cannot be read, and what to do: the rest of a sentence, and an imperative in lowercase. */
export function unreadReason(error: Error): Reason {
  return (
    unreadReasons[codeOf(error) ?? ''] ?? [error.message, 'copy it here again, or move it out of the folder']
  );
}

type Reason = readonly [why: string, remedy: string];

const NOT_YOURS: Reason = [
  'you may not open it',
  'give yourself the right to read it, or move it out of the folder',
];
const UNMOUNTED: Reason = ['its disk is no longer connected', 'connect it again'];

const unreadReasons: Record<string, Reason> = {
  EACCES: NOT_YOURS,
  EPERM: NOT_YOURS,
  EBUSY: ['another program uses it', 'close that program'],
  ENOENT: ['it was deleted or moved meanwhile', 'put it back, or check the folder again'],
  EIO: ['its disk fails at a part of it (EIO)', 'copy it here again, or move it out of the folder'],
  ENOTCONN: UNMOUNTED,
  ESTALE: UNMOUNTED,
};

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
