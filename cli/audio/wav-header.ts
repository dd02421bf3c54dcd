import type { Media } from './media.ts';
import { bytesAt } from './file-bytes.ts';

/**
 * Reads a WAV file's format, and its length from the bytes that it holds. Undefined if it has no format or sound.
 *
 * Walks the chunks: whatever comes before the sound may contain the word `data` ("Multimedia Programming Interface and
 * Data Specifications 1.0", RIFF; tags of formats: RFC 2361).
 *
 * @param size of the file in bytes
 */
export async function readWav(path: string, size: number): Promise<Media | undefined> {
  let format: Format | undefined;
  for (let at = 12; at + 8 <= size;) {
    const head = await bytesAt(path, at, 8 + 40);
    const name = head.toString('latin1', 0, 4);
    const length = head.readUInt32LE(4);
    if (name === 'fmt ' && head.length >= 8 + 16) format = formatIn(head.subarray(8));
    if (name === 'data') return format && mediaOf(format, length, size - at - 8);
    at += 8 + length + (length % 2);
  }
  return undefined;
}

interface Format {
  tag: number;
  channels: number;
  sampleRate: number;
  bytesPerSecond: number;
}

/** These tell how many samples a block has; ffmpeg writes a rate of 128 kb/s for them, whatever it is. */
const inBlocks = new Set([0x02, 0x11, 0x31]);

function formatIn(chunk: Buffer): Format {
  const tag = chunk.readUInt16LE(0);
  const sampleRate = chunk.readUInt32LE(4);
  const perBlock = inBlocks.has(tag) && chunk.length >= 20 ? chunk.readUInt16LE(18) : 0;
  return {
    // WAVE_FORMAT_EXTENSIBLE has the tag in the first bytes of a GUID.
    tag: tag === 0xff_fe && chunk.length >= 26 ? chunk.readUInt16LE(24) : tag,
    channels: chunk.readUInt16LE(2),
    sampleRate,
    bytesPerSecond: perBlock > 0 ? (chunk.readUInt16LE(12) * sampleRate) / perBlock : chunk.readUInt32LE(8),
  };
}

function mediaOf(
  { tag, channels, sampleRate, bytesPerSecond }: Format,
  declared: number,
  there: number,
): Media {
  const codec = codecs[tag];
  // Programs that write to a pipe declare about the maximum length, or none.
  const isPiped = declared === 0 || declared >= 0x7f_00_00_00;
  const bytes = isPiped ? there : Math.min(declared, there);
  return {
    container: 'WAV',
    ...(codec !== undefined && { codec }),
    ...(sampleRate > 0 && { sampleRate }),
    ...(channels > 0 && { channels }),
    ...(bytesPerSecond > 0 && { bitsPerSecond: 8 * bytesPerSecond, seconds: bytes / bytesPerSecond }),
    ...(!isPiped && declared > there * 1.02 + 1024 && { isTruncated: true }),
  };
}

const codecs: Record<number, string> = {
  0x01: 'PCM',
  0x02: 'ADPCM',
  0x03: 'PCM', // of floating-point numbers
  0x06: 'A-law',
  0x07: 'µ-law',
  0x11: 'ADPCM',
  0x31: 'GSM',
  0x50: 'MP2',
  0x55: 'MP3',
  0xff: 'AAC',
  0x20_00: 'AC-3',
  0x20_01: 'DTS',
};
