import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { INSTALL } from '../audio/edit.ts';
import { canListen } from '../audio/listen.ts';
import { checkFolder } from '../check/check-folder.ts';
import type { CheckedFolder } from '../check/checked-folder.ts';
import { describeFolder, forScripts } from '../check/describe-folder.ts';
import { startCounter } from '../counter.ts';
import { exitCodes, print, printJson, ProgramError } from '../output.ts';
import { chosenSides } from './choose-side.ts';
import { describePreparation, preparationForScripts } from './describe.ts';
import type { Preparation } from './preparation.ts';
import { prepareFolder } from './prepare-folder.ts';
import { alreadyThere } from './write-folder.ts';
import { whyUnlisted } from '../voice-folders.ts';

/** The options of `prepare`. */
export interface PrepareOptions {
  /** The new folder. */
  to?: string;
  dryRun?: true;
  /** Which side to take where two speak, such as `left` or `call.wav=right`. */
  channel?: string[];
  json?: true;
}

/**
 * `callers-voice-clone prepare`: writes a new folder in which what `check` warns about is fixed, and checks it. Asks on a
 * terminal which of two voices to take.
 *
 * @throws {ProgramError} if the folder has errors, the new one exists, ffmpeg cannot do it, or a choice is missing.
 */
export async function prepare(folder: string, options: PrepareOptions): Promise<void> {
  const to = options.to ?? besides(folder);
  await checkDestination(folder, to);
  const listener = await canListen();
  if (!listener.can) {
    throw new ProgramError(`prepare needs ffmpeg, but ${listener.why}\n       ${INSTALL}`, exitCodes.notMade);
  }
  const checked = await checkFolder(folder).catch((error: NodeJS.ErrnoException) => {
    throw whyUnlisted(folder, error);
  });
  refuseErrors(checked);
  const sides = await chosenSides(checked, options);

  // First, because it takes care of Ctrl-C.
  const preparing = prepareFolder(
    checked,
    options.dryRun ? undefined : to,
    ({ name }) => sides.get(name) ?? {},
    () => counter.add(),
  );
  const { length } = checked.samples;
  const textOf = (done: number) => `Preparing ${Math.min(done + 1, length)} of ${length} samples …`;
  const counter = startCounter(textOf, true);
  const preparation = await preparing.finally(() => counter.stop());
  const isWritten = !options.dryRun && preparation.samples.length > 0;
  const result = isWritten ? await checkFolder(to) : undefined;
  if (options.json) {
    const checkedAgain = result && { result: forScripts(result) };
    printJson({ folder, to, ...preparationForScripts(preparation), ...checkedAgain });
  } else {
    print(describePreparation(folder, to, result ? withoutProblemsOf(result, preparation) : preparation));
    print(`\n${result ? describeFolder(result) : 'Nothing was written.'}`);
  }
  if (preparation.samples.length === 0 || result?.ok === false) process.exitCode = exitCodes.notMade;
}

/** A folder with a similar name beside it, also beside `.`. */
function besides(folder: string): string {
  const named = folder.replace(/[/\\]+$/, '');
  return `${/(^|[/\\])\.{0,2}$/.test(named) ? resolve(folder) : named}-prepared`;
}

/** Leaves out the problems that are shown with the new folder. */
function withoutProblemsOf({ problems }: CheckedFolder, preparation: Preparation): Preparation {
  const names = new Map(
    preparation.samples.flatMap(({ name, from }) => from.map((part) => [part.name, name])),
  );
  const notMended = preparation.notMended.filter(
    ({ file, message }) =>
      !problems.some((shown) => shown.message === message && shown.file === (names.get(file) ?? file)),
  );
  return { ...preparation, notMended };
}

async function checkDestination(folder: string, to: string): Promise<void> {
  const way = relative(resolve(folder), resolve(to));
  if (way !== '' && way.split(sep)[0] !== '..' && resolve(way) !== way) {
    throw new ProgramError(`${to} is inside ${folder}: name another folder with --to`, exitCodes.usage);
  }
  if (await stat(to).catch(() => undefined)) throw alreadyThere(to);
}

/** `prepare` can fix or skip a recording; only a person can correct a manifest. */
function refuseErrors({ path, problems, samples }: CheckedFolder): void {
  const names = new Set(samples.map(({ name }) => name));
  const errors = problems.filter(({ severity, file }) => severity === 'error' && !names.has(file));
  if (errors.length === 0) return;
  const lines = errors.map(
    ({ file, path: field = '', message }) => `\n       ${[file, field, message].join(' ')}`,
  );
  throw new ProgramError(
    `Fix these first; "callers-voice-clone check ${path}" shows more:${lines.join('')}`,
    exitCodes.notMade,
  );
}
