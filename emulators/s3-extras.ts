import fastifyPlugin from 'fastify-plugin';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusalOf } from './s3/conditions.ts';
import { keyLock } from './s3/key-lock.ts';
import { listingPages } from './s3/listing-pages.ts';
import { uploadsInProgress } from './s3/multipart-uploads.ts';
import { headObject } from './s3/objects.ts';
import { targetOf } from './s3/request.ts';
import { subresourceAnswer } from './s3/subresources.ts';
import { sequencers, testEvent, uploadEvent } from './s3/upload-event.ts';
import { type Write, writeIn } from './s3/writes.ts';
import { sendMessage } from './sqs.ts';

/** How the emulated S3 appears in its events. */
export interface S3ExtrasOptions {
  /** The `awsRegion` in the events. */
  region: string;
}

/** A bucket's notification of uploads. */
export interface BucketNotification {
  bucket: string;
  queueUrl: string;
  /** Only keys with this suffix cause events. */
  suffix: string;
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Emulates PutBucketNotificationConfiguration: sends one `s3:TestEvent` to the queue, and then an event
     * for each matching write. A bucket has one configuration; a second call replaces the first.
     */
    notifyQueue(notification: BucketNotification): Promise<void>;
  }
}

/**
 * Adds features that fauxqs' S3 lacks: conditional writes (findings/fauxqs-ignores-conditions.sh), bucket notifications,
 * listings in order, the list of multipart uploads, tags and access control lists
 * (findings/fauxqs-subresources-are-the-object.sh). fauxqs 2.6 is to have the first two: once the registry has it, most of
 * this can go.
 *
 * fauxqs does not export its store, so the current ETag is read through the API, which takes a turn of the
 * event loop. To make check and write atomic, every write of a key, conditional or not, holds that key's lock
 * from before the check until the store has changed and the event is in the queue:
 *
 * | | |
 * |---|---|
 * | preHandler | the body is complete: take the lock, check the conditions |
 * | | the client has disconnected meanwhile: release the lock, write nothing |
 * | handler | fauxqs changes its store, or fails, in the same turn as the check |
 * | onSend | the answer is sent, even if the client has gone: send the event, release the lock |
 *
 * `onSend` must call `done` before it returns. fauxqs' handlers are async functions that send without
 * returning the reply; if the hook were still pending when such a handler resolves, Fastify would send an
 * empty body, too. So the event is sent right after the answer, not before it.
 */
export const s3Extras = fastifyPlugin<S3ExtrasOptions>(
  (app, { region }, pluginDone) => {
    const lock = keyLock();
    const nextSequencer = sequencers();
    const held = new WeakMap<FastifyRequest, { write: Write; release: () => void }>();
    const notifications = new Map<string, BucketNotification>();

    app.decorate('notifyQueue', async (notification: BucketNotification) => {
      await sendMessage(app, notification.queueUrl, testEvent(notification.bucket));
      notifications.set(notification.bucket, notification);
    });

    const uploads = uploadsInProgress();
    const pages = listingPages();
    // Tools look for this header, and expect all features of Amazon S3 where they find it.
    app.addHook('onRequest', (_request, reply, done) => {
      reply.header('server', 'AmazonS3');
      done();
    });
    app.addHook('preHandler', async (request, reply) => {
      const listing = uploads.listing(request);
      if (listing !== undefined) return reply.type('application/xml').send(listing);
      const answer = await subresourceAnswer(app, request);
      if (answer) return reply.code(answer.status).type('application/xml').send(answer.xml);
      pages.ask(request);
      // aws, boto3 and curl create folders with an empty PUT without a content type, whose body Fastify does
      // not parse.
      if (request.method === 'PUT' && targetOf(request).key) request.body ??= Buffer.alloc(0);
      if (isCompletion(request)) request.body = withNamedQuotes(request.body);
      const write = await writeIn(request);
      if (!write) return;

      const release = await lock(write.keys.map((key) => `${write.bucket}/${key}`));
      held.set(request, { write, release });

      const refusal = write.operation === 'Delete' ? undefined : await refusalOf(app, request, write);
      if (reply.raw.destroyed) {
        release();
        return reply.hijack();
      }
      if (refusal) return reply.code(refusal.status).type('application/xml').send(refusal.xml);
    });

    app.addHook('onSend', (request, reply, payload, done) => {
      uploads.see(request, reply.statusCode, payload);
      const current = held.get(request);
      if (current) {
        held.delete(request);
        void announce(request, reply, current.write).finally(current.release);
      }
      done(null, pages.cut(request, payload));
    });

    async function announce(request: FastifyRequest, reply: FastifyReply, write: Write): Promise<void> {
      const notification = notifications.get(write.bucket);
      const [key = ''] = write.keys;
      if (write.operation === 'Delete' || reply.statusCode >= 400) return;
      if (!notification || !key.endsWith(notification.suffix)) return;

      try {
        const object = await headObject(app, write.bucket, key);
        const written = { key, size: object?.size, etag: object?.etag, sequencer: nextSequencer() };
        const event = uploadEvent(request, reply, write, written, region);
        await sendMessage(app, notification.queueUrl, event);
      } catch (error) {
        // As with S3, the write stands even if its event is lost.
        console.error(`No event was sent for ${write.bucket}/${key}:`, error);
      }
    }

    pluginDone();
  },
  { name: 's3-extras', fastify: '5.x' },
);

function isCompletion(request: FastifyRequest): boolean {
  return request.method === 'POST' && targetOf(request).query['uploadId'] !== undefined;
}

/** Go, and therefore rclone, writes an ETag's quotes as `&#34;`; fauxqs understands only `&quot;`. */
function withNamedQuotes(body: unknown): unknown {
  return Buffer.isBuffer(body) ? Buffer.from(body.toString().replaceAll('&#34;', '&quot;')) : body;
}
