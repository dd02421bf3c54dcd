import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Answer, errorAnswer, notImplemented } from './answers.ts';
import { bareEtag, headObject, objectUrl } from './objects.ts';
import type { Write } from './writes.ts';

/**
 * Why S3 refuses a conditional write; undefined if it does not.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function refusalOf(
  app: FastifyInstance,
  request: FastifyRequest,
  write: Write,
): Promise<Answer | undefined> {
  const [key = ''] = write.keys;
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  // Forms have no conditions: a browser sends them, and its headers do not refer to the object.
  if (write.operation === 'Post' || (ifMatch === undefined && ifNoneMatch === undefined)) return undefined;

  // S3 supports only `*` in If-None-Match, and not both headers at once.
  if (ifNoneMatch !== undefined && (ifNoneMatch !== '*' || ifMatch !== undefined)) {
    return notImplemented('If-None-Match');
  }

  const current = await headObject(app, write.bucket, key);
  if (ifMatch === undefined) return current && preconditionFailed('If-None-Match');
  if (current) return current.etag === bareEtag(ifMatch) ? undefined : preconditionFailed('If-Match');

  // NoSuchKey or NoSuchBucket: the same answer as for GetObject.
  const absent = await app.inject({ method: 'GET', url: objectUrl(write.bucket, key) });
  return { status: absent.statusCode, xml: absent.body };
}

function preconditionFailed(header: string): Answer {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return errorAnswer(412, 'PreconditionFailed', message, `<Condition>${header}</Condition>`);
}
