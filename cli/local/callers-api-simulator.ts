import busboy from 'busboy';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { locales } from '../../shared/locales.ts';

/**
 * A local stand-in for the Callers API's `POST /voices/voice-clone`, for tests, bench and `npm start`.
 *
 * It judges a request by the API's documentation alone ("Clone a new voice from audio samples",
 * docs.callers.ai) and shares no code but the locale list with `shared/`, so that a mistake there shows here.
 * Where the documentation is silent it is stricter than an API would be: what it accepts should be safe to send.
 *
 * A voice is made at the moment when the last byte of a good request has been read, whatever becomes of the
 * connection afterwards; a request that breaks a rule, or whose body stopped short, never makes one.
 *
 * File contents are hashed as they pass and not kept: a body may be larger than memory.
 */
export async function startCallersApiSimulator(
  options: CallersApiSimulatorOptions = {},
): Promise<CallersApiSimulator> {
  const { port = 0, host = '127.0.0.1', tls } = options;
  const requests: ReceivedRequest[] = [];
  const voices: Voice[] = [];
  const behaviours: Behaviour[] = [];
  const organizationId = randomUUID();
  const connections = new Map<string, Socket>();
  const events = new EventEmitter();
  const closed = new AbortController();
  let always: Behaviour | ((request: ReceivedRequest) => Behaviour) | undefined;
  let ended = 0;

  const server = tls ? createTlsServer({ ...tls, ...noTimeLimit }) : createServer(noTimeLimit);

  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    connections.set(peer, socket);
    socket.once('close', () => {
      if (connections.get(peer) === socket) connections.delete(peer);
    });
  });
  // Not HTTP, or an end inside a body. Node's own handler would answer 400 behind the back of `requests`.
  server.on('clientError', (_error, socket) => socket.destroy());

  server.on('request', (request, response) => {
    const received: ReceivedRequest = {
      headers: request.headers,
      fields: [],
      files: [],
      problems: [],
      voices: [],
      status: null,
      complete: false,
    };
    requests.push(received);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const socket = connections.get(peerOf(request.socket)) ?? request.socket;
    const behaviour = behaviours.shift() ??
      (typeof always === 'function' ? always(received) : always) ?? { kind: 'normal' };
    void serve({ request, response, socket, gone: gone.signal, received }, behaviour, options, () => {
      const voice = voiceFrom(received, organizationId);
      voices.push(voice);
      received.voices.push(voice);
    }).finally(() => {
      ended += 1;
      events.emit('ended');
    });
  });

  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;

  async function untilEnded(count: number): Promise<void> {
    if (ended >= count) return;
    await once(events, 'ended', { signal: closed.signal });
    await untilEnded(count);
  }

  return {
    url: `${tls ? 'https' : 'http'}://${host}:${address.port}`,
    requests,
    voices,
    behaveNext: (...next) => void behaviours.push(...next),
    behaveAlways: (behaviour) => {
      always = behaviour;
    },
    whenRequests: (count) => {
      const reached = untilEnded(count);
      // Whoever awaits it sees the rejection; a test that failed before it got there should not fail twice.
      reached.catch(() => {});
      return reached;
    },
    close: async () => {
      if (closed.signal.aborted) return;
      const stopped = once(server, 'close');
      server.close();
      for (const socket of connections.values()) socket.destroy();
      await stopped;
      await untilEnded(requests.length);
      closed.abort(new Error(`The simulator was closed after ${ended} requests`));
    },
  };
}

export interface CallersApiSimulatorOptions {
  /** @default 0, any free port */
  port?: number;
  /** @default '127.0.0.1' */
  host?: string;
  /** The key that is accepted; a function is asked at every request. @default any that is not empty */
  apiKey?: string | (() => string);
  /** The values that are accepted in `x-sub-organization-id`. @default any that is not empty */
  subOrganizations?: readonly string[];
  /** How long making a voice takes, from the body's last byte to the answer's first. @default 0 */
  cloneMilliseconds?: number;
  /** Serve HTTPS, with this key and certificate (PEM). @default plain HTTP */
  tls?: { key: string | Buffer; cert: string | Buffer };
}

