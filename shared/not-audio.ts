import { formatIn } from './audio-formats.ts';
import { tagLength } from './audio-frames.ts';
import { latin1, viewOf } from './bytes.ts';
import { isEmptyMp3 } from './no-sound.ts';

/**
 * How many bytes of a sample are inspected before it is sent. Leaves room for a text header (NIST SPHERE:
 * 1,024 bytes) and for the chunks that programs write before the audio of a WAV file.
 */
export const SNIFF_BYTES = 4096;

/**
 * Identifies a file that is clearly not audio, such as an error page saved with an audio extension: sending
 * it would waste a call or make a useless voice. Undefined if the file may be audio.
 *
 * @param start the first {@link SNIFF_BYTES} bytes, or all if there are fewer
 * @param size of the whole file in bytes
 */
export function plainlyNotAudio(start: Uint8Array, size: number): string | undefined {
  const binary = latin1(start);
  return (
    beginnings.find(([, is]) => is.test(binary))?.[0] ??
    (start.length > 0 && start.length >= size && isZeros(start) ? ZEROS : undefined) ??
    (isWithoutIndex(start, binary, size)
      ? 'an MP4 file without its index, such as an interrupted recording'
      : undefined) ??
    wrappedIn(start, binary) ??
    documentIn(start, binary) ??
    (isDecodedAsText(start, binary) ? 'damaged: its bytes were converted to text (UTF-8)' : undefined)
  );
}

/** Why a sample must not be sent. */
export type BadSample = { code: 'NOT_AUDIO'; found: string } | { code: 'NO_SOUND' };

/**
 * Returns why a sample must not be sent, judging by its first bytes; undefined if it may be sent. Shared by
 * the function, the n8n node and `callers-voice-clone check`.
 *
 * @param start as for {@link plainlyNotAudio}
 * @param size of the whole file in bytes
 */
export function badSampleIn(start: Uint8Array, size: number): BadSample | undefined {
  const found = plainlyNotAudio(start, size);
  if (found !== undefined) return { code: 'NOT_AUDIO', found };
  return hasNoSound(start, size) ? { code: 'NO_SOUND' } : undefined;
}

/**
 * Describes a file if {@link isZeros} holds for all of it; leading zeros alone are normal for some recorders.
 */
export const ZEROS = 'nothing but zeros';

