import { createReadStream } from 'node:fs';
import { type Frame, frameIn, tagLength } from '../../shared/audio-frames.ts';

/**
 * The length of a file of frames or pages in seconds, by all of them: what the first ones and headers say is not true of
 * files that were joined. Undefined if it is not of such a format.
 */
export function streamSeconds(path: string, container: string | undefined): Promise<number | undefined> {
  if (container === 'MP3' || container === 'AAC') return walked(path, framesOf());
  return container === 'Ogg' ? walked(path, pagesOf()) : Promise.resolve(undefined);
}

interface Walker {
  /** Takes what is at the start of these bytes. @returns how many to go on, or 0 if more are needed */
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
        return tagLength(bytes) || 1;
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
  let link: { rate: number; skipped: number; last: bigint } | undefined;
  let isCountable = true;
  let isInHeaders = false;
  const endLink = () => {
    if (link) seconds += Math.max(0, Number(link.last) - link.skipped) / link.rate;
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
        if (rate) link = { ...rate, last: 0n };
        else isCountable = false;
      }
      isInHeaders = isFirst;
      const position = bytes.readBigInt64LE(6);
      if (link && position > link.last) link.last = position;
      return 27 + count + length;
    },
    seconds() {
      endLink();
      return isCountable && seconds > 0 ? seconds : undefined;
    },
  };
}

/** As much of a first packet as is read. */
const LONGEST_HEAD = 40;

function rateIn(packet: Buffer): { rate: number; skipped: number } | undefined {
  if (packet.length < LONGEST_HEAD && !packet.toString('latin1').startsWith('OpusHead')) return undefined;
  const text = packet.toString('latin1', 0, 8);
  if (text === 'OpusHead') return { rate: 48_000, skipped: packet.readUInt16LE(10) };
  if (text.startsWith('\x01vorbis')) return { rate: packet.readUInt32LE(12), skipped: 0 };
  if (text === 'Speex   ') return { rate: packet.readUInt32LE(36), skipped: 0 };
  // FLAC's STREAMINFO follows 17 bytes; the rate is 20 bits of it.
  if (text.startsWith('\x7fFLAC')) return { rate: packet.readUIntBE(27, 3) >> 4, skipped: 0 };
  return undefined;
}
