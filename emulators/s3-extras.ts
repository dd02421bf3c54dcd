import fastifyPlugin from 'fastify-plugin';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface S3ExtrasOptions {
  /** The `awsRegion` in the events. */
  region: string;
}

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
 * Adds features that fauxqs' S3 lacks: conditional writes (findings/fauxqs-ignores-conditions.sh), bucket
 * notifications, listings in order, the list of multipart uploads, tags and access control lists (findings/fauxqs-subresources-are-the-object.sh). fauxqs 2.6 is to have the first two: once the registry has it, most of this file can go.
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
    // As Amazon S3, which has all of this, says in each answer.
    app.addHook('onRequest', (_request, reply, done) => {
      reply.header('server', 'AmazonS3');
      done();
    });
    app.addHook('preHandler', async (request, reply) => {
      const listing = uploads.listing(request);
      if (listing !== undefined) return reply.type('application/xml').send(listing);
      const aspect = await aspectOf(app, request);
      if (aspect) return reply.code(aspect.status).type('application/xml').send(aspect.xml);
      pages.ask(request);
      // aws, boto3 and curl create folders with an empty PUT without a content type, whose body Fastify does
      // not parse.
      if (request.method === 'PUT' && keyOf(request)) request.body ??= Buffer.alloc(0);
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
        const responseElements = {
          'x-amz-request-id': String(reply.getHeader('x-amz-request-id')),
          'x-amz-id-2': String(reply.getHeader('x-amz-id-2')),
        };
        await sendMessage(app, notification.queueUrl, {
          Records: [
            {
              eventVersion: '2.1',
              eventSource: 'aws:s3',
              awsRegion: region,
              eventTime: new Date().toISOString(),
              eventName: `ObjectCreated:${write.operation}`,
              userIdentity: { principalId: 'AWS:LOCAL' },
              requestParameters: { sourceIPAddress: request.ip },
              responseElements,
              s3: {
                s3SchemaVersion: '1.0',
                configurationId: 'local',
                bucket: {
                  name: write.bucket,
                  ownerIdentity: { principalId: 'LOCAL' },
                  arn: `arn:aws:s3:::${write.bucket}`,
                },
                object: {
                  key: eventKey(key),
                  size: object?.size,
                  eTag: object?.etag,
                  sequencer: nextSequencer(),
                },
              },
            },
          ],
        });
      } catch (error) {
        // As with S3, the write stands even if its event is lost.
        console.error(`No event was sent for ${write.bucket}/${key}:`, error);
      }
    }

    pluginDone();
  },
  { name: 's3-extras', fastify: '5.x' },
);

interface Write {
  bucket: string;
  /** One key, or several for DeleteObjects. */
  keys: string[];
  operation: 'Put' | 'Copy' | 'CompleteMultipartUpload' | 'Post' | 'Delete';
}

/**
 * Classifies a request like fauxqs' router; undefined if it changes no object in a general-purpose bucket.
 */
async function writeIn(request: FastifyRequest): Promise<Write | undefined> {
  const { bucket } = (request.params ?? {}) as { bucket?: string };
  const key = keyOf(request);
  const query = (request.query ?? {}) as Record<string, string>;
  if (!bucket) return undefined;

  switch (request.method) {
    case 'PUT':
      // renameObject is for directory buckets only, and fauxqs checks its conditions itself.
      if (!key || 'renameObject' in query || (query.uploadId && query.partNumber)) return undefined;
      return { bucket, keys: [key], operation: request.headers['x-amz-copy-source'] ? 'Copy' : 'Put' };

    case 'DELETE':
      return !key || query.uploadId ? undefined : { bucket, keys: [key], operation: 'Delete' };

    case 'POST': {
      if (!key && request.headers['content-type']?.toLowerCase().includes('multipart/form-data')) {
        const formKey = await keyInForm(request);
        return formKey === undefined ? undefined : { bucket, keys: [formKey], operation: 'Post' };
      }
      if (key && 'uploads' in query) return undefined;
      if (key && query.uploadId) return { bucket, keys: [key], operation: 'CompleteMultipartUpload' };
      return { bucket, keys: keysInDeleteObjects(request), operation: 'Delete' };
    }

    default:
      return undefined;
  }
}

function isCompletion(request: FastifyRequest): boolean {
  const { uploadId } = (request.query ?? {}) as Record<string, string>;
  return request.method === 'POST' && uploadId !== undefined;
}

/** Go, and therefore rclone, writes an ETag's quotes as `&#34;`; fauxqs understands only `&quot;`. */
function withNamedQuotes(body: unknown): unknown {
  return Buffer.isBuffer(body) ? Buffer.from(body.toString().replaceAll('&#34;', '&quot;')) : body;
}