export interface CallersApiSimulator {
  /** Scheme, host and port; no slash at the end. */
  readonly url: string;
  /** Every request in order of arrival, from the moment its headers are here; filled in as it goes on. */
  readonly requests: readonly ReceivedRequest[];
  /** Every voice that was made, in order. Its length is what a customer would have paid for. */
  readonly voices: readonly Voice[];
  /** Queues behaviours: each is used up by one request, whatever it asks for, in order of arrival. */
  behaveNext(...behaviours: Behaviour[]): void;
  /**
   * How to behave when the queue is empty; `undefined` for normal again. A function is asked at each request, of which
   * only the headers are there yet.
   */
  behaveAlways(behaviour: Behaviour | ((request: ReceivedRequest) => Behaviour) | undefined): void;
  /**
   * Resolves when that many requests, since the start, have ended: answered, or their connection died.
   * Rejects when the simulator is closed before that.
   */
  whenRequests(count: number): Promise<void>;
  /** Stops listening and drops every connection that is still open. */
  close(): Promise<void>;
}

export interface ReceivedRequest {
  headers: IncomingHttpHeaders;
  fields: [name: string, value: string][];
  files: ReceivedFile[];
  /** What the documentation forbids about this request, even where a behaviour decided the answer. */
  problems: string[];
  /** The voices that it made. */
  voices: Voice[];
  /** `null` as long as no answer was begun. */
  status: number | null;
  /** Whether the body was read to its end. */
  complete: boolean;
}

export interface ReceivedFile {
  field: string;
  /** As it was sent, paths included; `''` when the part has none. */
  filename: string;
  mimeType: string;
  /** Bytes so far. */
  size: number;
  /** In hex; `''` until the file has arrived whole. */
  sha256: string;
}

/** The documented voice, and `createdAt`, which no documentation mentions: clients have to keep such fields. */
export interface Voice {
  id: string;
  voiceId: string;
  name: string;
  isMultilingual: boolean;
  supportedLocales: string[];
  ttsClient: string;
  organizationId: string;
  settings: { stability?: number; similarityBoost?: number; speed?: number };
  createdAt: string;
}

/**
 * What to do to one request.
 *
 * `answer`, `reset` and `silence` happen also to a request that breaks a rule; `created` then makes nothing, and
 * `problems` says why. The others end in the normal answer, good or bad.
 */
export type Behaviour =
  /** Judge it and answer. Leaves a voice if the request is good. For use in a queue, before another behaviour. */
  | { kind: 'normal' }
  /**
   * Answer this right after the headers; the body is not read, and half a second later the connection is
   * destroyed. Leaves no voice.
   */
  | (ForcedAnswer & { when: 'early'; created?: false })
  /** Read the whole body, then answer this. Leaves a voice only with `created`. @default created: false */
  | (ForcedAnswer & { when?: 'after-body'; created?: boolean })
  /** TCP reset right after the headers. Leaves no voice. */
  | { kind: 'reset'; when: 'before-body'; created?: false }
  /**
   * TCP reset once at least `afterBytes` of the body were read. Leaves no voice. A small body may well have left
   * the client whole by then. @default afterBytes: half of Content-Length
   */
  | { kind: 'reset'; when: 'during-body'; afterBytes?: number; created?: false }
  /** TCP reset after the body, in place of an answer. Leaves a voice only with `created`. @default created: false */
  | { kind: 'reset'; when: 'after-body'; created?: boolean }
  /**
   * The normal answer, its headers whole, with a TCP reset after `afterBytes` of its body. Leaves a voice if the
   * request is good. @default afterBytes: half of the answer's body
   */
  | { kind: 'reset'; when: 'during-answer'; afterBytes?: number; created?: true }
  /**
   * Neither read nor answer. Leaves no voice. As nothing is read, a client that leaves is noticed only if the rest
   * of its body fits in the buffers on the way; otherwise the request ends with `close()`.
   */
  | { kind: 'silence'; when: 'from-start'; created?: false }
  /**
   * Read the whole body and never answer, until the client or `close()` ends the connection. Leaves a voice only
   * with `created`. @default created: false
   */
  | { kind: 'silence'; when: 'after-body'; created?: boolean }
  /** Read the body at this pace, then normal. Leaves a voice if the request is good. */
  | { kind: 'slow-reading'; bytesPerSecond: number }
  /** The normal answer, its body at this pace. Leaves a voice if the request is good. */
  | { kind: 'slow-answer'; bytesPerSecond: number; created?: true }
  /**
   * Read the whole body, wait for the promise, then the normal answer. Leaves a voice if the request is good, made
   * before the wait, as of every request whose body has arrived.
   */
  | { kind: 'hold'; until: Promise<unknown> };

