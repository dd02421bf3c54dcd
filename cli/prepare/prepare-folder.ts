import { join } from 'node:path';
import { audioMediaType } from '../../shared/audio-formats.ts';
import { rightExtension } from '../../shared/container.ts';
import type { Media } from '../../shared/media.ts';
import { type Guide, guides, isIn, providerWarnings } from '../../shared/provider-guides.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { joinFiles } from '../audio/edit.ts';
import type { Sound } from '../audio/measure.ts';
import { qualityProblems } from '../audio/quality.ts';
import { isMendable, remedyOf } from '../audio/remedies.ts';
import { startTemporaryFiles } from '../audio/temporary-files.ts';
import type { CheckedFolder, LocalSample, Problem } from '../check/checked-folder.ts';
import { limit } from '../limit.ts';
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
    if (to !== undefined && results.length > 0) await writeFolder(checked.path, results, to);
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
    const codes = problems.filter((problem) => isMended(problem, item)).flatMap(({ code }) => code ?? []);
    const mends = [...new Set(codes)];
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
