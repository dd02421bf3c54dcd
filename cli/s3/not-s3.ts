import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { S3Client } from '@aws-sdk/client-s3';
import type { HttpResponse } from '@smithy/types';

/** The answer did not come from S3 but, for example, from a web console, a proxy or a sign-in page. */
export class NotS3 extends Error {
  override readonly name = 'NotS3';
  /** The start of the answer, such as `200 (text/html) <!doctype html> …`. */
  readonly answer: string;
  readonly status: number;

  constructor({ statusCode, headers }: HttpResponse, body: string) {
    const type = headers['content-type'];
    const location = headers['location'];
    const beginning = body.replaceAll(/\s+/g, ' ').trim();
    const answer = [
      String(statusCode),
      ...(type ? [`(${type})`] : []),
      ...(location ? [`to ${location}`] : []),
      ...(beginning ? [beginning.length > 100 ? `${beginning.slice(0, 100)} …` : beginning] : []),
    ].join(' ');
    super(`The answer is not S3's: ${answer}`);
    this.answer = answer;
    this.status = statusCode;
  }
}

/**
 * Makes a client reject answers that are not from S3. The SDK treats any 200 as success
 * (findings/aws-sdk-any-200.sh): behind a sign-in page, every folder would seem empty and every upload successful.
 */
export function refuseOtherServers(s3: S3Client): void {
  s3.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        await refuseIfOther(
          result.response as HttpResponse,
          commandName ?? '',
          args.request as { method: string },
        );
        return result;
      },
    { step: 'deserialize', priority: 'low', name: 'refuseOtherServers' },
  );
}

/** The root elements of XML answers; answers about objects are recognized by their ETag. */
const ELEMENTS: Record<string, string> = {
  ListObjectsV2Command: 'ListBucketResult',
  CreateMultipartUploadCommand: 'InitiateMultipartUploadResult',
  CompleteMultipartUploadCommand: 'CompleteMultipartUploadResult',
};

/** @throws {NotS3} */
async function refuseIfOther(
  response: HttpResponse,
  command: string,
  { method }: { method: string },
): Promise<void> {
  const { statusCode: status, headers } = response;
  // Amazon, MinIO, Ceph and most others send request IDs; others are recognized by the content of the answer.
  if (Object.keys(headers).some((name) => name.startsWith('x-amz-'))) return;
  const isPassing = status >= 500 || status === 429 || status === 408;
  if (method === 'HEAD') {
    if (status < 300 && !headers['etag']) throw new NotS3(response, '');
    return;
  }
  const element = ELEMENTS[command];
  if (status < 300 && element === undefined) {
    if (command === 'AbortMultipartUploadCommand') return;
    const isAnswer = command === 'GetObjectCommand' ? isObject(headers) : Boolean(headers['etag']);
    if (!isAnswer) throw new NotS3(response, await bodyOf(response));
    return;
  }
  const body = await bodyOf(response);
  if (status < 300 ? body.includes(`<${element}`) || body.includes('<Error') : body.includes('<Error')) {
    response.body = Readable.from([Buffer.from(body)]);
  } else if (
    isPassing ||
    (body === '' && (status >= 400 || status === 304) && command !== 'ListObjectsV2Command')
  ) {
    // Retried, or identified by status alone. The body is dropped because the SDK could not parse a proxy's
    // page.
    response.body = Readable.from([]);
  } else throw new NotS3(response, body);
}

/** Whether the headers are an object's, and not those of a web page in its place. */
export function isObject({ etag, 'content-type': type = '' }: Record<string, string>): boolean {
  return Boolean(etag) && !type.startsWith('text/html');
}

async function bodyOf({ body }: HttpResponse): Promise<string> {
  return body instanceof Readable ? text(body) : '';
}
