import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { createLogUpdate } from 'log-update';
import { RESULT_NAME } from '../../voice-folder/names.ts';
import { groupBy } from '../group-by.ts';
import { canRedraw, exitCodes, print, printJson, readableTime, reportError, say } from '../output.ts';
import { coloured, resultCells } from '../result-cells.ts';
import { AwsError, inBucket } from '../s3/errors.ts';
import { connectToS3, type S3Options } from '../s3/client.ts';
import { parseS3Url, type S3Place, s3Url } from '../s3/url.ts';
import { plain, table } from '../table.ts';
import { type FolderState, folderStates } from './folder-states.ts';

export interface StatusOptions extends S3Options {
  json?: boolean;
  /** Show only folders that failed or may have. */
  failed?: boolean;
  /** Exit with 1 if a folder failed or may have. */
  exitStatus?: boolean;
  /** Repeat until nothing is in progress. */
  watch?: boolean;
}

/** `callers-voice-clone status`: prints the state of each voice folder below a place in a bucket. */
export async function status(url: string, options: StatusOptions): Promise<void> {
  const place = parseS3Url(url);
  let note = say;
  const s3 = await connectToS3({ ...options, note: (line) => note(line) });
  // After a kill, a hidden cursor would stay hidden.
  const screen = createLogUpdate(process.stdout, { showCursor: true });
  if (options.watch && canRedraw(process.stdout)) {
    note = (line) => {
      screen.clear();
      say(line);
    };
  }
  try {
    const states = options.watch
      ? await watch(s3, place, options, screen, note)
      : await inBucket(place.bucket, () => folderStates(s3, place));
    if (states === 'interrupted') {
      process.exitCode = exitCodes.interrupted;
      return;
    }
    process.exitCode = exitCodeOf(states, place, options);
    const shown = wanted(states, options);
    if (options.json) printJson({ folders: shown.map((folder) => asJson(place, folder)) });
    else if (shown.length > 0) print(asTable(place, shown));
    else if (states.length > 0) say(`None of ${states.length} failed below ${s3Url(place)}`);
    else say(`There is no manifest.json below ${s3Url(place)}`);
    reportProblems(place, shown);
  } finally {
    s3.destroy();
  }
}

function exitCodeOf(
  states: readonly FolderState[],
  { prefix }: S3Place,
  { exitStatus }: StatusOptions,
): number {
  if (states.some(({ state }) => state === 'unreadable')) return exitCodes.aws;
  // As `aws s3 ls` does, because the prefix is probably a typo.
  const isTypo = states.length === 0 && prefix !== '';
  return exitStatus && (isTypo || states.some(hasFailed)) ? exitCodes.notMade : exitCodes.fine;
}

/** Prints each problem once to standard error, with the folders that have it. */
function reportProblems(place: S3Place, states: readonly FolderState[]): void {
  for (const [message, folders] of groupBy(states, ({ problem }) => problem?.message)) {
    const [first] = folders;
    if (message === undefined || !first) continue;
    const others = folders.length > 1 ? ` and ${folders.length - 1} more` : '';
    reportError(new Error(`${nameOf(place, first)}${RESULT_NAME}${others}: ${message}`));
  }
}

/** In milliseconds. */
const WATCH_PAUSE = 5_000;

/**
 * Repeats until every folder has finished: redraws the table on a terminal, otherwise prints one line per change.
 */
async function watch(
  s3: S3Client,
  place: S3Place,
  options: StatusOptions,
  screen: ReturnType<typeof createLogUpdate>,
  note: (line: string) => void,
): Promise<FolderState[] | 'interrupted'> {
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  // The reader has gone, as with `| head`.
  const isOver = Promise.race([interrupted, once(process.stdout, 'close')]).then(
    () => 'interrupted' as const,
  );
  const draws = canRedraw(process.stdout) && !options.json;
  let before = new Map<string, string>();
  let trouble: string | undefined;
  for (;;) {
    const states = await Promise.race([isOver, lookOnce()]);
    if (states === 'interrupted') {
      if (draws) screen.done();
      return states;
    }
    if (states) {
      if (draws) screen(asTable(place, wanted(states, options)));
      else if (!options.json) tellChanges(states);
      if (!states.some(isUnderWay)) {
        if (draws) screen.clear();
        return states;
      }
    }
    if ((await Promise.race([isOver, sleep(WATCH_PAUSE)])) === 'interrupted') {
      if (draws) screen.done();
      return 'interrupted';
    }
  }

  /** Undefined during a network error. */
  async function lookOnce(): Promise<FolderState[] | undefined> {
    try {
      const states = await inBucket(place.bucket, () => folderStates(s3, place));
      trouble = undefined;
      return states;
    } catch (error) {
      if (!(error instanceof AwsError) || !error.isPassing) throw error;
      if (error.message !== trouble) note(error.message);
      trouble = error.message;
      return undefined;
    }
  }

  function tellChanges(states: readonly FolderState[]): void {
    for (const folder of wanted(states, options)) {
      const { prefix, state } = folder;
      if (before.get(prefix) !== state) say(`${plain(nameOf(place, folder))}  ${words[state]}`);
    }
    before = new Map(states.map(({ prefix, state }) => [prefix, state]));
  }
}

function wanted(states: readonly FolderState[], { failed }: StatusOptions): readonly FolderState[] {
  return failed ? states.filter(hasFailed) : states;
}

function hasFailed({ state }: FolderState): boolean {
  return state === 'failed' || state === 'unknown' || state === 'unreadable';
}

function isUnderWay(folder: FolderState): boolean {
  return folder.state !== 'succeeded' && folder.state !== 'misnamed' && !hasFailed(folder);
}

function asJson({ bucket }: S3Place, { prefix, state, since, result, problem }: FolderState) {
  return {
    url: s3Url({ bucket, prefix }),
    status: state,
    since,
    ...(result && { result }),
    ...(problem && { error: problem.message }),
  };
}

function asTable(place: S3Place, states: readonly FolderState[]): string {
  const rows = states.map((folder) => {
    const { state, since, result } = folder;
    return [
      plain(nameOf(place, folder)),
      coloured(state, words[state]),
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
  return table(columns, rows);
}

function nameOf({ prefix: base }: S3Place, { prefix }: FolderState): string {
  return prefix === base ? './' : prefix.slice(base.length);
}

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
