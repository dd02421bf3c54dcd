import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { createLogUpdate } from 'log-update';
import { canRedraw, say } from '../output.ts';
import { AwsError } from '../s3/errors.ts';
import type { S3Place } from '../s3/url.ts';
import { plain } from '../table.ts';
import type { FolderState } from './folder-states.ts';
import type { StatusOptions } from './options.ts';
import { adviceOn, asTable, nameIn } from './states-table.ts';
import { wanted } from './wanted.ts';
import { hasFailed, words } from './words.ts';

type Screen = ReturnType<typeof createLogUpdate>;

/** In milliseconds. */
const WATCH_PAUSE = 5_000;

/**
 * Repeats until every folder has finished: redraws the table on a terminal, otherwise prints one line per change.
 *
 * @param look throws an error of the network, which passes
 * @param note prints a line above the table
 */
export async function watch(
  look: () => Promise<FolderState[]>,
  place: S3Place,
  options: StatusOptions,
  { screen, note }: { screen: Screen; note: (line: string) => void },
): Promise<FolderState[] | 'interrupted'> {
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  // The reader has gone, as with `| head`.
  const isOver = Promise.race([interrupted, once(process.stdout, 'close')]).then(
    () => 'interrupted' as const,
  );
  const display = displayOf(screen, place, options);
  const lookAgain = throughOutages(look, note);
  for (;;) {
    const states = await Promise.race([isOver, lookAgain()]);
    if (states === 'interrupted') break;
    if (states) {
      display.show(states);
      if (!states.some(isUnderWay)) {
        display.clear();
        return states;
      }
    }
    if ((await Promise.race([isOver, sleep(WATCH_PAUSE)])) === 'interrupted') break;
  }
  display.keep();
  return 'interrupted';
}

/** Undefined during a network error, which is noted once. */
function throughOutages(
  look: () => Promise<FolderState[]>,
  note: (line: string) => void,
): () => Promise<FolderState[] | undefined> {
  let trouble: string | undefined;
  return async () => {
    try {
      const states = await look();
      trouble = undefined;
      return states;
    } catch (error) {
      if (!(error instanceof AwsError) || !error.isPassing) throw error;
      if (error.message !== trouble) note(error.message);
      trouble = error.message;
      return undefined;
    }
  };
}

function isUnderWay(folder: FolderState): boolean {
  const { state, isOverdue } = folder;
  return !(state === 'succeeded' || state === 'misnamed' || hasFailed(folder) || isOverdue);
}

/** Where the states are shown. */
interface Display {
  show(states: readonly FolderState[]): void;
  /** Ends it, and leaves what was shown. */
  keep(): void;
  /** Ends it, because the whole table follows. */
  clear(): void;
}

function displayOf(screen: Screen, place: S3Place, options: StatusOptions): Display {
  const ends = { keep() {}, clear() {} };
  if (options.json) return { ...ends, show() {} };
  if (!canRedraw(process.stdout)) return { ...ends, show: changesIn(place, options) };
  return {
    show(states) {
      const shown = wanted(states, options);
      screen([asTable(place, shown), ...adviceOn(place, shown)].join('\n'));
    },
    keep: () => screen.done(),
    clear: () => screen.clear(),
  };
}

/** Says what has changed since the last call. */
function changesIn(place: S3Place, options: StatusOptions): Display['show'] {
  let before = new Map<string, string>();
  return (states) => {
    const isFirst = before.size === 0;
    const shown = wanted(states, options);
    for (const folder of shown) {
      const { prefix, state } = folder;
      if (before.get(prefix) !== state) say(`${plain(nameIn(place, folder))}  ${words[state]}`);
    }
    if (isFirst && states.some(isUnderWay)) adviceOn(place, shown).forEach(say);
    before = new Map(states.map(({ prefix, state }) => [prefix, state]));
  };
}
