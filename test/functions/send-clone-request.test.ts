import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { Behavior } from '../../emulators/callers-api/behaviors.ts';
import { locales } from '../../shared/locales.ts';
import { parseRetryAfter } from '../../shared/retry-after.ts';
import { API_KEY } from '../support/api-key.ts';
import { selfSigned } from '../support/certificate.ts';
import {
  failingSample,
  largeSample,
  sampleFrom,
  sampleOf,
  stallingSample,
  unopenableSample,
  type WatchedSample,
} from '../support/samples.ts';
import {
  clientRequests,
  expectNothingArrivedWhole,
  MUCH,
  raw,
  running,
  send,
  simulate,
} from '../support/sending.ts';
import {
  afterWholeRequest,
  answerBytes,
  answering,
  closedPort,
  isWhole,
  startRawServer,
} from '../support/servers.ts';
import { amelia } from '../support/voice.ts';
import { wav } from '../support/wav.ts';

/** A sample of these bytes that comes over HTTP, as the function's samples do. */
async function overHttp(bytes: Buffer): Promise<WatchedSample> {
  const server = createServer((_, response) => response.end(bytes)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.push({ close: () => server[Symbol.asyncDispose]() });
  const { port } = server.address() as AddressInfo;
  return sampleFrom(
    async (signal) => {
      const [response] = await once(get({ port, agent: false, signal }), 'response');
      return response as IncomingMessage;
    },
    { size: bytes.length },
  );
}

/** Trusts a certificate in this process during `action`. */
async function trusting<Value>(certificate: string, action: () => Promise<Value>): Promise<Value> {
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, certificate]);
  try {
    return await action();
  } finally {
    setDefaultCACertificates(trusted);
  }
}

/** Resolves when an answer's head has reached the client; to be called before it is sent. */
function answerReachesClient(): Promise<void> {
  return new Promise((resolve) => {
    const heard = () => {
      unsubscribe('http.client.response.finish', heard);
      resolve();
    };
    subscribe('http.client.response.finish', heard);
  });
}

