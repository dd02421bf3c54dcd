import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { IAudioMetadata } from 'music-metadata';
import { containerIn } from '../../shared/container.ts';
import { endOf } from './local-files.ts';

/** What a recording is, as far as its file says so. */
export interface Media {
  /** Such as `WAV`. */
  container?: string;
  /** Such as `AAC`; `PCM` where the sound is not compressed. */
  codec?: string;
  seconds?: number;
  /** In Hz. */
  sampleRate?: number;
  channels?: number;
  /** Of the sound, on average. */
  bitsPerSecond?: number;
  /** The file declares more than it holds. */
  isTruncated?: true;
}

/**
 * Reads the headers of a recording with music-metadata. It does not know AMR, CAF, AU, 3GPP and W64 and misreads RF64:
 * of these only the container is told.
 *
 * @param start its first bytes, 4 KiB or all
 * @param size of the file in bytes
 */
export async function readMedia(path: string, start: Uint8Array, size: number): Promise<Media> {
  const container = containerIn(start);
  if (container !== undefined && unreadable.has(container)) return { container };
  try {
    const { format } = await parsed(path, size);
    const { codec, sampleRate, numberOfChannels: channels, bitrate: bitsPerSecond } = format;
    const known = container ?? named[format.container ?? ''];
    const media = {
      ...(known !== undefined && { container: known }),
      ...(codec !== undefined && { codec: codecNamed(codec) }),
      ...positive({ sampleRate, bitsPerSecond }),
      // What an MP4 file says of channels, two mostly, holds for none of its codecs but this.
      ...(known !== 'MP4' || codec === 'ALAC' ? positive({ channels }) : {}),
      ...positive({ seconds: format.duration }),
    };
    return { ...media, ...((await isTruncated(media, path, start, size)) && { isTruncated: true }) };
  } catch {
    return { ...(container !== undefined && { container }) };
  }
}

/** By what is inside: given a path, music-metadata goes by the extension, and misreads what has a wrong one. */
async function parsed(path: string, size: number): Promise<IAudioMetadata> {
  const { parseWebStream } = await import('music-metadata');
  const source = createReadStream(path);
  try {
    return await parseWebStream(Readable.toWeb(source), { size }, { duration: true, skipCovers: true });
  } finally {
    source.destroy();
  }
}

/** Of these, music-metadata tells nothing, or what is wrong. */
const unreadable = new Set(['AMR', 'AU', 'CAF', 'NIST SPHERE', 'RF64', 'W64']);

/** What music-metadata calls those. */
const named: Record<string, string> = { MPEG: 'MP3', 'ADTS/MPEG-4': 'AAC', FLAC: 'FLAC' };

function codecNamed(codec: string): string {
  if (/^MPEG [\d.]+ Layer 3/.test(codec)) return 'MP3';
  if (/^MPEG [\d.]+ Layer 2/.test(codec)) return 'MP2';
  if (/AAC/.test(codec)) return 'AAC';
  if (/^(not compressed|non-PCM \(65534\))$/.test(codec)) return 'PCM';
  if (/^vorbis/i.test(codec)) return 'Vorbis';
  return codec === 'OPUS' ? 'Opus' : codec.replace('MULAW', 'µ-law').replace('ALAW', 'A-law');
}

/** Whether the headers declare clearly more sound than there is. */
async function isTruncated(
  { container, codec, seconds, bitsPerSecond }: Media,
  path: string,
  start: Uint8Array,
  size: number,
): Promise<boolean> {
  if (container === 'WAV') {
    const file = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
    const data = file.indexOf('data', 12, 'latin1');
    if (data < 0 || data + 8 > file.length) return false;
    const declared = file.readUInt32LE(data + 4);
    // What is written to a pipe declares about as much as can be.
    return declared < 0x7f_00_00_00 && declared > (size - data - 8) * 1.02 + 1024;
  }
  if (container === 'Ogg') return endsInPage(await endOf(path, size, MAX_PAGE_BYTES));
  const isDeclared = codec === 'MP3' || container === 'AIFF';
  return isDeclared && ((seconds ?? 0) * (bitsPerSecond ?? 0)) / 8 > size * 1.1 + 4096;
}

/** RFC 3533, section 6: 27 bytes, the lengths of at most 255 segments, and those. */
const MAX_PAGE_BYTES = 27 + 255 + 255 * 255;

/** Whether the last page of an Ogg file is cut off. That none is marked as the last says nothing: many programs do not. */
function endsInPage(end: Buffer): boolean {
  const at = end.lastIndexOf('OggS');
  if (at < 0 || at + 27 > end.length) return at >= 0;
  const lengths = end.subarray(at + 27, at + 27 + (end[at + 26] ?? 0));
  return at + 27 + lengths.length + lengths.reduce((sum, length) => sum + length, 0) > end.length;
}

/** Those that are known: it also says NaN, and zero. */
function positive<Name extends string>(
  values: Record<Name, number | undefined>,
): { [name in Name]?: number } {
  const known = Object.entries<number | undefined>(values).filter(
    ([, value = 0]) => value > 0 && value < Infinity,
  );
  return Object.fromEntries(known) as { [name in Name]?: number };
}
