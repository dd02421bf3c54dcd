import { createReadStream } from 'node:fs';
import { type Frame, frameIn, tagLength } from '../../shared/audio-frames.ts';
import { apeLength } from './frames-behind.ts';

/**
 * The length of a file of frames or pages in seconds, by all of them: what the first ones and headers say is not true of
 * files that were joined. Undefined if it is not of such a format.
 */
export function streamSeconds(path: string, container: string | undefined): Promise<number | undefined> {
  if (container === 'MP3' || container === 'AAC') return walked(path, framesOf());
  if (container === 'WebM' || container === 'Matroska') return walked(path, blocksOf());
  return container === 'Ogg' ? walked(path, pagesOf()) : Promise.resolve(undefined);
}

interface Walker {
  /** Takes what is at the start of these bytes. @returns how many to go on, 0 if more are needed, `Infinity` for no more */
  take(bytes: Buffer): number;
  seconds(): number | undefined;
}

async function walked(path: string, walker: Walker): Promise<number | undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let skip = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let at = skip;
    while (at < bytes.length) {
      const step = walker.take(bytes.subarray(at));
      if (step === 0) break;
      at += step;
    }
    skip = Math.max(0, at - bytes.length);
    if (skip === Infinity) break;
    rest = bytes.subarray(at);
  }
  // What is left is shorter than anything that counts.
  return walker.seconds();
}

/** Needed to recognize a frame, a tag or a page. */
const HEAD = 10;

function framesOf(): Walker {
  let seconds = 0;
  let last: Frame | undefined;
  return {
    take(bytes) {
      if (bytes.length < HEAD) return 0;
      const frame = frameIn(bytes);
      if (!frame) {
        last = undefined;
        return tagLength(bytes) || apeLength(bytes) || 1;
      }
      // A sync word in the middle of something else is followed by nothing.
      const next = last ? frame : frameAfter(bytes, frame);
      if (next === 'unknown') return 0;
      if (!next) return 1;
      last = frame;
      seconds += frame.samples / frame.sampleRate;
      return frame.bytes;
    },
    seconds: () => (seconds > 0 ? seconds : undefined),
  };
}

function frameAfter(bytes: Buffer, { bytes: length }: Frame): Frame | 'unknown' | undefined {
  if (bytes.length < length + HEAD) return 'unknown';
  return frameIn(bytes.subarray(length));
}

/** RFC 3533, section 6; positions: RFC 7845, section 4 (Opus), and the specifications of Vorbis, Speex and FLAC in Ogg. */
function pagesOf(): Walker {
  let seconds = 0;
  let link: Link | undefined;
  let isCountable = true;
  let isInHeaders = false;
  const endLink = () => {
    if (link) seconds += samplesOf(link) / link.rate;
    link = undefined;
  };
  return {
    take(bytes) {
      if (bytes.length < 27) return 0;
      if (bytes.toString('latin1', 0, 4) !== 'OggS') return 1;
      const count = bytes[26] ?? 0;
      const lengths = bytes.subarray(27, 27 + count);
      const length = lengths.reduce((sum, each) => sum + each, 0);
      if (bytes.length < 27 + count + Math.min(length, LONGEST_HEAD)) return 0;
      const isFirst = ((bytes[5] ?? 0) & 2) !== 0;
      if (isFirst) {
        // Two at once are a video, or a call.
        if (isInHeaders) isCountable = false;
        endLink();
        const rate = rateIn(bytes.subarray(27 + count));
        if (rate) link = { ...rate, first: 0, packetsInFirst: 0, last: 0, packets: 0 };
        else isCountable = false;
      }
      isInHeaders = isFirst;
      const position = Number(bytes.readBigInt64LE(6));
      if (link && position > 0) {
        // A packet ends with a segment that is not full.
        const packets = lengths.reduce((sum, each) => sum + Number(each < 255), 0);
        if (link.first === 0) [link.first, link.packetsInFirst] = [position, packets];
        else link.packets += packets;
        link.last = Math.max(link.last, position);
      }
      return 27 + count + length;
    },
    seconds() {
      endLink();
      return isCountable && seconds > 0 ? seconds : undefined;
    },
  };
}

/** A stream in an Ogg file; positions are in samples. */
interface Link extends Rate {
  /** Where the first page of sound ends, and how many packets end in it. */
  first: number;
  packetsInFirst: number;
  last: number;
  /** In the other pages. */
  packets: number;
}

interface Rate {
  rate: number;
  /** Samples at the beginning that are not to be heard. */
  skipped: number;
  /** The most that a packet holds, if packets are not all alike. */
  longest?: number;
}

/**
 * How many samples a stream has. What was cut out of a broadcast or of a longer recording keeps its positions: then its first page ends
 * later than its packets can explain.
 */
function samplesOf({ skipped, longest, first, packetsInFirst, last, packets }: Link): number {
  const each = packets > 0 ? (last - first) / packets : (longest ?? Infinity);
  const isPart = first - packetsInFirst * (longest ?? 2 * each) > 0;
  return isPart ? last - first + packetsInFirst * each : Math.max(0, last - skipped);
}