describe('a good request', () => {
  it('makes a voice, whose unlisted fields are kept', async () => {
    const simulator = await simulate();
    const outcome = await send(simulator);
    expect(outcome).toEqual({ kind: 'cloned', status: 201, voices: simulator.voices });
    expect(simulator.voices).toHaveLength(1);
    expect(simulator.voices[0]).toHaveProperty('createdAt');
  });

  it('arrives with every setting and every byte', async () => {
    const simulator = await simulate();
    const contents = [wav(3_000_000), wav(45), wav(70_000)];
    const samples = contents.map((bytes, index) => sampleOf(bytes, { name: `größe ${index} "😀".wav` }));
    const outcome = await send(simulator, {
      samples,
      settings: {
        name: 'Zoë "😀"\r\n!',
        description: '',
        providerType: 'CARTESIA',
        supportedLocales: [...locales],
        subAccounts: true,
        stability: 0,
        similarityBoost: 1,
        speed: -0.5,
        supportsAllLanguages: false,
      },
      subOrganizationId: 'sub-1',
    });
    expect(outcome.kind).toBe('cloned');
    const [request] = simulator.requests;
    expect(request?.problems).toEqual([]);
    expect(request?.fields).toEqual([
      ['name', 'Zoë "😀"\r\n!'],
      ['description', ''],
      ['providerType', 'CARTESIA'],
      ...locales.map((locale) => ['supportedLocales', locale]),
      ['subAccounts', 'true'],
      ['stability', '0'],
      ['similarityBoost', '1'],
      ['speed', '-0.5'],
      ['supportsAllLanguages', 'false'],
    ]);
    expect(request?.files).toEqual(
      contents.map((bytes, index) => ({
        field: 'files',
        filename: `größe ${index} %22😀%22.wav`,
        mimeType: 'audio/wav',
        size: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      })),
    );
    expect(request?.headers).toMatchObject({
      authorization: API_KEY,
      'x-sub-organization-id': 'sub-1',
      'content-length': expect.stringMatching(/^307\d{4}$|^308\d{4}$/),
    });
    expect(request?.headers).not.toHaveProperty('transfer-encoding');
  });

  it('may have a setting written with an exponent, such as 1e-7', async () => {
    const simulator = await simulate();
    const outcome = await send(simulator, { settings: { name: 'Alice Smith', stability: 1e-7 } });
    expect(simulator.requests[0]?.problems).toEqual([]);
    expect(outcome.kind).toBe('cloned');
  });

  it('is sent once, on a connection of its own', async () => {
    const simulator = await simulate();
    await send(simulator);
    await send(simulator);
    expect(simulator.requests.map(({ headers }) => headers.connection)).toEqual(['close', 'close']);
    expect(clientRequests).toHaveLength(2);
  });

  it.each([200, 201, 202])('may be answered with %d and several voices', async (status) => {
    const voices = [amelia, { ...amelia, id: '2', more: null, settings: null }];
    const simulator = await simulate({ kind: 'answer', status, body: voices });
    expect(await send(simulator)).toEqual({ kind: 'cloned', status, voices });
  });

  it('may be answered in chunks, after an interim answer', async () => {
    const server = await raw(
      afterWholeRequest((socket) => {
        const json = JSON.stringify([amelia]);
        const [one, two] = [json.slice(0, 20), json.slice(20)];
        socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n');
        socket.write('HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n');
        for (const part of [one, two, '']) socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
      }),
    );
    expect(await send(server)).toEqual({ kind: 'cloned', status: 201, voices: [amelia] });
  });

  it('reads the samples no faster than the API does', async () => {
    const simulator = await simulate({ kind: 'slow-reading', bytesPerSecond: 20_000_000 });
    expect((await send(simulator, { samples: [largeSample(4_000_000)] })).kind).toBe('cloned');
    expect(simulator.requests[0]?.files[0]?.size).toBe(4_000_000);
  });

  it('goes over TLS when the certificate is trusted', async () => {
    const tls = await selfSigned();
    await trusting(tls.cert, async () => {
      const simulator = await simulate(undefined, { tls });
      expect(await send(simulator, { samples: [sampleOf(wav(1_000_000))] })).toEqual({
        kind: 'cloned',
        status: 201,
        voices: simulator.voices,
      });
      simulator.behaveNext({ kind: 'reset', when: 'after-body', created: true });
      expect(await send(simulator)).toMatchObject({ kind: 'unknown', reason: 'closed' });
      simulator.behaveNext({ kind: 'reset', when: 'during-body', afterBytes: 1_000_000 });
      const samples = [largeSample(MUCH)];
      expect(await send(simulator, { samples })).toMatchObject({ kind: 'notSent', reason: 'closed' });
      simulator.behaveNext({ kind: 'answer', when: 'early', status: 401 });
      expect(await send(simulator, { samples })).toMatchObject({ kind: 'rejected', status: 401 });
    });
  });

  // The memory of what was sent is reused: if too early, the API would receive other bytes.
  it.each([false, true])(
    'arrives unchanged from samples over HTTP, though the API is slow (TLS: %s)',
    async (secure) => {
      const tls = secure ? await selfSigned() : undefined;
      const contents = [wav(6_000_000), wav(45), wav(7_000_000)];
      const samples = await Promise.all(contents.map(overHttp));
      const simulator = await simulate(
        { kind: 'slow-reading', bytesPerSecond: 50_000_000 },
        { ...(tls && { tls }) },
      );
      const sending = () => send(simulator, { samples });
      expect((await (tls ? trusting(tls.cert, sending) : sending())).kind).toBe('cloned');
      expect(simulator.requests[0]?.files.map(({ sha256 }) => sha256)).toEqual(
        contents.map((bytes) => createHash('sha256').update(bytes).digest('hex')),
      );
    },
  );
});

