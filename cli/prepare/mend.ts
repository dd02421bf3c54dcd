import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { amplify, cut, decode, framesOf, joinFiles } from '../audio/edit.ts';
import { startOf } from '../audio/file-bytes.ts';
import { jointsIn } from '../audio/joined.ts';
import { containerOf } from '../audio/frames-behind.ts';
import { listen } from '../audio/listen.ts';
import type { Sound, Span } from '../audio/measure.ts';
import type { Media } from '../../shared/media.ts';
import { SNIFF_BYTES } from '../../shared/not-audio.ts';
import { type Guide, isIn } from '../../shared/provider-guides.ts';
import { qualityProblems } from '../audio/quality.ts';
import { between, inSource, intersection, lengthOf } from '../audio/spans.ts';
import type { LocalSample } from '../check/checked-folder.ts';
import { exitCodes, ProgramError } from '../output.ts';

/** A recording, or a part of it, that is edited. */
export interface Edited {
  /** A WAV file in a temporary folder. */
  path: string;
  media: Media;
  sound: Sound;
  /** What is kept of the source, in its time. */
  keep: Span[];
  /** In dB. */
  gain: number;
  /** Of the source, as it was opened. */
  seconds: number;
}

/** Which part of a recording is the voice's. */
export interface Side {
  /** From 1. */
  track?: number;
  channel?: number;
}

/**
 * Corrects the level and the pauses of a recording. Nothing else is changed: each sample that is kept is
 * the source's own, times a constant.
 *
 * @param isCall whether another voice was on the other side: what it said is a pause now
 * @param next gives a path for a temporary file
 * @throws {ProgramError} if ffmpeg cannot do it.
 */
export async function mend(
  source: Source,
  side: Side,
  { isCall, guide, next }: { isCall: boolean; guide: Guide | undefined; next: () => string },
): Promise<Edited> {
  let edited = await openedWhole(source, side, next);
  let isCut = false;
  // Cutting pauses raises the level, and a higher level makes pauses of what was below all thresholds: so one at a time.
  for (let step = 0; step < MAX_STEPS; step++) {
    const { media, sound } = edited;
    const codes = new Set(qualityProblems({ name: 'edited.wav', media, sound }).map(({ code }) => code));
    const isQuiet = codes.has('VERY_QUIET');
    const decibels = missingGain(sound, isQuiet, guide);
    const keep = keptWithoutPauses(edited, {
      all: codes.has('MOSTLY_SILENCE'),
      long: codes.has('LONG_PAUSE') || (isCall && !isCut),
    });
    if (Math.abs(decibels) >= 0.1 && (isQuiet || keep === undefined)) {
      edited = await amplified(edited, decibels, next());
    } else if (keep) {
      edited = await shortened(edited, framesOf(keep, media.sampleRate ?? 0), next());
      isCut = true;
    } else break;
  }
  return edited;
}

/** Twice as many as a recording with everything wrong needs. */
const MAX_STEPS = 8;

/** Keeps parts of what is edited. */
export async function shortened(edited: Edited, parts: readonly Span[], to: string): Promise<Edited> {
  const { path, media, keep } = edited;
  await cut(path, parts, media.sampleRate ?? 0, to);
  return { ...edited, ...(await replaced(path, to)), keep: inSource(keep, parts) };
}

async function amplified(edited: Edited, decibels: number, to: string): Promise<Edited> {
  await amplify(edited.path, decibels, to);
  return { ...edited, ...(await replaced(edited.path, to)), gain: edited.gain + decibels };
}

/** An hour takes a gigabyte, so only the last file is kept. */
async function replaced(path: string, by: string): Promise<Pick<Edited, 'path' | 'media' | 'sound'>> {
  await rm(path);
  return { path: by, ...(await heard(by)) };
}

/** A file, and what its headers say. */
export type Source = Pick<LocalSample, 'path' | 'size' | 'media'>;

