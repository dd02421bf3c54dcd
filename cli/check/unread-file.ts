import { isOfFiles, unreadReason } from '../disk-errors.ts';
import type { Problem } from './checked-folder.ts';

/**
 * Reports a file that cannot be read, so that the rest of its folder is still checked.
 *
 * @throws {unknown} the error if it is not about a file
 */
export function unreadFile(file: string, error: unknown): Problem {
  if (!isOfFiles(error)) throw error;
  const [why, suggestion] = unreadReason(error);
  return { severity: 'error', file, message: `cannot be read: ${why}`, suggestion };
}
