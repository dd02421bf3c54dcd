import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { unquoted } from '../../voice-folder/etag.ts';
import type { ObjectName } from '../../voice-folder/names.ts';
import { reading } from '../disk-errors.ts';
import { limit } from '../limit.ts';
import { aboutFile, knownOfFile, type Memory } from '../memory.ts';

/**
 * Size in bytes of a part, and of the largest file sent in one request. The AWS CLI uses the same, so a file gets the same
 * ETag from both.
 */
export const PART_BYTES = 8 * 1024 ** 2;

/** What is remembered of a file: the ETag of its last upload. */
export const UPLOADED = 'uploaded';

/** What it takes to compare files with objects. */
export interface Comparison {
  s3: S3Client;
  signal: AbortSignal;
  /** Of earlier uploads and hashes. */
  memory: Memory;
}

/**
 * Whether an object has the same content as a file, without reading the object. The first way costs nothing:
 *
 * | | known by | for |
 * |---|---|---|
 * | {@link UPLOADED} | listing | what `drop` uploaded from here, of unchanged files |
 * | ETag | listing | uploads in one request or in parts of 8 MiB, by any client, without KMS |
 * | SHA-256 | HeadObject | uploads by `uploadFile`: S3 keeps the checksum |
 *
 * For parts, both are the hash of the parts' hashes ("Checking object integrity", Amazon S3 User Guide).
 */
export async function isSameContent(
  name: ObjectName,
  object: { size: number; etag: string },
  file: { path: string; size: number },
  { s3, signal, memory }: Comparison,
): Promise<boolean> {
  const hash = (
    algorithm: HashKind['algorithm'],
    encoding: HashKind['encoding'],
    isInParts = file.size > PART_BYTES,
  ) => rememberedHashOf(memory, file.path, { algorithm, encoding, isInParts }, signal);
  if (object.size !== file.size) return false;
  const etag = unquoted(object.etag);
  if (etag === (await knownOfFile(memory, file.path, UPLOADED))?.toString()) return true;
  if (etag === (await hash('md5', 'hex'))) return true;
  // The AWS CLI 2.9 sends a file of exactly one part as a multipart upload of one part.
  if (file.size === PART_BYTES && etag === (await hash('md5', 'hex', true))) return true;
  const head = await s3.send(
    new HeadObjectCommand({ Bucket: name.bucket, Key: name.key, ChecksumMode: 'ENABLED' }),
  );
  return (
    head.ContentLength === file.size &&
    head.ChecksumSHA256 !== undefined &&
    head.ChecksumSHA256 === (await hash('sha256', 'base64'))
  );
}

/** Which hash of a file, and how it is written. */
interface HashKind {
  algorithm: 'md5' | 'sha256';
  encoding: 'hex' | 'base64';
  /** Whether it is the hash of the hashes of the file's parts, followed by their number. */
  isInParts: boolean;
}

async function rememberedHashOf(
  memory: Memory,
  path: string,
  kind: HashKind,
  signal: AbortSignal,
): Promise<string> {
  const what = `${kind.algorithm} ${kind.encoding} ${kind.isInParts ? PART_BYTES : 'whole'}`;
  const find = () =>
    filesAtOnce(async () => Buffer.from(await reading(path, () => hashOf(path, kind, signal))));
  return (await aboutFile(memory, path, what, find)).toString();
}

/** Each takes up to 8 MiB of memory. */
const filesAtOnce = limit(16);

async function hashOf(
  path: string,
  { algorithm, encoding, isInParts }: HashKind,
  signal: AbortSignal,
): Promise<string> {
  // A stream costs more than reading a small file at once.
  if (!isInParts) {
    const content = await readFile(path, { signal });
    return createHash(algorithm).update(content).digest(encoding);
  }
  const hashes: Buffer[] = [];
  let part = createHash(algorithm);
  let length = 0;
  // No chunk crosses parts: its size divides the size of a part.
  const stream = createReadStream(path, { highWaterMark: PART_BYTES / 16, signal });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    part.update(chunk);
    length += chunk.length;
    if (length % PART_BYTES > 0) continue;
    hashes.push(part.digest());
    part = createHash(algorithm);
  }
  if (length % PART_BYTES > 0) hashes.push(part.digest());
  const whole = createHash(algorithm).update(Buffer.concat(hashes));
  return `${whole.digest(encoding)}-${hashes.length}`;
}