interface ForcedAnswer {
  kind: 'answer';
  status: number;
  /**
   * A string goes as it is, anything else as JSON.
   * @default the voices made, for a 2xx; a NestJS error body otherwise
   */
  body?: unknown;
  headers?: OutgoingHttpHeaders;
}

/** One request on its way through. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** The TCP socket, also under TLS. */
  socket: Socket;
  /** Aborted when the response is over: sent, or its connection closed. */
  gone: AbortSignal;
  received: ReceivedRequest;
}

interface Answer {
  status: number;
  headers?: OutgoingHttpHeaders;
  body: unknown;
}

async function serve(
  exchange: Exchange,
  behaviour: Behaviour,
  options: CallersApiSimulatorOptions,
  makeVoice: () => void,
): Promise<void> {
  const { request, received, gone } = exchange;
  const refusal = judgeHead(request, options);
  if (refusal) received.problems.push(refusal.body.message);

  if (behaviour.kind === 'answer' && behaviour.when === 'early') {
    return answerEarly(exchange, forcedAnswer(behaviour, received));
  }
  if (behaviour.kind === 'reset' && behaviour.when === 'before-body') return reset(exchange);
  if (behaviour.kind === 'silence' && behaviour.when === 'from-start') return untilAborted(gone);
  if (refusal && !decidesAnswer(behaviour)) return answerEarly(exchange, refusal);

  const body = await readBody(exchange, behaviour);
  if (behaviour.kind === 'reset' && behaviour.when === 'during-body') return reset(exchange);
  if (body.kind === 'cut') return;
  received.complete = true;
  received.problems.push(...body.problems, ...judgeForm(received));

  const good = received.problems.length === 0;
  if (good && leavesVoice(behaviour)) {
    makeVoice();
    await pause(options.cloneMilliseconds ?? 0, gone);
  }

  const verdict = refusal ?? (good ? { status: 201, body: received.voices } : badRequest(received.problems));
  switch (behaviour.kind) {
    case 'normal':
    case 'slow-reading':
      return answer(exchange, verdict);
    case 'hold':
      await Promise.race([behaviour.until, untilAborted(gone)]);
      return answer(exchange, verdict);
    case 'slow-answer':
      return trickle(exchange, verdict, behaviour.bytesPerSecond);
    case 'answer':
      return answer(exchange, forcedAnswer(behaviour, received));
    case 'silence':
      return untilAborted(gone);
    case 'reset':
      if (behaviour.when === 'during-answer') return answerInPart(exchange, verdict, behaviour.afterBytes);
      return reset(exchange);
  }
}

function decidesAnswer({ kind }: Behaviour): boolean {
  return kind === 'answer' || kind === 'reset' || kind === 'silence';
}

function leavesVoice(behaviour: Behaviour): boolean | undefined {
  if (!decidesAnswer(behaviour)) return true;
  if (behaviour.kind === 'reset' && behaviour.when === 'during-answer') return true;
  return 'created' in behaviour && behaviour.created;
}

