import { isDeepStrictEqual } from 'node:util';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectName } from './names.ts';
import { isFinal, type Result, resultSchema } from './result.ts';
import { getObject, putJsonIf, type Stored } from './s3-json.ts';
import { isNewerUpload } from './upload.ts';

/** A `result.json` as it is in the bucket, and the ETag it has there. */
export interface KnownResult {
  etag: string;
  /** Undefined when somebody else wrote something there that is no result. */
  result?: Result | undefined;
}

export interface StoredResult extends KnownResult {
  /** By S3's clock, in whole seconds. */
  lastModified: Date;
}

/** Reads `result.json`; undefined when there is none. */
export async function readResult(s3: S3Client, name: ObjectName): Promise<StoredResult | undefined> {
  const stored = await getObject(s3, name);
  return stored && parseResult(stored);
}

/**
 * Writes `result.json`, unless what is there says more: somebody may edit the manifest while a clone runs, and another
 * delivery may have said how it ended. Starts from what was read there before and looks again only if it has changed.
 *
 * @returns what is there now
 */
export async function writeResult(
  s3: S3Client,
  name: ObjectName,
  result: Result,
  known: KnownResult | undefined,
): Promise<KnownResult> {
  let stored = known;
  for (;;) {
    if (stored?.result && saysMore(stored.result, result)) return stored;
    const write = await putJsonIf(s3, name, result, stored);
    if (write.written) return { etag: write.etag, result };
    stored = write.found && parseResult(write.found);
  }
}

/** Or as much: then there is nothing to write. */
function saysMore(shown: Result, result: Result): boolean {
  if (shown.upload !== result.upload) return isNewerUpload(shown.upload, result.upload);
  return (isFinal(shown) && !isFinal(result)) || isSame(shown, result);
}

/** Whether two results say the same, whichever invocation found it out. */
export function isSame(result: Result, other: Result): boolean {
  return isDeepStrictEqual(withoutRequest(result), withoutRequest(other));
}

function withoutRequest(result: Result): object {
  return { ...result, requestId: '' };
}

/** What a `result.json` that was read says. */
export function parseResult({ body, etag, lastModified }: Stored): StoredResult {
  try {
    const { data } = resultSchema.safeParse(JSON.parse(new TextDecoder().decode(body)));
    return { etag, lastModified, result: data };
  } catch {
    return { etag, lastModified };
  }
}
