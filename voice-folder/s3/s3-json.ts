import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectName } from '../names.ts';
import { isUnreadable } from './refusal.ts';

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

/** Whether an object was written, or what was found in its place. */
export type ConditionalWrite =
  | { written: true; etag: string }
  /** The object has changed or was deleted. */
  | { written: false; found: Stored | undefined };

/** The encryption to request. @default - none, so that the bucket's own holds */
export type Encryption = Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId'>;

/** What is replaced, and how. */
export interface Replacement {
  /** The object to replace; undefined to create it. */
  was: { etag: string } | undefined;
  /** How much of another object to read on a conflict, as for {@link getObject}. */
  maxBytes: number;
  encryption?: Encryption | undefined;
}

/**
 * Writes a text, declared as JSON, if the object is unchanged, or still missing ("How to prevent object overwrites with
 * conditional writes", Amazon S3 User Guide). If an answer is lost, the SDK retries, and its own first write then causes a
 * conflict (findings/aws-sdk-lost-answer-412.sh); so on a conflict the stored object is compared with the text.
 */
export async function putTextIf(
  s3: S3Client,
  { bucket, key }: ObjectName,
  text: string,
  { was, maxBytes, encryption }: Replacement,
): Promise<ConditionalWrite> {
  let match = was?.etag;
  for (let attempt = 1; ; attempt++) {
    try {
      const { ETag = '' } = await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: text,
          ContentType: 'application/json',
          ...encryption,
          ...(match === undefined ? { IfNoneMatch: '*' } : { IfMatch: match }),
        }),
      );
      return { written: true, etag: ETag };
    } catch (error) {
      // 404: the object to replace was deleted.
      if (hasStatus(error, 412) || (was && hasStatus(error, 404))) {
        const found = await getObject(s3, { bucket, key }, maxBytes);
        if (found && Buffer.from(found.body).equals(Buffer.from(text))) {
          return { written: true, etag: found.etag };
        }
        const bare = match === undefined ? undefined : unquoted(match);
        if (found?.etag !== match || bare === match) return { written: false, found };
        // It is unchanged: the store compares the quotes too (findings/ceph-if-match-with-quotes.sh).
        match = bare;
        continue;
      }
      // 409: another conditional write was in progress, and S3 asks to retry.
      if (!hasStatus(error, 409) || attempt === MAX_CONFLICTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
    }
  }
}

const MAX_CONFLICTS = 7;

/** Whether an AWS SDK error is an HTTP answer with this status. */
export function hasStatus(error: unknown, status: number): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === status;
}

/** An ETag without HTTP's quotes. */
export function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}
