import { RESULT_NAME } from '../../voice-folder/names.ts';
import type { Memory } from '../memory.ts';
import type { S3Options } from '../s3/client.ts';
import { s3Url, type S3Place } from '../s3/url.ts';
import type { FolderState, KnownResults } from './folder-states.ts';

/** The results that an earlier run has read below a place; none if that is not remembered. */
export async function rememberedResults(memory: Memory, where: string): Promise<KnownResults> {
  const kept = await memory.recall(where);
  return new Map(kept && (JSON.parse(kept.toString()) as [string, never][]));
}

/**
 * Remembers the results of the folders that are there, unless that is what was remembered.
 *
 * @param before what was
 */
export async function rememberResults(
  memory: Memory,
  where: string,
  known: KnownResults,
  states: readonly FolderState[],
  before: KnownResults,
): Promise<void> {
  const there = states.flatMap(({ prefix }) => {
    const result = known.get(prefix + RESULT_NAME);
    return result ? [[prefix + RESULT_NAME, result] as const] : [];
  });
  const isSame = there.length === before.size && there.every(([key, result]) => before.get(key) === result);
  if (!isSame) await memory.remember(where, Buffer.from(JSON.stringify(there)));
}

/** A place as it is remembered: two stores may have buckets of the same name. */
export function placeInMemory(place: S3Place, { endpointUrl, profile = '' }: S3Options): string {
  const { AWS_ENDPOINT_URL_S3: ofS3, AWS_ENDPOINT_URL: ofAll, AWS_PROFILE } = process.env;
  const endpoint = endpointUrl ?? ofS3 ?? ofAll ?? '';
  return JSON.stringify(['results', 1, endpoint, profile || AWS_PROFILE || '', s3Url(place)]);
}
