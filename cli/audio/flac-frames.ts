import { bytesAt, endOf } from './file-bytes.ts';

/** What the frames of a FLAC file say. */
export interface FlacFrames {
  /** Where the first one begins. */
  at: number;
  seconds: number;
  /** Whether the file ends with a frame, rather than in one. */
  isWhole: boolean;
}

/**
 * Reads the first and the last frame (RFC 9639, sections 8 and 9). Undefined if they are not where they should be.
 *
 * @param from where the FLAC file begins in the one at the path
 * @param to where it ends
 */
export async function flacFrames(
  path: string,
  sampleRate: number,
  from: number,
  to: number,
): Promise<FlacFrames | undefined> {
  const at = await endOfMetadata(path, from, to);
  const first = at === undefined ? undefined : headAt(await bytesAt(path, at, LONGEST_HEAD), 0);
  if (at === undefined || !first || sampleRate === 0) return undefined;
  const end = withoutTag(await endOf(path, to, Math.min(LONGEST_END, to - from)));
  const found = headsIn(end);
  const whole = found.find((head) => checksum(end.subarray(head.at), CRC_16) === 0);
  const last = whole ?? found[0];
  if (!last) return undefined;
  // Frames of one size are counted, others say their first sample.
  const position = ({ number, isCounted }: FrameHead) => (isCounted ? number * first.samples : number);
  const samples = position(last) + last.samples - position(first);
  return samples > 0 ? { at, seconds: samples / sampleRate, isWhole: whole !== undefined } : undefined;
}

/** Behind the last block of metadata. */
async function endOfMetadata(path: string, from: number, to: number): Promise<number | undefined> {
  for (let at = from + 4; at < to;) {
    const head = await bytesAt(path, at, 4);
    if (head.length < 4) return undefined;
    at += 4 + head.readUIntBE(1, 3);
    if (head.readUInt8(0) >= 128) return at;
  }
  return undefined;
}

interface FrameHead {
  at: number;
  /** Of the frame, or of its first sample. */
  number: number;
  isCounted: boolean;
  samples: number;
}

/** The last ones, last first: what looks like one may be sound. */
function headsIn(bytes: Buffer): FrameHead[] {
  const heads: FrameHead[] = [];
  for (let at = bytes.length - 1; at > 0 && heads.length < MOST_TRIED; at--) {
    at = bytes.lastIndexOf(0xff, at);
    const head = at < 0 ? undefined : headAt(bytes, at);
    if (head) heads.push(head);
  }
  return heads;
}

const MOST_TRIED = 4;
/** In bytes: several frames. */
const LONGEST_END = 256 * 1024;
const LONGEST_HEAD = 16;

function headAt(bytes: Buffer, at: number): FrameHead | undefined {
  const [sync = 0, second = 0, third = 0, fourth = 0, lead = 0] = bytes.subarray(at, at + 5);
  const isOne = sync === 0xff && (second & 0xfe) === 0xf8 && (fourth & 1) === 0;
  if (!isOne || third >> 4 === 0 || (third & 15) === 15 || fourth >> 4 > 10) return undefined;
  // As UTF-8, but up to seven bytes.
  const more = lead < 0x80 ? 0 : Math.clz32(~(lead << 24)) - 1;
  if (more < 0 || (lead >= 0x80 && more < 1)) return undefined;
  let number = lead < 0x80 ? lead : lead & (0x3f >> more);
  for (const byte of bytes.subarray(at + 5, at + 5 + more)) number = number * 64 + (byte & 63);
  const behind = at + 5 + more;
  const sizeBytes = [0, 0, 0, 0, 0, 0, 1, 2][third >> 4] ?? 0;
  const rateBytes = [1, 2, 2][(third & 15) - 12] ?? 0;
  const end = behind + sizeBytes + rateBytes;
  if (end >= bytes.length || checksum(bytes.subarray(at, end + 1), CRC_8) !== 0) return undefined;
  const samples = sizeBytes > 0 ? bytes.readUIntBE(behind, sizeBytes) + 1 : samplesOf(third >> 4);
  return { at, number, isCounted: (second & 1) === 0, samples };
}

function samplesOf(code: number): number {
  return code === 1 ? 192 : code < 8 ? 144 << code : 1 << code;
}

/** Of a head and of a frame: 0 over bytes that end with their own. */
const CRC_8 = { bits: 8, polynomial: 0x07 };
const CRC_16 = { bits: 16, polynomial: 0x80_05 };

function checksum(bytes: Uint8Array, { bits, polynomial }: typeof CRC_8): number {
  const top = 1 << (bits - 1);
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << (bits - 8);
    for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum & top ? polynomial : 0);
    sum &= 2 * top - 1;
  }
  return sum;
}

/** ID3 of version 1, as some programs append it. */
function withoutTag(end: Buffer): Buffer {
  return end.toString('latin1', end.length - 128, end.length - 125) === 'TAG'
    ? end.subarray(0, end.length - 128)
    : end;
}
