import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectName } from '../names.ts';
import { hasStatus, isUnreadable } from './refusal.ts';

/** An object as it was read. */
export interface Stored {
  body: Uint8Array;
  etag: string;
  lastModified: Date;
  /** If true, the ETag is not a content hash. */
  isKmsEncrypted: boolean;
  /** Whether S3 Replication made it. Then `lastModified` is the source's. */
  isReplica: boolean;
  /** User metadata. */
  metadata: Record<string, string>;
}

/** Reads an object; undefined if there is none. Stops reading soon after `maxBytes`, far more than is ever written. */
export function getObject(
  s3: S3Client,
  { bucket, key }: ObjectName,
  maxBytes: number,
): Promise<Stored | undefined> {
  return storedIn(s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })), maxBytes);
}

/** Reads what the SDK returns, as {@link getObject} does. */
export async function storedIn(
  answer: Promise<GetObjectCommandOutput>,
  maxBytes: number,
): Promise<Stored | undefined> {
  try {
    const {
      Body,
      ETag = '',
      LastModified = new Date(0),
      ServerSideEncryption = 'AES256',
      Metadata = {},
      ReplicationStatus,
    } = await answer;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of Body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) break;
    }
    return {
      body: Buffer.concat(chunks),
      etag: ETag,
      lastModified: LastModified,
      isKmsEncrypted: ServerSideEncryption.startsWith('aws:kms'),
      isReplica: ReplicationStatus === 'REPLICA',
      metadata: Metadata,
    };
  } catch (error) {
    // A page is not S3's: the object may be there.
    if (hasStatus(error, 404) && !isUnreadable(error)) return undefined;
    throw error;
  }
}
