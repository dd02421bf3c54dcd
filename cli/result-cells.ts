import type { Result } from '../voice-folder/result.ts';
import { styled } from './output.ts';
import { plain } from './table.ts';

/** What a table shows of a result beside its status: the voice's name and id, or why there is none. */
export function resultCells(result: Result): [string, string] {
  switch (result.status) {
    case 'succeeded':
      return [
        plain(result.voices.map(({ name }) => name).join(', ')),
        plain(result.voices.map(({ id }) => id).join(', ')),
      ];
    case 'failed':
    case 'unknown':
      return [plain(result.error.code), ''];
    case 'waiting':
      return [plain(result.missing.join(', ')), ''];
    case 'cloning':
      return ['', ''];
  }
}

/** A status in a colour that tells good from bad, where there are colours. */
export function coloured(status: string, words = status): string {
  if (status === 'succeeded') return styled('green', words);
  return status === 'failed' || status === 'unknown' || status === 'notUploaded'
    ? styled('red', words)
    : styled('yellow', words);
}
