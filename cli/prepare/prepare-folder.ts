import { mkdirSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { audioMediaType } from '../../shared/audio-formats.ts';
import { rightExtension } from '../../shared/container.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { joinFiles, save } from '../audio/edit.ts';
import type { Media } from '../../shared/media.ts';
import { type Guide, guides, isIn, providerWarnings } from '../../shared/provider-guides.ts';
import type { Sound, Span } from '../audio/measure.ts';
import { qualityProblems } from '../audio/quality.ts';
import { isMendable, remedyOf } from '../audio/remedies.ts';
import { startTemporaryFiles } from '../audio/temporary-files.ts';
import type { CheckedFolder, LocalSample, Problem } from '../check/checked-folder.ts';
import { whyUnwritten } from '../disk-errors.ts';
import { limit } from '../limit.ts';
import { exitCodes, ProgramError } from '../output.ts';
import { fit } from './fit.ts';
import { type Edited, formatOf, mend, type Side } from './mend.ts';

/** What happens to a voice folder. */
export interface Preparation {
  samples: Prepared[];
  leftOut: { name: string; why: string }[];
  /** What only a new recording can fix. */
  notMended: Problem[];
}

/** A sample in the new folder. */
export interface Prepared {
  name: string;
  /** What it is made of: one recording, or several that are joined. */
  from: Part[];
  /** Whether it is the same file. */
  isCopy: boolean;
  /** Undefined if that is not known. */
  seconds?: number;
}

/** What is taken of a recording, in its own time. */
export interface Part extends Side {
  name: string;
  /** The codes of what is mended. */
  mends: string[];
  seconds?: number;
  /** Undefined for all. */
  keep?: Span[];
  /** In dB. */
  gain?: number;
}

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
  const guide = provider && guides[provider];
  const temporary = startTemporaryFiles();
  let files = 0;
  const next = () => join(temporary.folder, `${files++}.wav`);
  const edit = ({ sample, problems }: Pick<Item, 'sample' | 'problems'>) => {
    const isCall = problems.some(({ code }) => code === 'TWO_VOICES');
    return mend(sample, sideOf(sample), { isCall, guide, next });
  };
  try {
    // First, so that nobody waits for what cannot be written.
    if (to !== undefined) temporary.add(makePartial(to));
    const leftOut = unusedIn(checked);
    const usable = checked.samples.flatMap((sample): Item[] => {
      const problems = checked.problems.filter(({ file }) => file === sample.name);
      const why = whyNot(sample, problems);
      if (why !== undefined) leftOut.push({ name: sample.name, why });
      return why === undefined ? [{ sample, problems, seconds: sample.media?.seconds ?? NaN }] : [];
    });
    const twoAtOnce = limit(2);
    const items = await Promise.all(
      usable.map((item) =>
        twoAtOnce(async () => {
          const edited = isEdited(item, sideOf(item.sample), guide) ? await edit(item) : undefined;
          done();
          return edited ? { ...item, edited, seconds: edited.media.seconds ?? NaN } : item;
        }),
      ),
    );
    const window = guide?.clip ?? guide?.total;
    const fitted = window && (await fit(items, window, async (item) => item.edited ?? edit(item), next));
    for (const { sample } of fitted?.leftOut ?? []) {
      const why = `is not needed: ${guide?.name} wants at most ${window?.wanted[1]} seconds`;
      leftOut.push({ name: sample.name, why });
    }
    const kept = fitted?.kept.map(({ sample, edited }) => (edited ? { ...sample, edited } : sample)) ?? items;
    const results = guide?.isSingle && kept.length > 1 ? [await joined(kept)] : named(kept);
    const made = results.map(({ prepared: { name }, media, sound }) => ({ name, media, sound }));
    const preparation = {
      samples: results.map(({ prepared }) => prepared),
      leftOut,
      notMended: [
        ...kept.flatMap((item) =>
          item.problems.filter((problem) => isKnown(problem) && !isMended(problem, item)),
        ),
        ...providerWarnings(provider, made).map(({ file = MANIFEST_NAME, ...warning }): Problem => ({
          severity: 'warning',
          file,
          ...warning,
        })),
      ],
    };
    if (to !== undefined && results.length > 0) await writeFolder(checked, results, to);
    return preparation;
  } finally {
    await temporary.remove();
  }

  async function joined(parts: readonly Item[]): Promise<Result> {
    const opened = await Promise.all(
      parts.map(async (part) => ({ ...part, edited: part.edited ?? (await edit(part)) })),
    );
    const path = next();
    await joinFiles(
      opened.map(({ edited }) => edited.path),
      formatOf(opened.map(({ edited }) => edited)),
      path,
    );
    const seconds = opened.reduce((sum, { edited }) => sum + (edited.media.seconds ?? 0), 0);
    const from = opened.map(partOf);
    return {
      prepared: { name: 'joined.wav', from, isCopy: false, seconds },
      source: path,
      media: { container: 'WAV', codec: 'PCM', seconds },
    };
  }

  function named(kept: readonly Item[]): Result[] {
    const taken = new Set<string>();
    return kept.map((item) => {
      const { sample, edited } = item;
      const name = unused(edited ? withExtension(sample.name, 'wav') : rightName(sample), taken);
      const seconds = edited ? edited.media.seconds : sample.media?.seconds;
      const prepared = {
        name,
        from: [partOf(item)],
        isCopy: !edited,
        ...(seconds !== undefined && { seconds }),
      };
      const { media = {}, sound } = edited ?? sample;
      return { prepared, source: edited?.path ?? sample.path, media, sound };
    });
  }

  function partOf(item: Item): Part {
    const { sample, edited, problems } = item;
    const { name, media } = sample;
    const seconds = edited ? edited.seconds : media?.seconds;
    const part = { name, ...(seconds !== undefined && { seconds }) };
    const mends = problems.filter((problem) => isMended(problem, item)).flatMap(({ code }) => code ?? []);
    if (!edited) return { ...part, mends };
    const { keep, gain } = edited;
    const isAll = keep.length === 1 && keep[0]?.[0] === 0 && keep[0][1] >= edited.seconds - 0.02;
    return { ...part, mends, ...sideOf(sample), ...(!isAll && { keep }), ...(gain !== 0 && { gain }) };
  }
}

