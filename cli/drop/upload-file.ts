import { type FileHandle, open, readFile } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { audioMediaType } from '../../shared/audio-formats.ts';
import { onOneLine } from '../../shared/on-one-line.ts';
import { MANIFEST_NAME, type ObjectName } from '../../voice-folder/names.ts';
import type { Encryption } from '../../voice-folder/s3/put-text-if.ts';
import { reading } from '../disk-errors.ts';
import { limit } from '../limit.ts';
import { abortable } from '../s3/client.ts';
import { PART_BYTES } from './content.ts';

/** Options of {@link uploadFile}. */
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
 * @returns its ETag
 * @throws {Error} if the file changes meanwhile: parts of two takes are no recording
 */
export async function uploadFile(
  s3: S3Client,
  file: LocalFile,
  { bucket, key }: ObjectName,
  { signal = new AbortController().signal, metadata, encryption, onSent = () => {} }: UploadFileOptions = {},
): Promise<string | undefined> {
  signal.throwIfAborted();
  // Some stores refuse checksums, for which AWS_REQUEST_CHECKSUM_CALCULATION turns them off. S3's signature, which covers the
  // content, is always verified.
  const hasChecksum = (await s3.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
  const object = {
    Bucket: bucket,
    Key: key,
    ContentType: contentTypeOf(key),
    ...(hasChecksum && { ChecksumAlgorithm: 'SHA256' as const }),
    ...encryption,
    ...(metadata && { Metadata: metadata }),
  };
  if (file.size > PART_BYTES) return uploadInParts(s3, file, object, signal, onSent);
  const Body = await wholeFile(file);
  const checksum = hasChecksum && (await checksumOf(Body));
  const command = new PutObjectCommand({ ...object, ...checksum, Body });
  return (await abortable(s3, signal, onSent).send(command)).ETag;
}

/**
 * Not with @aws-sdk/lib-storage, which copies each part once more, into new memory. Deletes the parts before it rejects.
 */
async function uploadInParts(
  s3: S3Client,
  { path, size }: LocalFile,
  object: CreateMultipartUploadCommandInput,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
): Promise<string | undefined> {
  const failure = new AbortController();
  const client = abortable(s3, AbortSignal.any([signal, failure.signal]), onSent);
  const file = await reading(path, () => open(path));
  try {
    const { mtimeMs } = await file.stat();
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
    const { Bucket, Key, ChecksumAlgorithm } = object;
    const upload = { Bucket, Key, UploadId };
    const Parts: CompletedPart[] = [];
    let parts = 0;

    async function uploadNext(bytes: Buffer<ArrayBuffer>): Promise<void> {
      const PartNumber = ++parts;
      const start = (PartNumber - 1) * PART_BYTES;
      if (start >= size) return;
      const Body = bytes.subarray(0, Math.min(PART_BYTES, size - start));
      const isFull = await reading(path, () => fill(Body, file, start));
      if (!isFull || !(await isUnchanged(file, { size, mtimeMs }))) throw changed(path);
      const checksum = ChecksumAlgorithm && (await checksumOf(Body));
      const part = new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm, ...checksum });
      const { ETag, ChecksumSHA256 } = await client.send(part);
      Parts[PartNumber - 1] = { PartNumber, ETag, ChecksumSHA256 };
      await uploadNext(bytes);
    }

    const senders = Array.from({ length: requestsAtOnce(size) }, () =>
      uploadNext(Buffer.allocUnsafeSlow(PART_BYTES)),
    );
    try {
      await Promise.all(senders);
      const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } });
      return (await client.send(complete)).ETag;
    } catch (error) {
      failure.abort();
      // A part that is still being sent would be kept.
      await Promise.allSettled(senders);
      await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** Hashes in another thread: the SDK would hash in this one, which meanwhile could send. */
async function checksumOf(bytes: Buffer<ArrayBuffer>): Promise<{ ChecksumSHA256: string }> {
  const digest = await oneAtATime(() => crypto.subtle.digest('SHA-256', bytes));
  return { ChecksumSHA256: Buffer.from(digest).toString('base64') };
}

/** It copies what it hashes. */
const oneAtATime = limit(1);

async function isUnchanged(file: FileHandle, was: { size: number; mtimeMs: number }): Promise<boolean> {
  const { size, mtimeMs } = await file.stat();
  return size === was.size && mtimeMs === was.mtimeMs;
}

/** @returns whether there was enough to read */
async function fill(bytes: Buffer, file: FileHandle, start: number): Promise<boolean> {
  for (let length = 0; length < bytes.length;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, start + length);
    if (bytesRead === 0) return false;
    length += bytesRead;
  }
  return true;
}

async function wholeFile({ path, size }: LocalFile): Promise<Buffer<ArrayBuffer>> {
  const content = await reading(path, () => readFile(path));
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
