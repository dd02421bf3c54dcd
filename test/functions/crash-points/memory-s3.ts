import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';

// Made once: there are hundreds of thousands of them, and each would be given a stack.
const notFound = Object.assign(new Error('Not Found'), { $metadata: { httpStatusCode: 404 } });
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

/**
 * S3 in memory with exact conditional writes, each request one effect. Only what the function asks of S3, and without
 * what makes a client of the SDK dear: a walk through all schedules needs hundreds of thousands of them.
 */
export function memoryS3(objects: Objects, effect: Effect, now: () => Date): S3Client {
  // oxlint-disable-next-line typescript/no-explicit-any -- the SDK's own overloads, one for each command, say no more
  const send = (command: any): any => {
    if (command instanceof GetObjectCommand) {
      const { Key = '' } = command.input;
      return effect(`GET ${Key}`, () => {
        const found = objects.get(Key);
        if (!found) throw notFound;
        return { Body: [found.body], ETag: found.etag, LastModified: found.lastModified };
      });
    }
    if (command instanceof PutObjectCommand) {
      const { Key = '', Body, IfMatch, IfNoneMatch } = command.input;
      return effect(`PUT ${Key}`, () => {
        const found = objects.get(Key);
        if (IfMatch !== undefined && !found) throw notFound;
        if (IfNoneMatch === '*' && found) throw preconditionFailed;
        if (IfMatch !== undefined && found?.etag !== IfMatch) throw preconditionFailed;
        return { ETag: put(objects, Key, Body as string, now()).etag };
      });
    }
    if (command instanceof ListObjectsV2Command) {
      const { Prefix = '', Delimiter } = command.input;
      return effect(`LIST ${Prefix}`, () => {
        const below = [...objects].filter(([key]) => key.startsWith(Prefix));
        const isDirect = ([key]: [string, StoredObject]) =>
          !Delimiter || !key.slice(Prefix.length).includes(Delimiter);
        const folders = below
          .filter((entry) => !isDirect(entry))
          .map(([key]) => key.slice(Prefix.length).split('/')[0]);
        return {
          Contents: below.filter(isDirect).map(([Key, { body, etag, lastModified }]) => ({
            Key,
            Size: body.length,
            ETag: etag,
            LastModified: lastModified,
          })),
          CommonPrefixes: [...new Set(folders)].map((name) => ({ Prefix: `${Prefix}${name}/` })),
        };
      });
    }
    // Only one of the mistakes that are tried deletes anything.
    if (command instanceof DeleteObjectCommand) {
      const { Key = '' } = command.input;
      return effect(`DELETE ${Key}`, () => objects.delete(Key));
    }
    throw new Error(`The function makes a request that this S3 does not know`);
  };
  return Object.assign(Object.create(S3Client.prototype), { send });
}

/** Uploads an object. */
export function put(
  objects: Map<string, StoredObject>,
  key: string,
  text: string,
  lastModified: Date,
): StoredObject {
  const body = Buffer.from(text);
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  const stored = { body, etag, lastModified };
  objects.set(key, stored);
  return stored;
}

export type Objects = Map<string, StoredObject>;
