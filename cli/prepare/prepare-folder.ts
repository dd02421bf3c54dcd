import { join } from 'node:path';
import { audioMediaType } from '../../shared/audio-formats.ts';
import { rightExtension } from '../../shared/container.ts';
import type { Media } from '../../shared/media.ts';
import { type Guide, guides, isIn } from '../../shared/provider-guides.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { joinFiles } from '../audio/edit.ts';
import type { Sound } from '../audio/measure.ts';
import { qualityProblems } from '../audio/quality.ts';
import { isMendable, remedyOf } from '../audio/remedies.ts';
import { startTemporaryFiles } from '../audio/temporary-files.ts';
import type { CheckedFolder, LocalSample, Problem } from '../check/checked-folder.ts';
import { providerProblems } from '../check/provider-problems.ts';
import { limit } from '../limit.ts';
import { exitCodes, ProgramError } from '../output.ts';
import { fit } from './fit.ts';
import { type Edited, formatOf, mend, type Side } from './mend.ts';
import { rightName, unused, withExtension } from './new-names.ts';
import type { Part, Preparation, Prepared } from './preparation.ts';
import { makePartial, writeFolder, type Written } from './write-folder.ts';

/** A sample on its way. */
interface Item {
  sample: LocalSample;
  problems: Problem[];
  edited?: Edited;
  seconds: number;
}

/**
 * Does what `check` suggests: writes a new folder in which everything is mended that can be without changing the voice.
 *
 * @param checked a folder with a valid manifest
 * @param to the new folder; undefined to write nothing
 * @param sideOf which side of a sample is the voice's
 * @param done called after each sample
 * @throws {ProgramError} if ffmpeg cannot do it, or the new folder cannot be written.
 */
export async function prepareFolder(
  checked: CheckedFolder,
  to: string | undefined,
  sideOf: (sample: LocalSample) => Side,
  done: () => void,
): Promise<Preparation> {
  const provider = checked.manifest?.settings.providerType;
  const temporary = startTemporaryFiles();
  let files = 0;
  const editing: Editing = {
    guide: provider && guides[provider],
    sideOf,
    next: () => join(temporary.folder, `${files++}.wav`),
  };
  try {
    // First, so that nobody waits for what cannot be written.
    if (to !== undefined) temporary.add(makePartial(to));
    const { usable, unusable } = sorted(checked);
    const items = await editAll(usable, editing, done);
    const { kept, notNeeded } = await fitted(items, editing);
    const isJoined = editing.guide?.isSingle && kept.length > 1;
    const results = isJoined ? [await joined(kept, editing)] : named(kept, sideOf);
    const written = results.map(({ prepared: { name }, media, sound }) => ({ name, media, sound }));
    if (to !== undefined && results.length > 0) await writeFolder(checked.path, results, to);
    return {
      samples: results.map(({ prepared }) => prepared),
      leftOut: [...unusedIn(checked), ...unusable, ...notNeeded],
      notMended: [...notMendedIn(kept), ...providerProblems(provider, written)],
    };
  } finally {
    await temporary.remove();
  }
}

/** How all samples are edited. */
interface Editing {
  guide: Guide | undefined;
  sideOf: (sample: LocalSample) => Side;
  /** Gives a path for a temporary file. */
  next: () => string;
}

/** The samples that can be prepared, and why others cannot. */
function sorted({ samples, problems }: CheckedFolder): { usable: Item[]; unusable: Preparation['leftOut'] } {
  const usable: Item[] = [];
  const unusable: Preparation['leftOut'] = [];
  for (const sample of samples) {
    const own = problems.filter(({ file }) => file === sample.name);
    const why = whyNot(sample, own);
    if (why !== undefined) unusable.push({ name: sample.name, why });
    else usable.push({ sample, problems: own, seconds: sample.media?.seconds ?? NaN });
  }
  return { usable, unusable };
}

/** Mends the samples that need it. */
function editAll(items: readonly Item[], editing: Editing, done: () => void): Promise<Item[]> {
  const twoAtOnce = limit(2);
  return Promise.all(
    items.map((item) =>
      twoAtOnce(async () => {
        const edited = isEdited(item, editing) ? await edit(item, editing) : undefined;
        done();
        return edited ? { ...item, edited, seconds: edited.media.seconds ?? NaN } : item;
      }),
    ),
  );
}

async function edit({ sample, problems }: Item, { guide, sideOf, next }: Editing): Promise<Edited> {
  // What ffmpeg makes of it all the same may be noise.
  const notHeard = problems.find(({ code }) => code === 'NOT_HEARD');
  if (notHeard) throw new ProgramError(`${sample.name} ${notHeard.message}`, exitCodes.notMade);
  const isCall = problems.some(({ code }) => code === 'TWO_VOICES');
  return mend(sample, sideOf(sample), { isCall, guide, next });
}

