/**
 * Formats without a file header: a sequence of frames, each with a sync word and its length. A sync word alone is a
 * matter of chance, so a frame counts only if the next one follows where it should.
 */

/** MP3 and its older layers: ISO/IEC 11172-3, section 2.4.2.3, and 13818-3; with or without an ID3 tag before. */
export function isMpegAudio(start: Uint8Array): boolean {
  return isSequence(afterTag(start), mpegFrameLength);
}

/** The length of an MPEG audio frame in bytes; undefined if there is none. */
export function mpegFrameLength(start: Uint8Array): number | undefined {
  return mpegFrame(start)?.bytes;
}

function mpegFrame([first = 0, second = 0, third = 0]: Uint8Array): Frame | undefined {
  if (first !== 0xff || second < 0xe0) return undefined;
  const version = (second >> 3) & 3; // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
  const layer = 4 - ((second >> 1) & 3);
  const sampleRate =
    ([44_100, 48_000, 32_000][(third >> 2) & 3] ?? 0) / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const row = version === 3 ? layer - 1 : layer === 1 ? 3 : 4;
  const bits = 1000 * (bitRates[row]?.[third >> 4] ?? 0);
  if (version === 1 || layer === 4 || sampleRate === 0 || bits === 0) return undefined;
  const samples = layer === 1 ? 384 : layer === 3 && version !== 3 ? 576 : 1152;
  const slot = layer === 1 ? 4 : 1;
  const slots = Math.floor(((samples / 8 / slot) * bits) / sampleRate) + ((third >> 1) & 1);
  return { bytes: slot * slots, samples, sampleRate };
}

/** In kb/s, for layers 1, 2 and 3 of MPEG-1, and layers 1, and 2 and 3, of MPEG-2. */
const bitRates = [
  [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/** AAC in ADTS frames: ISO/IEC 13818-7, section 6.2. */
export function isAdts(start: Uint8Array): boolean {
  return isSequence(afterTag(start), (bytes) => adtsFrame(bytes)?.bytes);
}

/** A frame of MPEG audio or ADTS. */
export interface Frame {
  bytes: number;
  samples: number;
  sampleRate: number;
}

/** The frame that starts with these bytes; undefined if none does. */
export function frameIn(start: Uint8Array): Frame | undefined {
  return adtsFrame(start) ?? mpegFrame(start);
}

function adtsFrame(frame: Uint8Array): Frame | undefined {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0, seventh = 0] = frame;
  const sampleRate = adtsRates[(third >> 2) & 15];
  const bytes = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
  if (first !== 0xff || (second & 0xf6) !== 0xf0 || sampleRate === undefined || bytes <= 7) return undefined;
  return { bytes, sampleRate, samples: 1024 * (1 + (seventh & 3)) };
}

const adtsRates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

/** AAC in LATM frames, as in digital radio: ISO/IEC 14496-3, section 1.7.2. */
export function isLatm(start: Uint8Array): boolean {
  return isSequence(start, ([first = 0, second = 0, third = 0]) =>
    first === 0x56 && second >> 5 === 7 ? 3 + (((second & 31) << 8) | third) : undefined,
  );
}

/** AC-3 and E-AC-3: ETSI TS 102 366, sections 4.3 and E.1.2. */
export function isAc3(start: Uint8Array): boolean {
  return isSequence(start, ([first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0]) => {
    if (first !== 0x0b || second !== 0x77) return undefined;
    if (sixth >> 3 > 10) return 2 * ((((third & 7) << 8) | fourth) + 1);
    const [code, size] = [fifth >> 6, fifth & 63];
    const kilobits = ac3Rates[size >> 1];
    if (kilobits === undefined || code === 3) return undefined;
    // In words of two bytes: 1,536 samples at 48, 44.1 (odd sizes are one word longer) or 32 kHz.
    if (code === 0) return kilobits * 4;
    return 2 * (code === 2 ? kilobits * 3 : Math.floor((kilobits * 320) / 147) + (size & 1));
  });
}

const ac3Rates = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];

/** The length of an ID3 tag at the start, which may be longer than the bytes given; 0 if there is none. */
export function tagLength(start: Uint8Array): number {
  // id3.org, "ID3 tag version 2.4.0", section 3.1: the size uses 7 bits of each byte; a footer has 10 bytes.
  if (start.length < 10 || start[0] !== 0x49 || start[1] !== 0x44 || start[2] !== 0x33) return 0;
  const size = start.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 127), 0);
  return 10 + size + ((start[5] ?? 0) & 0x10 ? 10 : 0);
}

/** What follows a tag, and the zeros that some programs put behind it. */
export function afterTag(start: Uint8Array): Uint8Array {
  const length = tagLength(start);
  if (length === 0) return start;
  const rest = start.subarray(length);
  const first = rest.findIndex((byte) => byte !== 0);
  return first < 0 ? rest.subarray(0, 0) : rest.subarray(first);
}

/** Whether two frames follow each other, or one fills everything. */
function isSequence(start: Uint8Array, frameLength: (frame: Uint8Array) => number | undefined): boolean {
  const first = frameLength(start);
  if (first === undefined || first + 6 > start.length) return first !== undefined && first === start.length;
  return frameLength(start.subarray(first)) !== undefined;
}
