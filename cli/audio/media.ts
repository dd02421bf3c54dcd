import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { IAudioMetadata } from 'music-metadata';
import { tagLength } from '../../shared/audio-frames.ts';
import { containerIn } from '../../shared/container.ts';
import type { Media } from '../../shared/media.ts';
import { mediaIn } from '../../shared/media-header.ts';
import { latin1, viewOf } from '../../shared/bytes.ts';
import { endOf } from './file-bytes.ts';
import { flacFrames } from './flac-frames.ts';
import { containerBehind } from './frames-behind.ts';
import { jointsIn } from './joined.ts';
import { boxesOf, movieIn } from './mp4-boxes.ts';
import { editedSound, hiddenSeconds, isBeginning, isFragmented } from './mp4-edits.ts';
import { lengthOf } from './spans.ts';
import { streamSeconds } from './stream-length.ts';
import { readWav } from './wav-header.ts';

/**
 * Reads a recording's headers with music-metadata. It does not support AMR, CAF, AU and W64, and misreads RF64; for these, returns only
 * the container.
 *
 * @param start the first 4 KiB, or all bytes if there are fewer
 * @param size of the file in bytes
 */
export async function readMedia(path: string, start: Uint8Array, size: number): Promise<Media> {
  const container = containerIn(start) ?? (await containerBehind(path, size));
  const media = await readHeaders(path, container, start, size);
  if (container === 'MP4') return media;
  const joints = await jointsIn(path, container, start, size);
  return joints.length > 0 ? { ...media, isJoined: true } : media;
}

async function readHeaders(
  path: string,
  container: string | undefined,
  start: Uint8Array,
  size: number,
): Promise<Media> {
  if (container !== undefined && unreadable.has(container))
    return { container, ...(soundEnd(container, start) > size && { isTruncated: true }) };
  if (container === 'WAV') return (await readWav(path, size)) ?? { container };
  try {
    const { movie, ...faults } = container === 'MP4' ? await moviesOf(path, size) : {};
    if (faults.isTruncated || faults.isJoined) {
      const { seconds: _, ...said } = mediaIn(start, size);
      return { ...said, ...faults };
    }
    const { format } = await (movie
      ? parsedMovie(movie, path)
      : hasFewHeaders.has(container ?? '')
        ? parsedInPlaces(path)
        : parsedInOrder(path, size));
    const { codec, sampleRate, numberOfChannels: channels, bitrate: bitsPerSecond } = format;
    const known = container ?? (format.container === 'FLAC' ? 'FLAC' : undefined);
    // Found by chance, as in MP3 of free format: its frames do not say their length.
    if (container === undefined && /^(?:MPEG|ADTS)/.test(format.container ?? '')) return {};
    const isPartial = movie !== undefined && isBeginning(movie);
    const media = {
      ...(known !== undefined && { container: known }),
      ...(codec !== undefined && { codec: codecNamed(codec) }),
      ...positive({ sampleRate }),
      ...(isPartial ? {} : positive({ bitsPerSecond, seconds: format.duration })),
      // MP4's channel count is often 2, whatever the codec says (findings/mono-m4a-looks-stereo.sh).
      ...(known === 'MP4' ? {} : positive({ channels })),
    };
    const flac = known === 'FLAC' ? await flacFrames(path, size) : undefined;
    const counted = flac?.seconds ?? (await streamSeconds(path, known));
    const isCut =
      (flac ? !flac.isWhole : await isTruncated(media, path, size)) && !isAllThere(media, counted);
    const seconds = isCut ? undefined : bestOf(media, counted);
    const checked = {
      ...withoutGuesses(media),
      ...(seconds !== undefined && { seconds }),
      // Of the size and the declared length.
      ...(flac &&
        positive({ bitsPerSecond: ((bitsPerSecond ?? 0) * (format.duration ?? 0)) / flac.seconds })),
      ...(movie && edited(movie)),
    };
    return isCut ? { ...checked, isTruncated: true } : averageBitRate(checked, start, size);
  } catch {
    const seconds = await streamSeconds(path, container);
    return { ...(container !== undefined && { container }), ...(seconds !== undefined && { seconds }) };
  }
}

