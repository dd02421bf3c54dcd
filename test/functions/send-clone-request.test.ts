import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
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
import { afterWholeRequest, answerBytes, answering, closedPort, startRawServer } from '../support/servers.ts';
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
    expect(outcome).toEqual({ kind: 'rejected', by: 'Callers', status: 401, message: 'Unauthorized' });
    await expectNothingArrivedWhole(simulator);
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
      by: 'Callers',
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
      by: 'Callers',
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
    expect(outcome).toEqual({ kind: 'rejected', by: 'proxy', status: 403, message: 'status 403' });
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
  const rawUrl = async (onConnection: (socket: Socket) => unknown) =>
    (await raw(startRawServer(onConnection))).url.replace('http:', 'https:');

  it.each<[string, () => string | Promise<string>, RegExp]>([
    ['refuses connections', async () => `http://127.0.0.1:${await closedPort()}`, /ECONNREFUSED/],
    // A label of 64 octets cannot be in the DNS (RFC 1035, section 2.3.4), so that nobody is asked for it.
    ['has an unknown host', () => `https://${'a'.repeat(64)}.test`, /./],
    [
      'has a certificate that is not trusted',
      async () => (await simulate(undefined, { tls: await selfSigned() })).url,
      /certificate/i,
    ],
    ['does not speak TLS', () => rawUrl((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')), /./],
    ['hangs up during the TLS handshake', () => rawUrl((socket) => socket.destroy()), /./],
  ])('because it %s was sent nothing', async (_, url, message) => {
    expect(await send({ url: await url() })).toEqual({
      kind: 'notSent',
      reason: 'unreachable',
      message: expect.stringMatching(message),
    });
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

  it.each([true, false])('after the body may have made a voice or not: %s', async (created) => {
    const simulator = await simulate({ kind: 'reset', when: 'after-body', created });
    expect(await send(simulator)).toEqual({
      kind: 'unknown',
      reason: 'closed',
      message: expect.stringMatching(/ECONNRESET|hang up/),
    });
    expect(simulator.voices).toHaveLength(created ? 1 : 0);
  });

  it('after the body by an upgrade may have made a voice', async () => {
    const bytes = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n';
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
      by: 'Callers',
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

it('a success without a usable voice is kept up to a limit, and not cut inside a character', async () => {
  for (const body of ['created', 'x'.repeat(5_000_000), `x${'😀'.repeat(2_000)}`]) {
    const simulator = await simulate({ kind: 'answer', status: 200, body, created: true });
    const outcome = await send(simulator);
    expect(outcome).toMatchObject({ kind: 'unknown', reason: 'invalid-response', status: 200 });
    const kept = 'body' in outcome ? (outcome.body ?? '') : '';
    expect(kept.isWellFormed()).toBe(true);
    expect(kept).toMatch(body.length < 2_000 ? /^created$/ : /^.{1000,2000}…$/u);
  }
});

describe('Retry-After', () => {
  const now = new Date('1994-11-06T08:49:07.500Z');

  it.each<readonly [string | undefined, number | undefined]>([
    ['Sunday, 06-Nov-94 08:49:37 GMT', 30],
    ['Sun, 06 Nov 1994 08:49:08 GMT', 1],
    ['Sun, 06 Nov 1994 08:49:07 GMT', 0],
    ...[undefined, '', 'soon', '10s', '-5', '1.5', 'soon 5', '1e3', '0x10'].map(
      (value) => [value, undefined] as const,
    ),
  ])('of "%s" is %j', (value, seconds) => {
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
});
