import { formatIn } from './audio-formats.ts';
import { afterTag, frameIn, tagLength } from './audio-frames.ts';
import { viewOf } from './bytes.ts';
import type { Media } from './media.ts';
import { type WavFormat, wavFormat, wavMedia } from './wav-format.ts';

/**
 * The format of a recording, by its first bytes. Leaves out what they do not say for certain, such as the length of an MP3
 * without a count of its frames.
 *
 * @param start the first 4 KiB, or all bytes if there are fewer
 * @param size of the file in bytes
 */
export function mediaIn(start: Uint8Array, size: number): Media {
  const container = formatIn(start)?.container;
  if (container === undefined) return {};
  try {
    return { container, ...known(readers[container]?.(viewOf(start), size, start) ?? {}) };
  } catch {
    // The header ends too early.
    return { container };
  }
}

/** What is not known is undefined, 0 or NaN. */
type Said = { [Key in keyof Media]: Media[Key] | undefined };

type Reader = (view: DataView, size: number, start: Uint8Array) => Said;

/** For the formats that providers document, and those that phones record. */
const readers: Record<string, Reader> = {
  AAC: (_, __, start) => ({ codec: 'AAC', sampleRate: frameIn(afterTag(start))?.sampleRate ?? 0 }),
  AIFF: readAiff,
  AMR: (view) =>
    text(view, 5, 3) === '-WB'
      ? { codec: 'AMR-WB', sampleRate: 16_000 }
      : { codec: 'AMR', sampleRate: 8_000 },
  CAF: (view) => ({
    codec: text(view, 28, 4) === 'lpcm' ? 'PCM' : undefined,
    sampleRate: text(view, 8, 4) === 'desc' ? view.getFloat64(20) : 0,
  }),
  FLAC: (view) => {
    const sampleRate = view.getUint32(18) >>> 12;
    const samples = (view.getUint8(21) & 15) * 2 ** 32 + view.getUint32(22);
    return { codec: 'FLAC', sampleRate, seconds: samples / sampleRate };
  },
  MP3: readMp3,
  MP4: readMp4,
  Ogg: readOgg,
  RF64: readRiff,
  WAV: readRiff,
};

function readRiff(view: DataView, size: number): Media {
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= view.byteLength;) {
    const name = text(view, at, 4);
    const length = view.getUint32(at + 4, true);
    if (name === 'fmt ')
      format = wavFormat(new DataView(view.buffer, view.byteOffset + at + 8, Math.min(length, 40)));
    if (name === 'data' && format) return wavMedia(format, length, size - at - 8);
    at += 8 + length + (length % 2);
  }
  // Metadata before the sound hides its length.
  return format ? wavMedia(format, 0, 0) : {};
}

/** "Audio Interchange File Format AIFF, version 1.3": the rate is a floating-point number of 80 bits. */
function readAiff(view: DataView): Said {
  for (let at = 12; at + 8 <= view.byteLength;) {
    const length = view.getUint32(at + 4);
    if (text(view, at, 4) === 'COMM') {
      const sampleRate = view.getUint32(at + 18) * 2 ** ((view.getUint16(at + 16) & 0x7f_ff) - 16_383 - 31);
      const compression = text(view, 8, 4) === 'AIFF' ? 'NONE' : text(view, at + 26, 4);
      const codec = /^(?:NONE|sowt|twos|in24|in32|fl32|fl64)$/i.test(compression)
        ? 'PCM'
        : { ulaw: 'µ-law', alaw: 'A-law' }[compression.toLowerCase()];
      const seconds = codec === undefined ? 0 : view.getUint32(at + 10) / sampleRate;
      return { codec, sampleRate, seconds };
    }
    at += 8 + length + (length % 2);
  }
  return {};
}

/** Only encoders that count the frames state a length ("Xing", "Info"); of joined files, it is that of the first. */
function readMp3(_: DataView, size: number, start: Uint8Array): Media {
  const first = afterTag(start);
  const frame = frameIn(first);
  if (!frame) return {};
  const view = viewOf(first);
  const at = text(view, 0, 64).search(/Xing|Info/);
  const isCounted = at > 0 && (view.getUint32(at + 4) & 3) === 3;
  const isWhole = isCounted && size - tagLength(start) < 1.05 * view.getUint32(at + 12) + 4096;
  return {
    codec: (view.getUint8(1) & 6) === 2 ? 'MP3' : 'MP2',
    sampleRate: frame.sampleRate,
    seconds: isWhole ? (view.getUint32(at + 8) * frame.samples) / frame.sampleRate : 0,
  };
}

/** ISO/IEC 14496-12, sections 8.2.2 and 8.5.2, if the index comes first. */
function readMp4(view: DataView): Said {
  const boxes = text(view, 0, view.byteLength);
  const entry = /stsd[^]{12}(mp4a|alac|Opus|fLaC|samr|sawb)/.exec(boxes);
  const type = entry?.[1] ?? '';
  // Of version 0, whose numbers are short.
  const movie = boxes.indexOf('mvhd\0');
  const codec = {
    mp4a: codecOfMp4a(boxes),
    alac: 'ALAC',
    Opus: 'Opus',
    fLaC: 'FLAC',
    samr: 'AMR',
    sawb: 'AMR-WB',
  }[type];
  return {
    codec,
    sampleRate: entry ? view.getUint16(entry.index + 16 + 28) : 0,
    seconds: movie > 0 ? view.getUint32(movie + 20) / view.getUint32(movie + 16) : 0,
  };
}

/**
 * What `mp4a` stands for, by its object type (ISO/IEC 14496-1, section 7.2.6.6); AAC if there is none. Undefined if it is none of those
 * that are known.
 *
 * @param boxes with the description of the sound, in Latin-1
 */
export function codecOfMp4a(boxes: string): string | undefined {
  const [, type = '@'] = OBJECT_TYPE.exec(boxes) ?? [];
  return { '@': 'AAC', f: 'AAC', g: 'AAC', h: 'AAC', i: 'MP3', k: 'MP3', '\xdd': 'Vorbis' }[type];
}

/** In `esds`, descriptor 3 is as long as its length, of 1 to 4 bytes, which in descriptor 4 are from 0x80 but for the last. */
// oxlint-disable-next-line no-control-regex -- this matches binary data
const OBJECT_TYPE = /esds[^]{9,12}\x04[\x80-\xff]*[^]([^])/;

/** RFC 3533, section 6, and the first packets of RFC 7845 (Opus), Vorbis, Speex and FLAC in Ogg. */
function readOgg(view: DataView): Media {
  const at = 27 + view.getUint8(26);
  const packet = text(view, at, 8);
  const said = (codec: string, rateAt: number) => ({ codec, sampleRate: view.getUint32(at + rateAt, true) });
  if (packet === 'OpusHead') return said('Opus', 12);
  if (packet.startsWith('\x01vorbis')) return said('Vorbis', 12);
  if (packet === 'Speex   ') return said('Speex', 36);
  return packet.startsWith('\x7fFLAC') ? { codec: 'FLAC', sampleRate: view.getUint32(at + 27) >>> 12 } : {};
}

function text(view: DataView, at: number, length: number): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('latin1', at, at + length);
}

/** Omits what is undefined, zero, NaN and the like. */
function known(said: Said): Media {
  const isKnown = ([, value]: [string, unknown]) =>
    typeof value === 'number' ? value > 0 && value < Infinity : value;
  return Object.fromEntries(Object.entries(said).filter(isKnown));
}