function keyOf(request: FastifyRequest): string {
  const { '*': key = '' } = (request.params ?? {}) as { '*'?: string };
  return key;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
async function keyInForm(request: FastifyRequest): Promise<string | undefined> {
  const headers = { 'content-type': String(request.headers['content-type']) };
  // fauxqs rejects an invalid form.
  const form = await new Response(request.body as Buffer<ArrayBuffer>, { headers })
    .formData()
    .catch(() => undefined);
  const key = form?.get('key');
  if (typeof key !== 'string') return undefined;
  const file = form?.get('file');
  const fileName = file instanceof File ? file.name.replace(/^.*[/\\]/, '') : '';
  return key.replaceAll('${filename}', () => fileName);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
function keysInDeleteObjects(request: FastifyRequest): string[] {
  const xml = Buffer.isBuffer(request.body) ? request.body.toString() : '';
  const keys = Array.from(xml.matchAll(/<Key>([\s\S]*?)<\/Key>/g), ([, key = '']) => unescapeXml(key));
  return [...new Set(keys)];
}

interface Answer {
  status: number;
  xml: string;
}

/** What belongs to an object beside its bytes. */
const ASPECTS = ['acl', 'tagging', 'retention', 'legal-hold', 'attributes', 'torrent', 'restore', 'select'];

/**
 * Answers a request for an aspect of an object, which fauxqs takes for one for its bytes: s3cmd asks for the access control list
 * before it moves an object, and the AWS CLI for the tags before it copies a large one. An object has no tags, and the list of a
 * bucket that was created since April 2023 cannot be changed ("Controlling ownership of objects", Amazon S3 User Guide).
 */
async function aspectOf(app: FastifyInstance, request: FastifyRequest): Promise<Answer | undefined> {
  const { bucket = '' } = (request.params ?? {}) as { bucket?: string };
  const key = keyOf(request);
  const aspect = ASPECTS.find((name) => name in ((request.query ?? {}) as Record<string, string>));
  if (!key || aspect === undefined) return undefined;
  if (!(await headObject(app, bucket, key))) {
    return { status: 404, xml: errorXml('NoSuchKey', 'The specified key does not exist.', '') };
  }
  if (request.method === 'PUT' && aspect === 'acl') {
    const xml = errorXml('AccessControlListNotSupported', 'The bucket does not allow ACLs', '');
    return { status: 400, xml };
  }
  if (request.method !== 'GET' || (aspect !== 'acl' && aspect !== 'tagging')) return notImplemented(aspect);
  return { status: 200, xml: aspect === 'tagging' ? noTags : ownersList };
}

const noTags = '<?xml version="1.0" encoding="UTF-8"?>\n<Tagging><TagSet></TagSet></Tagging>';
const ownersList =
  '<?xml version="1.0" encoding="UTF-8"?>\n<AccessControlPolicy><Owner><ID>LOCAL</ID></Owner><AccessControlList><Grant>' +
  '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>LOCAL</ID></Grantee>' +
  '<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
async function refusalOf(
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
  return { status: 412, xml: errorXml('PreconditionFailed', message, `<Condition>${header}</Condition>`) };
}

function notImplemented(header: string): Answer {
  const message = 'A header you provided implies functionality that is not implemented';
  return { status: 501, xml: errorXml('NotImplemented', message, `<Header>${header}</Header>`) };
}

function errorXml(code: string, message: string, detail: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${detail}</Error>`;
}

async function headObject(app: FastifyInstance, bucket: string, key: string) {
  const { statusCode, headers } = await app.inject({ method: 'HEAD', url: objectUrl(bucket, key) });
  if (statusCode === 404) return undefined;
  return { etag: bareEtag(String(headers.etag)), size: Number(headers['content-length']) };
}

/** Also escapes slashes; otherwise `a/../b` would be normalized to `b`. */
function objectUrl(bucket: string, key: string): string {
  return `/${bucket}/${encodeURIComponent(key)}`;
}

/** Removes an ETag's quotes, plain or escaped as in the XML of a listing. */
function bareEtag(etag: string): string {
  return unescapeXml(etag).replaceAll('"', '');
}

function unescapeXml(text: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (entity, name: string) => characters[name] ?? entity);
}

/**
 * The key as encoded in an event: form-encoded, except for `/`.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
function eventKey(key: string): string {
  return new URLSearchParams({ key }).toString().slice('key='.length).replaceAll('%2F', '/');
}

function testEvent(bucket: string) {
  return {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date().toISOString(),
    Bucket: bucket,
    RequestId: crypto.randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase(),
    HostId: 'local',
  };
}

async function sendMessage(app: FastifyInstance, queueUrl: string, message: object): Promise<void> {
  await callSqs(app, 'SendMessage', { QueueUrl: queueUrl, MessageBody: JSON.stringify(message) });
}

/** Sends an SQS request to the server in-process. */
export async function callSqs(
  app: FastifyInstance,
  action: string,
  input: { QueueUrl: string; [parameter: string]: unknown },
): Promise<void> {
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
    payload: JSON.stringify(input),
  });
  if (statusCode !== 200) throw new Error(`${action} failed on ${input.QueueUrl}: ${body}`);
}

/**
 * Sequencers of equal length that increase, even across restarts of the server, because they start from the
 * clock.
 */
function sequencers(): () => string {
  let last = BigInt(Date.now()) << 20n;
  return () => (++last).toString(16).toUpperCase().padStart(18, '0');
}

/**
 * Mutual exclusion for keys, first come, first served. Several keys are queued for in one step, which
 * prevents deadlocks. Returns a function that releases the lock; calling it again has no effect.
 */
function keyLock(): (keys: string[]) => Promise<() => void> {
  const lastHolder = new Map<string, Promise<void>>();

  return async function lock(keys) {
    const { promise: freed, resolve: free } = Promise.withResolvers<void>();
    const holders = keys.map((key) => lastHolder.get(key) ?? Promise.resolve());
    for (const key of keys) lastHolder.set(key, freed);
    await Promise.all(holders);

    return () => {
      for (const key of keys) if (lastHolder.get(key) === freed) lastHolder.delete(key);
      free();
    };
  };
}

/**
 * Lists in the order of code units. fauxqs lists in that of a dictionary, but continues after a code unit, and so loses names in
 * mixed case between pages. It lists everything if the number of keys is none.
 */
function listingPages() {
  const lengths = new WeakMap<FastifyRequest, number>();
  const nameIn = (entry: string) => unescapeXml(/<(Key|Prefix)>(.*?)<\/\1>/s.exec(entry)?.[2] ?? '');
  return {
    ask(request: FastifyRequest): void {
      const { bucket } = (request.params ?? {}) as { bucket?: string };
      if (request.method !== 'GET' || bucket === undefined || keyOf(request)) return;
      const query = request.query as Record<string, string>;
      const length = Number(query['max-keys'] ?? 1000);
      if (!Number.isInteger(length)) return;
      lengths.set(request, Math.min(length, 1000));
      query['max-keys'] = 'all';
    },
    cut(request: FastifyRequest, payload: unknown): unknown {
      const length = lengths.get(request);
      if (length === undefined || typeof payload !== 'string' || !payload.includes('<ListBucketResult')) {
        return payload;
      }
      const entries: [name: string, xml: string][] = [];
      const rest = payload.replaceAll(/<(Contents|CommonPrefixes)>.*?<\/\1>\s*/gs, (xml) => {
        entries.push([nameIn(xml), xml]);
        return '';
      });
      entries.sort(([one], [other]) => (one < other ? -1 : 1));
      const page = entries.slice(0, length);
      const [last] = page.at(-1) ?? [];
      const isTruncated = last !== undefined && page.length < entries.length;
      const next = rest.includes('<KeyCount>')
        ? `<NextContinuationToken>${Buffer.from(last ?? '').toString('base64')}</NextContinuationToken>`
        : `<NextMarker>${escapeXml(last ?? '')}</NextMarker>`;
      return rest
        .replace(/(<KeyCount>).*?</, `$1${page.length}<`)
        .replace(/(<MaxKeys>).*?</, `$1${length}<`)
        .replace(/(<IsTruncated>).*?</, `$1${isTruncated}<`)
        .replace('</ListBucketResult>', (end) =>
          [...page.map(([, xml]) => xml), ...(isTruncated ? [next] : []), end].join(''),
        );
    },
  };
}

/** Tracks multipart uploads in progress. */
function uploadsInProgress() {
  const known = new Map<string, { bucket: string; key: string; initiated: Date }>();
  const partsOf = (request: FastifyRequest) => {
    const { bucket = '', '*': key = '' } = (request.params ?? {}) as { bucket?: string; '*'?: string };
    return { bucket, key, query: (request.query ?? {}) as Record<string, string> };
  };
  return {
    /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
    listing(request: FastifyRequest): string | undefined {
      const { bucket, key, query } = partsOf(request);
      if (request.method !== 'GET' || key !== '' || bucket === '' || !('uploads' in query)) return undefined;
      const prefix = query['prefix'] ?? '';
      const found = [...known].filter(([, upload]) => {
        if (upload.bucket !== bucket || !upload.key.startsWith(prefix)) return false;
        return !query['delimiter'] || !upload.key.slice(prefix.length).includes(query['delimiter']);
      });
      const uploads = found.map(
        ([id, upload]) =>
          `<Upload><Key>${escapeXml(upload.key)}</Key><UploadId>${id}</UploadId>` +
          `<Initiated>${upload.initiated.toISOString()}</Initiated></Upload>`,
      );
      return (
        `<?xml version="1.0" encoding="UTF-8"?>\n<ListMultipartUploadsResult><Bucket>${bucket}</Bucket>` +
        `<IsTruncated>false</IsTruncated>${uploads.join('')}</ListMultipartUploadsResult>`
      );
    },
    /** Records the effect of a request, given its answer. */
    see(request: FastifyRequest, status: number, payload: unknown): void {
      const { bucket, key, query } = partsOf(request);
      if (status >= 300 || key === '') return;
      const begun = request.method === 'POST' && 'uploads' in query && typeof payload === 'string';
      const [, id] = (begun && /<UploadId>([^<]+)</.exec(payload)) || [];
      if (id) known.set(id, { bucket, key, initiated: new Date() });
      const isOver = request.method === 'POST' || request.method === 'DELETE';
      if (isOver && query['uploadId'] !== undefined) known.delete(query['uploadId']);
    },
  };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
