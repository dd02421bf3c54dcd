import { errorForScripts } from '../output.ts';
import { s3Url } from '../s3/url.ts';
import type { FolderState } from './folder-states.ts';

/**
 * A folder in a `--json` document.
 *
 * @param options.withTimes whether to tell since when it is so, and if that is too long
 */
export function folderForScripts(folder: FolderState, { withTimes }: { withTimes: boolean }): object {
  const { state, since, changed, isOverdue, result, problem } = folder;
  return {
    url: s3Url(folder),
    status: state,
    ...(withTimes && { since }),
    ...(changed.length > 0 && { changed }),
    ...(withTimes && isOverdue && { isOverdue }),
    ...(result && { result }),
    ...(problem && { error: errorForScripts(problem) }),
  };
}
