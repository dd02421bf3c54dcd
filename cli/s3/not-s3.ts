import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { S3Client } from '@aws-sdk/client-s3';
import type { HttpResponse } from '@smithy/types';

/** Something answered that is no S3: a console, a proxy, a page to sign in at. */
export class NotS3 extends Error {
  override readonly name = 'NotS3';
  /** Such as `200 (text/html) <!doctype html> …`: what it said, from its beginning. */
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
 * Makes a client refuse what S3 does not answer. The SDK takes any 200 for success, whatever is in it: with a
 * sign-in page in between every folder is empty, and every upload arrives.
 */
export function refuseOthers(s3: S3Client): void {
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
    { step: 'deserialize', priority: 'low', name: 'refuseOthers' },
  );
}

/** An object is known by its ETag, everything else by the element that the XML of the answer is. */
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
  // Amazon, MinIO, Ceph and most others name each request; the others are known by what they say.
  if (Object.keys(headers).some((name) => name.startsWith('x-amz-'))) return;
  const isPassing = status >= 500 || status === 429 || status === 408;
  if (method === 'HEAD') {
    if (status < 300 && !headers['etag']) throw new NotS3(response, '');
    return;
  }
  const element = ELEMENTS[command];
  if (status < 300 && element === undefined) {
    if (command === 'AbortMultipartUploadCommand') return;
    const isPage = command === 'GetObjectCommand' && headers['content-type']?.startsWith('text/html');
    if (!headers['etag'] || isPage) throw new NotS3(response, await bodyOf(response));
    return;
  }
  const body = await bodyOf(response);
  if (status < 300 ? body.includes(`<${element}`) || body.includes('<Error') : body.includes('<Error')) {
    response.body = Readable.from([Buffer.from(body)]);
  } else if (
    isPassing ||
    (body === '' && (status >= 400 || status === 304) && command !== 'ListObjectsV2Command')
  ) {
    // Tried again, or known by its status alone; the SDK would stumble over the page of a proxy.
    response.body = Readable.from([]);
  } else throw new NotS3(response, body);
}

async function bodyOf({ body }: HttpResponse): Promise<string> {
  return body instanceof Readable ? text(body) : '';
}
