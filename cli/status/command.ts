import { createLogUpdate } from 'log-update';
import { RESULT_NAME } from '../../voice-folder/names.ts';
import { memoryOf } from '../memory.ts';
import { groupBy } from '../group-by.ts';
import { canRedraw, exitCodes, print, printJson, reportError, say } from '../output.ts';
import { inBucket } from '../s3/errors.ts';
import { connectToS3 } from '../s3/client.ts';
import { adviceOnPattern, parseS3Url, type S3Place, s3Url } from '../s3/url.ts';
import { plain } from '../table.ts';
import { folderForScripts } from './folder-for-scripts.ts';
import { type FolderState, folderStates } from './folder-states.ts';
import type { StatusOptions } from './options.ts';
import { placeInMemory, rememberedResults, rememberResults } from './remembered-results.ts';
import { adviceOn, asTable, nameIn } from './states-table.ts';
import { wanted, wantedWords } from './wanted.ts';
import { watch } from './watch.ts';
import { hasFailed } from './words.ts';

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
    report(place, states, options);
  } finally {
    s3.destroy();
  }
}

/** Prints the states, and sets the exit code. */
function report(place: S3Place, states: readonly FolderState[], options: StatusOptions): void {
  const shown = wanted(states, options);
  process.exitCode = exitCodeOf(states, shown, options);
  if (options.json) {
    printJson({ folders: shown.map((folder) => folderForScripts(folder, { withTimes: true })) });
  } else {
    if (shown.length > 0) print(asTable(place, shown));
    else say(whyNone(place, states, options));
    adviceOn(place, shown).forEach(say);
  }
  reportProblems(place, shown);
}

function whyNone(place: S3Place, states: readonly FolderState[], options: StatusOptions): string {
  const url = s3Url(place);
  if (states.length > 0) return `None of ${states.length} is ${wantedWords(options)} below ${url}`;
  const advice = adviceOnPattern(place);
  return `There is no manifest.json below ${url}${advice === undefined ? '' : `: ${advice}`}`;
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
