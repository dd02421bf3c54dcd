import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { audioMediaType } from '../../shared/audio-formats.ts';
import { onOneLine } from '../../shared/on-one-line.ts';
import { MANIFEST_NAME, type ObjectName } from '../../voice-folder/names.ts';
import { abortable } from '../s3/client.ts';
import { PART_BYTES } from './content.ts';
import type { Encryption } from '../s3/encryption.ts';

export interface UploadFileOptions {
  /** Stops the upload; the promise rejects after all parts are deleted. */
  signal?: AbortSignal;
  /** User metadata of the object. */
  metadata?: Record<string, string>;
  encryption?: Encryption;
  /** Called with the number of bytes sent; negative if they have to be resent. */
  onSent?: (bytes: number) => void;
}

interface LocalFile {
  path: string;
  /** In bytes. */
  size: number;
}

/** The most parts of a file in flight. */
const PARTS_AT_ONCE = 8;

/** How many requests an upload of this size has in flight. */
export function requestsAtOnce(bytes: number): number {
  return Math.max(1, Math.min(PARTS_AT_ONCE, Math.ceil(bytes / PART_BYTES)));
}

/**
 * Uploads a file, a large one in parts that are retried separately. S3 verifies and keeps the SHA-256, unless
 * AWS_REQUEST_CHECKSUM_CALCULATION or the profile says `when_required`.
 *
 * @throws {Error} if the file shrinks or grows meanwhile
 */
export async function uploadFile(
  s3: S3Client,
  file: LocalFile,
  { bucket, key }: ObjectName,
  { signal = new AbortController().signal, metadata, encryption, onSent = () => {} }: UploadFileOptions = {},
): Promise<void> {
  signal.throwIfAborted();
  // Some stores refuse checksums, for which AWS_REQUEST_CHECKSUM_CALCULATION turns them off. S3's signature, which covers the
  // content, is always verified.
  const hasChecksum = (await s3.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
  // A stream would allocate a part for each file, however small.
  const body = file.size > PART_BYTES ? Readable.from(chunksOf(file)) : await wholeFile(file);
  const upload = new Upload({
    // `Upload.abort` rejects before it deletes the parts (findings/lib-storage-abort-leaves-parts.sh). If requests fail, it
    // deletes the parts first.
    client: abortable(s3, signal, onSent),
    partSize: PART_BYTES,
    queueSize: requestsAtOnce(file.size),
    params: {
      Bucket: bucket,
      Key: key,
      Body: body,
      // For a symbolic link, the library would use the length of the link.
      ContentLength: file.size,
      ContentType: contentTypeOf(key),
      ...(hasChecksum && { ChecksumAlgorithm: 'SHA256' }),
      ...encryption,
      ...(metadata && { Metadata: metadata }),
    },
  });
  try {
    await upload.done();
  } finally {
    if (body instanceof Readable) body.destroy();
  }
}

/** The library does not notice that a file has shrunk. */
async function* chunksOf({ path, size }: LocalFile): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: PART_BYTES }) as AsyncIterable<Buffer>) {
    read += chunk.length;
    yield chunk;
  }
  if (read !== size) throw changed(path);
}

async function wholeFile({ path, size }: LocalFile): Promise<Buffer> {
  const content = await readFile(path);
  if (content.length !== size) throw changed(path);
  return content;
}

function changed(path: string): Error {
  return new Error(`${onOneLine(path)} was changed while it was uploaded: try again`);
}

function contentTypeOf(key: string): string {
  return key.endsWith(`/${MANIFEST_NAME}`)
    ? 'application/json'
    : (audioMediaType(key) ?? 'application/octet-stream');
}