describe('an answer before the body has ended', () => {
  it('of 401 is reported, and the rest is not sent', async () => {
    const simulator = await simulate(undefined, { apiKey: 'another key' });
    const outcome = await send(simulator, { samples: [largeSample(MUCH), largeSample(MUCH)] });
    expect(outcome).toEqual({ kind: 'rejected', status: 401, message: 'Unauthorized' });
    await expectNothingArrivedWhole(simulator);
  });

  it('stops the sending also when the API goes on reading', async () => {
    const server = await raw(
      startRawServer((socket) => {
        socket.once('data', () => socket.write(answerBytes(413, 'too large')));
        socket.resume();
      }),
    );
    const outcome = await send(server, { samples: [largeSample(8 * MUCH)] });
    expect(outcome).toEqual({ kind: 'rejected', status: 413, message: 'too large' });
    expect(isWhole(server.received)).toBe(false);
  });

  it.each([
    ['goes on reading', true],
    ['reads no more', false],
  ])('stops the sending before it has itself been read, when the API %s', async (_, reads) => {
    const stopped = Promise.withResolvers<void>();
    const whole = largeSample(MUCH);
    const sample = sampleFrom(
      async (signal) => {
        const source = await whole.open(signal);
        return source.once('close', stopped.resolve);
      },
      { size: MUCH },
    );
    const server = await raw(
      startRawServer((socket) => {
        socket.once('data', () => {
          if (!reads) socket.pause();
          socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\n\r\n');
          void stopped.promise.then(() => socket.write('too large'));
        });
        socket.resume();
      }),
    );
    expect(await send(server, { samples: [sample] })).toEqual({
      kind: 'rejected',
      status: 413,
      message: 'too large',
    });
    expect(server.received.length).toBeLessThan(MUCH / 2);
  });

  it('is received while a sample stalls', async () => {
    const server = await raw(
      startRawServer((socket) => {
        socket.once('data', () => socket.write(answerBytes(401, '{"message":"Unauthorized"}')));
        socket.resume();
      }),
    );
    expect(await send(server, { samples: [stallingSample(5_000, 2_000)] })).toEqual({
      kind: 'rejected',
      status: 401,
      message: 'Unauthorized',
    });
  });

  it('is received while a sample is still opening, and closes it once it opens', async () => {
    const opening = Promise.withResolvers<Readable>();
    const server = await raw(
      startRawServer((socket) => {
        socket.once('data', () => socket.write(answerBytes(401, '')));
        socket.resume();
      }),
    );
    const outcome = await send(server, { samples: [sampleFrom(() => opening.promise, { size: 600 })] });
    expect(outcome).toMatchObject({ kind: 'rejected', status: 401 });
    const source = new PassThrough();
    opening.resolve(source);
    await turn();
    expect(source.destroyed).toBe(true);
  });

  it('takes precedence over a sample that fails after it', async () => {
    const source = new PassThrough();
    void answerReachesClient().then(() => source.destroy(new Error('too late')));
    const server = await raw(
      startRawServer((socket) => {
        socket.once('data', () => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'));
        socket.resume();
      }),
    );
    const outcome = await send(server, { samples: [sampleFrom(() => source, { size: 600 })] });
    expect(outcome).toEqual({ kind: 'rejected', status: 403, message: 'the API answered 403' });
  });
});

describe('a sample', () => {
  const error = new Error('the bucket is gone');
  const html = Buffer.from('<!doctype html><title>404</title>');

  const bad: [string, () => WatchedSample, unknown][] = [
    ['cannot be opened', () => unopenableSample(3_000, error), error],
    ['fails at its beginning', () => failingSample(3_000, 0, error), error],
    ['fails in its middle', () => failingSample(3_000_000, 1_500_000, error), error],
    ['fails after its last byte', () => failingSample(3_000, 3_000, error), error],
    [
      'is too short',
      () => sampleOf(wav(2_999), { size: 3_000 }),
      expect.objectContaining({ code: 'WRONG_LENGTH' }),
    ],
    [
      'is too long',
      () => sampleOf(wav(3_001), { size: 3_000 }),
      expect.objectContaining({ code: 'WRONG_LENGTH' }),
    ],
    [
      'is much too long',
      () => sampleOf(wav(3_000_000), { size: 1_000_000 }),
      expect.objectContaining({ code: 'WRONG_LENGTH' }),
    ],
    ['is a web page', () => sampleOf(html), expect.objectContaining({ code: 'NOT_AUDIO' })],
  ];

  it.each(bad)('that %s stops the request, and no voice is made', async (_, make, expected) => {
    for (const samples of [[make()], [sampleOf(wav(700_000)), make(), sampleOf(wav(700_000))]]) {
      const simulator = await simulate();
      const outcome = await send(simulator, { samples });
      expect(outcome).toEqual({
        kind: 'stopped',
        by: 'sample',
        error: expected,
        message: expect.stringMatching(/./),
      });
      await expectNothingArrivedWhole(simulator);
    }
  });

  it('that fails leaves a body that no server can mistake for a complete one', async () => {
    for (const [, make] of bad) {
      const server = await raw(startRawServer((socket) => socket.resume()));
      await send(server, { samples: [sampleOf(wav(100_000)), make()] });
      await server.close();
      expect(isWhole(server.received)).toBe(false);
      expect(server.received.toString('latin1')).not.toMatch(/--\r\n$/);
    }
  });

  it('is opened while the connection is made, and closed when there is none', async () => {
    const sample = sampleOf(wav(3_000));
    await send({ url: `http://127.0.0.1:${await closedPort()}` }, { samples: [sample] });
    expect(sample.opens).toBe(1);
  });

  it('is sent only once it may begin', async () => {
    const simulator = await simulate();
    const { promise: mayBegin, resolve: begin } = Promise.withResolvers<void>();
    const sample = sampleOf(wav(3_000));
    const sending = send(simulator, { samples: [sample], mayBegin });
    await expect.poll(() => clientRequests[0]?.socket?.connecting).toBe(false);
    await expect.poll(() => sample.opens).toBe(1);
    expect(simulator.requests).toEqual([]);
    begin();
    expect(await sending).toMatchObject({ kind: 'cloned' });
  });
});

describe('the end of the body', () => {
  it('is held back until allowed, and asked for once, after everything before it is sent', async () => {
    const simulator = await simulate();
    const { promise: allowed, resolve: allow } = Promise.withResolvers<void>();
    let asked = 0;
    const mayEnd = () => {
      asked++;
      return allowed;
    };
    const sending = send(simulator, { samples: [largeSample(MUCH)], mayEnd });
    await expect.poll(() => simulator.requests[0]?.files[0]?.size).toBe(MUCH);
    await expect.poll(() => asked).toBe(1);
    expect(simulator.voices).toEqual([]);
    allow();
    expect(await sending).toMatchObject({ kind: 'cloned' });
    expect(asked).toBe(1);
  });

  it('is not asked for while more is left than the buffers of a connection hold', async () => {
    const server = await raw(startRawServer(() => {}));
    let asked = 0;
    const mayEnd = () => Promise.resolve(asked++);
    const outcome = await send(server, { samples: [largeSample(MUCH)], mayEnd, timeoutSeconds: 1 });
    expect(outcome).toMatchObject({ kind: 'notSent', reason: 'timeout' });
    expect(asked).toBe(0);
  });

  it.each([
    ['to begin', () => ({ mayBegin: Promise.reject(new Error('no')) })],
    ['to end', () => ({ mayEnd: () => Promise.reject(new Error('no')) })],
  ])('that is not allowed %s leaves no voice', async (_, gates) => {
    const simulator = await simulate();
    const outcome = await send(simulator, { samples: [sampleOf(wav(3_000))], ...gates() });
    expect(outcome).toMatchObject({ kind: 'stopped', by: 'gate', message: 'no' });
    await simulator.whenRequests(simulator.requests.length);
    expect(simulator.voices).toEqual([]);
  });

  it('does not keep an early answer from winning', async () => {
    const simulator = await simulate({ kind: 'answer', when: 'early', status: 401 });
    const outcome = await send(simulator, { mayEnd: () => new Promise(() => {}) });
    expect(outcome).toMatchObject({ kind: 'rejected', status: 401 });
  });
});

describe('an API that cannot be reached', () => {
  const unreachable = (message: RegExp) => ({
    kind: 'notSent',
    reason: 'unreachable',
    message: expect.stringMatching(message),
  });

  it('because it refuses connections was sent nothing', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    expect(await send({ url })).toEqual(unreachable(/ECONNREFUSED/));
  });

  it('because its host is unknown was sent nothing', async () => {
    // A label of 64 octets cannot be in the DNS (RFC 1035, section 2.3.4), so that nobody is asked for it.
    const url = `https://${'a'.repeat(64)}.test`;
    expect(await send({ url })).toEqual(unreachable(/./));
  });

  it('because its certificate is not trusted was sent nothing', async () => {
    const simulator = await simulate(undefined, { tls: await selfSigned() });
    const sample = sampleOf(wav(3_000));
    expect(await send(simulator, { samples: [sample] })).toEqual(unreachable(/certificate/i));
    expect(simulator.requests).toEqual([]);
  });

  it('because it does not speak TLS was sent nothing', async () => {
    const server = await raw(startRawServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect(await send({ url: server.url.replace('http:', 'https:') })).toEqual(unreachable(/./));
  });

  it('because it hangs up during the TLS handshake was sent nothing', async () => {
    const server = await raw(startRawServer((socket) => socket.destroy()));
    expect(await send({ url: server.url.replace('http:', 'https:') })).toEqual(unreachable(/./));
  });
});

describe('a connection that ends', () => {
  it.each<[string, Behavior]>([
    ['before the body', { kind: 'reset', when: 'before-body' }],
    ['during the body', { kind: 'reset', when: 'during-body', afterBytes: 5_000_000 }],
  ])('%s leaves no voice', async (_, behavior) => {
    const simulator = await simulate(behavior);
    expect(await send(simulator, { samples: [largeSample(MUCH)] })).toEqual({
      kind: 'notSent',
      reason: 'closed',
      message: expect.stringMatching(/EPIPE|ECONNRESET|hang up/),
    });
    await expectNothingArrivedWhole(simulator);
  });

  it('before the body by a plain close leaves no voice (EPIPE)', async () => {
    const server = await raw(startRawServer((socket) => socket.end()));
    expect(await send(server, { samples: [largeSample(MUCH)] })).toMatchObject({
      kind: 'notSent',
      reason: 'closed',
    });
  });

  it('while a sample stalls is noticed', async () => {
    const server = await raw(
      startRawServer((socket) => {
        socket.once('data', () => socket.resetAndDestroy());
        socket.resume();
      }),
    );
    expect(await send(server, { samples: [stallingSample(3_000, 1_000)] })).toMatchObject({
      kind: 'notSent',
      reason: 'closed',
    });
  });

  it.each([true, false])('after the body may have made a voice or not: %s', async (created) => {
    const simulator = await simulate({ kind: 'reset', when: 'after-body', created });
    expect(await send(simulator)).toEqual({
      kind: 'unknown',
      reason: 'closed',
      message: expect.stringMatching(/ECONNRESET|hang up/),
    });
    expect(simulator.voices).toHaveLength(created ? 1 : 0);
  });

  it('after a large body may have made a voice', async () => {
    const simulator = await simulate({ kind: 'reset', when: 'after-body', created: true });
    expect(await send(simulator, { samples: [largeSample(MUCH)] })).toMatchObject({
      kind: 'unknown',
      reason: 'closed',
    });
    expect(simulator.voices).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['without a word', ''],
    ['in the head of the answer', 'HTTP/1.1 201 Crea'],
    ['after the head of the answer', 'HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n'],
    ['with something that is not HTTP', 'what?\r\n\r\n'],
    ['by an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ])('after the body %s may have made a voice', async (_, bytes) => {
    expect(await send(await raw(answering(bytes)))).toMatchObject({ kind: 'unknown', reason: 'closed' });
  });

  it('during the answer has made a voice, and the partial answer is kept', async () => {
    const simulator = await simulate({ kind: 'reset', when: 'during-answer', afterBytes: 20 });
    const outcome = await send(simulator);
    expect(outcome).toEqual({
      kind: 'unknown',
      reason: 'closed',
      status: 201,
      message: expect.any(String),
      body: JSON.stringify(simulator.voices).slice(0, 20),
    });
    expect(simulator.voices).toHaveLength(1);
  });

  it('during a refusal is still a refusal', async () => {
    const whole = answerBytes(422, JSON.stringify({ message: 'no' }));
    expect(await send(await raw(answering(whole.slice(0, -3))))).toMatchObject({
      kind: 'rejected',
      status: 422,
    });
  });
});

describe('a refusal', () => {
  it('without a body says the status', async () => {
    const simulator = await simulate({ kind: 'answer', status: 451, body: '' });
    expect(await send(simulator)).toEqual({ kind: 'rejected', status: 451, message: 'the API answered 451' });
  });

  it.each([300, 301, 304, 307, 308])('includes a redirect (%d), which is not followed', async (status) => {
    const elsewhere = await raw(answering(answerBytes(200, JSON.stringify([amelia]))));
    const simulator = await simulate({
      kind: 'answer',
      status,
      headers: { location: `${elsewhere.url}/voices/voice-clone` },
    });
    expect(await send(simulator)).toMatchObject({ kind: 'rejected', status });
    expect(elsewhere.connections).toBe(0);
    expect(simulator.requests).toHaveLength(1);
  });

  it('that never ends is read only up to a limit', async () => {
    const server = await raw(
      afterWholeRequest((socket) => {
        socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
        Readable.from(
          (function* forever() {
            for (;;) yield Buffer.alloc(64 * 1024, 'x');
          })(),
        ).pipe(socket);
      }),
    );
    expect(await send(server)).toEqual({
      kind: 'rejected',
      status: 400,
      message: expect.stringMatching(/^x{500}…$/),
    });
  });
});

describe('an API that is busy', () => {
  it.each([
    [429, 'early'],
    [429, 'after-body'],
    [503, 'early'],
  ] as const)('answers %d (%s), with seconds to wait', async (status, when) => {
    const headers = { 'retry-after': '17' };
    const simulator = await simulate({ kind: 'answer', when, status, headers });
    const samples = [when === 'early' ? largeSample(MUCH) : sampleOf(wav(3_000))];
    expect(await send(simulator, { samples })).toEqual({
      kind: 'notSent',
      reason: 'busy',
      status,
      message: expect.any(String),
      retryAfterSeconds: 17,
    });
  });
});

describe('a success without a usable voice', () => {
  const { id: _, ...incomplete } = amelia;

  it.each([
    ['nothing', ''],
    ['text', 'created'],
    ['a web page', '<html>Welcome</html>'],
    ['no voice', '[]'],
    ['an object', JSON.stringify(amelia)],
    ['null', 'null'],
    ['a voice without an ID', JSON.stringify([incomplete])],
    ['one good and one bad voice', JSON.stringify([amelia, {}])],
    ['a voice cut short', JSON.stringify([amelia]).slice(0, -5)],
  ])('may hide a voice, and is kept: %s', async (_name, body) => {
    for (const status of [200, 201]) {
      const simulator = await simulate({ kind: 'answer', status, body, created: true });
      expect(await send(simulator)).toEqual({
        kind: 'unknown',
        reason: 'invalid-response',
        status,
        message: expect.any(String),
        body,
      });
    }
  });

  it('is truncated when it is long', async () => {
    for (const length of [10_000, 5_000_000]) {
      const simulator = await simulate({ kind: 'answer', status: 200, body: 'x'.repeat(length) });
      expect(await send(simulator)).toMatchObject({
        kind: 'unknown',
        reason: 'invalid-response',
        body: `${'x'.repeat(2_000)}…`,
      });
    }
  });

  it('is truncated when it is long and breaks off', async () => {
    const bytes = answerBytes(200, 'x'.repeat(100_000)).slice(0, -10);
    expect(await send(await raw(answering(bytes)))).toMatchObject({
      kind: 'unknown',
      reason: 'closed',
      status: 200,
      body: `${'x'.repeat(2_000)}…`,
    });
  });

  it('is never cut inside a character', async () => {
    const simulator = await simulate({ kind: 'answer', status: 200, body: `x${'😀'.repeat(2_000)}` });
    const outcome = await send(simulator);
    expect('body' in outcome && outcome.body?.isWellFormed()).toBe(true);
  });
});

describe('the API key', () => {
  // What base64 has beyond letters and digits; some servers write these signs escaped in JSON.
  const apiKey = 'sk_live/AbC+123==';
  const plain = `Invalid key ${apiKey}!`;
  const slashes = (json: string) => json.replaceAll('/', '\\/');
  const unicode = (json: string) =>
    json.replaceAll(/[/+=]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);

  /** The outcomes that show the key when answers with these statuses have this body. */
  async function shown(statuses: number[], body: string, key = apiKey): Promise<string[]> {
    const texts: string[] = [];
    for (const status of statuses) {
      const simulator = await simulate({ kind: 'answer', status, body });
      texts.push(...textsIn(await send(simulator, { apiKey: key })));
    }
    return texts.filter((text) => text.includes(key));
  }

  it.each<[string, string]>([
    ['as text', plain],
    ['twice', `${plain} ${plain}`],
    ['as JSON', JSON.stringify({ message: plain })],
    ['as JSON with slashes escaped', slashes(JSON.stringify({ message: plain }))],
    ['as JSON with signs escaped', unicode(JSON.stringify({ message: plain }))],
    ['in a list', JSON.stringify({ message: ['x', plain] })],
    ['as the error', JSON.stringify({ error: plain })],
  ])('that a refusal quotes %s shows in no outcome', async (_, body) => {
    expect(await shown([302, 400, 401, 429, 500, 503], body)).toEqual([]);
  });

  it.each<[string, string]>([
    ['garbage', plain],
    ['JSON that is no voice', JSON.stringify({ key: apiKey })],
    ['a voice', JSON.stringify([{ ...amelia, key: apiKey, nested: [apiKey] }])],
    ['a voice, with slashes escaped', slashes(JSON.stringify([{ ...amelia, key: apiKey }]))],
    ['a voice, with signs escaped', unicode(JSON.stringify([{ ...amelia, key: apiKey }]))],
  ])('that a success quotes in %s shows in no outcome', async (_, body) => {
    expect(await shown([200, 201], body)).toEqual([]);
  });

  it('that has a quotation mark in it shows in no outcome either', async () => {
    const key = 'sk"live"1234567890';
    expect(await shown([200, 401], JSON.stringify({ message: `Invalid key ${key}` }), key)).toEqual([]);
  });

  it('does not show when an answer breaks off in the middle of it', async () => {
    for (const status of [200, 401]) {
      const whole = answerBytes(status, `Invalid key ${API_KEY}`);
      const outcome = await send(await raw(answering(whole.slice(0, -2))));
      expect(textsIn(outcome).join('\n')).not.toContain(API_KEY.slice(0, -2));
    }
  });

  /** All texts anywhere in it, unescaped. */
  function textsIn(value: unknown): string[] {
    if (typeof value === 'string') return [value];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, each]) => [key, ...textsIn(each)]);
  }
});

