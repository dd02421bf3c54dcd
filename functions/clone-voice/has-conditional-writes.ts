import { randomUUID } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { folderOf, type ObjectName } from '../../voice-folder/names.ts';
import { onAnswer } from '../../voice-folder/s3/quick-requests.ts';
import { putTextIf } from '../../voice-folder/s3/put-text-if.ts';
import { hasStatus } from '../../voice-folder/s3/refusal.ts';
import { getObject } from '../../voice-folder/s3/stored-object.ts';

/** Whether the store of a ledger has conditional writes. */
export type HasConditionalWrites = (ledger: ObjectName) => Promise<boolean>;

/**
 * Finds out whether a store has the conditional writes that the ledger depends on. Some stores ignore `If-None-Match` and
 * `If-Match`, and then two deliveries could both pay for a voice. Amazon S3, known by the headers of its answers, needs no
 * request; any other store is tried once, next to the ledger.
 */
export function createHasConditionalWrites(s3: S3Client): HasConditionalWrites {
  let isAmazons = false;
  let asked: Promise<boolean> | undefined;
  onAnswer(s3, (headers) => {
    isAmazons ||= headers['server'] === 'AmazonS3' && headers['x-amz-id-2'] !== undefined;
  });

  return (ledger) => {
    if (isAmazons) return Promise.resolve(true);
    asked ??= ask(s3, { ...ledger, key: `${folderOf(ledger.key)}conditional-writes` });
    asked.catch(() => (asked = undefined));
    return asked;
  };
}

async function ask(s3: S3Client, name: ObjectName): Promise<boolean> {
  // The first may be refused, too: another invocation has asked before.
  await isRefused(s3, name, { IfNoneMatch: '*' });
  return (
    (await isRefused(s3, name, { IfNoneMatch: '*' })) &&
    (await isRefused(s3, name, { IfMatch: `"${NO_ETAG}"` })) &&
    (await isReplaced(s3, name))
  );
}

/** Whether a write with the right ETag succeeds, and is told the new one; or another invocation, which asks too, was faster. */
async function isReplaced(s3: S3Client, name: ObjectName): Promise<boolean> {
  const stored = await getObject(s3, name, MAX_BYTES);
  if (!stored) return false;
  const write = await putTextIf(s3, name, randomUUID(), { was: stored, maxBytes: MAX_BYTES });
  return write.written ? write.etag !== '' : write.found?.etag !== stored.etag;
}

/** More than a UUID has. */
const MAX_BYTES = 64;

/** The MD5 of no bytes, which no object with content has. */
const NO_ETAG = 'd41d8cd98f00b204e9800998ecf8427e';

async function isRefused(
  s3: S3Client,
  { bucket, key }: ObjectName,
  condition: { IfNoneMatch: string } | { IfMatch: string },
): Promise<boolean> {
  try {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x', ...condition }));
    return false;
  } catch (error) {
    if (hasStatus(error, 412)) return true;
    // The store does not implement the condition, and says so.
    if (hasStatus(error, 501) || hasStatus(error, 400)) return false;
    throw error;
  }
}
