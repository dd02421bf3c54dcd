import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { unquoted } from '../etag.ts';
import type { ObjectName } from '../names.ts';
import { ask } from './quick-requests.ts';
import { hasStatus } from './refusal.ts';
import { getObject, type Stored } from './stored-object.ts';

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
      const etag = await put(s3, { bucket, key }, text, {
        ...encryption,
        ...(match === undefined ? { IfNoneMatch: '*' } : { IfMatch: match }),
      });
      if (etag) return { written: true, etag };
      // A proxy can answer 200 with a page of its own.
      const written = writtenIn(await getObject(s3, { bucket, key }, maxBytes), text);
      if (written) return written;
      throw new Error(`S3 did not confirm that it wrote ${key}`);
    } catch (error) {
      // 404: the object to replace was deleted.
      if (hasStatus(error, 412) || (was && hasStatus(error, 404))) {
        const found = await getObject(s3, { bucket, key }, maxBytes);
        const written = writtenIn(found, text);
        if (written) return written;
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

/** Undefined unless the object has the text. */
function writtenIn(found: Stored | undefined, text: string): ConditionalWrite | undefined {
  return found && Buffer.from(found.body).equals(Buffer.from(text))
    ? { written: true, etag: found.etag }
    : undefined;
}

type Conditions = Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch' | keyof Encryption>;

/** @returns the new ETag, if the answer names one */
async function put(
  s3: S3Client,
  { bucket, key }: ObjectName,
  text: string,
  conditions: Conditions,
): Promise<string | undefined> {
  const { IfMatch, IfNoneMatch, ServerSideEncryption, SSEKMSKeyId } = conditions;
  const headers = {
    'content-type': 'application/json',
    ...(IfMatch !== undefined && { 'if-match': IfMatch }),
    ...(IfNoneMatch !== undefined && { 'if-none-match': IfNoneMatch }),
    ...(ServerSideEncryption && { 'x-amz-server-side-encryption': ServerSideEncryption }),
    ...(SSEKMSKeyId !== undefined && { 'x-amz-server-side-encryption-aws-kms-key-id': SSEKMSKeyId }),
  };
  const answer = await ask(
    s3,
    { method: 'PUT', bucket, key, headers, body: text },
    () =>
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: text,
        ContentType: 'application/json',
        ...conditions,
      }),
  );
  return 'quick' in answer ? answer.quick.headers['etag'] : answer.output.ETag;
}
