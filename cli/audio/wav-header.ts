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
    return { container: 'WAV', ...media, ...(format.isPadded && { isPadded: true }) };
  }
  return undefined;
}

/**
 * How many bits a sample takes in a WAV file, if whole bytes of them are not used, such as 24 in 32; undefined for others, and for
 * what is no WAV.
 */
export async function paddedBits(path: string): Promise<number | undefined> {
  const start = await bytesAt(path, 0, 12);
  if (!/^(?:RIFF|RF64|BW64).{4}WAVE/s.test(start.toString('latin1'))) return undefined;
  for await (const { name, content } of chunksOf(path)) if (name === 'fmt ') return paddedBitsIn(content);
  return undefined;
}

/** WAVE_FORMAT_EXTENSIBLE ("Multiple Channel Audio Data and WAVE Files", Microsoft). */
function paddedBitsIn(format: Buffer): number | undefined {
  if (format.length < 26 || format.readUInt16LE(0) !== 0xff_fe || format.readUInt16LE(24) !== PCM)
    return undefined;
  const [bits, used] = [format.readUInt16LE(14), format.readUInt16LE(18)];
  return used > 0 && used <= bits - 8 ? bits : undefined;
}

const PCM = 1;

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
async function* chunksOf(path: string): AsyncGenerator<Chunk> {
  for (let at = 12; ;) {
    const head = await bytesAt(path, at, 8 + 40);
    if (head.length < 8) return;
    const length = head.readUInt32LE(4);
    yield { name: head.toString('latin1', 0, 4), length, content: head.subarray(8), at: at + 8 };
    at += 8 + length + (length % 2);
  }
}
