/**
 * How many bytes of a sample are to be looked at before it is sent: room for a header of text before the sound (NIST
 * SPHERE: 1,024 bytes), and for what programs put before the sound of a WAV file.
 */
export const SNIFF_BYTES = 4096;

/**
 * Says what the beginning of a file is when it is plainly not audio, such as an error page saved under an audio
 * file's name: sending it would cost a call, or a useless voice. Undefined when it may be audio, as it is in doubt.
 *
 * @param start the first {@link SNIFF_BYTES} bytes, or all where there are fewer
 * @param size of the whole file in bytes
 */
export function plainlyNotAudio(start: Uint8Array, size: number = Infinity): string | undefined {
  const binary = latin1(start);
  return (
    beginnings.find(([, is]) => is.test(binary))?.[0] ??
    (start.length > 0 && start.length >= size && isZeros(start) ? ZEROS : undefined) ??
    (isWithoutIndex(binary, size)
      ? 'an MP4 file without its index, as of a recording that broke off'
      : undefined) ??
    documentIn(start, binary)
  );
}

/** Why a sample must not be sent. */
export type BadSample = { code: 'NOT_AUDIO'; found: string } | { code: 'NO_SOUND' };

/**
 * Says why a sample must not be sent, as far as its beginning tells; undefined when it may be. The function, the n8n node
 * and `callers-voice-clone check` all ask here.
 *
 * @param start as for {@link plainlyNotAudio}
 * @param size of the whole file in bytes
 */
export function badSampleIn(start: Uint8Array, size: number): BadSample | undefined {
  const found = plainlyNotAudio(start, size);
  if (found !== undefined) return { code: 'NOT_AUDIO', found };
  return hasNoSound(start, size) ? { code: 'NO_SOUND' } : undefined;
}

/** What a file is where {@link isZeros} is true of all its bytes; some players put zeros before the sound. */
export const ZEROS = 'nothing but zeros';

/** Whether there is nothing else. */
export function isZeros(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/**
 * Whether there are headers, complete, and no sound behind them: a recording that was never made, or never saved. False
 * for all that is not understood.
 *
 * @param start as for {@link plainlyNotAudio}
 * @param size of the whole file in bytes
 */
export function hasNoSound(start: Uint8Array, size: number): boolean {
  const binary = latin1(start);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  // "Multimedia Programming Interface and Data Specifications 1.0", RIFF; EBU Tech 3306, RF64.
  if (/^(?:RIFF|RF64|BW64)....WAVE/s.test(binary)) return isEmptyIff('fmt ', 'data', 0, true);
  // "Audio Interchange File Format AIFF, version 1.3": 8 bytes of the chunk say how the sound is laid out.
  if (/^FORM....AIF[FC]/s.test(binary)) return isEmptyIff('COMM', 'SSND', 8, false);
  // RFC 9639, section 8: blocks of metadata, the last one marked, then the sound.
  if (binary.startsWith('fLaC')) {
    for (let at = 4; at + 4 <= start.length;) {
      const head = view.getUint32(at);
      at += 4 + (head & 0xff_ff_ff);
      if (head >>> 31) return at === size;
    }
  }
  // id3.org, "ID3 tag version 2.4.0", section 3.1: 7 bits of each byte count.
  if (binary.startsWith('ID3') && start.length >= 10) {
    return 10 + [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (view.getUint8(at) & 127), 0) === size;
  }
  return binary.startsWith('.snd') && start.length >= 8 && view.getUint32(4) === size;

  /** Walks the chunks. What declares no length, or a wrong one, may have been cut off, and sound may follow. */
  function isEmptyIff(format: string, sound: string, before: number, littleEndian: boolean): boolean {
    let isKnown = false;
    let at = 12;
    while (at + 8 <= start.length) {
      const name = binary.slice(at, at + 4);
      const length = view.getUint32(at + 4, littleEndian);
      if (!/^[ -~]{4}$/.test(name)) return false;
      isKnown ||= name === format;
      if (name === sound && (length > before || at + 8 + before >= size))
        return isKnown && at + 8 + before >= size;
      at += 8 + length + (length % 2);
    }
    return isKnown && at === size;
  }
}

/** What only begins like this where it is that, as bytes in Latin-1. */
/* oxlint-disable no-control-regex -- these are not texts */
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
  ['a property list, as iCloud leaves it in place of a file', /^bplist00/],
  ['what macOS keeps beside a file (AppleDouble)', /^\0\x05\x16[\0\x07]/],
  ['a PNG image', /^\x89PNG/],
  ['a JPEG image', /^\xff\xd8\xff/],
  ['a GIF image', /^GIF8/],
  ['a WebP image', /^RIFF[^]{4}WEBP/],
  ['a TIFF image', /^(II\*\0|MM\0\*)/],
  ['an image (HEIC or AVIF)', /^[^]{4}ftyp(hei[cx]|hev[cx]|mif1|msf1|avi[fs])/],
  ['a MIDI file, which holds notes and no sound', /^MThd\0\0\0\x06|^RIFF[^]{4}RMID/],
  // Two letters alone could begin anything.
  ['a program', /^\x7fELF|^MZ[^]*(PE\0\0|DOS mode)|^[\xce\xcf]\xfa\xed\xfe|^\xca\xfe\xba\xbe/],
  ['a purchase that FairPlay protects', /^[^]{4}ftyp(M4P |[^]*stsd[^]{12}drms)/],
];
/* oxlint-enable no-control-regex */

