import type { Media } from '../../shared/media.ts';
import { averageBitRate } from './average-bit-rate.ts';
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
  if (container === 'MP4') return readMp4(path, start, size).catch(() => ({ container }));
  const joints = await jointsIn(path, container, start, size, at);
  const media = await (container === 'FLAC'
    ? readFlac(path, [at, ...joints], size)
    : readOther(path, container, start, size));
  return joints.length > 0 ? { ...media, isJoined: true } : media;
}

async function readOther(
  path: string,
  container: string | undefined,
  start: Uint8Array,
  size: number,
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
  if (await isTruncated(media, counted, path, size)) return { ...withoutGuesses(media), isTruncated: true };
  const seconds = bestOf(media, counted);
  return averageBitRate({ ...withoutGuesses(media), ...(seconds !== undefined && { seconds }) }, start, size);
}

/** Containers that music-metadata does not support or misreads. */
const unreadable = new Set(['AMR', 'AU', 'CAF', 'NIST SPHERE', 'RF64', 'W64']);

/** Containers with a few headers; in others, each of thousands of frames or pages has one. */
const hasFewHeaders = new Set(['AIFF', 'Matroska', 'WebM']);

/**
 * Whether the headers declare clearly more audio than the file contains. MP3 without a count of its frames declares nothing: its
 * length times the rate of its first frame says little.
 */
async function isTruncated(
  { container, codec, seconds = 0, bitsPerSecond = 0 }: Media,
  counted: number | undefined,
  path: string,
  size: number,
): Promise<boolean> {
  if (codec === 'MP3' && seconds < 1.1 * (counted ?? 0) + 1) return false;
  if (container === 'Ogg') return endsInPage(path, size);
  const isDeclared = codec === 'MP3' || container === 'AIFF';
  return isDeclared && (seconds * bitsPerSecond) / 8 > size * 1.1 + 4096;
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