/**
 * Corrects the bit rate of files that are a sequence of frames: both ffmpeg and music-metadata may report the rate of the
 * first ones, or a header's that is not theirs.
 *
 * @param start as for {@link readMedia}
 * @param size of the file in bytes
 */
export function averageBitRate(media: Media, start: Uint8Array, size: number): Media {
  const { container, seconds = 0, bitsPerSecond = 0 } = media;
  if (container === undefined || !framed.has(container) || seconds <= 0) return media;
  const average = (8 * (size - tagLength(start))) / seconds;
  // A nominal rate is nicer to read, and a short recording has a frame or two more.
  return Math.abs(average / bitsPerSecond - 1) < 0.05 ? media : { ...media, bitsPerSecond: average };
}

/** Containers that hold nothing but frames, and a tag. */
const framed = new Set(['AAC', 'LATM', 'MP3']);

/**
 * MP3 without a count of its frames declares nothing: its length times the rate of its first frame says little. What follows the last
 * frame of FLAC may be a tag.
 */
function isAllThere({ container, codec, seconds = 0 }: Media, counted = 0): boolean {
  if (container === 'FLAC') return counted >= seconds;
  return codec === 'MP3' && seconds < 1.1 * counted + 1;
}

/** Blocks of Matroska hold several frames, so its header is more exact, unless it is that of a longer recording. */
function bestOf({ container, seconds = 0 }: Media, counted: number | undefined): number | undefined {
  const isExact = container === 'Matroska' || container === 'WebM';
  return isExact && counted !== undefined && Math.abs(seconds - counted) < 1 ? seconds : counted;
}

/** Compressed AIFF counts packets, which music-metadata takes for samples. */
function withoutGuesses(media: Media): Media {
  if (media.container !== 'AIFF' || media.codec !== undefined) return media;
  const { container, sampleRate, channels } = media;
  return {
    container,
    ...(sampleRate !== undefined && { sampleRate }),
    ...(channels !== undefined && { channels }),
  };
}

const options = { duration: true, skipCovers: true };

/** Containers with a few headers; in others, each of thousands of frames or pages has one. */
const hasFewHeaders = new Set(['AIFF', 'FLAC', 'Matroska', 'MP4', 'WebM']);

/** The index is read already, unless it goes on in fragments. */
async function parsedMovie(movie: Buffer, path: string): Promise<IAudioMetadata> {
  if (isFragmented(movie)) return parsedInPlaces(path);
  const { parseBuffer } = await import('music-metadata');
  return parseBuffer(movie, { mimeType: 'audio/mp4' }, options);
}

/** Reads only the headers, wherever they are in the file. */
async function parsedInPlaces(path: string): Promise<IAudioMetadata> {
  const [{ parseFromTokenizer }, { fromFile }] = await Promise.all([
    import('music-metadata'),
    import('strtok3'),
  ]);
  const file = await fromFile(path);
  try {
    // Given a path, music-metadata relies on the extension, even if it is wrong.
    delete file.fileInfo.path;
    return await parseFromTokenizer(file, options);
  } finally {
    await file.close();
  }
}

async function parsedInOrder(path: string, size: number): Promise<IAudioMetadata> {
  const { parseWebStream } = await import('music-metadata');
  const source = createReadStream(path);
  try {
    return await parseWebStream(Readable.toWeb(source), { size }, options);
  } finally {
    source.destroy();
  }
}

/** Containers that music-metadata does not support or misreads. */
const unreadable = new Set(['AMR', 'AU', 'CAF', 'NIST SPHERE', 'RF64', 'W64']);

