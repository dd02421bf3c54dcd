import { containerIn } from '../../shared/container.ts';
import { bytesAt, startOf } from './file-bytes.ts';
import { boxesOf } from './mp4-boxes.ts';

/**
 * Whether a file of a video format holds sound and no picture, as audio recorders write them, too. False if unknown.
 *
 * @param size of the file in bytes
 */
export async function holdsOnlySound(path: string, size: number): Promise<boolean> {
  const start = await startOf(path, MATROSKA_HEADERS);
  const container = containerIn(start);
  if (container === 'MP4') return isOnlySound(await movieBox(path, size), /hdlr.{8}soun/s, /hdlr.{8}vide/s);
  return (container === 'Matroska' || container === 'WebM') && isOnlySound(start, SOUND, PICTURE);
}

/* oxlint-disable no-control-regex -- RFC 9559, section 5.1.4.1.3: the type of a track, in one byte */
const SOUND = /\x83\x81\x02/;
const PICTURE = /\x83\x81\x01/;
/* oxlint-enable no-control-regex */

function isOnlySound(headers: Buffer, sound: RegExp, picture: RegExp): boolean {
  const text = headers.toString('latin1');
  return sound.test(text) && !picture.test(text);
}

/** Tracks are described before the first cluster. */
const MATROSKA_HEADERS = 64 * 1024;

/** An hour of sound has about 2 MB of index. */
const LONGEST_MOVIE_BOX = 32 * 1024 * 1024;

/** The box that describes the tracks (ISO/IEC 14496-12, section 8.2.1), wherever it is; empty if there is none. */
async function movieBox(path: string, size: number): Promise<Buffer> {
  for await (const { name, at, length } of boxesOf(path, size)) {
    if (name === 'moov') return bytesAt(path, at, Math.min(length, LONGEST_MOVIE_BOX));
  }
  return Buffer.alloc(0);
}
