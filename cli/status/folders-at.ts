import type { S3Client } from '@aws-sdk/client-s3';
import { firstOfEach } from '../group-by.ts';
import { exitCodes, ProgramError } from '../output.ts';
import { inBucket } from '../s3/errors.ts';
import { adviceOnPattern, type S3Place, s3Url } from '../s3/url.ts';
import { type FolderState, folderStates } from './folder-states.ts';

/**
 * The voice folder at a place, or else all below it.
 *
 * @throws {ProgramError} if there is none
 */
export async function foldersAt(s3: S3Client, place: S3Place): Promise<FolderState[]> {
  const states = await inBucket(place.bucket, () => folderStates(s3, place));
  if (states.length === 0) {
    const message = `There is no voice folder at or below ${s3Url(place)}: ${adviceOnPattern(place) ?? 'check the URL'}`;
    throw new ProgramError(message, exitCodes.notMade, { code: 'NOT_FOUND' });
  }
  const own = states.find(({ prefix }) => prefix === place.prefix);
  return own ? [own] : states;
}

/** Folders without those that were named before. */
export function eachOnce(folders: readonly FolderState[]): FolderState[] {
  return firstOfEach(folders, s3Url);
}
