import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Behavior } from '../../emulators/callers-api/behaviors.ts';
import { type CallersApiSimulator, startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import type { CallersApiSimulatorOptions } from '../../emulators/callers-api/simulator-options.ts';
import { locales } from '../../shared/locales.ts';
import { selfSigned } from '../support/certificate.ts';

const running: CallersApiSimulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

async function start(options?: CallersApiSimulatorOptions): Promise<CallersApiSimulator> {
  const simulator = await startCallersApiSimulator(options);
  running.push(simulator);
  return simulator;
}

/** In milliseconds, even on a busy machine. */
const PROMPT = 5_000;

type Part = { name?: string; value: string | Buffer; filename?: string; type?: string };

const sample: Part = {
  name: 'files',
  value: 'ID3 not really audio',
  filename: 'one.mp3',
  type: 'audio/mpeg',
};
const named: Part = { name: 'name', value: 'Alice Smith' };
const field = (name: string, value: string): Part => ({ name, value });

const boundary = 'a-boundary-of-our-own';
const multipart = `multipart/form-data; boundary=${boundary}`;

/** Multipart by hand, so that it can be wrong. */
function encode(parts: Part[]): Buffer {
  const pieces = parts.flatMap(({ name, value, filename, type }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data` +
        (name === undefined ? '' : `; name="${name}"`) +
        (filename === undefined ? '' : `; filename="${filename}"`) +
        (type === undefined ? '' : `\r\nContent-Type: ${type}`) +
        '\r\n\r\n',
    ),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

interface PostOptions {
  method?: string;
  path?: string;
  headers?: Record<string, string | undefined>;
  body?: Buffer;
  signal?: AbortSignal;
}

/** The request, its body not yet sent; `undefined` removes a default header. */
function open(simulator: CallersApiSimulator, { method, path, headers, body, signal }: PostOptions) {
  const usual = {
    authorization: 'a-key',
    'content-type': multipart,
    ...(body && { 'content-length': body.length }),
  };
  const given = Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== undefined);
  const send = simulator.url.startsWith('https:') ? httpsRequest : httpRequest;
  const request = send(`${simulator.url}${path ?? '/voices/voice-clone'}`, {
    method: method ?? 'POST',
    headers: Object.fromEntries(given),
    agent: false,
    ...(signal && { signal }),
    ...(simulator.url.startsWith('https:') && { rejectUnauthorized: false }),
  });
  // Errors besides those a test waits for, such as the rest of a body failing after an early answer.
  return request.on('error', () => {});
}

async function answerTo(request: ClientRequest) {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode, headers: response.headers, text };
}

async function post(simulator: CallersApiSimulator, parts: Part[], options: PostOptions = {}) {
  const body = options.body ?? encode(parts);
  const request = open(simulator, { ...options, body });
  request.end(body);
  const { text, ...answer } = await answerTo(request);
  return { ...answer, body: JSON.parse(text) as unknown };
}

async function codeOf(failing: Promise<unknown>): Promise<unknown> {
  return failing.then(
    () => 'no error',
    (error: { code?: string }) => error.code,
  );
}

const good = [named, sample];

/** Larger than all buffers on the way. */
const large = [named, { ...sample, value: Buffer.alloc(20_000_000) }];

describe('a good request', () => {
  it('of every documented field is answered with one voice', async () => {
    const simulator = await start();
    const answer = await post(simulator, [
      named,
      field('description', ''),
      field('providerType', 'GOOGLE_CLOUD'),
      ...locales.map((locale) => field('supportedLocales', locale)),
      field('subAccounts', 'true'),
      field('stability', '0.25'),
      field('similarityBoost', '1'),
      field('speed', '-1.0'),
      field('supportsAllLanguages', 'false'),
      sample,
      { ...sample, filename: 'two.mp3' },
    ]);
    expect(simulator.requests[0]?.problems).toEqual([]);
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        voiceId: expect.any(String),
        name: 'Alice Smith',
        isMultilingual: true,
        supportedLocales: [...locales],
        ttsClient: 'google_cloud',
        organizationId: expect.any(String),
        settings: { stability: 0.25, similarityBoost: 1, speed: -1 },
        createdAt: expect.any(String),
      },
    ]);
    expect(simulator.voices).toEqual(answer.body);
    expect(simulator.requests[0]).toMatchObject({ status: 201, complete: true, voices: answer.body });
  });

  it('of the required fields only gets the documented defaults', async () => {
    const simulator = await start();
    const { body } = await post(simulator, good);
    expect(body).toMatchObject([
      { isMultilingual: false, supportedLocales: [], ttsClient: 'elevenlabs', settings: {} },
    ]);
  });

  it('keeps the path in a filename', async () => {
    const simulator = await start();
    await post(simulator, [named, { ...sample, filename: 'alice/one.mp3' }]);
    expect(simulator.requests[0]?.files[0]?.filename).toBe('alice/one.mp3');
  });
});

describe('headers', () => {
  it.each([
    { method: 'GET', path: '/x' },
    { method: 'GET', path: '/voices/voice-clone' },
    { method: 'POST', path: '/voices' },
    { method: 'POST', path: '/voices/voice-clone/' },
    { method: 'POST', path: '/voices/voice-clone?x=1' },
  ])('$method $path is not found', async ({ method, path }) => {
    const simulator = await start();
    const answer = await post(simulator, good, { method, path });
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({
      statusCode: 404,
      message: `Cannot ${method} ${path}`,
      error: 'Not Found',
    });
    expect(simulator.voices).toEqual([]);
  });

  it.each([
    ['no key', undefined],
    ['an empty key', ''],
    ['a wrong key', 'other'],
    ['a Bearer key', 'Bearer secret'],
    ['a bearer key', 'bearer secret'],
  ])('%s is unauthorized, before the body', async (_, authorization) => {
    const simulator = await start({ apiKey: 'secret' });
    const answer = await post(simulator, large, { headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ statusCode: 401, message: 'Unauthorized' });
    expect(answer.headers.connection).toBe('close');
    expect(simulator.requests[0]).toMatchObject({ status: 401, complete: false, fields: [] });
    expect(simulator.voices).toEqual([]);
  });

  it('the key may change while running', async () => {
    let key = 'old';
    const simulator = await start({ apiKey: () => key });
    const status = async () => (await post(simulator, good, { headers: { authorization: 'new' } })).status;
    expect(await status()).toBe(401);
    key = 'new';
    expect(await status()).toBe(201);
  });

  it.each([
    [['mine', 'ours'], 'ours'],
    [undefined, 'any'],
  ])('of the sub-organizations %j, %j is accepted and owns the voice', async (subOrganizations, id) => {
    const simulator = await start(subOrganizations && { subOrganizations });
    const answer = await post(simulator, good, { headers: { 'x-sub-organization-id': id } });
    expect(answer.status).toBe(201);
    expect(simulator.voices).toMatchObject([{ organizationId: id }]);
  });

  it.each([
    [['mine'], 'theirs'],
    [['mine'], ''],
    [undefined, ''],
  ])('of the sub-organizations %j, %j is forbidden', async (subOrganizations, id) => {
    const simulator = await start(subOrganizations && { subOrganizations });
    const answer = await post(simulator, large, { headers: { 'x-sub-organization-id': id } });
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual({ statusCode: 403, message: 'Forbidden resource', error: 'Forbidden' });
    expect(simulator.voices).toEqual([]);
  });

  it('a body of undeclared length is refused', async () => {
    const simulator = await start();
    const answer = await post(simulator, good, {
      headers: { 'content-length': undefined, 'transfer-encoding': 'chunked' },
    });
    expect(answer.status).toBe(411);
    expect(answer.body).toEqual({ statusCode: 411, message: 'Length Required' });
    expect(simulator.voices).toEqual([]);
  });

  it.each([
    ['application/json'],
    ['application/x-www-form-urlencoded'],
    [`multipart/mixed; boundary=${boundary}`],
    ['multipart/form-data'],
    [undefined],
  ])('content-type %s is a bad request', async (type) => {
    const simulator = await start();
    const answer = await post(simulator, good, { headers: { 'content-type': type } });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ statusCode: 400, error: 'Bad Request' });
    expect(simulator.voices).toEqual([]);
  });
});

describe('fields', () => {
  const number = 'must be a number conforming to the specified constraints';
  const unwrapped = 'files must be files, each with a filename';

  it.each<[string, Part[], string]>([
    ['an unknown field', [...good, field('voice', 'x')], 'property voice should not exist'],
    [
      'a PHP-style list',
      [...good, field('supportedLocales[]', 'en-US')],
      'property supportedLocales[] should not exist',
    ],
    ['a field called __proto__', [...good, field('__proto__', 'x')], 'property __proto__ should not exist'],
    ['a part without a name', [...good, { value: 'x' }], 'property  should not exist'],
    ['a short name', [field('name', 'Anna'), sample], 'name must be longer than or equal to 5 characters'],
    [
      'a name of four emoji',
      [field('name', '😀😀😀😀'), sample],
      'name must be longer than or equal to 5 characters',
    ],
    ['two names', [named, named, sample], 'name must not be repeated'],
    [
      'two descriptions',
      [...good, field('description', 'a'), field('description', 'b')],
      'description must not be repeated',
    ],
    ['two speeds', [...good, field('speed', '0'), field('speed', '0')], 'speed must not be repeated'],
    [
      'a lower-case provider',
      [...good, field('providerType', 'elevenlabs')],
      'providerType must be one of the following values: ELEVENLABS, CARTESIA, GOOGLE_CLOUD',
    ],
    [
      'an unknown locale',
      [...good, field('supportedLocales', 'en-US'), field('supportedLocales', 'en_US')],
      `each value in supportedLocales must be one of the following values: ${locales.join(', ')}`,
    ],
    [
      'a list of locales in one field',
      [...good, field('supportedLocales', 'en-US,de-DE')],
      `each value in supportedLocales must be one of the following values: ${locales.join(', ')}`,
    ],
    ['a boolean in capitals', [...good, field('subAccounts', 'True')], 'subAccounts must be a boolean value'],
    [
      'a boolean as a number',
      [...good, field('supportsAllLanguages', '1')],
      'supportsAllLanguages must be a boolean value',
    ],
    ['an empty boolean', [...good, field('subAccounts', '')], 'subAccounts must be a boolean value'],
    ['stability above 1', [...good, field('stability', '1.01')], 'stability must not be greater than 1'],
    ['stability below 0', [...good, field('stability', '-0.1')], 'stability must not be less than 0'],
    [
      'similarityBoost above 1',
      [...good, field('similarityBoost', '2')],
      'similarityBoost must not be greater than 1',
    ],
    [
      'similarityBoost below 0',
      [...good, field('similarityBoost', '-1')],
      'similarityBoost must not be less than 0',
    ],
    ['speed above 1', [...good, field('speed', '1.5')], 'speed must not be greater than 1'],
    ['speed below -1', [...good, field('speed', '-1.5')], 'speed must not be less than -1'],
    ['an empty number', [...good, field('speed', '')], `speed ${number}`],
    ['a number with an exponent', [...good, field('stability', '1e-7')], `stability ${number}`],
    ['a decimal comma', [...good, field('stability', '0,5')], `stability ${number}`],
    ['a bare point', [...good, field('stability', '.5')], `stability ${number}`],
    ['a plus', [...good, field('speed', '+1')], `speed ${number}`],
    ['a space', [...good, field('speed', ' 1')], `speed ${number}`],
    ['NaN', [...good, field('speed', 'NaN')], `speed ${number}`],
    [
      'a value over 1 MiB',
      [...good, field('description', 'x'.repeat(2 ** 20 + 1))],
      'description is too long',
    ],
    ['no files', [named], 'files should not be empty'],
    ['files as text', [named, field('files', 'one.mp3')], unwrapped],
    ['a file without a filename', [named, { name: 'files', value: 'x', type: 'audio/mpeg' }], unwrapped],
    [
      'bytes without a filename',
      [named, { name: 'files', value: 'x', type: 'application/octet-stream' }],
      unwrapped,
    ],
    ['a file with an empty filename', [named, { ...sample, filename: '' }], unwrapped],
    [
      'an empty file',
      [...good, { ...sample, filename: 'two.mp3', value: '' }],
      'files must not be empty: two.mp3',
    ],
    ['a file called file', [...good, { ...sample, name: 'file' }], 'property file should not be a file'],
    [
      'a file called files.items',
      [...good, { ...sample, name: 'files.items' }],
      'property files.items should not be a file',
    ],
    [
      'a name that is a file too',
      [...good, { ...sample, name: 'name' }],
      'property name should not be a file',
    ],
  ])('%s is a bad request', async (_, parts, problem) => {
    const simulator = await start();
    const answer = await post(simulator, parts);
    expect(answer.body).toEqual({ statusCode: 400, message: [problem], error: 'Bad Request' });
    expect(answer.status).toBe(400);
    expect(simulator.requests[0]?.problems).toEqual([problem]);
    expect(simulator.voices).toEqual([]);
  });

  it.each(['0', '1', '0.123456789', '-0', '1.0'])('stability %s is a number in range', async (value) => {
    const simulator = await start();
    expect((await post(simulator, [...good, field('stability', value)])).status).toBe(201);
  });
});

describe('the body', () => {
  const whole = encode(good);

  it.each([
    ['without its closing boundary', whole.subarray(0, -boundary.length - 6)],
    ['that ends inside a part header', whole.subarray(0, boundary.length + 20)],
    ['with another boundary', Buffer.from(whole.toString().replaceAll(boundary, 'another'))],
    [
      'with an invalid part header',
      Buffer.from(whole.toString().replaceAll('Content-Type:', 'Content Type')),
    ],
    ['of nothing', Buffer.alloc(0)],
    ['that is no form and large', Buffer.alloc(3_000_000)],
  ])('%s is malformed', async (_, body) => {
    const simulator = await start();
    const answer = await post(simulator, [], { body });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      message: expect.arrayContaining([expect.stringMatching(/^malformed multipart body: /)]),
    });
    expect(simulator.voices).toEqual([]);
  });

  it.each([
    ['in a field', good, 100],
    ['in a file', large, 5_000_000],
    ['one byte early', good, -1],
  ])('that stops short %s makes no voice', async (_, parts, end) => {
    const simulator = await start();
    const body = encode(parts);
    const request = open(simulator, { body });
    request.write(body.subarray(0, end), () => request.destroy());
    await simulator.whenRequests(1);
    expect(simulator.requests[0]).toMatchObject({ status: null, complete: false, voices: [] });
    expect(simulator.voices).toEqual([]);
  });
});

describe('behavior: answer', () => {
  it.each<[string, Omit<Behavior & { kind: 'answer'; created?: false }, 'kind'>, string]>([
    [
      '429 with Retry-After',
      { status: 429, headers: { 'retry-after': '2' } },
      '{"statusCode":429,"message":"Too Many Requests"}',
    ],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }, ''],
    ['200 that is not JSON', { status: 200, body: '<html>hi</html>' }, '<html>hi</html>'],
    ['200 with null', { status: 200, body: null }, 'null'],
    ['400 with an array message', { status: 400, body: { message: ['a', 'b'] } }, '{"message":["a","b"]}'],
  ])('%s comes after the body and leaves no voice', async (_, given, text) => {
    const simulator = await start();
    simulator.behaveNext({ kind: 'answer', ...given });
    // Many chunks: an answer before the last would leave the body incomplete.
    const body = encode([named, { ...sample, value: Buffer.alloc(2_000_000) }]);
    const request = open(simulator, { body });
    request.end(body);
    const answer = await answerTo(request);
    expect(answer.status).toBe(given.status);
    expect(answer.headers).toMatchObject(given.headers ?? {});
    expect(answer.text).toBe(text);
    expect(simulator.requests[0]).toMatchObject({ status: given.status, complete: true, problems: [] });
    expect(simulator.voices).toEqual([]);
  });

  it('a bad request makes no voice, whatever the behavior says, and its problems are kept', async () => {
    const simulator = await start();
    simulator.behaveNext({ kind: 'answer', status: 500, created: true });
    expect(await post(simulator, [named])).toMatchObject({ status: 500 });
    expect(simulator.requests[0]?.problems).toEqual(['files should not be empty']);
    expect(simulator.voices).toEqual([]);
  });

  it.each([
    ['a large body', large],
    ['a small body', good],
  ])('early: is delivered to a client that is sending %s, which is not read', async (_, parts) => {
    const simulator = await start();
    simulator.behaveNext({ kind: 'answer', status: 413, body: 'too large', when: 'early' });
    const body = encode(parts);
    const request = open(simulator, { body });
    request.end(body);
    const answer = await answerTo(request);
    expect(answer).toMatchObject({ status: 413, text: 'too large', headers: { connection: 'close' } });
    await simulator.whenRequests(1);
    expect(simulator.requests[0]).toMatchObject({ status: 413, complete: false, fields: [], files: [] });
    expect(simulator.voices).toEqual([]);
  });

  it('early: waits for a client that reads late, then destroys its connection', async () => {
    const simulator = await start();
    simulator.behaveNext({ kind: 'answer', status: 401, when: 'early' });
    const port = Number(new URL(simulator.url).port);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const died = once(socket, 'close').catch((error: unknown) => error);
    socket.write('POST /voices/voice-clone HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n');
    socket.write(Buffer.alloc(50_000_000));
    await simulator.whenRequests(1);
    expect(await Promise.race([died, sleep(200, 'still open')])).toBe('still open');

    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    expect(await died).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) });
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1.1 401 [^]*"Unauthorized"}$/);
  });
});

describe('behavior: reset', () => {
  it.each<[Behavior & { kind: 'reset' }, number, boolean]>([
    [{ kind: 'reset', when: 'before-body' }, 0, false],
    [{ kind: 'reset', when: 'during-body' }, 0, false],
    [{ kind: 'reset', when: 'during-body', afterBytes: 1 }, 0, false],
    [{ kind: 'reset', when: 'after-body' }, 0, true],
    [{ kind: 'reset', when: 'after-body', created: true }, 1, true],
  ])('%j leaves %i voices', async (behavior, voices, complete) => {
    const simulator = await start();
    simulator.behaveNext(behavior);
    expect(await codeOf(post(simulator, large))).toMatch(/^(ECONNRESET|EPIPE)$/);
    await simulator.whenRequests(1);
    expect(simulator.requests[0]).toMatchObject({ status: null, complete });
    expect(simulator.voices).toHaveLength(voices);
  });

  it('during the body comes after the requested bytes', async () => {
    const simulator = await start();
    simulator.behaveNext({ kind: 'reset', when: 'during-body', afterBytes: 8_000_000 });
    await codeOf(post(simulator, large));
    await simulator.whenRequests(1);
    const size = simulator.requests[0]?.files[0]?.size;
    expect(size).toBeGreaterThan(7_900_000);
    expect(size).toBeLessThan(8_200_000);
  });

  it.each([undefined, 0, 10])(
    'during the answer, after %s bytes of it, leaves a voice',
    async (afterBytes) => {
      const simulator = await start();
      simulator.behaveNext({
        kind: 'reset',
        when: 'during-answer',
        ...(afterBytes !== undefined && { afterBytes }),
      });
      const body = encode(good);
      const request = open(simulator, { body });
      request.end(body);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      expect(response.statusCode).toBe(201);
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      expect(await codeOf(once(response, 'end'))).toBe('ECONNRESET');
      const declared = Number(response.headers['content-length']);
      expect(Buffer.concat(chunks)).toHaveLength(afterBytes ?? Math.floor(declared / 2));
      await simulator.whenRequests(1);
      expect(simulator.requests[0]).toMatchObject({ status: 201, complete: true });
      expect(simulator.voices).toHaveLength(1);
    },
  );
});

describe('behavior: silence', () => {
  it.each<[Behavior & { kind: 'silence' }, number, boolean]>([
    [{ kind: 'silence', when: 'from-start' }, 0, false],
    [{ kind: 'silence', when: 'after-body' }, 0, true],
    [{ kind: 'silence', when: 'after-body', created: true }, 1, true],
  ])('%j leaves %i voices, and ends with the client', async (behavior, voices, complete) => {
    const simulator = await start();
    simulator.behaveNext(behavior);
    const leaving = new AbortController();
    const posting = codeOf(post(simulator, good, { signal: leaving.signal }));
    await expect.poll(() => simulator.requests[0]?.complete).toBe(complete);
    expect(await Promise.race([posting, sleep(200, 'still waiting')])).toBe('still waiting');
    leaving.abort();
    expect(await posting).toBe('ABORT_ERR');
    await simulator.whenRequests(1);
    expect(simulator.requests[0]).toMatchObject({ status: null, complete });
    expect(simulator.voices).toHaveLength(voices);
  });

  it.each<Behavior & { kind: 'silence' }>([
    { kind: 'silence', when: 'from-start' },
    { kind: 'silence', when: 'after-body' },
  ])('%j: close() ends promptly and drops the connection', async (behavior) => {
    const simulator = await start();
    simulator.behaveAlways(behavior);
    const posting = [codeOf(post(simulator, good)), codeOf(post(simulator, large))];
    await expect.poll(() => simulator.requests.length).toBe(2);
    await sleep(100); // into the bodies
    const before = performance.now();
    await simulator.close();
    expect(performance.now() - before).toBeLessThan(PROMPT);
    for (const code of await Promise.all(posting)) expect(code).toMatch(/^(ECONNRESET|EPIPE)$/);
    await simulator.whenRequests(2);
  });
});

describe('the other behaviors', () => {
  it('slow reading takes its time, then answers normally', async () => {
    const simulator = await start();
    simulator.behaveNext({ kind: 'slow-reading', bytesPerSecond: 1_000_000 });
    const before = performance.now();
    const answer = await post(simulator, [named, { ...sample, value: Buffer.alloc(300_000) }]);
    expect(performance.now() - before).toBeGreaterThan(280);
    expect(answer.status).toBe(201);
    expect(simulator.voices).toHaveLength(1);
  });

  it('a slow answer trickles in whole', async () => {
    const simulator = await start();
    simulator.behaveNext({ kind: 'slow-answer', bytesPerSecond: 1000, created: true });
    const body = encode(good);
    const request = open(simulator, { body });
    const begun = performance.now();
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    expect(performance.now() - begun).toBeGreaterThan(bytes.length * 0.8);
    expect(chunks.length).toBeGreaterThan(2);
    expect(JSON.parse(bytes.toString())).toEqual(simulator.voices);
    expect(simulator.voices).toHaveLength(1);
  });

  it('hold answers when the promise resolves, and has the voice before', async () => {
    const simulator = await start();
    const release = Promise.withResolvers<void>();
    simulator.behaveNext({ kind: 'hold', until: release.promise });
    const posting = post(simulator, large);
    await expect.poll(() => simulator.requests[0]?.complete).toBe(true);
    expect(await Promise.race([posting, sleep(100, 'held')])).toBe('held');
    expect(simulator.requests[0]?.status).toBeNull();
    expect(simulator.voices).toHaveLength(1);
    release.resolve();
    expect(await posting).toMatchObject({ status: 201, body: simulator.voices });
  });

  it('behaveNext goes first, in order, then behaveAlways, then normal', async () => {
    const simulator = await start();
    simulator.behaveAlways({ kind: 'answer', status: 503 });
    simulator.behaveNext({ kind: 'answer', status: 429 }, { kind: 'normal' });
    simulator.behaveNext({ kind: 'answer', status: 500 });
    const status = async () => (await post(simulator, good)).status;
    expect([await status(), await status(), await status()]).toEqual([429, 201, 500]);
    expect([await status(), await status()]).toEqual([503, 503]);
    simulator.behaveAlways(undefined);
    expect(await status()).toBe(201);
    expect(simulator.voices).toHaveLength(2);
    expect(simulator.requests.map((received) => received.status)).toEqual([429, 201, 500, 503, 503, 201]);
  });
});

describe('the simulator', () => {
  it('takes cloneMilliseconds for a voice, and makes it even if the client has left', async () => {
    const simulator = await start({ cloneMilliseconds: 1_000 });
    const before = performance.now();
    expect((await post(simulator, good)).status).toBe(201);
    expect(performance.now() - before).toBeGreaterThan(980);

    const leaving = new AbortController();
    const posting = codeOf(post(simulator, good, { signal: leaving.signal }));
    await expect.poll(() => simulator.requests[1]?.complete, { interval: 10 }).toBe(true);
    leaving.abort();
    expect(await posting).toBe('ABORT_ERR');
    await simulator.whenRequests(2);
    expect(simulator.requests[1]).toMatchObject({ status: null, complete: true });
    expect(simulator.voices).toHaveLength(2);
  });
});

describe('over TLS', () => {
  it('answers, even early, resets and closes as it does without', async () => {
    const simulator = await start({ tls: await selfSigned(), apiKey: 'a-key' });
    expect(simulator.url).toMatch(/^https:/);
    expect(await post(simulator, large)).toMatchObject({ status: 201, body: simulator.voices });
    expect(await post(simulator, large, { headers: { authorization: 'x' } })).toMatchObject({ status: 401 });

    simulator.behaveNext({ kind: 'reset', when: 'after-body' }, { kind: 'reset', when: 'during-body' });
    expect(await codeOf(post(simulator, good))).toBe('ECONNRESET');
    expect(await codeOf(post(simulator, large))).toMatch(/^(ECONNRESET|EPIPE)$/);

    simulator.behaveNext({ kind: 'silence', when: 'after-body' });
    const posting = codeOf(post(simulator, good));
    await expect.poll(() => simulator.requests[4]?.complete).toBe(true);
    await simulator.close();
    expect(await posting).toBe('ECONNRESET');
    expect(simulator.voices).toHaveLength(1);
  });
});
