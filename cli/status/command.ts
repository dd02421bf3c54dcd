import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { RESULT_NAME } from '../../voice-folder/names.ts';
import { memoryOf } from '../memory.ts';
import { groupBy } from '../group-by.ts';
import { canRedraw, exitCodes, print, printJson, readableTime, reportError, say } from '../output.ts';
import { colored, resultCells } from '../result-cells.ts';
import { AwsError, inBucket } from '../s3/errors.ts';
import { connectToS3, type S3Options } from '../s3/client.ts';
import { adviceOnPattern, parseS3Url, type S3Place, s3Url } from '../s3/url.ts';
import { listing, plain } from '../table.ts';
import { folderForScripts } from './folder-for-scripts.ts';
import { type FolderState, folderStates } from './folder-states.ts';
import { placeInMemory, rememberedResults, rememberResults } from './remembered-results.ts';
import { describeChanges, hasFailed, howToRestore, words } from './words.ts';

/** The options of `status`. */
export interface StatusOptions extends S3Options {
  json?: boolean;
  /** Show only folders in these states. @default - all */
  state?: readonly ShownState[];
  /** Show only folders that failed or may have. */
  failed?: boolean;
  /** Exit with 1 if a folder failed or may have. */
  exitStatus?: boolean;
  /** Repeat until nothing is in progress. */
  watch?: boolean;
  /** Whether to use what is remembered of unchanged results. @default true */
  cache?: boolean;
}

/** `changed` is a folder with recordings that are not in its voice. */
export type ShownState = FolderState['state'] | 'changed';

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
  const memory = memoryOf(options);
  const where = placeInMemory(place, options);
  const before = await rememberedResults(memory, where);
  const known = new Map(before);
  try {
    const look = () => inBucket(place.bucket, () => folderStates(s3, place, known));
    const states = options.watch ? await watch(look, place, options, { screen, note }) : await look();
    if (states === 'interrupted') {
      process.exitCode = exitCodes.interrupted;
      return;
    }
    await rememberResults(memory, where, known, states, before);
    const shown = wanted(states, options);
    process.exitCode = exitCodeOf(states, shown, options);
    if (options.json)
      printJson({ folders: shown.map((folder) => folderForScripts(folder, { withTimes: true })) });
    else if (shown.length > 0) print(asTable(place, shown));
    else if (states.length > 0)
      say(`None of ${states.length} is ${wantedWords(options)} below ${s3Url(place)}`);
    else {
      const advice = adviceOnPattern(place);
      say(`There is no manifest.json below ${s3Url(place)}${advice === undefined ? '' : `: ${advice}`}`);
    }
    if (!options.json) adviceOn(place, shown).forEach(say);
    reportProblems(place, shown);
  } finally {
    s3.destroy();
  }
}

/** Where nothing matches, the prefix or a state is probably a typo. */
function exitCodeOf(
  states: readonly FolderState[],
  shown: readonly FolderState[],
  { exitStatus }: StatusOptions,
): number {
  if (states.some(({ state }) => state === 'unreadable')) return exitCodes.aws;
  const isFine = exitStatus ? states.length > 0 && !states.some(hasFailed) : shown.length > 0;
  return isFine ? exitCodes.fine : exitCodes.notMade;
}

/** Prints each problem once to standard error, with the folders that have it. */
function reportProblems(place: S3Place, states: readonly FolderState[]): void {
  for (const [message, folders] of groupBy(states, ({ problem }) => problem?.message)) {
    const [first] = folders;
    if (message === undefined || !first) continue;
    const others = folders.length > 1 ? ` and ${folders.length - 1} more` : '';
    reportError(new Error(`${plain(nameIn(place, first))}${RESULT_NAME}${others}: ${message}`));
  }
}

/** In milliseconds. */
const WATCH_PAUSE = 5_000;

/**
 * Repeats until every folder has finished: redraws the table on a terminal, otherwise prints one line per change.
 */
async function watch(
  look: () => Promise<FolderState[]>,
  place: S3Place,
  options: StatusOptions,
  { screen, note }: { screen: ReturnType<typeof createLogUpdate>; note: (line: string) => void },
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
      const shown = wanted(states, options);
      if (draws) screen([asTable(place, shown), ...adviceOn(place, shown)].join('\n'));
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
      const states = await look();
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
    const isFirst = before.size === 0;
    for (const folder of wanted(states, options)) {
      const { prefix, state } = folder;
      if (before.get(prefix) !== state) say(`${plain(nameIn(place, folder))}  ${words[state]}`);
    }
    if (isFirst && states.some(isUnderWay)) adviceOn(place, wanted(states, options)).forEach(say);
    before = new Map(states.map(({ prefix, state }) => [prefix, state]));
  }
}

function wanted(
  states: readonly FolderState[],
  { failed, state: names }: StatusOptions,
): readonly FolderState[] {
  return states.filter(
    (folder) =>
      (!failed || hasFailed(folder)) &&
      (!names || names.includes(folder.state) || (folder.changed.length > 0 && names.includes('changed'))),
  );
}

function wantedWords({ failed, state: names = [] }: StatusOptions): string {
  const states = names.map((name) => (name === 'changed' ? 'changed' : words[name]));
  return (states.length > 0 ? states : failed ? ['failed', 'unknown'] : []).join(' or ');
}

function isUnderWay(folder: FolderState): boolean {
  const { state, isOverdue } = folder;
  return !(state === 'succeeded' || state === 'misnamed' || hasFailed(folder) || isOverdue);
}

function asTable(place: S3Place, states: readonly FolderState[]): string {
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
function adviceOn(place: S3Place, states: readonly FolderState[]): string[] {
  const changes = states.flatMap((folder) => {
    const what = describeChanges(folder);
    return what === undefined ? [] : [`${plain(nameIn(place, folder))}  ${what}`];
  });
  const without = states.find(({ state }) => state === 'noResult');
  return [...changes, ...(without ? [howToRestore(without)] : [])];
}

function nameIn({ prefix: base }: S3Place, { prefix }: FolderState): string {
  return prefix === base ? './' : prefix.slice(base.length);
}
