import { errorForScripts } from '../output.ts';
import { s3Url } from '../s3/url.ts';
import type { FolderState } from './folder-states.ts';

/**
 * A folder in a `--json` document.
 *
 * @param more the fields that only one command shows
 */
export function folderForScripts(folder: FolderState, more: object = {}): object {
  const { state, changed, result, problem } = folder;
  return {
    url: s3Url(folder),
    status: state,
    ...more,
    ...(changed.length > 0 && { changed }),
    ...(result && { result }),
    ...(problem && { error: errorForScripts(problem) }),
  };
}
