import { once } from 'node:events';
import http from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectAclCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Upload } from '@aws-sdk/lib-storage';
import type { S3Event } from 'aws-lambda';
import type { InjectOptions } from 'fastify';
import { buildApp } from 'fauxqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localCredentials, startLocalAws, type LocalAws } from '../../emulators/aws.ts';
import { s3Extras } from '../../emulators/s3-extras.ts';

let aws: LocalAws;
let s3: S3Client;
let sqs: SQSClient;

beforeEach(async () => {
  aws = await startLocalAws();
  const { endpoint, region } = aws;
  s3 = new S3Client({ endpoint, region, credentials: localCredentials });
  sqs = new SQSClient({ endpoint, region, credentials: localCredentials });
});

afterEach(async () => {
  s3.destroy();
  sqs.destroy();
  await aws.close();
});

it.each([2, 3])('lists names in mixed case without loss, in pages of %d', async (pageSize) => {
  const names = [
    'A.wav',
    'B & b/1.wav',
    'C.wav',
    'Z/1.wav',
    'a.wav',
    'b.wav',
    'c.wav',
    'z/1.wav',
    'z/2.wav',
    'é.wav',
  ];
  for (const name of names.toReversed()) {
    await s3.send(new PutObjectCommand({ Bucket: aws.bucket, Key: `mixed/${name}`, Body: 'x' }));
  }
  const listed = async (Delimiter?: string) => {
    const found: (string | undefined)[] = [];
    const input = { Bucket: aws.bucket, Prefix: 'mixed/', ...(Delimiter && { Delimiter }) };
    for await (const page of paginateListObjectsV2({ client: s3, pageSize }, input)) {
      expect(page.KeyCount).toBeLessThanOrEqual(pageSize);
      found.push(...(page.Contents ?? []).map(({ Key }) => Key));
      found.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix));
    }
    return found.map((name) => name?.replace('mixed/', ''));
  };
  expect(await listed()).toEqual(names);
  const folders = ['B & b/', 'Z/', 'z/'];
  expect(new Set(await listed('/'))).toEqual(
    new Set([...names.filter((name) => !name.includes('/')), ...folders]),
  );
  const marked: (string | undefined)[] = [];
  for (let Marker: string | undefined = ''; Marker !== undefined;) {
    const command: ListObjectsCommand = new ListObjectsCommand({
      Bucket: aws.bucket,
      Prefix: 'mixed/',
      MaxKeys: pageSize,
      Marker,
    });
    const { Contents = [], NextMarker } = await s3.send(command);
    marked.push(...Contents.map(({ Key }) => Key?.replace('mixed/', '')));
    Marker = NextMarker;
  }
  expect(marked).toEqual(names);
});

it('takes a file of any content type, as curl says that every file is a form', async () => {
  for (const type of ['application/x-www-form-urlencoded', 'application/json', 'text/plain', 'audio/wav']) {
    const url = `${aws.endpoint}/${aws.bucket}/any.wav`;
    const answer = await fetch(url, { method: 'PUT', body: 'a=b&c', headers: { 'content-type': type } });
    expect([type, answer.status]).toEqual([type, 200]);
    expect(await (await fetch(url)).text()).toBe('a=b&c');
  }
});

it('keeps an object apart from its tags and access control list', async () => {
  const name = { Bucket: aws.bucket, Key: 'aspects.wav' };
  await s3.send(new PutObjectCommand({ ...name, Body: 'sound' }));
  expect((await s3.send(new GetObjectTaggingCommand(name))).TagSet ?? []).toEqual([]);
  expect(await s3.send(new GetObjectAclCommand(name))).toMatchObject({
    Grants: [{ Permission: 'FULL_CONTROL' }],
  });
  await expect(s3.send(new PutObjectAclCommand({ ...name, ACL: 'private' }))).rejects.toMatchObject({
    name: 'AccessControlListNotSupported',
  });
  await expect(s3.send(new GetObjectTaggingCommand({ ...name, Key: 'none.wav' }))).rejects.toMatchObject({
    name: 'NoSuchKey',
  });
  expect(await (await fetch(`${aws.endpoint}/${aws.bucket}/aspects.wav`)).text()).toBe('sound');
});