// The rules

const providerTypes: readonly string[] = ['ELEVENLABS', 'CARTESIA', 'GOOGLE_CLOUD'];
const localeCodes: readonly string[] = locales;

/** Each documented field but `files`: what is wrong with one value of it. */
const fieldRules = new Map<string, (value: string) => string | undefined>([
  [
    'name',
    // Characters, not UTF-16 units: JSON Schema's minLength.
    (value) =>
      Array.from(value).length < 5 ? 'name must be longer than or equal to 5 characters' : undefined,
  ],
  ['description', () => undefined],
  [
    'providerType',
    (value) =>
      providerTypes.includes(value)
        ? undefined
        : `providerType must be one of the following values: ${providerTypes.join(', ')}`,
  ],
  [
    'supportedLocales',
    (value) =>
      localeCodes.includes(value)
        ? undefined
        : `each value in supportedLocales must be one of the following values: ${localeCodes.join(', ')}`,
  ],
  ['subAccounts', (value) => notBoolean('subAccounts', value)],
  ['stability', (value) => notNumberWithin('stability', value, 0, 1)],
  ['similarityBoost', (value) => notNumberWithin('similarityBoost', value, 0, 1)],
  ['speed', (value) => notNumberWithin('speed', value, -1, 1)],
  ['supportsAllLanguages', (value) => notBoolean('supportsAllLanguages', value)],
]);

function notBoolean(name: string, value: string): string | undefined {
  return value === 'true' || value === 'false' ? undefined : `${name} must be a boolean value`;
}

/** A decimal number: no exponent, which `String(1e-7)` has, no bare point, no space, no sign but a minus. */
function notNumberWithin(name: string, value: string, least: number, most: number): string | undefined {
  if (!/^-?\d+(\.\d+)?$/.test(value))
    return `${name} must be a number conforming to the specified constraints`;
  if (Number(value) < least) return `${name} must not be less than ${least}`;
  if (Number(value) > most) return `${name} must not be greater than ${most}`;
  return undefined;
}

/** What is refused for its headers alone. */
function judgeHead(
  { method, url, headers }: IncomingMessage,
  { apiKey, subOrganizations }: CallersApiSimulatorOptions,
) {
  if (method !== 'POST' || url !== '/voices/voice-clone') {
    return errorAnswer(404, `Cannot ${method} ${url}`, 'Not Found');
  }
  const accepted = typeof apiKey === 'function' ? apiKey() : apiKey;
  const key = headers.authorization;
  if (!key || /^bearer /i.test(key) || (accepted !== undefined && key !== accepted)) {
    return errorAnswer(401, 'Unauthorized');
  }
  const subOrganization = headers['x-sub-organization-id'];
  if (subOrganization !== undefined) {
    const allowed = subOrganizations?.some((each) => each === subOrganization) ?? subOrganization !== '';
    if (!allowed) return errorAnswer(403, 'Forbidden resource', 'Forbidden');
  }
  if (headers['content-length'] === undefined) return errorAnswer(411, 'Length Required');
  return undefined;
}

/** All that is wrong with the fields and files, each problem once. */
function judgeForm({ fields, files }: ReceivedRequest): string[] {
  const problems = new Set<string>();
  const seen = new Set<string>();
  for (const [name, value] of fields) {
    const rule = fieldRules.get(name);
    if (name === 'files') problems.add('files must be files, each with a filename');
    else if (!rule) problems.add(`property ${name} should not exist`);
    else if (seen.has(name) && name !== 'supportedLocales') problems.add(`${name} must not be repeated`);
    const wrong = rule?.(value);
    if (wrong) problems.add(wrong);
    seen.add(name);
  }
  for (const { field, filename, size } of files) {
    if (field !== 'files') problems.add(`property ${field} should not be a file`);
    else if (filename === '') problems.add('files must be files, each with a filename');
    if (size === 0) problems.add(`files must not be empty: ${filename}`);
  }
  if (!seen.has('name')) {
    problems.add('name must be longer than or equal to 5 characters').add('name must be a string');
  }
  if (!seen.has('files') && !files.some(({ field }) => field === 'files')) {
    problems.add('files should not be empty');
  }
  return [...problems];
}

