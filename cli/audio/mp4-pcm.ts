import { stat } from 'node:fs/promises';
import { childrenOf, firstMovieIn } from './mp4-boxes.ts';
import { descriptionsIn, soundTracks } from './mp4-edits.ts';

/**
 * The decoder of uncompressed samples in an MP4 (ISO/IEC 23003-5), of which old builds of ffmpeg make nothing, or noise
 * (findings/pcm-in-mp4-is-noise.sh). Undefined for other recordings, and if tracks differ.
 *
 * @param start at least the first 8 bytes
 */
export async function mp4Decoder(path: string, start: Buffer): Promise<string | undefined> {
  if (start.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  const { size } = await stat(path);
  const movie = await firstMovieIn(path, size);
  const [decoder, ...others] = new Set(movie && soundTracks(movie).map(decoderIn));
  return others.length === 0 ? decoder : undefined;
}

function decoderIn(track: Buffer): string | undefined {
  const [entry] = childrenOf(descriptionsIn(track).subarray(8));
  const kind = { ipcm: 's', fpcm: 'f' }[entry?.name ?? ''];
  if (!entry || !kind) return undefined;
  // Where its box is depends on whether the entry is QuickTime's.
  const at = entry.content.indexOf('pcmC');
  const [flags = 0, bits = 0] = at < 0 ? [] : entry.content.subarray(at + 8);
  return bits > 8 ? `pcm_${kind}${bits}${flags & 1 ? 'le' : 'be'}` : undefined;
}