interface Conditions {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
}

async function put(key: string, body: string | Buffer = 'text', conditions: Conditions = {}) {
  return s3.send(new PutObjectCommand({ Bucket: aws.bucket, Key: key, Body: body, ...conditions }));
}

async function copy(from: string, to: string, conditions: Conditions = {}) {
  const source = `${aws.bucket}/${encodeURIComponent(from)}`;
  return s3.send(new CopyObjectCommand({ Bucket: aws.bucket, Key: to, CopySource: source, ...conditions }));
}

async function read(key: string): Promise<string | undefined> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: aws.bucket, Key: key }));
  return Body?.transformToString();
}

async function readIfThere(key: string): Promise<string | undefined> {
  try {
    return await read(key);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

async function deleteObject(key: string) {
  return s3.send(new DeleteObjectCommand({ Bucket: aws.bucket, Key: key }));
}

async function deleteObjects(...keys: string[]) {
  const objects = keys.map((key) => ({ Key: key }));
  return s3.send(new DeleteObjectsCommand({ Bucket: aws.bucket, Delete: { Objects: objects } }));
}

/** Uploads one part, and returns a function that completes the upload. */
async function uploadInParts(key: string, body: string) {
  const object = { Bucket: aws.bucket, Key: key };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
  const { ETag } = await s3.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: body }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  return async (conditions: Conditions = {}) =>
    s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload, ...conditions }));
}

async function uploadLarge(key: string, bytes: number, conditions: Conditions = {}) {
  const params = { Bucket: aws.bucket, Key: key, Body: Buffer.alloc(bytes), ...conditions };
  return new Upload({ client: s3, params }).done();
}

/** An upload from a web page. */
async function postForm(key: string, body: string, fileName = 'file'): Promise<void> {
  const form = new FormData();
  form.set('key', key);
  form.set('file', new Blob([body]), fileName);
  const { status } = await fetch(`${aws.endpoint}/${aws.bucket}`, { method: 'POST', body: form });
  expect(status).toBe(204);
}

/** A PUT that the caller can hang up on. */
function sendPut(key: string, headers: http.OutgoingHttpHeaders, body: string): http.ClientRequest {
  const request = http.request(`${aws.endpoint}/${aws.bucket}/${key}`, {
    method: 'PUT',
    headers,
    agent: false,
  });
  request.on('error', () => undefined);
  request.end(body);
  return request;
}

/** Of attempts made at the same time: how many won, and the distinct errors of the others. */
async function race(count: number, attempt: (index: number) => Promise<unknown>) {
  const results = await Promise.allSettled(Array.from({ length: count }, async (_, index) => attempt(index)));
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  return { winners: count - reasons.length, errors: [...new Set(reasons.map(({ name }) => name))] };
}

const preconditionFailed = {
  name: 'PreconditionFailed',
  message: 'At least one of the pre-conditions you specified did not hold',
  $metadata: expect.objectContaining({ httpStatusCode: 412 }) as object,
};
const noSuchKey = {
  name: 'NoSuchKey',
  $metadata: expect.objectContaining({ httpStatusCode: 404 }) as object,
};

async function receiveMessage(WaitTimeSeconds = 2): Promise<string | undefined> {
  const input = { QueueUrl: aws.queueUrl, WaitTimeSeconds };
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand(input));
  if (!message) return undefined;
  await sqs.send(new DeleteMessageCommand({ QueueUrl: aws.queueUrl, ReceiptHandle: message.ReceiptHandle }));
  return message.Body;
}

/** The next event that an object caused. */
async function nextEvent() {
  for (;;) {
    const body = await receiveMessage();
    if (body === undefined) return undefined;
    const event = JSON.parse(body) as S3Event | { Event: 's3:TestEvent' };
    if ('Records' in event) return event.Records[0];
  }
}

