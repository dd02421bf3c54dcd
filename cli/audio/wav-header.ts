import { latin1 } from '../../shared/bytes.ts';
import { containerIn } from '../../shared/container.ts';
import type { Media } from '../../shared/media.ts';
import { type WavFormat, wavFormat, wavMedia } from '../../shared/wav-format.ts';
import { bytesAt } from './file-bytes.ts';

/**
 * Reads a WAV file's format, and its length from the bytes that it holds. Undefined if it has no format or sound.
 *
 * @param size of the file in bytes
 */
export async function readWav(path: string, size: number): Promise<Media | undefined> {
  let format: (WavFormat & { isPadded: boolean }) | undefined;
  for await (const { name, length, content, at } of chunksOf(path)) {
    if (name === 'fmt ' && content.length >= 16) {
      const view = new DataView(content.buffer, content.byteOffset, content.length);
      format = { ...wavFormat(view), isPadded: paddedBitsIn(content) !== undefined };
    }
    if (name !== 'data') continue;
    if (!format) return undefined;
    const media = wavMedia(format, length, size - at);
    // findings/soundfile-stopped-take-is-empty.sh
    const isUnfinished = length === 0 && size > at;
    return {
      container: 'WAV',
      ...media,
      ...(format.isPadded && { isPadded: true }),
      ...(isUnfinished && { isUnfinished }),
    };
  }
  return undefined;
}

/**
 * The decoder of a WAV file's samples where ffmpeg may take another: of samples with unused bytes and of RIFX it makes noise
 * (findings/ffmpeg-makes-noise-of-padded-samples.sh, findings/ffmpeg-makes-noise-of-rifx.sh), and of 16 bits it sometimes
 * makes MP1 (findings/ffmpeg-takes-wav-for-mp1.sh). Undefined for others.
 *
 * @param start at least the first 12 bytes
 */
export async function wavDecoder(path: string, start: Uint8Array): Promise<string | undefined> {
  const isBigEndian = isRifx(start);
  if (!isBigEndian && !/^(?:WAV|RF64)$/.test(containerIn(start) ?? '')) return undefined;
  let isPlain = false;
  for await (const { name, content } of chunksOf(path, isBigEndian)) {
    // What looks like DTS or AC-3 is for ffmpeg to find out.
    if (name === 'data')
      return isPlain && !COMPRESSED.test(content.toString('hex')) ? 'pcm_s16le' : undefined;
    if (name !== 'fmt ' || content.length < 16) continue;
    if (isBigEndian) return bigEndianDecoder(content);
    const bits = paddedBitsIn(content);
    if (bits !== undefined) return `pcm_s${bits}le`;
    isPlain = content.readUInt16LE(0) === PCM && content.readUInt16LE(14) === 16;
  }
  return undefined;
}

/** Whether a file is a WAV in big-endian order. */
export function isRifx(start: Uint8Array): boolean {
  return /^RIFX.{4}WAVE/s.test(latin1(start.subarray(0, 12)));
}

/** The sync words of DTS, in both byte orders, and of IEC 61937, which carries AC-3 and others. */
const COMPRESSED = /^(?:0000)*(?:fe7f0180|7ffe8001|ff1f00e8|1fffe800|72f81f4e)/;

function bigEndianDecoder(format: Buffer): string | undefined {
  const [tag, bits] = [format.readUInt16BE(0), 8 * Math.ceil(format.readUInt16BE(14) / 8)];
  if (tag === PCM && bits > 8) return `pcm_s${bits}be`;
  return tag === FLOAT ? `pcm_f${bits}be` : undefined;
}

/** WAVE_FORMAT_EXTENSIBLE ("Multiple Channel Audio Data and WAVE Files", Microsoft). */
function paddedBitsIn(format: Buffer): number | undefined {
  if (format.length < 26 || format.readUInt16LE(0) !== 0xff_fe || format.readUInt16LE(24) !== PCM)
    return undefined;
  const [bits, used] = [format.readUInt16LE(14), format.readUInt16LE(18)];
  return used > 0 && used <= bits - 8 ? bits : undefined;
}

const PCM = 1;
const FLOAT = 3;

interface Chunk {
  name: string;
  /** As it is declared. */
  length: number;
  /** The first 40 bytes, perhaps with some of what follows. */
  content: Buffer;
  /** Where the content begins. */
  at: number;
}

/** All of them: whatever comes before the sound may be long, and contain the word `data`. */
async function* chunksOf(path: string, isBigEndian = false): AsyncGenerator<Chunk> {
  for (let at = 12; ;) {
    const head = await bytesAt(path, at, 8 + 40);
    if (head.length < 8) return;
    const length = isBigEndian ? head.readUInt32BE(4) : head.readUInt32LE(4);
    yield { name: head.toString('latin1', 0, 4), length, content: head.subarray(8), at: at + 8 };
    at += 8 + length + (length % 2);
  }
}
