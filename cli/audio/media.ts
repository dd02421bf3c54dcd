import { mediaIn } from '../../shared/media-header.ts';
import type { Media } from '../../shared/media.ts';
import { SNIFF_BYTES } from '../../shared/not-audio.ts';
import { averageBitRate } from './average-bit-rate.ts';
import { bytesAt } from './file-bytes.ts';
import { readFlac } from './flac-media.ts';
import { containerOf } from './frames-behind.ts';
import { jointsIn } from './joined.ts';
import { readMp4 } from './mp4-media.ts';
import { parsedInOrder, parsedInPlaces } from './music-metadata.ts';
import { endsInPage } from './ogg-end.ts';
import { soundEnd } from './sound-end.ts';
import { streamSeconds } from './stream-length.ts';
import { readWav } from './wav-header.ts';

/**
 * Reads a recording's headers: those of WAV and FLAC itself, most others with music-metadata.
 *
 * @param start the first 4 KiB, or all bytes if there are fewer
 * @param size of the file in bytes
 */
export async function readMedia(path: string, start: Uint8Array, size: number): Promise<Media> {
  const { container, at } = await containerOf(path, start, size);
  if (at > 0 && container !== undefined && !mayHaveTag.has(container)) return { container, isTagged: true };
  if (container === 'MP4') return readMp4(path, start, size).catch(() => ({ container }));
  const joints = await jointsIn(path, container, start, size, at);
  const media = await (container === 'FLAC'
    ? readFlac(path, [at, ...joints], size)
    : readOther(path, container, start, size, at));
  return joints.length > 0 ? { ...media, isJoined: true } : media;
}

/** Containers that programs find behind a tag of MP3. */
const mayHaveTag = new Set(['AAC', 'FLAC', 'MP3']);

async function readOther(
  path: string,
  container: string | undefined,
  start: Uint8Array,
  size: number,
  at: number,
): Promise<Media> {
  if (container === 'WAV') return (await readWav(path, size)) ?? { container };
  if (container !== undefined && unreadable.has(container))
    return { container, ...(soundEnd(container, start) > size && { isTruncated: true }) };
  const counted = await streamSeconds(path, container);
  const parsed = hasFewHeaders.has(container ?? '') ? parsedInPlaces(path) : parsedInOrder(path, size);
  const { container: said = '', ...format } = await parsed.catch((): Media => ({}));
  // Found by chance, as in MP3 of free format: its frames do not say their length.
  if (container === undefined && /^(?:MPEG|ADTS)/.test(said)) return {};
  const media = { ...(container !== undefined && { container }), ...format };
  const seconds = bestOf(media, counted);
  const read = { ...withoutGuesses(media), ...(seconds !== undefined && { seconds }) };
  const isCut =
    container === 'MP3'
      ? await hasFewerFrames(path, start, at, seconds)
      : await isTruncated(media, path, size);
  return { ...averageBitRate(read, start, size), ...(isCut && { isTruncated: true }) };
}

/** Containers that music-metadata does not support or misreads. */
const unreadable = new Set(['AMR', 'AU', 'CAF', 'NIST SPHERE', 'RF64', 'RIFX', 'W64']);

/** Containers with a few headers; in others, each of thousands of frames or pages has one. */
const hasFewHeaders = new Set(['AIFF', 'Matroska', 'WebM']);

/** Whether the first frame of an MP3 counts clearly more frames than there are; without a count, it declares nothing. */
async function hasFewerFrames(path: string, start: Uint8Array, at: number, seconds = NaN): Promise<boolean> {
  const first = at === 0 ? start : await bytesAt(path, at, SNIFF_BYTES);
  // Of a file without a size, `mediaIn` returns the length that is declared.
  const { seconds: declared = 0 } = mediaIn(first, 0);
  return declared > 1.1 * seconds + 1;
}

/** Whether the headers declare clearly more audio than the file contains. */
async function isTruncated(
  { container, seconds = 0, bitsPerSecond = 0 }: Media,
  path: string,
  size: number,
): Promise<boolean> {
  if (container === 'Ogg') return endsInPage(path, size);
  return container === 'AIFF' && (seconds * bitsPerSecond) / 8 > size * 1.1 + 4096;
}

/** Blocks of Matroska hold several frames, so its header is more exact, unless it is that of a longer recording. */
function bestOf({ container, seconds = NaN }: Media, counted: number | undefined): number | undefined {
  const isExact = container === 'Matroska' || container === 'WebM';
  return isExact && counted !== undefined && Math.abs(seconds - counted) < 1 ? seconds : counted;
}

/** Compressed AIFF counts packets, which music-metadata takes for samples. */
function withoutGuesses(media: Media): Media {
  if (media.container !== 'AIFF' || media.codec !== undefined) return media;
  const { seconds: _, bitsPerSecond: __, ...others } = media;
  return others;
}
