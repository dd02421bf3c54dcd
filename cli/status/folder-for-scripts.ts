import { errorForScripts } from '../output.ts';
import { s3Url } from '../s3/url.ts';
import type { FolderState } from './folder-states.ts';

/**
 * A folder in a `--json` document.
 *
 * @param times what only one command shows: since when it is so, and whether that is too long
 */
export function folderForScripts(
  folder: FolderState,
  { since, isOverdue }: Partial<Pick<FolderState, 'since' | 'isOverdue'>> = {},
): object {
  const { state, changed, result, problem } = folder;
  return {
    url: s3Url(folder),
    status: state,
    ...(since && { since }),
    ...(changed.length > 0 && { changed }),
    ...(isOverdue && { isOverdue }),
    ...(result && { result }),
    ...(problem && { error: errorForScripts(problem) }),
  };
}