/** Opens all that is to be heard, and nothing else, whatever this ffmpeg reads of it. */
async function openedWhole({ path, size, media }: Source, side: Side, next: () => string): Promise<Edited> {
  if (media?.isJoined) return openedJoined(path, size, side, next);
  const edited = await opened(path, side, next());
  const { keep } = media?.trimmed ?? {};
  // Old builds of ffmpeg know no edit lists.
  const isAll = !keep || (side.track ?? 1) > 1 || edited.seconds < lengthOf(keep) + LEAST_EXTRA;
  return isAll ? edited : shortened(edited, framesOf(keep, edited.media.sampleRate ?? 0), next());
}

/** In seconds: encoders pad the sound. */
const LEAST_EXTRA = 0.25;

/** ffmpeg reads only the first of some files that were joined end to end, so each is opened separately. */
async function openedJoined(path: string, size: number, side: Side, next: () => string): Promise<Edited> {
  const start = await startOf(path, SNIFF_BYTES);
  const { container, at } = await containerOf(path, start, size);
  const joints = await jointsIn(path, container, start, size, at);
  const parts: Edited[] = [];
  for (const [index, from] of [0, ...joints].entries()) {
    const part = next();
    await pipeline(
      createReadStream(path, { start: from, end: (joints[index] ?? size) - 1 }),
      createWriteStream(part),
    );
    parts.push(await opened(part, side, next()));
    await rm(part);
  }
  const to = next();
  await joinFiles(
    parts.map((part) => part.path),
    formatOf(parts),
    to,
  );
  await Promise.all(parts.map((part) => rm(part.path)));
  return asOpened(to);
}

/** What files that are joined get in common: the highest rate, and as few channels as any has. */
export function formatOf(parts: readonly Edited[]): { sampleRate: number; channels: number } {
  const of = (name: 'sampleRate' | 'channels') => parts.map(({ media }) => media[name] ?? 0);
  return { sampleRate: Math.max(...of('sampleRate')), channels: Math.min(2, ...of('channels')) };
}

async function opened(source: string, side: Side, to: string): Promise<Edited> {
  await decode(source, side, to);
  return asOpened(to);
}

async function asOpened(path: string): Promise<Edited> {
  const { media, sound } = await heard(path);
  const { seconds = 0 } = media;
  return { path, media, sound, keep: [[0, seconds]], gain: 0, seconds };
}

async function heard(path: string): Promise<Pick<Edited, 'media' | 'sound'>> {
  const listened = await listen(path);
  if (listened.kind === 'heard') return { media: listened.media, sound: listened.sound };
  throw new ProgramError(`ffmpeg cannot read what it wrote: ${listened.why}`, exitCodes.notMade);
}

/** How many dB louder it must become, or quieter; 0 if the level is right, or cannot be raised without clipping. */
function missingGain({ rms, peak, excess }: Sound, isQuiet: boolean, guide: Guide | undefined): number {
  if (excess !== undefined) return MAX_PEAK - excess;
  const range = guide?.rms;
  if (!isQuiet && (!range || isIn(rms, range.tolerated))) return 0;
  const [low, high] = (range ?? DEFAULT_LEVEL).wanted;
  const decibels = (low + high) / 2 - rms;
  return decibels < 0 ? decibels : Math.max(0, Math.min(decibels, MAX_PEAK - peak));
}

/** In dB RMS, for providers that document no level: that of ElevenLabs. */
const DEFAULT_LEVEL = { wanted: [-23, -18] } as const;
/** In dBFS. */
const MAX_PEAK = -1;

/** What remains if pauses are cut down to a breath; undefined if there are none to cut. */
function keptWithoutPauses(
  { sound, media: { seconds = 0 } }: Edited,
  { all, long }: { all: boolean; long: boolean },
): Span[] | undefined {
  if (!all && !long) return undefined;
  const silent = sound.channels.map(({ pauses }) => pauses).reduce(intersection, [[0, seconds]]);
  const cuts = silent
    .filter(([from, to]) => all || to - from > 1)
    .map(([from, to]): Span => [
      from === 0 ? 0 : from + BREATH / 2,
      to >= seconds - 0.01 ? seconds : to - BREATH / 2,
    ])
    .filter(([from, to]) => to > from);
  return lengthOf(cuts) > 0 ? between(cuts, seconds) : undefined;
}

/** What stays of a pause, in seconds: less than what counts as one. */
const BREATH = 0.4;
