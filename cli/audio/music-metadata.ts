import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { IAudioMetadata } from 'music-metadata';
import type { Media } from '../../shared/media.ts';
import { positive } from './positive.ts';

const options = { duration: true, skipCovers: true };

/** Reads an MP4's index with music-metadata. */
export async function parsedMovie(movie: Buffer): Promise<Media> {
  const { parseBuffer } = await import('music-metadata');
  return mediaOf(await parseBuffer(movie, { mimeType: 'audio/mp4' }, options));
}

/** Reads only the headers with music-metadata, wherever they are in the file. */
export async function parsedInPlaces(path: string): Promise<Media> {
  const [{ parseFromTokenizer }, { fromFile }] = await Promise.all([
    import('music-metadata'),
    import('strtok3'),
  ]);
  const file = await fromFile(path);
  try {
    // Given a path, music-metadata relies on the extension, even if it is wrong.
    delete file.fileInfo.path;
    return mediaOf(await parseFromTokenizer(file, options));
  } finally {
    await file.close();
  }
}

/** Reads all bytes with music-metadata, for formats that have headers in each of thousands of frames or pages. */
export async function parsedInOrder(path: string, size: number): Promise<Media> {
  const { parseWebStream } = await import('music-metadata');
  const source = createReadStream(path);
  try {
    return mediaOf(await parseWebStream(Readable.toWeb(source), { size }, options));
  } finally {
    source.destroy();
  }
}

/** `container` is its name for what it found. */
function mediaOf({ format }: IAudioMetadata): Media {
  const { container, codec, sampleRate, numberOfChannels: channels, bitrate, duration } = format;
  return {
    ...(container !== undefined && { container }),
    ...(codec !== undefined && { codec: codecNamed(codec) }),
    ...positive({ sampleRate, bitsPerSecond: bitrate, seconds: duration, channels }),
  };
}

function codecNamed(codec: string): string {
  // In Matroska, `MPEG/L3`; in QuickTime, `MPEG-1 layer 3`.
  if (/^MPEG( [\d.]+ Layer |-1 layer |\/L)3/.test(codec)) return 'MP3';
  if (/^MPEG( [\d.]+ Layer |\/L)2/.test(codec)) return 'MP2';
  if (codec === 'AC3') return 'AC-3';
  if (codec === 'EAC3') return 'E-AC-3';
  if (/AAC/.test(codec)) return 'AAC';
  if (/^not compressed$|^PCM|floating point|^Float/.test(codec)) return 'PCM';
  if (/^Windows Media Audio|^wmav/.test(codec)) return 'WMA';
  if (codec.startsWith('Speex')) return 'Speex';
  if (codec.startsWith('WAVPACK')) return 'WavPack';
  if (/µ-law/.test(codec)) return 'µ-law';
  if (/A-law/.test(codec)) return 'A-law';
  if (/^vorbis/i.test(codec)) return 'Vorbis';
  return codec === 'OPUS' ? 'Opus' : codec;
}