function voiceFrom({ headers, fields }: ReceivedRequest, ownOrganizationId: string): Voice {
  const given = new Map(fields);
  const supportedLocales = fields.flatMap(([name, value]) => (name === 'supportedLocales' ? [value] : []));
  const languages = new Set(supportedLocales.map((locale) => locale.split('-')[0]));
  const settings: Voice['settings'] = {};
  for (const name of ['stability', 'similarityBoost', 'speed'] as const) {
    const value = given.get(name);
    if (value !== undefined) settings[name] = Number(value);
  }
  return {
    id: randomUUID(),
    voiceId: randomBytes(10).toString('hex'),
    name: given.get('name') ?? '',
    isMultilingual: given.get('supportsAllLanguages') === 'true' || languages.size > 1,
    supportedLocales,
    ttsClient: (given.get('providerType') ?? 'ELEVENLABS').toLowerCase(),
    organizationId: headers['x-sub-organization-id']?.toString() ?? ownOrganizationId,
    settings,
    createdAt: new Date().toISOString(),
  };
}

// Reading

type Body = { kind: 'whole'; problems: string[] } | { kind: 'cut' };

/** Reads the body into `received`. A body that is no form is read to its end too, so that it can be answered. */
async function readBody({ request, received, gone }: Exchange, behaviour: Behaviour): Promise<Body> {
  const stopAfter =
    behaviour.kind === 'reset' && behaviour.when === 'during-body'
      ? (behaviour.afterBytes ?? Number(request.headers['content-length'] ?? 0) / 2)
      : Infinity;
  const form = openForm(request.headers, received);
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      await form.write(chunk);
      size += chunk.length;
      if (size >= stopAfter) return { kind: 'cut' };
      if (behaviour.kind === 'slow-reading') {
        await pause((chunk.length / behaviour.bytesPerSecond) * 1000, gone);
      }
    }
    return { kind: 'whole', problems: await form.end() };
  } catch (error) {
    if (gone.aborted || request.errored) return { kind: 'cut' };
    throw error;
  } finally {
    form.destroy();
  }
}

/** Parses what is written to it into `received`. What is wrong with the form as such comes from `end()`. */
function openForm(headers: IncomingHttpHeaders, received: ReceivedRequest) {
  const problems: string[] = [];
  const nothing = { write: () => Promise.resolve(), end: () => Promise.resolve(problems), destroy: () => {} };
  if (!/^multipart\/form-data *(;|$)/i.test(headers['content-type'] ?? '')) {
    problems.push('the body must be multipart/form-data');
    return nothing;
  }

  let parser: busboy.Busboy;
  try {
    parser = busboy({ headers, preservePath: true, defParamCharset: 'utf8' });
  } catch (error) {
    problems.push(String(error));
    return nothing;
  }
  let broken = false;
  const over = new Promise<void>((resolve) => {
    parser.on('close', resolve).on('error', (error) => {
      if (!broken) problems.push(`malformed multipart body: ${String(error)}`);
      broken = true;
      resolve();
    });
  });
  parser.on('field', (name: string | undefined, value, { valueTruncated }) => {
    received.fields.push([name ?? '', value]);
    if (valueTruncated) problems.push(`${name ?? ''} is too long`);
  });
  parser.on('file', (field: string | undefined, contents, { filename = '', mimeType }) => {
    const file: ReceivedFile = { field: field ?? '', filename, mimeType, size: 0, sha256: '' };
    received.files.push(file);
    const hash = createHash('sha256');
    contents.on('data', (chunk: Buffer) => {
      file.size += chunk.length;
      hash.update(chunk);
    });
    contents.on('end', () => {
      file.sha256 = hash.digest('hex');
    });
    contents.on('error', () => {}); // the parser reports it
  });

  return {
    write: async (chunk: Buffer) => {
      if (broken) return;
      await new Promise<void>((resolve) => {
        parser.write(chunk, () => resolve());
      });
    },
    end: async () => {
      if (!broken) parser.end();
      await over;
      return problems;
    },
    destroy: () => {
      broken = true;
      parser.destroy();
    },
  };
}

