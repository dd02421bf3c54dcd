import type { FolderState } from './folder-states.ts';
import type { StatusOptions } from './options.ts';
import { hasFailed, words } from './words.ts';

/** The folders that are asked for. */
export function wanted(
  states: readonly FolderState[],
  { failed, state: names }: StatusOptions,
): readonly FolderState[] {
  return states.filter(
    (folder) =>
      (!failed || hasFailed(folder)) &&
      (!names || names.includes(folder.state) || (folder.changed.length > 0 && names.includes('changed'))),
  );
}

/** Their states, in words. */
export function wantedWords({ failed, state: names = [] }: StatusOptions): string {
  const states = names.map((name) => (name === 'changed' ? 'changed' : words[name]));
  return (states.length > 0 ? states : failed ? ['failed', 'unknown'] : []).join(' or ');
}
