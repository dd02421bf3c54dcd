import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectName } from './names.ts';

/** An object as it was when it was read. */
export interface Stored {
  body: Uint8Array;
  etag: string;
  lastModified: Date;
  /** Whether it is encrypted with KMS: then its ETag is no hash of its content. */
  isKmsEncrypted: boolean;
  /** User metadata. */
  metadata: Record<string, string>;
}

/** Reads an object; undefined when there is none. Of one larger than `maxBytes` only a little more than that is read. */
export async function getObject(
  s3: S3Client,
  { bucket, key }: ObjectName,
  maxBytes: number = 1024 * 1024,
): Promise<Stored | undefined> {
  try {
    const {
      Body,
      ETag = '',
      LastModified = new Date(0),
      ServerSideEncryption = 'AES256',
      Metadata = {},
    } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
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
      metadata: Metadata,
    };
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

export type ConditionalWrite =
  | { written: true; etag: string }
  /** Something else is there now, or nothing any more. */
  | { written: false; found: Stored | undefined };

/**
 * Writes JSON if the object is still as it was, or still not there ("How to prevent object overwrites with
 * conditional writes", Amazon S3 User Guide). The SDK repeats a request whose answer was lost and may then be
 * refused because of its own success: what is found then is compared with what was to be written.
 *
 * @param indent for people to read; 0 where there is much of it
 */
export async function putJsonIf(
  s3: S3Client,
  { bucket, key }: ObjectName,
  value: unknown,
  was: { etag: string } | undefined,
  indent: number = 2,
): Promise<ConditionalWrite> {
  const body = `${JSON.stringify(value, null, indent)}\n`;
  for (let attempt = 1; ; attempt++) {
    try {
      const { ETag = '' } = await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          ContentType: 'application/json',
          ...(was ? { IfMatch: was.etag } : { IfNoneMatch: '*' }),
        }),
      );
      return { written: true, etag: ETag };
    } catch (error) {
      // 404: what was to be replaced has been deleted.
      if (hasStatus(error, 412) || (was && hasStatus(error, 404))) {
        const found = await getObject(s3, { bucket, key });
        return found && Buffer.from(found.body).equals(Buffer.from(body))
          ? { written: true, etag: found.etag }
          : { written: false, found };
      }
      // 409: another conditional write was under way, and S3 asks for the same request again.
      if (!hasStatus(error, 409) || attempt === MAX_CONFLICTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
    }
  }
}

const MAX_CONFLICTS = 7;

/** Whether an error of the AWS SDK is an answer of S3 with this status. */
export function hasStatus(error: unknown, status: number): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === status;
}

/** An ETag without the quotes that HTTP puts around it. */
export function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}
