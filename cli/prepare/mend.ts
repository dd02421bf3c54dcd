import { rm } from 'node:fs/promises';
import { amplify, cut, decode, framesOf } from '../audio/edit.ts';
import { listen } from '../audio/listen.ts';
import type { Sound, Span } from '../audio/measure.ts';
import type { Media } from '../../shared/media.ts';
import { type Guide, isIn } from '../../shared/provider-guides.ts';
import { qualityProblems } from '../audio/quality.ts';
import { between, inSource, intersection, lengthOf } from '../audio/spans.ts';
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
  source: string,
  side: Side,
  { isCall, guide, next }: { isCall: boolean; guide: Guide | undefined; next: () => string },
): Promise<Edited> {
  let edited = await opened(source, side, next());
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

async function opened(source: string, side: Side, to: string): Promise<Edited> {
  await decode(source, side, to);
  const { media, sound } = await heard(to);
  return { path: to, media, sound, keep: [[0, media.seconds ?? 0]], gain: 0 };
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
