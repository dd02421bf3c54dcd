import { isDeepStrictEqual } from 'node:util';
import type { S3Client } from '@aws-sdk/client-s3';
import { folderOf, MANIFEST_NAME, type ObjectName } from '../names.ts';
import { isFinal, type Result, resultSchema } from '../result.ts';
import { type Encryption, putTextIf } from './put-text-if.ts';
import { getObject, type Stored } from './stored-object.ts';
import { isNewerUpload } from '../upload.ts';

/** A result may name a thousand samples, each with a path of a thousand characters, several times. */
export const MAX_RESULT_BYTES = 16 * 1024 * 1024;

/** A stored `result.json` and its ETag. */
export interface KnownResult {
  etag: string;
  /** Undefined if another program wrote the file and it is not a valid result. */
  result?: Result | undefined;
}

/** A stored `result.json`, and when it was written. */
export interface StoredResult extends KnownResult {
  /** By S3's clock, in whole seconds. */
  lastModified: Date;
}

/**
 * Reads `result.json`; undefined if there is none. A result that was moved or copied from another folder does not count:
 * its upload is not comparable with this folder's.
 */
export async function readResult(s3: S3Client, name: ObjectName): Promise<StoredResult | undefined> {
  const stored = await getObject(s3, name, MAX_RESULT_BYTES);
  return stored && parseResult(stored, name);
}

/** Somebody else keeps writing `result.json`. */
export class ResultContended extends Error {
  override readonly name = 'ResultContended';
}

/** Deliveries of one folder conflict once or twice. */
const MAX_CONFLICTS = 10;

/**
 * Writes `result.json`, unless the stored one is more recent or more final: a person may edit the manifest
 * during a clone, and another delivery may already have reported the outcome. Reads it again only if a write
 * conflicts.
 *
 * @param known what was read before
 * @returns what is stored now
 * @throws {ResultContended} if somebody else keeps writing it; also S3's errors
 */
export async function writeResult(
  s3: S3Client,
  name: ObjectName,
  result: Result,
  known: KnownResult | undefined,
  encryption?: Encryption,
): Promise<KnownResult> {
  const text = `${JSON.stringify(result, null, 2)}\n`;
  let stored = known;
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    if (stored?.result && saysMore(stored.result, result)) return stored;
    const write = await putTextIf(s3, name, text, { was: stored, maxBytes: MAX_RESULT_BYTES, encryption });
    if (write.written) return { etag: write.etag, result };
    stored = write.found && parseResult(write.found, name);
  }
  throw new ResultContended(`${name.key} is being changed all the time`);
}

/** Also true if both say the same, so that nothing is written. */
function saysMore(shown: Result, result: Result): boolean {
  if (shown.upload !== result.upload) return isNewerUpload(shown.upload, result.upload);
  return (isFinal(shown) && !isFinal(result)) || isSame(shown, result);
}

/** Whether two results are equal, regardless of the invocation that wrote them. */
export function isSame(result: Result, other: Result): boolean {
  return isDeepStrictEqual(withoutRequest(result), withoutRequest(other));
}

function withoutRequest(result: Result): object {
  return { ...result, requestId: '' };
}

/** Parses a `result.json`, which counts only for the folder that it is in. */
export function parseResult(
  { body, etag, lastModified }: Pick<Stored, 'body' | 'etag' | 'lastModified'>,
  { key }: Pick<ObjectName, 'key'>,
): StoredResult {
  try {
    const { data } = resultSchema.safeParse(JSON.parse(new TextDecoder().decode(body)));
    return {
      etag,
      lastModified,
      result: data?.manifest.key === folderOf(key) + MANIFEST_NAME ? data : undefined,
    };
  } catch {
    return { etag, lastModified };
  }
}
