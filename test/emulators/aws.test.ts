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
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectAclCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
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

async function uploadLarge(key: string, bytes: number) {
  const params = { Bucket: aws.bucket, Key: key, Body: Buffer.alloc(bytes) };
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

  it('answers 404 if there is no object or bucket', async () => {
    await expect(put('claim', 'x', { IfMatch: '"abc"' })).rejects.toMatchObject(noSuchKey);
    for (const condition of [{ IfMatch: '"abc"' }, { IfNoneMatch: '*' }]) {
      const input = { Bucket: 'nowhere', Key: 'claim', Body: 'x', ...condition };
      await expect(s3.send(new PutObjectCommand(input))).rejects.toMatchObject({ name: 'NoSuchBucket' });
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

  it('is freed when the handler fails', async () => {
    // A source that cannot be decoded makes fauxqs fail.
    const request = sendPut('claim', { 'content-length': 0, 'x-amz-copy-source': '%' }, '');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(500);
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

  it.each<[string, () => Promise<unknown>, number]>([
    ['Copy', async () => copy('draft', 'a b/manifest.json'), 4],
    ['CompleteMultipartUpload', async () => uploadLarge('a b/manifest.json', 12_000_000), 12_000_000],
    ['Post', async () => postForm('a b/${filename}', 'posted', 'manifest.json'), 6],
  ])('of a write by %s', async (operation, write, size) => {
    await put('draft');
    await write();
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket: aws.bucket, Key: 'a b/manifest.json' }));
    expect(await nextEvent()).toMatchObject({
      eventName: `ObjectCreated:${operation}`,
      s3: { object: { key: 'a+b/manifest.json', size, eTag: ETag?.replaceAll('"', '') } },
    });
    expect(await receiveMessage(0)).toBeUndefined();
  });

  it('of concurrent writes has an event for each, in whose order the last is what is stored', async () => {
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => put('manifest.json', 'x'.repeat(index + 1))),
    );
    const events = [];
    while (events.length < 20) events.push((await nextEvent())?.s3.object);
    expect(events.map((object) => object?.size ?? 0).toSorted((a, b) => a - b)).toEqual(
      events.map((_, index) => index + 1),
    );
    const last = events.toSorted((a, b) => ((a?.sequencer ?? '') < (b?.sequencer ?? '') ? -1 : 1)).at(-1);
    expect(last?.size).toBe((await read('manifest.json'))?.length);
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
});
