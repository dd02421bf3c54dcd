import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { isPage } from '../../shared/api-message.ts';
import type { ObjectName } from '../names.ts';
import { ask, type Wanted } from './quick-requests.ts';
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

/**
 * Reads an object; undefined if there is none. Stops reading soon after `maxBytes`, far more than is ever written.
 *
 * @throws {Error} if a proxy answers with a web page; also S3's errors
 */
export function getObject(s3: S3Client, name: ObjectName, maxBytes: number): Promise<Stored | undefined> {
  return storedIn(answerTo(s3, name), maxBytes);
}

/** Of what S3 answers, what is of interest here. */
type Answer = {
  [Name in 'Body' | 'ETag' | 'LastModified' | 'ServerSideEncryption' | 'Metadata' | 'ReplicationStatus']?:
    | GetObjectCommandOutput[Name]
    | undefined;
};

async function answerTo(s3: S3Client, { bucket, key }: ObjectName): Promise<Answer | undefined> {
  const wanted: Wanted = { method: 'GET', bucket, key, mayBeMissing: true };
  const answer = await ask(s3, wanted, () => new GetObjectCommand({ Bucket: bucket, Key: key }));
  if ('output' in answer) return answer.output;
  const { statusCode, headers, body } = answer.quick;
  return statusCode === 404 ? undefined : objectIn(headers, body as Chunks);
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** The object in an answer that came without the SDK, as the SDK would return it. */
export function objectIn(headers: Record<string, string>, body: Chunks): Answer {
  return {
    Body: body as Answer['Body'],
    ETag: headers['etag'],
    LastModified: new Date(Date.parse(headers['last-modified'] ?? '') || 0),
    ServerSideEncryption: headers['x-amz-server-side-encryption'] as Answer['ServerSideEncryption'],
    ReplicationStatus: headers['x-amz-replication-status'] as Answer['ReplicationStatus'],
    Metadata: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name.startsWith(METADATA))
        .map(([name, value]) => [name.slice(METADATA.length), value]),
    ),
  };
}

const METADATA = 'x-amz-meta-';

/** Reads what S3 answers, as {@link getObject} does. */
export async function storedIn(
  answered: Promise<Answer | undefined>,
  maxBytes: number,
): Promise<Stored | undefined> {
  try {
    const answer = await answered;
    if (!answer) return undefined;
    const {
      Body,
      ETag,
      LastModified = new Date(0),
      ServerSideEncryption = 'AES256',
      Metadata = {},
      ReplicationStatus,
    } = answer;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of Body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) break;
    }
    const body = Buffer.concat(chunks);
    // A proxy's page says nothing of the object: S3 names an ETag.
    if (ETag === undefined && isPage(body.toString()))
      throw new Error('A web page came in place of the object');
    return {
      body,
      etag: ETag ?? '',
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
