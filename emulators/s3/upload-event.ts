import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Write } from './writes.ts';

/**
 * The message for a write ("Event message structure", Amazon S3 User Guide).
 *
 * @param object what was written
 */
export function uploadEvent(
  request: FastifyRequest,
  reply: FastifyReply,
  { bucket, operation }: Write,
  object: { key: string; size: number | undefined; etag: string | undefined; sequencer: string },
  region: string,
): object {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: region,
        eventTime: new Date().toISOString(),
        eventName: `ObjectCreated:${operation}`,
        userIdentity: { principalId: 'AWS:LOCAL' },
        requestParameters: { sourceIPAddress: request.ip },
        responseElements: {
          'x-amz-request-id': String(reply.getHeader('x-amz-request-id')),
          'x-amz-id-2': String(reply.getHeader('x-amz-id-2')),
        },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'local',
          bucket: { name: bucket, ownerIdentity: { principalId: 'LOCAL' }, arn: `arn:aws:s3:::${bucket}` },
          object: {
            key: eventKey(object.key),
            size: object.size,
            eTag: object.etag,
            sequencer: object.sequencer,
          },
        },
      },
    ],
  };
}

/**
 * The key as encoded in an event: form-encoded, except for `/`.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
function eventKey(key: string): string {
  return new URLSearchParams({ key }).toString().slice('key='.length).replaceAll('%2F', '/');
}

/** What S3 sends when a notification is set. */
export function testEvent(bucket: string) {
  return {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date().toISOString(),
    Bucket: bucket,
    RequestId: crypto.randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase(),
    HostId: 'local',
  };
}

/**
 * Sequencers of equal length that increase, even across restarts of the server, because they start from the
 * clock.
 */
export function sequencers(): () => string {
  let last = BigInt(Date.now()) << 20n;
  return () => (++last).toString(16).toUpperCase().padStart(18, '0');
}
