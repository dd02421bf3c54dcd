import type { Result } from '../voice-folder/result.ts';
import { styled } from './output.ts';
import { plain } from './table.ts';

/** The table cells of a result, after its status: the voice's name and ID, or why there is none. */
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

/** A status in green, yellow or red, if colors are enabled. */
export function colored(status: string, words = status): string {
  if (status === 'succeeded') return styled('green', words);
  return status === 'failed' || status === 'unknown' || status === 'notUploaded'
    ? styled('red', words)
    : styled('yellow', words);
}
