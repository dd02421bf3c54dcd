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
 * Mends what is wrong with the level and the pauses of a recording. Nothing else is changed: each sample that is kept is
 * the source's own, times a constant.
 *
 * @param next gives a path for a temporary file
 * @throws {ProgramError} if ffmpeg cannot do it.
 */
export async function mend(
  source: string,
  side: Side,
  guide: Guide | undefined,
  next: () => string,
): Promise<Edited> {
  let edited = await opened(source, side, next());
  // Cutting pauses raises the level, and a higher level makes pauses of what was below all thresholds: so one at a time.
  for (let step = 0; step < MAX_STEPS; step++) {
    const { media, sound, path } = edited;
    const { sampleRate = 0 } = media;
    const codes = new Set(qualityProblems({ name: 'edited.wav', media, sound }).map(({ code }) => code));
    const decibels = missingGain(sound, codes.has('VERY_QUIET'), guide);
    const keep = keptWithoutPauses(edited, {
      all: codes.has('MOSTLY_SILENCE'),
      long: codes.has('LONG_PAUSE') || (side.channel !== undefined && step === 0),
    });
    if (Math.abs(decibels) >= 0.1 && (codes.has('VERY_QUIET') || keep === undefined)) {
      const to = next();
      await amplify(path, decibels, to);
      edited = { ...edited, ...(await heard(to)), path: to, gain: edited.gain + decibels };
    } else if (keep) {
      edited = await shortened(edited, framesOf(keep, sampleRate), next());
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
  return { ...edited, ...(await heard(to)), path: to, keep: inSource(keep, parts) };
}

async function opened(source: string, side: Side, to: string): Promise<Edited> {
  await decode(source, side, to);
  const { media, sound } = await heard(to);
  return { path: to, media, sound, keep: [[0, media.seconds ?? 0]], gain: 0 };
}

async function heard(path: string): Promise<{ media: Media; sound: Sound }> {
  const listened = await listen(path);
  if (listened.kind === 'heard') return listened;
  throw new ProgramError(`ffmpeg cannot read what it wrote: ${listened.why}`, exitCodes.notMade);
}

/** How many dB louder it must become; 0 if the level is right, or cannot be raised without clipping. */
function missingGain({ rms, peak }: Sound, isQuiet: boolean, guide: Guide | undefined): number {
  const range = guide?.rms;
  if (!isQuiet && (!range || isIn(rms, range.tolerated))) return 0;
  const [low, high] = (range ?? DEFAULT_LEVEL).wanted;
  return Math.min((low + high) / 2 - rms, MAX_PEAK - peak);
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