/** Recordings that `check` says are not used, so that their absence is no surprise. */
function unusedIn({ problems, samples }: CheckedFolder): Preparation['leftOut'] {
  const known = new Set([MANIFEST_NAME, '.', ...samples.map(({ name }) => name)]);
  return problems
    .filter(({ file }) => !known.has(file))
    .map(({ file, message }) => ({ name: file, why: message }));
}

interface Result {
  prepared: Prepared;
  /** The file to copy or to save. */
  source: string;
  media: Media;
  sound?: Sound | undefined;
}

function whyNot({ sameAs, media }: LocalSample, problems: readonly Problem[]): string | undefined {
  if (sameAs !== undefined) return `has the same content as ${sameAs}`;
  const error = problems.find(({ severity }) => severity === 'error');
  return error?.message ?? (media ? undefined : 'is no recording');
}

function isEdited({ sample, problems }: Item, side: Side, guide: Guide | undefined): boolean {
  const { name, media = {}, sound } = sample;
  if (!sound) return false;
  const isWrong = problems.some(({ code }) => ['edit', 'save'].includes(remedyOf(code) ?? ''));
  const isLevelWrong = guide?.rms !== undefined && !isIn(sound.rms, guide.rms.tolerated);
  const isFormatWrong = guide?.takes?.({ name, media, sound }) === false;
  const isUnnamed = audioMediaType(name) === undefined && rightExtension(name, media.container) === undefined;
  return side.channel !== undefined || isWrong || isLevelWrong || isFormatWrong || isUnnamed;
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

function rightName({ name, media }: LocalSample): string {
  const extension = rightExtension(name, media?.container, media?.codec);
  return extension === undefined ? name : withExtension(name, extension);
}

function withExtension(name: string, extension: string): string {
  return `${audioMediaType(name) === undefined ? name : name.replace(/\.[^./]*$/, '')}.${extension}`;
}

/** Another name, if some file systems would take this one for one that is taken. */
function unused(name: string, taken: Set<string>): string {
  const dot = name.lastIndexOf('.');
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase().normalize()); number++) {
    free = `${name.slice(0, dot)}-${number}${name.slice(dot)}`;
  }
  taken.add(free.toLowerCase().normalize());
  return free;
}

/**
 * Makes a temporary folder beside the new one, so that the new one appears whole or not at all. Synchronously, so that an
 * interruption cannot come before it is known.
 */
function makePartial(to: string): string {
  const partial = partialOf(to);
  try {
    mkdirSync(dirname(partial), { recursive: true });
    mkdirSync(partial);
    return partial;
  } catch (error) {
    throw unwritten(to, error);
  }
}

async function writeFolder(checked: CheckedFolder, results: readonly Result[], to: string): Promise<void> {
  const partial = partialOf(to);
  try {
    for (const { prepared, source } of results) {
      const path = join(partial, prepared.name);
      await mkdir(dirname(path), { recursive: true });
      if (prepared.isCopy) await copyFile(source, path);
      else await save(source, path);
    }
    const names = results.map(({ prepared }) => prepared.name);
    await writeFile(join(partial, MANIFEST_NAME), await manifestFor(checked.path, to, names));
    await rename(partial, to);
  } catch (error) {
    throw (await stat(to).catch(() => undefined)) ? alreadyThere(to) : unwritten(to, error);
  }
}

function unwritten(to: string, error: unknown): Error {
  return whyUnwritten(to, error, 'name another folder with --to');
}

/** Also if another `prepare` was faster. */
export function alreadyThere(to: string): ProgramError {
  return new ProgramError(
    `${to} already exists: name another folder with --to, or delete it`,
    exitCodes.notMade,
  );
}

/** Hidden, so that no command takes it for a voice folder if this process dies. */
function partialOf(to: string): string {
  return join(dirname(resolve(to)), `.${basename(resolve(to))}.partial-${process.pid}`);
}

/** The manifest with the new names; a relative `$schema` still leads to the same file. */
async function manifestFor(folder: string, to: string, files: string[]): Promise<string> {
  const text = await readFile(join(folder, MANIFEST_NAME), 'utf8');
  const manifest = JSON.parse(text.replace(/^\uFEFF/, '')) as { $schema?: string };
  const { $schema } = manifest;
  if ($schema !== undefined && /^\.{1,2}\//.test($schema)) {
    const path = relative(resolve(to), resolve(folder, $schema)).split(sep).join('/');
    manifest.$schema = path.startsWith('.') ? path : `./${path}`;
  }
  return `${JSON.stringify({ ...manifest, files }, null, 2)}\n`;
}
