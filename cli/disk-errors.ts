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

/** Why a file that was there when it was checked cannot be read; other errors stay as they are. */
export function whyGone(error: unknown): Error {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' || path === undefined) return asError(error);
  const message = `${onOneLine(path)} was deleted or moved after it was checked: put it back, or check the folder again`;
  return new ProgramError(message, exitCodes.notMade, { cause: error });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
