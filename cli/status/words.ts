import type { FolderState } from './folder-states.ts';
import { listed } from '../output.ts';
import { s3Url } from '../s3/url.ts';
import { plain } from '../table.ts';

/** Human-readable states. */
export const words: Record<FolderState['state'], string> = {
  succeeded: 'succeeded',
  failed: 'failed',
  unknown: 'unknown',
  waiting: 'waiting for samples',
  cloning: 'being cloned',
  noResult: 'no result yet',
  misnamed: 'rename to manifest.json',
  unreadable: 'result unreadable',
};

/** Whether no voice was made, or the outcome is unknown. */
export function hasFailed({ state }: FolderState): boolean {
  return state === 'failed' || state === 'unknown' || state === 'unreadable';
}

/** Which recordings a voice lacks: a sentence in lowercase, without the period. Undefined if none. */
export function describeChanges({ changed }: FolderState): string | undefined {
  if (changed.length === 0) return undefined;
  return `changed since: ${listed(changed)} ${changed.length === 1 ? 'is' : 'are'} not in the voice`;
}

/** What helps if a result was lost. */
export function howToRestore(folder: FolderState): string {
  const why =
    folder.resultETag === undefined
      ? 'If result.json was moved or deleted'
      : 'result.json is about another folder or manifest. If it stays so';
  return (
    `${why}, uploading the manifest again restores the result at no cost: ` +
    `callers-voice-clone retry ${plain(s3Url(folder))}`
  );
}
