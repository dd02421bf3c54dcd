import { hash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';

// Made once: each of hundreds of thousands would capture a stack.
const notFound = Object.assign(new Error('Not Found'), { $metadata: { httpStatusCode: 404 } });
/** Shared, so that it is learned once that these clients send all requests themselves. */
const NO_MIDDLEWARE = {};
const preconditionFailed = Object.assign(new Error('Precondition Failed'), {
  $metadata: { httpStatusCode: 412 },
});

interface StoredObject {
  body: Buffer;
  etag: string;
  lastModified: Date;
}

/** Runs an effect on the world; a test may hold it, or never let it return. */
export type Effect = <Value>(name: string, effect: () => Value) => Promise<Value>;

/** The bucket of the ledgers; what lies in it has names that begin with this. */
export const STATE_BUCKET = 'state';

/**
 * S3 in memory with exact conditional writes, each request one effect. Only what the function asks of S3, and without
 * what makes a client of the SDK dear: a walk through all schedules needs hundreds of thousands of them.
 *
 * @param observe gets S3's time with each answer
 */
export function memoryS3(
  objects: Objects,
  effect: Effect,
  now: () => Date,
  observe: (date: Date) => void = () => {},
): S3Client {
  const answer = async <Value>(name: string, act: () => Value): Promise<Value> => {
    try {
      return await effect(name, act);
    } finally {
      observe(now());
    }
  };
  const nameOf = ({ Bucket, Key = '' }: { Bucket?: string | undefined; Key?: string | undefined }) =>
    Bucket === STATE_BUCKET ? `${STATE_BUCKET}:${Key}` : Key;
  // oxlint-disable-next-line typescript/no-explicit-any -- the SDK's own overloads, one for each command, say no more
  const send = (command: any): any => {
    if (command instanceof GetObjectCommand || command instanceof HeadObjectCommand) {
      const { IfMatch } = command.input;
      const name = nameOf(command.input);
      return answer(`GET ${name}`, () => {
        const found = objects.get(name);
        if (!found) throw notFound;
        if (IfMatch !== undefined && found.etag !== IfMatch) throw preconditionFailed;
        return { Body: [found.body], ETag: found.etag, LastModified: found.lastModified };
      });
    }
    if (command instanceof PutObjectCommand) {
      const { Body, IfMatch, IfNoneMatch } = command.input;
      const name = nameOf(command.input);
      return answer(`PUT ${name}`, () => {
        const found = objects.get(name);
        if (IfMatch !== undefined && !found) throw notFound;
        if (IfNoneMatch === '*' && found) throw preconditionFailed;
        if (IfMatch !== undefined && found?.etag !== IfMatch) throw preconditionFailed;
        return { ETag: put(objects, name, Body as string, now()).etag };
      });
    }
    if (command instanceof ListObjectsV2Command) {
      const { Prefix = '', Delimiter } = command.input;
      return answer(`LIST ${Prefix}`, () => {
        const below = [...objects].filter(([key]) => key.startsWith(Prefix));
        const isDirect = ([key]: [string, StoredObject]) =>
          !Delimiter || !key.slice(Prefix.length).includes(Delimiter);
        return {
          IsTruncated: false,
          Contents: below.filter(isDirect).map(([Key, { body, etag, lastModified }]) => ({
            Key,
            Size: body.length,
            ETag: etag,
            LastModified: lastModified,
          })),
        };
      });
    }
    if (command instanceof ListMultipartUploadsCommand)
      return answer('LIST uploads', () => ({ IsTruncated: false }));
    // Only one of the mistakes that are tried deletes anything.
    if (command instanceof DeleteObjectCommand) {
      const name = nameOf(command.input);
      return answer(`DELETE ${name}`, () => objects.delete(name));
    }
    throw new Error(`The function makes a request that this S3 does not know`);
  };
  return Object.assign(Object.create(S3Client.prototype), { send, middlewareStack: NO_MIDDLEWARE });
}

/** Uploads an object. */
export function put(
  objects: Map<string, StoredObject>,
  key: string,
  text: string,
  lastModified: Date,
): StoredObject {
  const body = Buffer.from(text);
  const etag = `"${hash('md5', body)}"`;
  const stored = { body, etag, lastModified };
  objects.set(key, stored);
  return stored;
}

/** The objects of a bucket, by key. */
export type Objects = Map<string, StoredObject>;
