import { codeOf } from '../disk-errors.ts';
import type { Problem } from './checked-folder.ts';

/**
 * Reports a file that cannot be read, so that the rest of its folder is still checked.
 *
 * @throws {unknown} the error if it is not about a file
 */
export function unreadFile(file: string, error: unknown): Problem {
  if (!(error instanceof Error && 'syscall' in error)) throw error;
  const [why, suggestion] = reasons[codeOf(error) ?? ''] ?? [
    error.message,
    'copy it here again, or move it out of the folder',
  ];
  return { severity: 'error', file, message: `cannot be read: ${why}`, suggestion };
}

type Reason = readonly [why: string, remedy: string];

const NO_RIGHTS: Reason = [
  'you may not open it',
  'give yourself the right to read it, or move it out of the folder',
];

const reasons: Record<string, Reason> = {
  EACCES: NO_RIGHTS,
  EPERM: NO_RIGHTS,
  EBUSY: ['another program uses it', 'close that program'],
  ENOENT: ['it was deleted or moved meanwhile', 'put it back, or check the folder again'],
};
