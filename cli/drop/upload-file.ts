import { type FileHandle, open } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
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
  const object = {
    Bucket: bucket,
    Key: key,
    ContentType: contentTypeOf(key),
    ...(metadata && { Metadata: metadata }),
  };
  const handle = await open(file.path);
  try {
    if (file.size > PART_BYTES) {
      await uploadInParts(s3, handle, file, object, signal, onSent);
    } else {
      await withBuffer(async (buffer) => {
        const body = await readPart(handle, file, 0, buffer);
        const command = new PutObjectCommand({ ...object, ...(await withChecksum(body)) });
        await abortable(s3, signal, onSent).send(command);
      });
    }
  } finally {
    await handle.close();
  }
}

/**
 * The library for it (`@aws-sdk/lib-storage`) copies each part together from small chunks: for a gigabyte that took as much
 * memory, and more time than sending.
 */
async function uploadInParts(
  s3: S3Client,
  handle: FileHandle,
  file: { path: string; size: number },
  object: { Bucket: string; Key: string },
  signal: AbortSignal,
  onSent: (bytes: number) => void,
): Promise<void> {
  const failed = new AbortController();
  const client = abortable(s3, AbortSignal.any([signal, failed.signal]), onSent);
  const { Bucket, Key } = object;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...object, ...sha256 }));
  const upload = { Bucket, Key, UploadId };
  const parts: CompletedPart[] = [];
  const starts = startsOf(file.size);

  async function sendParts(buffer: Buffer<ArrayBuffer>): Promise<void> {
    for (const start of starts) {
      const body = await readPart(handle, file, start, buffer);
      const PartNumber = start / PART_BYTES + 1;
      const checked = await withChecksum(body);
      const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, ...checked }));
      parts[PartNumber - 1] = { PartNumber, ETag, ChecksumSHA256: checked.ChecksumSHA256 };
    }
  }

  try {
    const senders = Array.from({ length: requestsAtOnce(file.size) }, () => withBuffer(sendParts));
    for (const sender of senders) sender.catch((error: unknown) => failed.abort(error));
    // Not before the last of them has ended: a part that arrives later would stay behind.
    const ends = await Promise.allSettled(senders);
    for (const end of ends) if (end.status === 'rejected') throw failed.signal.reason;
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }));
  } catch (error) {
    // What went wrong first is what to tell.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
    throw error;
  }
}

const idleBuffers: Buffer<ArrayBuffer>[] = [];

/** Uses the same few buffers again and again: as many as there are requests at a time. */
async function withBuffer(use: (buffer: Buffer<ArrayBuffer>) => Promise<void>): Promise<void> {
  const buffer = idleBuffers.pop() ?? Buffer.allocUnsafeSlow(PART_BYTES);
  try {
    await use(buffer);
  } finally {
    idleBuffers.push(buffer);
  }
}

const sha256 = { ChecksumAlgorithm: 'SHA256' } as const;

/** Hashed by a thread of Node's pool: by the SDK, it would be by the thread that sends. */
async function withChecksum(body: Buffer<ArrayBuffer>) {
  const hash = await crypto.subtle.digest('SHA-256', body);
  return { ...sha256, Body: body, ChecksumSHA256: Buffer.from(hash).toString('base64') };
}

function* startsOf(size: number): Generator<number> {
  for (let start = 0; start < size; start += PART_BYTES) yield start;
}

/** @throws {Error} when the file is shorter than it was */
async function readPart(
  handle: FileHandle,
  { path, size }: { path: string; size: number },
  start: number,
  buffer: Buffer<ArrayBuffer>,
): Promise<Buffer<ArrayBuffer>> {
  const length = Math.min(buffer.length, size - start);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(buffer, read, length - read, start + read);
    if (bytesRead === 0) throw new Error(`${path} was changed while it was uploaded: try again`);
    read += bytesRead;
  }
  return buffer.subarray(0, length);
}

function contentTypeOf(key: string): string {
  return key.endsWith(`/${MANIFEST_NAME}`)
    ? 'application/json'
    : (audioMediaType(key) ?? 'application/octet-stream');
}
