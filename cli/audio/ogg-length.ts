import type { Walker } from './walker.ts';

/** RFC 3533, section 6; positions: RFC 7845, section 4 (Opus), and the specifications of Vorbis, Speex and FLAC in Ogg. */
export function pagesOf(): Walker {
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
        // Several streams side by side are a video or a call.
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