/** Whether all bytes are zero. */
export function isZeros(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/**
 * Whether a file has complete headers but no audio data: a recording that was never made, or never saved.
 * False for formats that are not recognized.
 *
 * @param start as for {@link plainlyNotAudio}
 * @param size of the whole file in bytes
 */
export function hasNoSound(start: Uint8Array, size: number): boolean {
  const format = formatIn(start);
  return format
    ? (format.hasNoSound?.(start, size) ?? false)
    : tagLength(start) > 0 && isEmptyMp3(start, size);
}

/** Unambiguous file signatures, matched against the bytes decoded as Latin-1. */
/* oxlint-disable no-control-regex -- these match binary data */
const beginnings: readonly (readonly [found: string, is: RegExp])[] = [
  ['a ZIP archive or an Office document', /^PK(\x03\x04|\x05\x06)|^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/],
  ['a 7z archive', /^7z\xbc\xaf\x27\x1c/],
  ['a RAR archive', /^Rar!\x1a\x07/],
  ['a tar archive', /^[^]{257}ustar(\x0000| {2}\0)/],
  ['compressed (gzip)', /^\x1f\x8b\x08/],
  ['compressed', /^BZh91AY&SY|^\xfd7zXZ\0|^\x28\xb5\x2f\xfd/],
  ['a PDF document', /^%PDF-/],
  ['an RTF document', /^\{\\rtf/],
  ['an SQLite database', /^SQLite format 3\0/],
  ['a property list, such as an iCloud placeholder', /^bplist00/],
  ['macOS metadata (AppleDouble)', /^\0\x05\x16[\0\x07]/],
  ['a PNG image', /^\x89PNG/],
  ['a JPEG image', /^\xff\xd8\xff/],
  ['a GIF image', /^GIF8/],
  ['a WebP image', /^RIFF[^]{4}WEBP/],
  ['a TIFF image', /^(II\*\0|MM\0\*)/],
  ['an image (HEIC or AVIF)', /^[^]{4}ftyp(hei[cx]|hev[cx]|mif1|msf1|avi[fs])/],
  ['a MIDI file: notes without sound', /^MThd\0\0\0\x06|^RIFF[^]{4}RMID/],
  // `MZ` alone is too short to be unambiguous.
  ['a program', /^\x7fELF|^MZ[^]*(PE\0\0|DOS mode)|^[\xce\xcf]\xfa\xed\xfe|^\xca\xfe\xba\xbe/],
  // A link of Windows, and an alias of macOS.
  ['a shortcut', /^L\0{3}\x01\x14\x02|^book\0{4}mark/],
  ['DSS dictation', /^[\x02-\x07]ds[2s]/],
  ['a purchase protected by FairPlay', /^[^]{4}ftyp(M4P |[^]*stsd[^]{12}drms)/],
];
/* oxlint-enable no-control-regex */

/**
 * Whether an MP4 has its audio data but no index (`moov`): none came before the data, and the data reaches
 * the end of the file. ISO/IEC 14496-12, section 4.2: a box length of 1 means a 64-bit length follows, 0
 * means "to the end of the file".
 */
function isWithoutIndex(start: Uint8Array, binary: string, size: number): boolean {
  if (!binary.startsWith('ftyp', 4)) return false;
  const view = viewOf(start);
  for (let at = 0; at + 16 <= binary.length;) {
    const name = binary.slice(at + 4, at + 8);
    const short = view.getUint32(at);
    const length = short === 1 ? Number(view.getBigUint64(at + 8)) : short;
    if (!/^(?:ftyp|free|skip|wide|uuid|mdat)$/.test(name)) return false;
    if (name === 'mdat') return size < Infinity && (length === 0 || at + length >= size);
    if (length < 8) return false;
    at += length;
  }
  return false;
}

/** A recording wrapped in parts of its transfer, which no player skips. */
function wrappedIn(start: Uint8Array, binary: string): string | undefined {
  // RFC 7578 and 2046, section 5.1.1: a boundary, then headers.
  if (/^(?:\r?\n)?--[^\r\n]{1,200}\r?\nContent-(?:Disposition|Type):/i.test(binary)) {
    return 'a form around the recording (multipart/form-data)';
  }
  if (/^HTTP\/[\d.]+ \d{3}[^\r\n]*\r?\n[\w-]+:/.test(binary)) return 'an HTTP response, with its headers';
  // Amazon S3, "Signature calculations: transferring payload in multiple chunks"; RFC 9112, section 7.1.
  const [chunk] = /^[\da-f]{1,8}(;chunk-signature=[\da-f]{64})?\r\n/i.exec(binary) ?? [];
  if (chunk === undefined) return undefined;
  const rest = start.subarray(chunk.length);
  const isKnown = chunk.includes(';') || formatIn(rest) !== undefined || tagLength(rest) > 0;
  return isKnown ? 'framed in chunks, as it was sent (aws-chunked)' : undefined;
}

/**
 * Whether bytes were decoded as text and encoded again: what was no UTF-8 is now U+FFFD everywhere, or each byte above 127
 * is a character. No text, such as lyrics in a tag, has several C1 control characters; audio is not UTF-8.
 */
function isDecodedAsText(start: Uint8Array, binary: string): boolean {
  const lost = binary.split('\xef\xbf\xbd').length - 1;
  if (lost >= 8) return true;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return text.split(/[\u0080-\u009f]/).length - 1 >= 8;
  } catch {
    return false;
  }
}

/**
 * Every audio container except NIST SPHERE starts with bytes that text never has: lengths, versions, sync
 * words.
 */
function documentIn(start: Uint8Array, binary: string): string | undefined {
  const valid = textIn(start, binary);
  // Falls back to Latin-1, so that markup that is not valid UTF-8 is recognized, too.
  const text = (valid ?? binary).replace(/^(?:\ufeff|\xef\xbb\xbf)?\s*/, '').toLowerCase();
  if (/^<(?:!doctype )?html/.test(text)) return 'a web page (HTML)';
  if (text.startsWith('<?xml')) return 'an XML document';
  if (valid === undefined || /^(?:nist_1a|#!amr)/.test(text)) return undefined;
  if (text.startsWith('<')) return 'an XML document';
  return /^(?:\{|\[[^a-z])/.test(text) ? 'a JSON document' : 'plain text';
}

/**
 * Decodes UTF-8, or UTF-16 if a byte order mark or a bracket indicates it; undefined if the bytes are not
 * text.
 */
function textIn(bytes: Uint8Array, binary: string): string | undefined {
  const encoding = /^(?:\xff\xfe|[<{[]\0)/.test(binary)
    ? 'utf-16le'
    : /^(?:\xfe\xff|\0[<{[])/.test(binary)
      ? 'utf-16be'
      : 'utf-8';
  // In UTF-8, they are the same bytes: most audio need not be decoded.
  if (encoding === 'utf-8' && CONTROL_CHARACTERS.test(binary)) return undefined;
  try {
    // `stream` tolerates a character that is cut off at the end.
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
    return CONTROL_CHARACTERS.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** They distinguish binary data from text. */
// oxlint-disable-next-line no-control-regex -- that is what it is for
const CONTROL_CHARACTERS = /[\x00-\x08\x0e-\x1f\x7f]/;
