import type { Media } from '../../shared/media.ts';
import type { Span } from './measure.ts';
import { boxIn, childrenOf } from './mp4-boxes.ts';
import { between, lengthOf } from './spans.ts';

type EditedSound = NonNullable<Media['trimmed']>;

/**
 * What the edit list of the first sound track shows: phones and QuickTime trim that way, and leave in the file what was cut away
 * (ISO/IEC 14496-12, sections 8.4 and 8.6.6). Undefined without a list, or if the sound is in fragments, whose length the movie does
 * not tell.
 *
 * @param movie the box `moov`
 */
export function editedSound(movie: Buffer): EditedSound | undefined {
  if (isFragmented(movie)) return undefined;
  const track = soundTrack(movie);
  const list = track && boxIn(track, 'edts', 'elst');
  const whole = track && timeIn(boxIn(track, 'mdia', 'mdhd'));
  const scale = timeIn(boxIn(movie, 'moov', 'mvhd'))?.scale;
  if (!list || !whole || !scale || whole.scale === 0 || whole.duration === 0) return undefined;
  const seconds = whole.duration / whole.scale;
  const shown = editsIn(list)
    // A time of -1 is silence before the sound.
    .filter(({ start }) => start >= 0)
    .map(({ start, duration }): Span => {
      const from = Math.min(start / whole.scale, seconds);
      return [from, duration === 0 ? seconds : Math.min(from + duration / scale, seconds)];
    })
    .toSorted(([a], [b]) => a - b);
  const keep = joined(shown);
  return lengthOf(keep) > 0 ? { seconds, keep } : undefined;
}

/** Whether a movie goes on in fragments (ISO/IEC 14496-12, section 8.8.1). */
export function isFragmented(movie: Buffer): boolean {
  return boxIn(movie, 'moov', 'mvex') !== undefined;
}

/** Whether the length of a movie is that of its beginning: the index has some of the sound, and fragments have the rest. */
export function isBeginning(movie: Buffer): boolean {
  const sizes = boxIn(soundTrack(movie) ?? Buffer.alloc(0), 'mdia', 'minf', 'stbl', 'stsz');
  return isFragmented(movie) && sizes !== undefined && sizes.readUInt32BE(8) > 0;
}

/** The content of the first track of sound. */
export function soundTrack(movie: Buffer): Buffer | undefined {
  return soundTracks(movie)[0];
}

/** The contents of all tracks of sound. */
export function soundTracks(movie: Buffer): Buffer[] {
  return childrenOf(boxIn(movie, 'moov') ?? Buffer.alloc(0))
    .filter(
      ({ name, content }) =>
        name === 'trak' && boxIn(content, 'mdia', 'hdlr')?.toString('latin1', 8, 12) === 'soun',
    )
    .map(({ content }) => content);
}

/** What a track says of its samples (ISO/IEC 14496-12, section 8.5.2): the content of `stsd`, empty if there is none. */
export function descriptionsIn(track: Buffer): Buffer {
  return boxIn(track, 'mdia', 'minf', 'stbl', 'stsd') ?? Buffer.alloc(0);
}

/** How much of the sound is not to be heard, in seconds. */
export function hiddenSeconds({ seconds, keep }: EditedSound): number {
  return lengthOf(between(keep, seconds));
}

/** Spans that touch or overlap become one. */
function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const [from, to] of spans) {
    const last = all.at(-1);
    if (last && from <= last[1]) all[all.length - 1] = [last[0], Math.max(last[1], to)];
    else all.push([from, to]);
  }
  return all;
}

/** The time scale and length in a box `mvhd` or `mdhd`. */
function timeIn(box: Buffer | undefined): { scale: number; duration: number } | undefined {
  if (!box || box.length < 20) return undefined;
  return box[0] === 1
    ? { scale: box.readUInt32BE(20), duration: Number(box.readBigUInt64BE(24)) }
    : { scale: box.readUInt32BE(12), duration: box.readUInt32BE(16) };
}

/** Durations are in the movie's time scale, starts in that of the track. */
function editsIn(list: Buffer): { duration: number; start: number }[] {
  const isLong = list[0] === 1;
  const length = isLong ? 20 : 12;
  const count = Math.min(list.readUInt32BE(4), Math.floor((list.length - 8) / length));
  return Array.from({ length: count }, (_, index) => {
    const at = 8 + index * length;
    return isLong
      ? { duration: Number(list.readBigUInt64BE(at)), start: Number(list.readBigInt64BE(at + 8)) }
      : { duration: list.readUInt32BE(at), start: list.readInt32BE(at + 4) };
  });
}
