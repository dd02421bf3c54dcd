import { framesOf } from './frames-length.ts';
import { blocksOf } from './matroska-length.ts';
import { pagesOf } from './ogg-length.ts';
import { walked } from './walker.ts';

/**
 * The length of a file of frames or pages in seconds, by all of them: what the first ones and headers say is not true of
 * files that were joined. Undefined if it is not of such a format.
 */
export function streamSeconds(path: string, container: string | undefined): Promise<number | undefined> {
  if (container === 'MP3' || container === 'AAC') return walked(path, framesOf());
  if (container === 'WebM' || container === 'Matroska') return walked(path, blocksOf());
  return container === 'Ogg' ? walked(path, pagesOf()) : Promise.resolve(undefined);
}