function codecNamed(codec: string): string {
  // In Matroska, `MPEG/L3`.
  if (/^MPEG( [\d.]+ Layer |\/L)3/.test(codec)) return 'MP3';
  if (/^MPEG( [\d.]+ Layer |\/L)2/.test(codec)) return 'MP2';
  if (codec === 'AC3') return 'AC-3';
  if (codec === 'EAC3') return 'E-AC-3';
  if (/AAC/.test(codec)) return 'AAC';
  if (/^not compressed$|^PCM|floating point/.test(codec)) return 'PCM';
  if (/^Windows Media Audio|^wmav/.test(codec)) return 'WMA';
  if (codec.startsWith('Speex')) return 'Speex';
  if (codec.startsWith('WAVPACK')) return 'WavPack';
  if (/µ-law/.test(codec)) return 'µ-law';
  if (/A-law/.test(codec)) return 'A-law';
  if (/^vorbis/i.test(codec)) return 'Vorbis';
  return codec === 'OPUS' ? 'Opus' : codec;
}

/** Encoders hide what they put before and behind the sound, which is less; in seconds. */
const LEAST_HIDDEN = 0.5;

/** The length of a movie's sound, if an edit list leaves out a part of it. */
function edited(movie: Buffer): Pick<Media, 'seconds' | 'trimmed'> {
  const sound = editedSound(movie);
  if (!sound) return {};
  return { seconds: lengthOf(sound.keep), ...(hiddenSeconds(sound) > LEAST_HIDDEN && { trimmed: sound }) };
}

/** Whether the headers declare clearly more audio than the file contains. */
async function isTruncated(
  { container, codec, seconds, bitsPerSecond }: Media,
  path: string,
  size: number,
): Promise<boolean> {
  if (container === 'Ogg') return endsInPage(await endOf(path, size, MAX_PAGE_BYTES));
  const isDeclared = codec === 'MP3' || container === 'AIFF';
  return isDeclared && ((seconds ?? 0) * (bitsPerSecond ?? 0)) / 8 > size * 1.1 + 4096;
}

/** Where the sound ends by the headers of a format that music-metadata cannot read; 0 if they do not say. */
function soundEnd(container: string, start: Uint8Array): number {
  const view = viewOf(start);
  if (container === 'AU' && start.length >= 12) {
    const length = view.getUint32(8);
    return length === 0xff_ff_ff_ff ? 0 : view.getUint32(4) + length;
  }
  // EBU Tech 3306: the length is in the chunk `ds64`, which comes first.
  if (container === 'RF64' && start.length >= 36) return Number(view.getBigUint64(28, true));
  if (container !== 'CAF') return 0;
  for (let at = 8; at + 12 <= start.length;) {
    const length = Number(view.getBigInt64(at + 4));
    if (length < 0) break;
    const end = at + 12 + length;
    if (latin1(start.subarray(at, at + 4)) === 'data') return end;
    at = end;
  }
  return 0;
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

/** RFC 3533, section 6: a 27-byte header, up to 255 segment lengths, and the segments. */
const MAX_PAGE_BYTES = 27 + 255 + 255 * 255;

/**
 * Whether the last page of an Ogg file is cut off. Does not rely on the last-page flag, which many programs
 * omit.
 */
function endsInPage(end: Buffer): boolean {
  const at = end.lastIndexOf('OggS');
  if (at < 0 || at + 27 > end.length) return at >= 0;
  const lengths = end.subarray(at + 27, at + 27 + (end[at + 26] ?? 0));
  return at + 27 + lengths.length + lengths.reduce((sum, length) => sum + length, 0) > end.length;
}

/** Keeps the known values: music-metadata also returns NaN and zero. */
function positive<Name extends string>(
  values: Record<Name, number | undefined>,
): { [name in Name]?: number } {
  const known = Object.entries<number | undefined>(values).filter(
    ([, value = 0]) => value > 0 && value < Infinity,
  );
  return Object.fromEntries(known) as { [name in Name]?: number };
}
