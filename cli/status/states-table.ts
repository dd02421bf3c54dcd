import { readableTime } from '../output.ts';
import { colored, resultCells } from '../result-cells.ts';
import type { S3Place } from '../s3/url.ts';
import { listing, plain } from '../table.ts';
import type { FolderState } from './folder-states.ts';
import { describeChanges, howToRestore, words } from './words.ts';

/** One row for each folder. */
export function asTable(place: S3Place, states: readonly FolderState[]): string {
  const rows = states.map((folder) => {
    const { state, since, result, changed } = folder;
    return [
      plain(nameIn(place, folder)),
      changed.length > 0
        ? colored('changed', `${words[state]}, changed since`)
        : colored(state, words[state]),
      ...(result ? resultCells(result) : ['', '']),
      readableTime(since),
    ];
  });
  const columns = [
    { head: 'FOLDER', cut: 'middle' },
    { head: 'STATUS' },
    { head: 'VOICE', cut: 'end' },
    { head: 'ID' },
    { head: 'WHEN (UTC)', isOptional: true },
  ] as const;
  return listing(columns, rows);
}

/** What the table has no room for. Folders without a result share one line: after a drop of many, there may be many. */
export function adviceOn(place: S3Place, states: readonly FolderState[]): string[] {
  const changes = states.flatMap((folder) => {
    const what = describeChanges(folder);
    return what === undefined ? [] : [`${plain(nameIn(place, folder))}  ${what}`];
  });
  const without = states.find(({ state }) => state === 'noResult');
  return [...changes, ...(without ? [howToRestore(without)] : [])];
}

/** A folder's name, relative to the place. */
export function nameIn({ prefix: base }: S3Place, { prefix }: FolderState): string {
  return prefix === base ? './' : prefix.slice(base.length);
}