describe('Retry-After', () => {
  const now = new Date('1994-11-06T08:49:07.500Z');

  it.each([
    ['0', 0],
    ['120', 120],
    [' 7 ', 7],
  ])('of "%s" is seconds', (value, seconds) => {
    expect(parseRetryAfter(value, now)).toBe(seconds);
  });

  it.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', 30],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 30],
    ['Sun, 06 Nov 1994 08:49:08 GMT', 1],
    ['Sun, 06 Nov 1994 08:49:07 GMT', 0],
    ['Sat, 05 Nov 1994 08:49:37 GMT', 0],
  ])('of "%s" is a date, rounded up to seconds', (value, seconds) => {
    expect(parseRetryAfter(value, now)).toBe(seconds);
  });

  it.each(['UTC', 'America/New_York', 'Asia/Tokyo'])('in asctime format is GMT, even in %s', (TZ) => {
    const zone = process.env['TZ'];
    process.env['TZ'] = TZ;
    try {
      expect(parseRetryAfter('Sun Nov  6 08:49:37 1994', now)).toBe(30);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it.each([undefined, '', 'soon', '10s', '-5', '1.5', 'soon 5', '1e3', '0x10', 'in 5'])(
    'of %j is neither',
    (value) => {
      expect(parseRetryAfter(value, now)).toBeUndefined();
    },
  );

  it('has now as its default', () => {
    expect(parseRetryAfter(new Date(Date.now() - 5_000).toUTCString())).toBe(0);
  });
});