describe('the server', () => {
  it('listens on the loopback address only, so that S3 clients use path style by themselves', async () => {
    expect(aws.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await put('a.txt', 'by path');
    expect(await (await fetch(`${aws.endpoint}/${aws.bucket}/a.txt`)).text()).toBe('by path');
  });

  it('gives the queue its visibility time-out and its dead-letter queue', async () => {
    const query = { QueueUrl: aws.queueUrl, AttributeNames: ['All' as const] };
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand(query));
    expect(Attributes).toMatchObject({ QueueArn: aws.queueArn, VisibilityTimeout: '960' });
    expect(JSON.parse(Attributes?.RedrivePolicy ?? '')).toEqual({
      deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:clone-voice-dead-letters',
      maxReceiveCount: 50,
    });
    const deadLetters = { QueueUrl: aws.deadLetterQueueUrl, AttributeNames: ['QueueArn' as const] };
    const deadLetterQueue = await sqs.send(new GetQueueAttributesCommand(deadLetters));
    expect(deadLetterQueue.Attributes?.QueueArn).toBe(
      'arn:aws:sqs:us-east-1:000000000000:clone-voice-dead-letters',
    );
  });

  it('takes a port and a bucket name, and refuses a port in use', async () => {
    const other = await startLocalAws({ bucket: 'other-voices' });
    try {
      expect(other.bucket).toBe('other-voices');
      const port = Number(new URL(other.endpoint).port);
      await expect(startLocalAws({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    } finally {
      await other.close();
    }
    await expect(fetch(other.endpoint)).rejects.toThrow('fetch failed');
  });

  it('takes a single PUT of 20 MB', async () => {
    const body = Buffer.alloc(20_000_000, 'audio');
    await put('large.wav', body);
    const { Body, ContentLength } = await s3.send(
      new GetObjectCommand({ Bucket: aws.bucket, Key: 'large.wav' }),
    );
    expect(ContentLength).toBe(20_000_000);
    expect(body.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
  });

  it('takes a single PUT of 20 MB in chunks with a trailing checksum', async () => {
    const body = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(1_000_000, 'audio')));
    const object = { Bucket: aws.bucket, Key: 'stream.wav' };
    await s3.send(new PutObjectCommand({ ...object, Body: body, ContentLength: 20_000_000 }));
    expect((await s3.send(new HeadObjectCommand(object))).ContentLength).toBe(20_000_000);
  });

  it('an aborted long poll takes no message', async () => {
    while (await receiveMessage(0));
    const givenUp = new AbortController();
    const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl: aws.queueUrl, WaitTimeSeconds: 20 }), {
      abortSignal: givenUp.signal,
    });
    await Promise.all([
      expect(poll).rejects.toMatchObject({ name: 'AbortError' }),
      sleep(100).then(() => givenUp.abort()),
    ]);
    await sleep(100);

    await sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl, MessageBody: 'for whoever is there' }));
    expect(await receiveMessage()).toBe('for whoever is there');
  });
});

