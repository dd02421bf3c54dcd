import type { Media } from './media.ts';

/** The chunk `fmt ` of a WAV file. */
export interface WavFormat {
  codec: string | undefined;
  channels: number;
  sampleRate: number;
  bytesPerSecond: number;
}

/**
 * Parses the content of the chunk `fmt ` ("Multimedia Programming Interface and Data Specifications 1.0", RIFF; tags of
 * formats: RFC 2361).
 *
 * @param chunk at least its first 16 bytes; 26 are enough
 */
export function wavFormat(chunk: DataView): WavFormat {
  const first = chunk.getUint16(0, true);
  // WAVE_FORMAT_EXTENSIBLE has the tag in the first bytes of a GUID.
  const tag = first === 0xff_fe && chunk.byteLength >= 26 ? chunk.getUint16(24, true) : first;
  const sampleRate = chunk.getUint32(4, true);
  const codec = codecs[tag];
  const perBlock = inBlocks.has(tag) && chunk.byteLength >= 20 ? chunk.getUint16(18, true) : 0;
  // Of other codecs it may be wrong: ffmpeg declares twice the rate of G.722.
  const declared = codec === undefined ? 0 : chunk.getUint32(8, true);
  return {
    codec,
    channels: chunk.getUint16(2, true),
    sampleRate,
    bytesPerSecond: perBlock > 0 ? (chunk.getUint16(12, true) * sampleRate) / perBlock : declared,
  };
}

/**
 * The format and length of a WAV file.
 *
 * @param declared the length of the sound in bytes, by its chunk
 * @param present how many bytes follow in the file
 */
export function wavMedia(
  { codec, channels, sampleRate, bytesPerSecond }: WavFormat,
  declared: number,
  present: number,
): Media {
  const isPiped = isPipedLength(declared);
  const bytes = isPiped ? present : Math.min(declared, present);
  return {
    ...(codec !== undefined && { codec }),
    ...(sampleRate > 0 && { sampleRate }),
    ...(channels > 0 && { channels }),
    ...(bytesPerSecond > 0 && { bitsPerSecond: 8 * bytesPerSecond, seconds: bytes / bytesPerSecond }),
    ...(!isPiped && declared > present * 1.02 + 1024 && { isTruncated: true }),
  };
}

/** Whether a length says nothing: programs that write to a pipe declare about the maximum, or none. */
export function isPipedLength(declared: number): boolean {
  return declared === 0 || declared >= 0x7f_00_00_00;
}

/** Codecs that state how many samples a block has; ffmpeg always writes a rate of 128 kb/s for them. */
const inBlocks = new Set([0x02, 0x11, 0x31]);

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