/**
 * Whether an MP4 ends with its sound: the index (`moov`) came neither before it, nor can it come behind it. ISO/IEC
 * 14496-12, section 4.2: boxes with their length, 1 for one of 64 bits that follows, 0 for all that is left.
 */
function isWithoutIndex(binary: string, size: number): boolean {
  if (!binary.startsWith('ftyp', 4)) return false;
  const number = (at: number) =>
    [0, 1, 2, 3].reduce((sum, byte) => sum * 256 + binary.charCodeAt(at + byte), 0);
  for (let at = 0; at + 16 <= binary.length;) {
    const name = binary.slice(at + 4, at + 8);
    const short = number(at);
    const length = short === 1 ? number(at + 8) * 2 ** 32 + number(at + 12) : short;
    if (!/^(?:ftyp|free|skip|wide|uuid|mdat)$/.test(name)) return false;
    if (name === 'mdat') return size < Infinity && (length === 0 || at + length >= size);
    if (length < 8) return false;
    at += length;
  }
  return false;
}

/** Every audio container begins with bytes that no text has: lengths, versions, sync words. But for NIST SPHERE. */
function documentIn(start: Uint8Array, binary: string): string | undefined {
  // Of no encoding in particular: Latin-1 is no UTF-8.
  const text = (textIn(start, binary) ?? binary).replace(/^(?:\ufeff|\xef\xbb\xbf)?\s*/, '').toLowerCase();
  if (/^<(?:!doctype )?html/.test(text)) return 'a web page (HTML)';
  if (text.startsWith('<?xml')) return 'an XML document';
  if (textIn(start, binary) === undefined || text.startsWith('nist_1a')) return undefined;
  if (text.startsWith('<')) return 'an XML document';
  return /^[{[]/.test(text) ? 'a JSON document' : 'plain text';
}

/** The text that the bytes are, in UTF-8, or in UTF-16 where a byte order mark or a bracket says so. */
function textIn(bytes: Uint8Array, binary: string): string | undefined {
  const encoding = /^(?:\xff\xfe|[<{[]\0)/.test(binary)
    ? 'utf-16le'
    : /^(?:\xfe\xff|\0[<{[])/.test(binary)
      ? 'utf-16be'
      : 'utf-8';
  try {
    // `stream` tolerates a character that is cut at the end.
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
    // oxlint-disable-next-line no-control-regex -- control characters are what tells binary data from text
    return /[\x00-\x08\x0e-\x1f\x7f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** One character for each byte. */
function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
