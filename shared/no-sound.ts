import { afterTag, mpegFrameLength, tagLength } from './audio-frames.ts';
import { latin1, viewOf } from './bytes.ts';

/**
 * Whether files have complete headers but no sound. A missing or wrong length may mean a cut file, and then sound may
 * still follow, so only what is certain counts.
 *
 * All take the first bytes of a file, up to 4 KiB, and its size.
 */

/** WAV ("Multimedia Programming Interface and Data Specifications 1.0", RIFF) and RF64 (EBU Tech 3306). */
export function isEmptyRiff(start: Uint8Array, size: number): boolean {
  return isEmptyIff(start, size, { format: 'fmt ', sound: 'data', before: 0, littleEndian: true });
}

/** "Audio Interchange File Format AIFF, version 1.3": the sound chunk starts with 8 bytes of offset and block size. */
export function isEmptyAiff(start: Uint8Array, size: number): boolean {
  return (
    size <= SMALLEST_AIFF ||
    isEmptyIff(start, size, { format: 'COMM', sound: 'SSND', before: 8, littleEndian: false })
  );
}

/** The headers of file, format (18 bytes) and sound. */
const SMALLEST_AIFF = 12 + 8 + 18 + 8 + 8;

/** RFC 9639, section 8: metadata blocks, the last one flagged, then the sound. */
export function isEmptyFlac(start: Uint8Array, size: number): boolean {
  const view = viewOf(start);
  for (let at = 4; at + 4 <= start.length;) {
    const head = view.getUint32(at);
    at += 4 + (head & 0xff_ff_ff);
    if (head >>> 31) return at === size;
  }
  return false;
}

/** AU: the header says where the sound starts. */
export function isEmptyAu(start: Uint8Array, size: number): boolean {
  return start.length >= 8 && viewOf(start).getUint32(4) === size;
}

/** MP3: tags (ID3, APE) and nothing else, or only the frame that counts the others, as LAME writes it. */
export function isEmptyMp3(start: Uint8Array, size: number): boolean {
  const tag = tagLength(start);
  if (tag > 0 && tag === size) return true;
  if (size > start.length) return false;
  const rest = afterTag(start);
  const text = latin1(rest);
  const after = /Xing|Info/.test(text.slice(0, 64)) ? text.slice(mpegFrameLength(rest)) : text;
  return after.length === 0 || /^(TAG|APETAGEX)/.test(after);
}

/** Ogg (RFC 3533, section 6): the pages of headers are at the position 0. */
export function isEmptyOgg(start: Uint8Array, size: number): boolean {
  if (size > start.length) return false;
  const text = latin1(start);
  return ![...text.matchAll(/OggS[^]{2}([^]{8})/g)].some(([, position]) => position !== '\0'.repeat(8));
}

/** MP4 (ISO/IEC 14496-12, section 4.2): no box with sound, or an empty one. */
export function isEmptyMp4(start: Uint8Array, size: number): boolean {
  const view = viewOf(start);
  let at = 0;
  while (at < size) {
    if (at + 16 > start.length && start.length < size) return false;
    if (at + 8 > start.length) return true;
    // 1: a length of 64 bits follows; 0: to the end of the file.
    const short = view.getUint32(at);
    const head = short === 1 ? 16 : 8;
    const length =
      short === 0
        ? size - at
        : short === 1 && at + 16 <= start.length
          ? Number(view.getBigUint64(at + 8))
          : short;
    if (latin1(start.subarray(at + 4, at + 8)) === 'mdat' && Math.min(length, size - at) > head) return false;
    if (length < 8) return false;
    at += length;
  }
  return true;
}

/** Matroska and WebM (RFC 9559, section 5.1.3): no cluster. */
export function isEmptyMatroska(start: Uint8Array, size: number): boolean {
  return size <= start.length && !latin1(start).includes('\x1fC\xb6u');
}

/** AMR (RFC 4867, section 5.1): only the magic number. */
export function isEmptyAmr(_: Uint8Array, size: number): boolean {
  return size <= '#!AMR-WB\n'.length;
}

/** CAF ("Apple Core Audio Format Specification 1.0"): no chunk of data, or one with only its edit count. */
export function isEmptyCaf(start: Uint8Array, size: number): boolean {
  const view = viewOf(start);
  let at = 8;
  while (at + 12 <= start.length) {
    if (latin1(start.subarray(at, at + 4)) === 'data') return at + 12 + 4 >= size;
    const length = Number(view.getBigInt64(at + 4));
    if (length < 0) return false;
    at += 12 + length;
  }
  return at >= size;
}

/** WMA ("Advanced Systems Format Specification", section 5.1): nothing after the header of the data. */
export function isEmptyAsf(start: Uint8Array, size: number): boolean {
  return start.length >= 24 && Number(viewOf(start).getBigUint64(16, true)) + 50 >= size;
}

/** NIST SPHERE: the second line is the length of the header. */
export function isEmptySphere(start: Uint8Array, size: number): boolean {
  const [, length] = /^NIST_1A\n *(\d+)\n/.exec(latin1(start.subarray(0, 16))) ?? [];
  return length !== undefined && size <= Number(length);
}

/** Walks the chunks of RIFF and AIFF. `before`: the bytes before the sound in its chunk. */
function isEmptyIff(
  start: Uint8Array,
  size: number,
  {
    format,
    sound,
    before,
    littleEndian,
  }: { format: string; sound: string; before: number; littleEndian: boolean },
): boolean {
  const view = viewOf(start);
  let isKnown = false;
  let at = 12;
  while (at + 8 <= start.length) {
    const name = latin1(start.subarray(at, at + 4));
    const length = view.getUint32(at + 4, littleEndian);
    if (!/^[ -~]{4}$/.test(name)) return false;
    isKnown ||= name === format;
    if (name === sound && (length > before || at + 8 + before >= size)) {
      return isKnown && at + 8 + before >= size;
    }
    at += 8 + length + (length % 2);
  }
  return isKnown && at === size;
}
