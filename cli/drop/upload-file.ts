import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { audioMediaType } from '../../shared/media-types.ts';
import { MANIFEST_NAME, type ObjectName } from '../../voice-folder/names.ts';
import { abortable } from '../s3.ts';
import { PART_BYTES } from './content.ts';

export interface UploadFileOptions {
  /** Stops it. It has then left nothing behind when this rejects. @default - nothing does */
  signal?: AbortSignal;
  /** User metadata of the object. */
  metadata?: Record<string, string>;
  /** Told how many more bytes have left; negative, when they have to be sent again. */
  onSent?: (bytes: number) => void;
}

/** How many parts of a file are on their way at the same time. */
const PARTS_AT_ONCE = 8;

/** How many requests it takes at a time to upload a file of that size. */
export function requestsAtOnce(bytes: number): number {
  return Math.max(1, Math.min(PARTS_AT_ONCE, Math.ceil(bytes / PART_BYTES)));
}

/**
 * Uploads a file: a large one in parts, each of which is repeated by itself when it fails. S3 checks what arrives by its
 * SHA-256, and keeps that.
 */
export async function uploadFile(
  s3: S3Client,
  file: { path: string; size: number },
  { bucket, key }: ObjectName,
  { signal = new AbortController().signal, metadata, onSent = () => {} }: UploadFileOptions = {},
): Promise<void> {
  signal.throwIfAborted();
  const body = Readable.from(bytesOf(file));
  const upload = new Upload({
    // `Upload.abort` lets requests go on that are under way, and rejects before the parts in the bucket are deleted. When
    // its requests fail instead, it deletes the parts first.
    client: abortable(s3, signal, onSent),
    partSize: PART_BYTES,
    queueSize: requestsAtOnce(file.size),
    params: {
      Bucket: bucket,
      Key: key,
      Body: body,
      // Of a symbolic link, the library by itself would take the link's own length.
      ContentLength: file.size,
      ContentType: contentTypeOf(key),
      ChecksumAlgorithm: 'SHA256',
      ...(metadata && { Metadata: metadata }),
    },
  });
  try {
    await upload.done();
  } finally {
    body.destroy();
  }
}

/** The library takes a file that has shrunk for a small one. */
async function* bytesOf({ path, size }: { path: string; size: number }): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: PART_BYTES }) as AsyncIterable<Buffer>) {
    read += chunk.length;
    yield chunk;
  }
  if (read !== size) throw new Error(`${path} was changed while it was uploaded: try again`);
}

function contentTypeOf(key: string): string {
  return key.endsWith(`/${MANIFEST_NAME}`)
    ? 'application/json'
    : (audioMediaType(key) ?? 'application/octet-stream');
}
