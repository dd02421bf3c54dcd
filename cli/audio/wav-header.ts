import type { Media } from '../../shared/media.ts';
import { type WavFormat, wavFormat, wavMedia } from '../../shared/wav-format.ts';
import { bytesAt } from './file-bytes.ts';

/**
 * Reads a WAV file's format, and its length from the bytes that it holds. Undefined if it has no format or sound.
 *
 * Walks the chunks: whatever comes before the sound may be long, and contain the word `data`.
 *
 * @param size of the file in bytes
 */
export async function readWav(path: string, size: number): Promise<Media | undefined> {
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= size;) {
    const head = await bytesAt(path, at, 8 + 40);
    const name = head.toString('latin1', 0, 4);
    const length = head.readUInt32LE(4);
    if (name === 'fmt ' && head.length >= 8 + 16) {
      format = wavFormat(new DataView(head.buffer, head.byteOffset + 8, head.length - 8));
    }
    if (name === 'data') return format && { container: 'WAV', ...wavMedia(format, length, size - at - 8) };
    at += 8 + length + (length % 2);
  }
  return undefined;
}