describe('If-None-Match: *', () => {
  it('creates, and does not overwrite', async () => {
    await put('claim', 'first', { IfNoneMatch: '*' });
    await expect(put('claim', 'second', { IfNoneMatch: '*' })).rejects.toMatchObject(preconditionFailed);
    expect(await read('claim')).toBe('first');
  });

  it('creates again after a delete', async () => {
    await put('claim', 'first', { IfNoneMatch: '*' });
    await deleteObject('claim');
    await put('claim', 'second', { IfNoneMatch: '*' });
    expect(await read('claim')).toBe('second');
  });

  it('lets one of 50 concurrent claims win', async () => {
    const outcome = await race(50, async (index) => put('claim', `owner ${index}`, { IfNoneMatch: '*' }));
    expect(outcome).toEqual({ winners: 1, errors: ['PreconditionFailed'] });
  });

  it('lets one win in each of 20 folders at once', async () => {
    const outcome = await race(200, async (index) =>
      put(`folder ${index % 20}/claim`, `owner ${index}`, { IfNoneMatch: '*' }),
    );
    expect(outcome).toEqual({ winners: 20, errors: ['PreconditionFailed'] });
  });

  it.each([
    'a b+c%d.json',
    'a/../b',
    'it\'s "quoted" & <tagged>',
    'ünïcödé 🎙️',
    '/leading//double',
    'q?x=1#f;g',
  ])('holds for the key %j', async (key) => {
    await put(key, 'first', { IfNoneMatch: '*' });
    await expect(put(key, 'second', { IfNoneMatch: '*' })).rejects.toMatchObject(preconditionFailed);
    expect(await read(key)).toBe('first');
  });

  it('reports the condition that failed, as S3 does', async () => {
    await put('claim');
    const response = await fetch(`${aws.endpoint}/${aws.bucket}/claim`, {
      method: 'PUT',
      headers: { 'if-none-match': '*' },
      body: 'second',
    });
    expect(response.status).toBe(412);
    expect(response.headers.get('content-type')).toBe('application/xml');
    expect(await response.text()).toContain('<Condition>If-None-Match</Condition>');
  });

  it('is the only value that S3 implements, and not together with If-Match', async () => {
    const notImplemented = { name: 'NotImplemented' };
    const { ETag } = await put('claim');
    await expect(put('claim', 'x', { IfNoneMatch: ETag })).rejects.toMatchObject(notImplemented);
    await expect(put('claim', 'x', { IfNoneMatch: '*', IfMatch: ETag })).rejects.toMatchObject(
      notImplemented,
    );
    expect(await read('claim')).toBe('text');
  });

  it('still reports a missing bucket', async () => {
    const input = { Bucket: 'nowhere', Key: 'claim', Body: 'x', IfNoneMatch: '*' };
    await expect(s3.send(new PutObjectCommand(input))).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('If-Match', () => {
  it.each([
    ['quoted', (etag: string) => etag],
    ['unquoted', (etag: string) => etag.replaceAll('"', '')],
    ['escaped for XML', (etag: string) => etag.replaceAll('"', '&quot;')],
  ])('takes an ETag that is %s', async (_, form) => {
    const { ETag = '' } = await put('claim', 'first');
    await put('claim', 'second', { IfMatch: form(ETag) });
    await expect(put('claim', 'third', { IfMatch: form(ETag) })).rejects.toMatchObject(preconditionFailed);
    expect(await read('claim')).toBe('second');
  });

  it('takes the ETag of a listing', async () => {
    await put('claim', 'first');
    const { Contents: [claim] = [] } = await s3.send(new ListObjectsV2Command({ Bucket: aws.bucket }));
    await put('claim', 'second', { IfMatch: claim?.ETag });
    expect(await read('claim')).toBe('second');
  });

  it('answers 404 if there is no object', async () => {
    await expect(put('claim', 'x', { IfMatch: '"abc"' })).rejects.toMatchObject(noSuchKey);
    const input = { Bucket: 'nowhere', Key: 'claim', Body: 'x', IfMatch: '"abc"' };
    await expect(s3.send(new PutObjectCommand(input))).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  it('lets one of 50 concurrent writers win', async () => {
    const { ETag } = await put('claim', 'first');
    const outcome = await race(50, async (index) => put('claim', `owner ${index}`, { IfMatch: ETag }));
    expect(outcome).toEqual({ winners: 1, errors: ['PreconditionFailed'] });
  });

  it('counts without a lost update while others write and retry', async () => {
    await put('counter', '0');
    async function increment(): Promise<void> {
      const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: aws.bucket, Key: 'counter' }));
      const next = String(Number(await Body?.transformToString()) + 1);
      try {
        await put('counter', next, { IfMatch: ETag });
      } catch (error) {
        if ((error as Error).name !== 'PreconditionFailed') throw error;
        await increment();
      }
    }
    await Promise.all(Array.from({ length: 20 }, increment));
    expect(await read('counter')).toBe('20');
  });

  it('never lets two writers through while others delete and overwrite the object', async () => {
    // Once anybody has written or deleted the object, no one else's If-Match can hold.
    for (let round = 0; round < 20; round++) {
      const { ETag } = await put('claim', `round ${round}`);
      const [outcome] = await Promise.all([
        race(10, async (index) => put('claim', `round ${round}, owner ${index}`, { IfMatch: ETag })),
        put('claim', `round ${round}, unconditional`),
        deleteObject('claim'),
        deleteObjects('claim'),
      ]);
      expect(outcome.winners).toBeLessThanOrEqual(1);
      expect(outcome.errors.filter((name) => name !== 'PreconditionFailed' && name !== 'NoSuchKey')).toEqual(
        [],
      );
    }
  });
});

describe('CopyObject', () => {
  it('is conditional on its destination', async () => {
    const { ETag } = await put('source', 'new');
    await copy('source', 'target', { IfNoneMatch: '*' });
    await expect(copy('source', 'target', { IfNoneMatch: '*' })).rejects.toMatchObject(preconditionFailed);

    const { ETag: changed } = await put('target', 'changed');
    await expect(copy('source', 'target', { IfMatch: ETag })).rejects.toMatchObject(preconditionFailed);
    await copy('source', 'target', { IfMatch: changed });
    expect(await read('target')).toBe('new');
    await expect(copy('source', 'absent', { IfMatch: ETag })).rejects.toMatchObject(noSuchKey);
  });

  it('lets one of 50 concurrent copies and PUTs win', async () => {
    await put('source');
    const outcome = await race(50, async (index) =>
      index % 2 ? copy('source', 'target', { IfNoneMatch: '*' }) : put('target', 'x', { IfNoneMatch: '*' }),
    );
    expect(outcome).toEqual({ winners: 1, errors: ['PreconditionFailed'] });
  });
});

describe('CompleteMultipartUpload', () => {
  it('takes ETags whose quotes are written as numbers, as Go and rclone do', async () => {
    const object = { Bucket: aws.bucket, Key: 'from-go' };
    const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand(object));
    const part = { ...object, UploadId, PartNumber: 1, Body: 'all of it' };
    const { ETag = '' } = await s3.send(new UploadPartCommand(part));
    const body =
      '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>' +
      `<ETag>${ETag.replaceAll('"', '&#34;')}</ETag></Part></CompleteMultipartUpload>`;
    const url = `${aws.endpoint}/${aws.bucket}/from-go?uploadId=${UploadId}`;
    const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/xml' } });
    expect(answer.status).toBe(200);
    expect(await read('from-go')).toBe('all of it');
  });

  it('is conditional, and can be completed after a refusal', async () => {
    const { ETag } = await put('large', 'first');
    const complete = await uploadInParts('large', 'second');
    await expect(complete({ IfNoneMatch: '*' })).rejects.toMatchObject(preconditionFailed);
    await expect(complete({ IfMatch: '"abc"' })).rejects.toMatchObject(preconditionFailed);
    expect(await read('large')).toBe('first');

    const result = await complete({ IfMatch: ETag });
    expect(result).toMatchObject({
      Bucket: aws.bucket,
      Key: 'large',
      ETag: expect.stringMatching(/-1"$/) as string,
    });
    expect(await read('large')).toBe('second');
  });

  it('answers 404 to If-Match if there is no object', async () => {
    const complete = await uploadInParts('large', 'first');
    await expect(complete({ IfMatch: '"abc"' })).rejects.toMatchObject(noSuchKey);
    await complete({ IfNoneMatch: '*' });
    expect(await read('large')).toBe('first');
  });

  it('lets one of 50 at once win', async () => {
    const uploads = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => uploadInParts('large', `${index}`)),
    );
    const outcome = await race(50, async (index) => uploads[index]?.({ IfNoneMatch: '*' }));
    expect(outcome).toEqual({ winners: 1, errors: ['PreconditionFailed'] });
  });

  it('is conditional through lib-storage', async () => {
    await uploadLarge('large.wav', 12_000_000, { IfNoneMatch: '*' });
    const second = uploadLarge('large.wav', 12_000_000, { IfNoneMatch: '*' });
    await expect(second).rejects.toMatchObject(preconditionFailed);
  });
});

it.each([
  ['with a content type', { 'content-length': 0, 'content-type': 'binary/octet-stream' }],
  ['without one, as aws, boto3 and curl make folders', { 'content-length': 0 }],
])('takes an empty PUT %s', async (_what, headers) => {
  const request = sendPut('folder/', headers, '');
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  expect(response.statusCode).toBe(200);
  expect(await read('folder/')).toBe('');
});

describe('the lock of a key', () => {
  // Over HTTP, check and write are so close that hardly anything comes between them. Here every check takes its time,
  // or as long as the test wants.
  let checks: number;
  /** Resolves when the server sees the client at this port hang up. */
  let hangUps: Map<number, Promise<unknown>>;
  let held: Promise<void> | undefined;

  beforeEach(async () => {
    await aws.close();
    s3.destroy();
    checks = 0;
    hangUps = new Map();
    held = undefined;

    const app = buildApp({ logger: false });
    app.register(s3Extras, { region: aws.region });
    app.server.on('connection', (socket) => hangUps.set(socket.remotePort ?? 0, once(socket, 'close')));
    const inject = app.inject.bind(app);
    vi.spyOn(app, 'inject').mockImplementation((async (options: InjectOptions) => {
      const response = await inject(options);
      checks++;
      await (held ?? sleep(20));
      return response;
    }) as unknown as typeof app.inject);
    const endpoint = await app.listen({ host: '127.0.0.1', port: 0 });
    aws = { ...aws, endpoint, close: async () => app.close() };
    s3 = new S3Client({ endpoint, region: aws.region, credentials: localCredentials });
    await s3.send(new CreateBucketCommand({ Bucket: aws.bucket }));
  });

  /** Starts a write and waits until its check is under way, which then lasts until `letGo` is called. */
  async function holdCheckOf<T>(write: () => T): Promise<{ write: T; letGo: () => void }> {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    const before = checks;
    const started = write();
    await expect.poll(() => checks).toBe(before + 1);
    held = undefined;
    return { write: started, letGo: resolve };
  }

  async function hangUp(request: http.ClientRequest): Promise<void> {
    const seen = hangUps.get(request.socket?.localPort ?? 0);
    expect(seen).toBeDefined();
    request.destroy();
    await seen;
  }

  it.each<[string, (etag: string | undefined) => Promise<unknown>]>([
    ['PutObject', async (etag) => put('claim', 'x', { IfMatch: etag })],
    ['CopyObject', async (etag) => copy('source', 'claim', { IfMatch: etag })],
  ])('lets one of 10 concurrent If-Match %s win', async (_, write) => {
    await put('source');
    const { ETag } = await put('claim', 'first');
    expect(await race(10, async () => write(ETag))).toEqual({ winners: 1, errors: ['PreconditionFailed'] });
  });

  it('lets one of 10 concurrent If-None-Match win, whatever the operation', async () => {
    await put('source');
    const complete = await uploadInParts('claim', 'x');
    const outcome = await race(10, async (index) => {
      if (index === 0) return complete({ IfNoneMatch: '*' });
      return index % 2
        ? put('claim', 'x', { IfNoneMatch: '*' })
        : copy('source', 'claim', { IfNoneMatch: '*' });
    });
    expect(outcome).toEqual({ winners: 1, errors: ['PreconditionFailed'] });
  });

  it.each<[string, string | undefined, (complete: () => Promise<unknown>) => Promise<unknown>]>([
    ['PutObject', 'later', async () => put('claim', 'later')],
    ['CopyObject', 'later', async () => copy('source', 'claim')],
    ['CompleteMultipartUpload', 'later', async (complete) => complete()],
    ['a form', 'later', async () => postForm('claim', 'later')],
    ['DeleteObject', undefined, async () => deleteObject('claim')],
    ['DeleteObjects', undefined, async () => deleteObjects('other', 'claim', 'claim')],
  ])('holds back %s while a conditional write is under way', async (_, lastWord, write) => {
    await put('source', 'later');
    const complete = await uploadInParts('claim', 'later');
    const { ETag } = await put('claim', 'first');

    const conditional = await holdCheckOf(async () => put('claim', 'conditional', { IfMatch: ETag }));
    const later = write(complete);
    await sleep(50);
    conditional.letGo();
    await Promise.all([conditional.write, later]);
    expect(await readIfThere('claim')).toBe(lastWord);
  });

  it('does not hold back other keys', async () => {
    const claim = await holdCheckOf(async () => put('claim', 'first', { IfNoneMatch: '*' }));
    await put('other');
    expect(await read('other')).toBe('text');
    expect(await readIfThere('claim')).toBeUndefined();
    claim.letGo();
    await claim.write;
  });

  it('is freed when the client hangs up during the check, and nothing is written', async () => {
    const headers = { 'if-none-match': '*', 'content-type': 'text/plain' };
    const first = await holdCheckOf(() => sendPut('claim', headers, 'hung up'));
    const second = put('claim', 'second', { IfNoneMatch: '*' });
    await hangUp(first.write);
    first.letGo();
    await second;
    expect(await read('claim')).toBe('second');
  });

  it('is freed when the client hangs up while it waits, and nothing is written', async () => {
    const first = await holdCheckOf(async () => put('claim', 'first', { IfNoneMatch: '*' }));
    const waiting = sendPut('claim', { 'content-type': 'text/plain' }, 'hung up');
    await once(waiting, 'finish');
    await sleep(50);
    await hangUp(waiting);
    first.letGo();
    await first.write;
    await expect(put('claim', 'third', { IfNoneMatch: '*' })).rejects.toMatchObject(preconditionFailed);
    expect(await read('claim')).toBe('first');
  });

  it('is freed when many hang up at any moment', async () => {
    const closed = Array.from({ length: 15 }, async (_, index) => {
      const request = sendPut(
        'claim',
        { 'if-match': '"abc"', 'content-type': 'text/plain' },
        `owner ${index}`,
      );
      await once(request, 'finish');
      await sleep(index * 5);
      request.destroy();
    });
    await Promise.all(closed);
    await put('claim', 'still writable');
    expect(await read('claim')).toBe('still writable');
  });

  it('is freed when the handler fails', async () => {
    // A source that cannot be decoded makes fauxqs fail.
    const request = sendPut('claim', { 'content-length': 0, 'x-amz-copy-source': '%' }, '');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(500);
    await put('claim', 'still writable');
    expect(await read('claim')).toBe('still writable');
  });

  it('is freed after a refusal', async () => {
    await put('claim');
    await expect(put('claim', 'x', { IfNoneMatch: '*' })).rejects.toMatchObject(preconditionFailed);
    await expect(copy('absent', 'claim')).rejects.toMatchObject(noSuchKey);
    await put('claim', 'still writable');
    expect(await read('claim')).toBe('still writable');
  });
});

describe('the notification', () => {
  it('starts with a test event', async () => {
    expect(JSON.parse((await receiveMessage()) ?? '')).toEqual({
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      Bucket: 'voices',
      RequestId: expect.stringMatching(/^[\dA-F]{16}$/) as string,
      HostId: expect.any(String) as string,
    });
    expect(await receiveMessage(0)).toBeUndefined();
  });

  it('of a PUT is shaped as S3 documents it', async () => {
    const { ETag, $metadata } = await put('voices/alice/manifest.json', '{"name":"Alice"}');
    expect(await nextEvent()).toEqual({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'us-east-1',
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: expect.any(String) as string },
      requestParameters: { sourceIPAddress: '127.0.0.1' },
      responseElements: {
        'x-amz-request-id': $metadata.requestId,
        'x-amz-id-2': $metadata.extendedRequestId,
      },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: expect.any(String) as string,
        bucket: {
          name: 'voices',
          ownerIdentity: { principalId: expect.any(String) as string },
          arn: 'arn:aws:s3:::voices',
        },
        object: {
          key: 'voices/alice/manifest.json',
          size: 16,
          eTag: ETag?.replaceAll('"', ''),
          sequencer: expect.stringMatching(/^[\dA-F]{18}$/) as string,
        },
      },
    });
  });

  it.each([
    ['a b/manifest.json', 'a+b/manifest.json'],
    ['a+b/manifest.json', 'a%2Bb/manifest.json'],
    ['100%/manifest.json', '100%25/manifest.json'],
    ['it\'s "it"/manifest.json', 'it%27s+%22it%22/manifest.json'],
    ['🎙/manifest.json', '%F0%9F%8E%99/manifest.json'],
    ['ü(1)&=~*-_./manifest.json', '%C3%BC%281%29%26%3D%7E*-_./manifest.json'],
  ])('of %j has the key %j', async (key, encoded) => {
    await put(key, 'xyz');
    const event = await nextEvent();
    expect(event?.s3.object).toMatchObject({ key: encoded, size: 3 });
    expect(decodeURIComponent(encoded.replaceAll('+', ' '))).toBe(key);
  });

  it('of a copy', async () => {
    await put('drafts/alice.json', 'copied');
    const { CopyObjectResult } = await copy('drafts/alice.json', 'alice/manifest.json');
    expect(await nextEvent()).toMatchObject({
      eventName: 'ObjectCreated:Copy',
      s3: {
        object: { key: 'alice/manifest.json', size: 6, eTag: CopyObjectResult?.ETag?.replaceAll('"', '') },
      },
    });
  });

  it('of a multipart upload through lib-storage', async () => {
    const { ETag } = await uploadLarge('large/manifest.json', 12_000_000);
    expect(ETag).toMatch(/-3"$/);
    expect(await nextEvent()).toMatchObject({
      eventName: 'ObjectCreated:CompleteMultipartUpload',
      s3: { object: { key: 'large/manifest.json', size: 12_000_000, eTag: ETag?.replaceAll('"', '') } },
    });
    expect(await receiveMessage(0)).toBeUndefined();
  });

  it('of a form', async () => {
    await postForm('alice smith/${filename}', 'posted', 'manifest.json');
    expect(await nextEvent()).toMatchObject({
      eventName: 'ObjectCreated:Post',
      s3: { object: { key: 'alice+smith/manifest.json', size: 6 } },
    });
    expect(await read('alice smith/manifest.json')).toBe('posted');
  });

  it('is sent only for the suffix, for what was written, and for the bucket', async () => {
    while (await receiveMessage(0));
    await fetch(`${aws.endpoint}/elsewhere`, { method: 'PUT' });
    await s3.send(new PutObjectCommand({ Bucket: 'elsewhere', Key: 'manifest.json', Body: 'x' }));
    await put('alice/one.wav');
    await put('alice/manifest.json.bak');
    await expect(put('alice/manifest.json', 'x', { IfMatch: '"abc"' })).rejects.toMatchObject(noSuchKey);
    await expect(copy('absent', 'alice/manifest.json')).rejects.toMatchObject(noSuchKey);
    const complete = await uploadInParts('bob/manifest.json', 'x');
    await deleteObject('alice/manifest.json');
    expect(await receiveMessage(1)).toBeUndefined();

    await complete();
    expect(await nextEvent()).toMatchObject({ s3: { object: { key: 'bob/manifest.json' } } });
  });

  it('orders the writes of a key by its sequencer', async () => {
    const written: string[] = [];
    for (let round = 0; round < 30; round++) {
      written.push((await put('manifest.json', `version ${round}`)).ETag?.replaceAll('"', '') ?? '');
    }
    const events = [];
    while (events.length < written.length) events.push((await nextEvent())?.s3.object);
    const bySequencer = events.toSorted((a, b) => ((a?.sequencer ?? '') < (b?.sequencer ?? '') ? -1 : 1));
    expect(bySequencer.map((object) => object?.eTag)).toEqual(written);
    expect(new Set(events.map((object) => object?.sequencer)).size).toBe(written.length);
  });

  it('of concurrent writes has an event for each, with its own ETag and size', async () => {
    const puts = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const { ETag } = await put('manifest.json', 'x'.repeat(index + 1));
        return { eTag: ETag?.replaceAll('"', ''), size: index + 1 };
      }),
    );
    const events = [];
    while (events.length < puts.length) {
      const object = (await nextEvent())?.s3.object;
      events.push({ eTag: object?.eTag, size: object?.size ?? 0 });
    }
    expect(events.toSorted((a, b) => a.size - b.size)).toEqual(puts);
  });
});
