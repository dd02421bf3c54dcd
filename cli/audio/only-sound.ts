import { containerIn } from '../../shared/container.ts';
import { startOf } from './file-bytes.ts';
import { firstMovieIn } from './mp4-boxes.ts';

/**
 * Whether a file of a video format holds sound and no picture, as audio recorders write them, too. False if unknown.
 *
 * @param size of the file in bytes
 */
export async function holdsOnlySound(path: string, size: number): Promise<boolean> {
  const start = await startOf(path, MATROSKA_HEADERS);
  const container = containerIn(start);
  if (container === 'MP4') {
    const movie = await firstMovieIn(path, size);
    return movie !== undefined && isOnlySound(movie, /hdlr.{8}soun/s, /hdlr.{8}vide/s);
  }
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