/** As much of a first packet as is read. */
const LONGEST_HEAD = 40;

function rateIn(packet: Buffer): Rate | undefined {
  if (packet.length < LONGEST_HEAD && !packet.toString('latin1').startsWith('OpusHead')) return undefined;
  const text = packet.toString('latin1', 0, 8);
  if (text === 'OpusHead') return { rate: 48_000, skipped: packet.readUInt16LE(10) };
  if (text.startsWith('\x01vorbis')) {
    return { rate: packet.readUInt32LE(12), skipped: 0, longest: 2 ** ((packet[28] ?? 0) >> 4) / 2 };
  }
  if (text === 'Speex   ') return { rate: packet.readUInt32LE(36), skipped: 0 };
  // FLAC's STREAMINFO follows 17 bytes; the rate is 20 bits of it.
  if (text.startsWith('\x7fFLAC')) return { rate: packet.readUIntBE(27, 3) >> 4, skipped: 0 };
  return undefined;
}

/**
 * RFC 8794, sections 4 to 6, and RFC 9559, sections 5.1 and 10: adds up from the first to the last block of sound, because the length in
 * the header is missing in what browsers record, and that of the whole in a part.
 */
function blocksOf(): Walker {
  let seconds = 0;
  let movie = newMovie();
  const endMovie = () => {
    const { scale, first, last, step } = movie;
    if (first !== undefined) seconds += ((last - first + step) * scale) / 1e9;
    movie = newMovie();
  };
  return {
    take(bytes) {
      if (bytes.length < LONGEST_ELEMENT_HEAD) return 0;
      const idLength = Math.clz32((bytes[0] ?? 0) << 24) + 1;
      const size = sizeAt(bytes, idLength);
      // Something else, or damaged.
      if (idLength > 4 || !size) return Infinity;
      const id = bytes.readUIntBE(0, idLength);
      const head = idLength + size.length;
      if (id === ELEMENT.EBML) endMovie();
      if (opened.has(id)) return head;
      const number = () => bytes.subarray(head, head + size.value).reduce((sum, each) => sum * 256 + each, 0);
      if (id === ELEMENT.TrackNumber) movie.track = number();
      if (id === ELEMENT.TrackType && number() === SOUND) movie.sound ??= movie.track;
      if (id === ELEMENT.TimestampScale) movie.scale = number();
      if (id === ELEMENT.Timestamp) movie.cluster = number();
      if (id === ELEMENT.SimpleBlock || id === ELEMENT.Block) {
        const track = sizeAt(bytes, head);
        if (track && track.value === movie.sound)
          meet(movie, movie.cluster + bytes.readInt16BE(head + track.length));
      }
      return head + size.value;
    },
    seconds() {
      endMovie();
      return seconds > 0 ? seconds : undefined;
    },
  };
}

/** Of an element's identifier, its length, and the start of a block or a number. */
const LONGEST_ELEMENT_HEAD = 4 + 8 + 8;

const ELEMENT = {
  EBML: 0x1a_45_df_a3,
  Segment: 0x18_53_80_67,
  Info: 0x15_49_a9_66,
  TimestampScale: 0x2a_d7_b1,
  Tracks: 0x16_54_ae_6b,
  TrackEntry: 0xae,
  TrackNumber: 0xd7,
  TrackType: 0x83,
  Cluster: 0x1f_43_b6_75,
  Timestamp: 0xe7,
  SimpleBlock: 0xa3,
  BlockGroup: 0xa0,
  Block: 0xa1,
} as const;

/** Elements whose children count. */
const opened = new Set<number>([
  ELEMENT.Segment,
  ELEMENT.Info,
  ELEMENT.Tracks,
  ELEMENT.TrackEntry,
  ELEMENT.Cluster,
  ELEMENT.BlockGroup,
]);

/** The type of a track. */
const SOUND = 2;

/** Times are in units of `scale` nanoseconds. */
function newMovie() {
  return {
    scale: 1_000_000,
    track: 0,
    sound: undefined as number | undefined,
    cluster: 0,
    first: undefined as number | undefined,
    last: 0,
    /** From one block to the next. */
    step: 0,
  };
}

function meet(movie: ReturnType<typeof newMovie>, time: number): void {
  if (movie.first === undefined) movie.first = movie.last = time;
  if (time <= movie.last) return;
  movie.step = time - movie.last;
  movie.last = time;
}

/** A number of variable length, as sizes are written; undefined if there is none, 0 if the size is unknown. */
function sizeAt(bytes: Buffer, at: number): { length: number; value: number } | undefined {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first << 24) + 1;
  if (length > 8) return undefined;
  let value = first & (0xff >> length);
  let isUnknown = value === 0xff >> length;
  for (const byte of bytes.subarray(at + 1, at + length)) {
    value = value * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { length, value: isUnknown ? 0 : value };
}