// Answering

/** A NestJS exception as it looks on the wire. */
function errorAnswer<M extends string | string[]>(status: number, message: M, error?: string) {
  return { status, body: { statusCode: status, message, ...(error !== undefined && { error }) } };
}

function badRequest(problems: string[]): Answer {
  return errorAnswer(400, problems, 'Bad Request');
}

function forcedAnswer({ status, body, headers = {} }: ForcedAnswer, { voices }: ReceivedRequest): Answer {
  const usual =
    status >= 200 && status < 300 ? voices : errorAnswer(status, STATUS_CODES[status] ?? 'Error').body;
  return { status, headers, body: body === undefined ? usual : body };
}

/** Writes the head of the answer, unless the client has left, and gives the bytes that are to follow. */
function begin(
  { response, received, gone }: Exchange,
  { status, headers, body }: Answer,
  more: OutgoingHttpHeaders = {},
): Buffer | undefined {
  if (gone.aborted) return undefined;
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  received.status = status;
  response.writeHead(status, {
    'content-type':
      typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    'content-length': bytes.length,
    ...more,
    ...headers,
  });
  return bytes;
}

async function answer(exchange: Exchange, content: Answer): Promise<void> {
  const bytes = begin(exchange, content);
  if (!bytes) return;
  exchange.response.end(bytes);
  await untilAborted(exchange.gone);
}

const lingerMilliseconds = 500;

/**
 * Answers while the client is still sending. `response.end()` is not called: Node would then destroy the socket,
 * and with unread bytes in it the kernel sends a reset that can overtake the answer. So the answer goes out with a
 * FIN, the client has time to read it, and only then the connection is destroyed.
 */
async function answerEarly(exchange: Exchange, content: Answer): Promise<void> {
  const { response, request, gone } = exchange;
  const bytes = begin(exchange, content, { connection: 'close' });
  if (!bytes) return;
  response.flushHeaders();
  response.write(bytes);
  await new Promise<void>((resolve) => {
    request.socket.end(resolve);
  });
  void pause(lingerMilliseconds, gone).then(() => request.socket.destroy());
}

async function answerInPart(exchange: Exchange, content: Answer, afterBytes?: number): Promise<void> {
  const bytes = begin(exchange, content);
  if (!bytes) return;
  const part = bytes.subarray(0, afterBytes ?? Math.floor(bytes.length / 2));
  exchange.response.flushHeaders();
  await new Promise((resolve) => {
    exchange.response.write(part, resolve);
  });
  reset(exchange);
}

async function trickle(exchange: Exchange, content: Answer, bytesPerSecond: number): Promise<void> {
  const { response, gone } = exchange;
  const bytes = begin(exchange, content);
  if (!bytes) return;
  const step = Math.max(1, Math.floor(bytesPerSecond / 20));
  response.flushHeaders();
  for (let sent = 0; sent < bytes.length && !gone.aborted; sent += step) {
    await pause((step / bytesPerSecond) * 1000, gone);
    if (!gone.aborted) response.write(bytes.subarray(sent, sent + step));
  }
  response.end();
  await untilAborted(gone);
}

function reset({ socket }: Exchange): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}

// Connections

/** `requestTimeout` would end slow uploads after five minutes. */
const noTimeLimit = { requestTimeout: 0 };

/** Tells which TCP socket carries a TLS socket: only the former can be reset. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** Waits that long, or until the signal. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
