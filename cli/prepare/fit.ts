import { framesOf } from '../audio/edit.ts';
import type { Range } from '../../shared/provider-guides.ts';
import { type Waveform, waveformOf } from '../audio/waveform.ts';
import { type Edited, shortened } from './mend.ts';

/** A clip shorter than this is not worth keeping, in seconds. */
const SHORTEST = 3;

/** What is sent of a sample. */
export interface Fitted<Sample> {
  sample: Sample;
  /** Only the beginning. */
  edited?: Edited;
}

/**
 * Keeps samples, in order, until they are as long together as is wanted; the last one is cut in a pause. Keeps all if a
 * length is not known.
 *
 * @param edit opens a sample to cut it
 * @param next gives a path for a temporary file
 */
export async function fit<Sample extends { seconds: number }>(
  samples: readonly Sample[],
  { wanted, tolerated }: Range,
  edit: (sample: Sample) => Promise<Edited>,
  next: () => string,
): Promise<{ kept: Fitted<Sample>[]; leftOut: Sample[] }> {
  const total = samples.reduce((sum, { seconds }) => sum + seconds, 0);
  if (!(total > tolerated[1])) return { kept: samples.map((sample) => ({ sample })), leftOut: [] };
  const kept: Fitted<Sample>[] = [];
  let room = wanted[1];
  for (const [index, sample] of samples.entries()) {
    if (sample.seconds <= room) {
      kept.push({ sample });
      room -= sample.seconds;
      continue;
    }
    if (room < SHORTEST) return { kept, leftOut: samples.slice(index) };
    const edited = await edit(sample);
    kept.push({ sample, edited: await shortened(edited, [[0, endBefore(edited, room)]], next()) });
    return { kept, leftOut: samples.slice(index + 1) };
  }
  return { kept, leftOut: [] };
}

/** Where to stop: in the last pause before a time, or else where it is quietest in the last third before it. */
function endBefore({ media, sound }: Edited, limit: number): number {
  const { sampleRate = 0 } = media;
  const pause = sound.channels
    .flatMap(({ pauses }) => pauses)
    .filter(([from]) => from > limit / 2 && from < limit)
    .toSorted(([a], [b]) => b - a)[0];
  const end = pause ? pause[0] + 0.2 : quietestMoment(waveformOf(sound), (2 / 3) * limit, limit);
  const [[, exact] = [0, end]] = framesOf([[0, Math.min(end, limit)]], sampleRate);
  return exact;
}

function quietestMoment({ step, channels }: Waveform, from: number, to: number): number {
  const blocks = (channels[0] ?? []).map((_, at) =>
    Math.max(...channels.map((channel) => Math.max(-(channel[at]?.min ?? 0), channel[at]?.max ?? 0))),
  );
  const width = Math.max(1, Math.round(0.1 / step));
  let quietest = { at: to, level: Infinity };
  for (let first = Math.ceil(from / step); (first + width) * step <= to; first++) {
    const level = Math.max(...blocks.slice(first, first + width));
    if (level <= quietest.level) quietest = { at: (first + width / 2) * step, level };
  }
  return quietest.at;
}
