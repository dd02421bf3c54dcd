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
  const { etag, sha256 } = await hashesOf(file.path, signal);
  if (object.etag === etag) return true;
  const head = await s3.send(
    new HeadObjectCommand({ Bucket: name.bucket, Key: name.key, ChecksumMode: 'ENABLED' }),
  );
  return head.ContentLength === file.size && head.ChecksumSHA256 === sha256;
}

async function hashesOf(path: string, signal: AbortSignal): Promise<{ etag: string; sha256: string }> {
  const parts: { md5: Buffer; sha256: Buffer }[] = [];
  for await (const part of partsOf(path, signal)) {
    parts.push({ md5: hash('md5', part), sha256: hash('sha256', part) });
  }
  const whole = (algorithm: 'md5' | 'sha256', encoding: BufferEncoding) => {
    const hashes = parts.map((part) => part[algorithm]);
    if (hashes.length === 1) return hashes.map((only) => only.toString(encoding)).join('');
    return `${hash(algorithm, Buffer.concat(hashes)).toString(encoding)}-${hashes.length}`;
  };
  return { etag: `"${whole('md5', 'hex')}"`, sha256: whole('sha256', 'base64') };
}

async function* partsOf(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let length = 0;
  // A chunk never reaches into the next part: its size divides that of a part.
  const stream = createReadStream(path, { highWaterMark: PART_BYTES / 8, signal });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length < PART_BYTES) continue;
    yield Buffer.concat(chunks);
    chunks = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(chunks);
}

function hash(algorithm: 'md5' | 'sha256', bytes: Buffer): Buffer {
  return createHash(algorithm).update(bytes).digest();
}
