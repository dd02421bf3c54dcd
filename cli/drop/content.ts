import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectName } from '../../voice-folder/names.ts';

/**
 * Bytes in a part of an upload, and in a file that is sent in one part. The AWS CLI's size: whichever tool uploads a
 * file, it gets the same ETag, and the folder stays the same for the function.
 */
export const PART_BYTES = 8 * 1024 ** 2;

/**
 * Whether an object holds what a file does, without reading it. Two ways, of which the first costs nothing:
 *
 * | | known by | for |
 * |---|---|---|
 * | ETag | listing | what came in one piece or in parts of 8 MiB, from whatever client, but not encrypted with KMS |
 * | SHA-256 | HeadObject | whatever {@link uploadFile} put there, since S3 keeps the checksum that came with it |
 *
 * In parts, both are the hash of the parts' hashes ("Checking object integrity", Amazon S3 User Guide).
 */
export async function isSameContent(
  s3: S3Client,
  name: ObjectName,
  object: { size: number; etag: string },
  file: { path: string; size: number },
  signal: AbortSignal,
): Promise<boolean> {
  if (object.size !== file.size) return false;
  if (object.etag === `"${await hashOf(file.path, 'md5', 'hex', signal)}"`) return true;
  const head = await s3.send(
    new HeadObjectCommand({ Bucket: name.bucket, Key: name.key, ChecksumMode: 'ENABLED' }),
  );
  return (
    head.ContentLength === file.size &&
    head.ChecksumSHA256 !== undefined &&
    head.ChecksumSHA256 === (await hashOf(file.path, 'sha256', 'base64', signal))
  );
}

/** The hash of a file, or of the hashes of its parts where it has several, followed by their number. */
async function hashOf(
  path: string,
  algorithm: 'md5' | 'sha256',
  encoding: 'hex' | 'base64',
  signal: AbortSignal,
): Promise<string> {
  const hashes: Buffer[] = [];
  let part = createHash(algorithm);
  let length = 0;
  // A chunk never reaches into the next part: its size divides that of a part.
  const stream = createReadStream(path, { highWaterMark: PART_BYTES / 16, signal });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    part.update(chunk);
    length += chunk.length;
    if (length % PART_BYTES > 0) continue;
    hashes.push(part.digest());
    part = createHash(algorithm);
  }
  if (length % PART_BYTES > 0 || length === 0) hashes.push(part.digest());
  if (hashes.length === 1) return hashes.map((only) => only.toString(encoding)).join('');
  const whole = createHash(algorithm).update(Buffer.concat(hashes));
  return `${whole.digest(encoding)}-${hashes.length}`;
}
