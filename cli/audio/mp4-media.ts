import { latin1 } from '../../shared/bytes.ts';
import type { Media } from '../../shared/media.ts';
import { codecOfMp4a, mediaIn } from '../../shared/media-header.ts';
import { boxesOf, movieIn } from './mp4-boxes.ts';
import {
  descriptionsIn,
  editedSound,
  hiddenSeconds,
  isBeginning,
  isFragmented,
  soundTrack,
} from './mp4-edits.ts';
import { parsedInPlaces, parsedMovie } from './music-metadata.ts';
import { positive } from './positive.ts';
import { lengthOf } from './spans.ts';

/**
 * Reads an MP4.
 *
 * @param start the first 4 KiB, or all bytes if there are fewer
 * @param size of the file in bytes
 * @throws {Error} if its index is damaged
 */
export async function readMp4(path: string, start: Uint8Array, size: number): Promise<Media> {
  const { movie, ...faults } = await moviesOf(path, size);
  if (faults.isTruncated || faults.isJoined) {
    const { seconds: _, ...said } = mediaIn(start, size);
    return { ...said, ...faults };
  }
  // The index is read already, unless it goes on in fragments.
  const isWhole = movie !== undefined && !isFragmented(movie);
  // The channel count is often 2, whatever the codec says (findings/mono-m4a-looks-stereo.sh).
  const {
    container: _,
    channels: __,
    codec: said,
    seconds,
    bitsPerSecond,
    ...format
  } = await (isWhole ? parsedMovie(movie) : parsedInPlaces(path));
  const codec = movie ? codecIn(movie, said) : said;
  return {
    container: 'MP4',
    ...format,
    ...(codec !== undefined && { codec }),
    ...(!movie || !isBeginning(movie) ? positive({ seconds, bitsPerSecond }) : {}),
    ...(movie && edited(movie)),
  };
}

/** @param said by music-metadata, which takes every `mp4a` for AAC (findings/not-all-mp4-is-aac.sh) */
function codecIn(movie: Buffer, said: string | undefined): string | undefined {
  const track = soundTrack(movie);
  const descriptions = latin1(track ? descriptionsIn(track) : Buffer.alloc(0));
  return descriptions.startsWith('mp4a', 12) ? codecOfMp4a(descriptions) : said;
}

/** Encoders hide what they put before and behind the sound, which is less; in seconds. */
const LEAST_HIDDEN = 0.5;

/** The length of a movie's sound, if an edit list leaves out a part of it. */
function edited(movie: Buffer): Pick<Media, 'seconds' | 'trimmed'> {
  const sound = editedSound(movie);
  if (!sound) return {};
  return { seconds: lengthOf(sound.keep), ...(hiddenSeconds(sound) > LEAST_HIDDEN && { trimmed: sound }) };
}

/**
 * The box that describes the movie; and whether the sound, which comes last in what is made to be streamed, is longer than the file,
 * and whether it begins twice, by boxes that only come first.
 */
async function moviesOf(
  path: string,
  size: number,
): Promise<{ movie?: Buffer } & Pick<Media, 'isTruncated' | 'isJoined'>> {
  let beginnings = 0;
  let movie: Buffer | undefined;
  for await (const box of boxesOf(path, size)) {
    const { name, at, length } = box;
    if (name === 'mdat' && at + length > size) return { isTruncated: true };
    if (name === 'ftyp') beginnings += 1;
    if (name === 'moov') movie ??= await movieIn(path, box);
  }
  return { ...(movie && { movie }), ...(beginnings > 1 && { isJoined: true }) };
}
