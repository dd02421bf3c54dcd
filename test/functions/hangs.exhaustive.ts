import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, type TestContext, vi } from 'vitest';
import { localAwsVariables } from '../../emulators/aws.ts';
import type { Behavior } from '../../emulators/callers-api/behaviors.ts';
import { type CallersApiSimulator, startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import type { HandlerOptions } from '../../functions/clone-voice/handler.ts';
import { API_KEY } from '../support/api-key.ts';
import { later, type ReadResult, startBench } from '../support/bench.ts';
import { type Fault, type S3Proxy, startS3Proxy } from '../support/s3-proxy.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';
import { afterWholeRequest, answerBytes, type RawServer, startRawServer } from '../support/servers.ts';
import { wav } from '../support/wav.ts';
import type { OneInvocation, Returned } from './one-invocation.ts';

// These tests mostly wait.
vi.setConfig({ maxConcurrency: 16, testTimeout: 90_000 });

const bench = await startBench();
afterAll(() => bench.close());

const program = fileURLToPath(new URL('one-invocation.ts', import.meta.url));

/** Time limit of an invocation: more than the 22 seconds that it needs to start, and less than the test timeout. */
const SECONDS = 50;
/** Time limit of an invocation that uses all of it. */
const FEW_SECONDS = 27;
const usualEnvironment = { CLONE_TIMEOUT_SECONDS: '2', SETTLE_SECONDS: '0' };
const usualOptions: HandlerOptions = { s3SocketTimeout: 1_000 };
/** The deployed time limits. */
const asDeployed: HandlerOptions = {};

const small = { 'one.wav': wav(3_000), 'two.wav': wav(4_000) };
/** Larger than all buffers between the function and the API. */
const large = wav(20_000_000);

/** A folder that was just dropped, with the services that the function uses for it. */
interface Case {
  folder: string;
  /** S3 as the invocation sees it. */
  s3: S3Proxy;
  /** The API for later deliveries, and by default for the invocation. */
  api: CallersApiSimulator;
  /** Delivers the message to a new process. Returns what the function returned. */
  invoke: (invocation?: Invocation) => Promise<Returned>;
  /** Delivers the message again, when nothing hangs anymore. Returns `result.json`, unless it was deferred. */
  redeliver: (secondsLater?: number) => Promise<ReadResult | 'deferred'>;
}

interface Invocation {
  /** @default SECONDS */
  seconds?: number;
  environment?: Record<string, string>;
  options?: HandlerOptions;
}

type OnTestFinished = TestContext['onTestFinished'];

async function drop(
  folder: string,
  onTestFinished: OnTestFinished,
  samples: Record<string, Uint8Array> = small,
): Promise<Case> {
  const [s3, api] = await Promise.all([startS3Proxy(bench.aws.endpoint), startCallersApiSimulator()]);
  onTestFinished(async () => {
    await Promise.all([s3.close(), api.close()]);
  });
  const record = await oneAtATime(() => bench.drop(folder, manifest, samples));
  return {
    folder,
    s3,
    api,
    invoke: ({ seconds = SECONDS, environment, options = usualOptions } = {}) =>
      invokeInProcess(
        { event: { Records: [record] }, seconds, options },
        {
          ...usualEnvironment,
          STATE_BUCKET: bench.aws.stateBucket,
          CALLERS_API_URL: api.url,
          AWS_ENDPOINT_URL_S3: s3.url,
          ...(environment?.['CALLERS_API_KEY_SECRET_ID'] === undefined && { CALLERS_API_KEY: API_KEY }),
          ...environment,
        },
      ),
    redeliver: async (secondsLater = 0) => {
      const handler = bench.handler({ CALLERS_API_URL: api.url }, later(secondsLater));
      const failed = await bench.deliver(record, handler);
      return failed.length > 0 ? 'deferred' : bench.result(folder);
    },
  };
}

/** Long enough to stall midway. */
const manifest = { name: 'Amelia', description: 'x'.repeat(5_000) };

/** The lease of an invocation that starts now is certainly over after this many seconds. */
const LEASE_OVER = SECONDS + 20;

let last: Promise<unknown> = Promise.resolve();

/** Serializes drops: they share one queue, and each test skips the messages of the others. */
function oneAtATime<Value>(action: () => Promise<Value>): Promise<Value> {
  const result = last.then(action);
  last = result.catch(() => {});
  return result;
}

/**
 * Calls the function once in its own process. If the process exits by itself within the time limit, the function left
 * nothing open or running that could keep it alive.
 */
async function invokeInProcess(
  invocation: OneInvocation,
  environment: Record<string, string>,
): Promise<Returned> {
  const child = spawn(process.execPath, [program, JSON.stringify(invocation)], {
    env: {
      ...localAwsVariables,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [[output = '', errors = '', report = ''], [code]] = await Promise.all([
    Promise.all(child.stdio.slice(1).map((stream) => text(stream as Readable))),
    once(child, 'close'),
  ]);
  // Captured: shown if the test fails, and searched for the API key.
  process.stdout.write(output + errors);
  expect({ code, report }).toEqual({ code: 0, report: expect.stringMatching(/^{/) });
  return JSON.parse(report) as Returned;
}

const done: Returned = { response: { batchItemFailures: [] }, left: [] };
const deferred: Returned = {
  response: { batchItemFailures: [{ itemIdentifier: expect.any(String) }] },
  left: [],
};

/** Injects a fault into the matching requests, from the nth on. */
function fromNth(
  nth: number,
  matches: (request: string, query: URLSearchParams) => boolean,
  fault: Fault,
  times = Infinity,
): S3Proxy['intercept'] {
  let seen = 0;
  return (request, query) => {
    if (!matches(request, query)) return 'pass';
    seen += 1;
    return seen >= nth && seen < nth + times ? fault : 'pass';
  };
}

describe.concurrent('S3 never answers the write', () => {
  const isClaim = (request: string) => request.startsWith('PUT ') && request.endsWith('/ledger.json');
  const isResult = (request: string) => request.startsWith('PUT ') && request.endsWith('/result.json');
  const did: Fault = { commitThen: () => {} };
  const didNot: Fault = 'never-answer';

  /** Which write hangs; how many voices exist then; the status after an immediate delivery, and after the lease. */
  type Row = [
    what: string,
    matches: (request: string) => boolean,
    nth: number,
    fault: Fault,
    voices: number,
    atOnce: string,
    afterLease: string,
  ];
  const rows: Row[] = [
    ['“cloning”, which was not stored', isResult, 1, didNot, 1, 'succeeded', 'succeeded'],
    ['the result, which was not stored', isResult, 2, didNot, 1, 'succeeded', 'succeeded'],
    ['the result, which was stored', isResult, 2, did, 1, 'succeeded', 'succeeded'],
    ['the outcome, which was not stored', isClaim, 3, didNot, 1, 'deferred', 'unknown'],
    ['the outcome, which was stored', isClaim, 3, did, 1, 'succeeded', 'succeeded'],
    ['“posting”, which was not stored', isClaim, 2, didNot, 0, 'deferred', 'succeeded'],
    // Nobody can know that nothing was sent after it.
    ['“posting”, which was stored', isClaim, 2, did, 0, 'deferred', 'unknown'],
    ['the claim, which was not stored', isClaim, 1, didNot, 0, 'succeeded', 'succeeded'],
    ['the claim, which was stored', isClaim, 1, did, 0, 'deferred', 'succeeded'],
  ];

  it.for(rows)(
    'of %s: the invocation gives up in time',
    async ([what, matches, nth, fault, voices, atOnce, afterLease], { onTestFinished }) => {
      const { s3, api, invoke, redeliver } = await drop(`never/${what}/`, onTestFinished);
      s3.intercept = fromNth(nth, matches, fault);
      expect(await invoke({ seconds: FEW_SECONDS, options: asDeployed })).toEqual(deferred);
      expect(api.voices).toHaveLength(voices);

      expect(statusOf(await redeliver())).toBe(atOnce);
      expect(statusOf(await redeliver(LEASE_OVER))).toBe(afterLease);
      expect(api.requests.filter(({ complete }) => complete).length).toBeLessThanOrEqual(1);
    },
  );

  it.for(rows)(
    'of %s, only once: the function repeats the write and succeeds',
    async ([what, matches, nth, fault], { onTestFinished }) => {
      const { folder, s3, api, invoke, redeliver } = await drop(`once/${what}/`, onTestFinished);
      s3.intercept = fromNth(nth, matches, fault, 1);
      expect(await invoke()).toEqual(done);
      expect(await bench.result(folder)).toMatchObject({ status: 'succeeded', voices: [api.voices[0]] });
      expect(statusOf(await redeliver(LEASE_OVER))).toBe('succeeded');
      expect(api.requests).toHaveLength(1);
    },
  );

  it('of the outcome, with little time left: the function repeats the write in time', async ({
    onTestFinished,
  }) => {
    const { folder, s3, invoke } = await drop('once/late/', onTestFinished);
    s3.intercept = fromNth(3, isClaim, didNot, 1);
    expect(await invoke({ seconds: FEW_SECONDS, options: asDeployed })).toEqual(done);
    expect((await bench.result(folder)).status).toBe('succeeded');
  });
});

function statusOf(result: ReadResult | 'deferred'): string {
  return result === 'deferred' ? result : result.status;
}

describe.concurrent('another AWS service never answers', () => {
  /** A secret that can be read this many times. */
  async function secretReadable(times: number, onTestFinished: OnTestFinished) {
    const secrets = await startSecretsManager(API_KEY);
    const proxy = await startS3Proxy(secrets.url);
    onTestFinished(async () => {
      await proxy.close();
      secrets.close();
    });
    proxy.intercept = fromNth(times + 1, () => true, 'never-answer');
    return {
      requests: proxy.requests,
      environment: {
        CALLERS_API_KEY_SECRET_ID: 'callers',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: proxy.url,
      },
    };
  }

  it('Secrets Manager: the function claims nothing, and the next delivery clones', async ({
    onTestFinished,
  }) => {
    const { folder, api, invoke, redeliver } = await drop('secret/', onTestFinished);
    const { requests, environment } = await secretReadable(0, onTestFinished);
    expect(await invoke({ seconds: FEW_SECONDS, environment })).toEqual(deferred);
    expect(requests).toHaveLength(3);
    expect(await bench.ledger(folder)).toBeUndefined();
    expect(statusOf(await redeliver())).toBe('succeeded');
    expect(api.voices).toHaveLength(1);
  });

  it('Secrets Manager, when the function reads a rejected key again: the drop fails', async ({
    onTestFinished,
  }) => {
    const { folder, api, invoke, redeliver } = await drop('secret again/', onTestFinished);
    const { requests, environment } = await secretReadable(1, onTestFinished);
    api.behaveNext({ kind: 'answer', status: 401, when: 'early' });
    expect(await invoke({ seconds: FEW_SECONDS, environment })).toEqual(done);
    expect(requests).toHaveLength(4);
    expect((await bench.result(folder)).error?.code).toBe('API_KEY_REJECTED');
    expect(statusOf(await redeliver(LEASE_OVER))).toBe('failed');
    expect(api.requests).toHaveLength(1);
  });

  it('SQS, when the function defers a message: the message stays, and the next delivery clones', async ({
    onTestFinished,
  }) => {
    const { api, invoke, redeliver } = await drop('queue/', onTestFinished);
    const sqs = await startS3Proxy(bench.aws.endpoint);
    onTestFinished(() => sqs.close());
    sqs.intercept = () => 'never-answer';
    api.behaveNext({ kind: 'answer', status: 429 });
    const QUEUE_URL = sqs.url + new URL(bench.aws.queueUrl).pathname;
    const environment = { QUEUE_URL, AWS_ENDPOINT_URL_SQS: sqs.url };
    expect(await invoke({ seconds: FEW_SECONDS, environment })).toEqual(deferred);
    expect(sqs.requests).toHaveLength(3);
    expect(statusOf(await redeliver())).toBe('succeeded');
    expect(api.voices).toHaveLength(1);
  });

  it('SNS, when the function publishes a result: result.json shows it, and the next delivery publishes it', async ({
    onTestFinished,
  }) => {
    const { folder, api, invoke, redeliver } = await drop('topic/', onTestFinished);
    const sns = await startS3Proxy(bench.aws.endpoint);
    onTestFinished(() => sns.close());
    sns.intercept = () => 'never-answer';
    const environment = { RESULT_TOPIC_ARN: bench.aws.resultTopicArn, AWS_ENDPOINT_URL_SNS: sns.url };
    expect(await invoke({ environment })).toEqual(deferred);
    expect(sns.requests).toHaveLength(3);
    expect(await bench.result(folder)).toMatchObject({ status: 'succeeded', published: false });
    expect(await redeliver()).not.toHaveProperty('published');
    expect(api.voices).toHaveLength(1);
  });
});

describe.concurrent('S3 stalls while the function reads the folder', () => {
  const isManifest = (request: string) => request.startsWith('GET ') && request.endsWith('/manifest.json');
  const isOldResult = (request: string) => request.startsWith('GET ') && request.endsWith('/result.json');
  const isLedger = (request: string) => request.startsWith('GET ') && request.endsWith('/ledger.json');
  const isListing = (_request: string, query: URLSearchParams) => query.has('list-type');

  it.for<[string, (request: string, query: URLSearchParams) => boolean, Fault, HandlerOptions?]>([
    // The SDK sets socket timeouts of 6 seconds or more in another way.
    ['in the manifest, with a longer time limit', isManifest, 'stall-body', { s3SocketTimeout: 6_000 }],
    ['in the manifest', isManifest, 'stall-body'],
    ['before the manifest', isManifest, 'never-answer'],
    ['before the earlier result', isOldResult, 'never-answer'],
    ['before the ledger', isLedger, 'never-answer'],
    ['before the listing', isListing, 'never-answer'],
    ['in the listing', isListing, 'stall-body'],
  ])(
    '%s: the function claims nothing, and the next delivery clones',
    async ([what, matches, fault, options = usualOptions], { onTestFinished }) => {
      const { folder, s3, api, invoke, redeliver } = await drop(`look/${what}/`, onTestFinished);
      await bench.put(`${folder}result.json`, 'left here by somebody');
      s3.intercept = fromNth(1, matches, fault);
      expect(await invoke({ options })).toEqual(deferred);
      expect(await bench.ledger(folder)).toBeUndefined();
      expect(api.requests).toEqual([]);
      expect(statusOf(await redeliver())).toBe('succeeded');
      expect(api.voices).toHaveLength(1);
    },
  );
});

describe.concurrent('S3 stalls in the middle of a sample', () => {
  const stalls = fromNth(1, (request) => request.endsWith('/two.wav'), 'stall-body');
  const samples = { ...small, 'three.wav': large };

  it.for<[string, HandlerOptions]>([
    ['S3’s socket timeout ends it', usualOptions],
    ['the call’s time limit ends it', { s3SocketTimeout: 5_000 }],
  ])('%s: no voice is made, and the next delivery clones', async ([what, options], { onTestFinished }) => {
    const { s3, api, invoke, redeliver } = await drop(`sample/${what}/`, onTestFinished, samples);
    s3.intercept = stalls;
    expect(await invoke({ options })).toEqual(deferred);
    expect(s3.requests).toContainEqual(expect.stringMatching(/three\.wav$/));
    expect(api.voices).toEqual([]);
    expect(statusOf(await redeliver())).toBe('succeeded');
    expect(api.voices).toHaveLength(1);
  });

  it('or before it, once: it is asked again', async ({ onTestFinished }) => {
    const twins = { 'one.wav': wav(4_000), 'two.wav': wav(4_000).fill(1, 100, 200) };
    const { s3, api, invoke } = await drop('sample/once/', onTestFinished, twins);
    s3.intercept = (request) =>
      request.endsWith('/two.wav') && s3.requests.indexOf(request) === s3.requests.length - 1
        ? 'never-answer'
        : 'pass';
    expect(await invoke()).toEqual(done);
    expect(s3.requests.filter((request) => request.endsWith('/two.wav'))).toHaveLength(4);
    expect(api.voices).toHaveLength(1);
  });
});

describe.concurrent('the API hangs after the function sent the whole request: the outcome is unknown', () => {
  it.for<[string, Behavior]>([
    ['it made a voice, and never answers', { kind: 'silence', when: 'after-body', created: true }],
    ['it made no voice, and never answers', { kind: 'silence', when: 'after-body' }],
    ['its answer arrives at one byte per second', { kind: 'slow-answer', bytesPerSecond: 1 }],
  ])('%s', async ([what, behavior], { onTestFinished }) => {
    const { folder, api, invoke, redeliver } = await drop(`unknown/${what}/`, onTestFinished);
    api.behaveNext(behavior);
    expect(await invoke()).toEqual(done);
    await expectUnknown(folder);
    await api.whenRequests(1);
    expect(statusOf(await redeliver(LEASE_OVER))).toBe('unknown');
    expect(api.requests).toHaveLength(1);
  });

  it.for<[string, () => Promise<RawServer>]>([
    [
      'the head of its answer arrives at one byte per second',
      () =>
        afterWholeRequest((socket) => trickle(socket, 'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n')),
    ],
    [
      'it keeps sending interim answers',
      () => afterWholeRequest((socket) => trickle(socket, 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(10), 27)),
    ],
    ['it never reads the body, which was sent completely', () => startRawServer(() => {})],
  ])('%s', async ([what, start], { onTestFinished }) => {
    const server = await start();
    onTestFinished(() => server.close());
    const { folder, api, invoke, redeliver } = await drop(`unknown/${what}/`, onTestFinished);
    expect(await invoke({ environment: { CALLERS_API_URL: server.url } })).toEqual(done);
    await expectUnknown(folder);
    expect(statusOf(await redeliver(LEASE_OVER))).toBe('unknown');
    expect(server.connections).toBe(1);
    expect(api.requests).toEqual([]);
  });
});

async function expectUnknown(folder: string): Promise<void> {
  expect(await bench.result(folder)).toMatchObject({
    status: 'unknown',
    error: {
      code: 'OUTCOME_UNKNOWN',
      message: expect.stringMatching(/did not answer within the time limit/),
    },
  });
}

/** Writes this many bytes per second until the peer disconnects. */
function trickle(socket: Socket, bytes: string, bytesPerSecond = 1): void {
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(bytes.slice(sent, (sent += bytesPerSecond)));
  }, 1_000);
  socket.once('close', () => clearInterval(timer));
}

describe.concurrent('the API hangs before the function sent the whole request: no voice is made', () => {
  /** An API that stops reading after this many bytes. */
  const readingOnly = (bytes: number) =>
    startRawServer((socket) => {
      let read = 0;
      socket.on('data', (chunk) => {
        read += chunk.length;
        if (read >= bytes) socket.pause();
      });
      if (bytes > 0) socket.resume();
    });
  const stallingNext = fromNth(1, (request) => request.endsWith('/two.wav'), 'stall-body');

  it.for<[string, () => Promise<RawServer>, HandlerOptions?, S3Proxy['intercept']?]>([
    ['it never reads', () => readingOnly(0)],
    ['it stops reading in the middle', () => readingOnly(5_000_000)],
    [
      'it stops reading in the middle, and S3 has the longer time limit',
      () => readingOnly(5_000_000),
      { s3SocketTimeout: 5_000 },
    ],
    [
      'it stops reading, and S3 stalls in the next sample',
      () => readingOnly(5_000_000),
      { s3SocketTimeout: 5_000 },
      stallingNext,
    ],
  ])('%s', async ([what, start, options = usualOptions, intercept], { onTestFinished }) => {
    const server = await start();
    onTestFinished(() => server.close());
    const samples = { 'one.wav': large, 'two.wav': wav(4_000) };
    const { s3, api, invoke, redeliver } = await drop(`not sent/${what}/`, onTestFinished, samples);
    if (intercept) s3.intercept = intercept;
    expect(await invoke({ environment: { CALLERS_API_URL: server.url }, options })).toEqual(deferred);
    expect(server.connections).toBe(1);
    s3.intercept = () => 'pass';
    expect(statusOf(await redeliver())).toBe('succeeded');
    expect(api.voices).toHaveLength(1);
  });

  it('the TLS handshake never completes', async ({ onTestFinished }) => {
    const server = await startRawServer((socket) => socket.resume());
    onTestFinished(() => server.close());
    const { api, invoke, redeliver } = await drop('not sent/tls/', onTestFinished);
    const url = server.url.replace('http:', 'https:');
    expect(await invoke({ environment: { CALLERS_API_URL: url } })).toEqual(deferred);
    expect(server.connections).toBe(1);
    expect(statusOf(await redeliver())).toBe('succeeded');
    expect(api.voices).toHaveLength(1);
  });
});

describe.concurrent('the API refuses the request and leaves the connection open', () => {
  /** An API that rejects the request once it has received enough, and stops reading. */
  const refusingOnce = (enough: (received: Buffer) => boolean) =>
    startRawServer((socket, received) => {
      socket.on('data', () => {
        if (!enough(received())) return;
        socket.pause().write(answerBytes(400, JSON.stringify({ message: 'no' })));
      });
      socket.resume();
    });
  const isInLarge = (received: Buffer) => received.length > 5_000_000;
  const isAtTwo = (received: Buffer) => received.includes('filename="two.wav"');

  it.for<[string, (received: Buffer) => boolean, Record<string, Uint8Array>]>([
    ['in the middle of the body', isInLarge, { 'one.wav': large, 'two.wav': wav(4_000) }],
    ['while S3 stalls', isAtTwo, { ...small, 'three.wav': wav(5_000) }],
  ])('%s: the drop is rejected', async ([what, enough, samples], { onTestFinished }) => {
    const server = await refusingOnce(enough);
    onTestFinished(() => server.close());
    const { folder, s3, api, invoke, redeliver } = await drop(`refused/${what}/`, onTestFinished, samples);
    s3.intercept = fromNth(1, (request) => request.endsWith('/two.wav'), 'stall-body');
    const environment = { CALLERS_API_URL: server.url };
    expect(await invoke({ environment, options: { s3SocketTimeout: 5_000 } })).toEqual(done);
    expect((await bench.result(folder)).error).toMatchObject({ code: 'API_REJECTED', apiMessage: 'no' });
    expect(statusOf(await redeliver(LEASE_OVER))).toBe('failed');
    expect(api.requests).toEqual([]);
  });
});