/** As many samples as the provider wants, the last one perhaps shortened. */
async function fitted(
  items: readonly Item[],
  editing: Editing,
): Promise<{ kept: readonly Item[]; notNeeded: Preparation['leftOut'] }> {
  const { guide, next } = editing;
  const window = guide?.clip ?? guide?.total;
  if (!window) return { kept: items, notNeeded: [] };
  const { kept, leftOut } = await fit(
    items,
    window,
    async (item) => item.edited ?? edit(item, editing),
    next,
  );
  const why = `is not needed: ${guide?.name} wants at most ${window.wanted[1]} seconds`;
  return {
    kept: kept.map(({ sample, edited }) => (edited ? { ...sample, edited } : sample)),
    notNeeded: leftOut.map(({ sample: { name } }) => ({ name, why })),
  };
}

/** All samples as one, for a provider that takes only one. */
async function joined(items: readonly Item[], editing: Editing): Promise<Result> {
  const opened = await Promise.all(
    items.map(async (item) => ({ ...item, edited: item.edited ?? (await edit(item, editing)) })),
  );
  const parts = opened.map(({ edited }) => edited);
  const path = editing.next();
  await joinFiles(
    parts.map((part) => part.path),
    formatOf(parts),
    path,
  );
  const seconds = parts.reduce((sum, { media }) => sum + (media.seconds ?? 0), 0);
  const from = opened.map((item) => partOf(item, editing.sideOf));
  return {
    prepared: { name: 'joined.wav', from, isCopy: false, seconds },
    source: path,
    media: { container: 'WAV', codec: 'PCM', seconds },
  };
}

/** Each sample for itself, under a name that fits its format. */
function named(items: readonly Item[], sideOf: Editing['sideOf']): Result[] {
  const taken = new Set<string>();
  return items.map((item) => {
    const { sample, edited } = item;
    const name = unused(edited ? withExtension(sample.name, 'wav') : rightName(sample), taken);
    const seconds = edited ? edited.media.seconds : sample.media?.seconds;
    const prepared = {
      name,
      from: [partOf(item, sideOf)],
      isCopy: !edited,
      ...(seconds !== undefined && { seconds }),
    };
    const { media = {}, sound } = edited ?? sample;
    return { prepared, source: edited?.path ?? sample.path, media, sound };
  });
}

/** What is taken of a sample. */
function partOf(item: Item, sideOf: Editing['sideOf']): Part {
  const { sample, edited, problems } = item;
  const { name, media } = sample;
  const seconds = edited ? edited.seconds : media?.seconds;
  const part = { name, ...(seconds !== undefined && { seconds }) };
  const codes = problems.filter((problem) => isMended(problem, item)).flatMap(({ code }) => code ?? []);
  const mends = [...new Set(codes)];
  if (!edited) return { ...part, mends };
  const { keep, gain } = edited;
  const isAll = keep.length === 1 && keep[0]?.[0] === 0 && keep[0][1] >= edited.seconds - 0.02;
  return { ...part, mends, ...sideOf(sample), ...(!isAll && { keep }), ...(gain !== 0 && { gain }) };
}

function notMendedIn(items: readonly Item[]): Problem[] {
  return items.flatMap((item) =>
    item.problems.filter((problem) => isKnown(problem) && !isMended(problem, item)),
  );
}

/** Recordings that `check` says are not used, so that their absence is no surprise. */
function unusedIn({ problems, samples }: CheckedFolder): Preparation['leftOut'] {
  const known = new Set([MANIFEST_NAME, '.', ...samples.map(({ name }) => name)]);
  return problems
    .filter(({ file }) => !known.has(file))
    .map(({ file, message }) => ({ name: file, why: message }));
}

interface Result extends Written {
  prepared: Prepared;
  media: Media;
  sound?: Sound | undefined;
}

function whyNot({ sameAs, media }: LocalSample, problems: readonly Problem[]): string | undefined {
  if (sameAs !== undefined) return `has the same content as ${sameAs}`;
  const error = problems.find(({ severity }) => severity === 'error');
  return error?.message ?? (media ? undefined : 'is no recording');
}

function isEdited({ sample, problems }: Item, { guide, sideOf }: Editing): boolean {
  const { name, media = {}, sound } = sample;
  if (!sound) return false;
  const isWrong = problems.some(({ code }) => ['edit', 'save'].includes(remedyOf(code) ?? ''));
  const isLevelWrong = guide?.rms !== undefined && !isIn(sound.rms, guide.rms.tolerated);
  const isFormatWrong = guide?.takes?.({ name, media }) === false;
  const isUnnamed = audioMediaType(name) === undefined && rightExtension(name, media.container) === undefined;
  return sideOf(sample).channel !== undefined || isWrong || isLevelWrong || isFormatWrong || isUnnamed;
}

/** The provider's warnings have no code; they are made again, about what is written. */
function isKnown({ code }: Problem): boolean {
  return remedyOf(code) !== undefined;
}

function isMended({ code }: Problem, { edited }: Item): boolean {
  if (!isMendable(code)) return false;
  if (!edited) return remedyOf(code) === 'rename';
  const { media, sound } = edited;
  return qualityProblems({ name: 'edited.wav', media, sound }).every((problem) => problem.code !== code);
}
