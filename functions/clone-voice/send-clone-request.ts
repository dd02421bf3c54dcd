import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { apiMessage } from '../../shared/api-message.ts';
import type { CloneRequest } from '../../shared/clone-request.ts';
import type { AudioSample } from './audio-sample.ts';
import { encodeMultipart, type MultipartBody } from './multipart.ts';
import { redact } from '../../shared/redact.ts';
import { parseRetryAfter } from '../../shared/retry-after.ts';
import { shorten } from '../../shared/shorten.ts';
import { clonedVoicesSchema, type Voice } from '../../shared/voice.ts';

/**
 * What became of a clone request. The API cannot be asked afterwards, and a second request makes a second voice,
 * so the one thing that matters is whether a voice may exist:
 *
 * | kind | a voice exists | may be sent again |
 * |---|---|---|
 * | `cloned` | yes | no |
 * | `rejected` | no: the API said so | only after a change |
 * | `notSent` | no: the API never had the whole request, or refused to look at it (429, 503) | yes |
 * | `unknown` | perhaps | no: a person has to look |
 */
export type CloneOutcome =
  | { kind: 'cloned'; status: number; voices: Voice[] }
  | { kind: 'rejected'; status: number; message: string }
  | NotSent
  | { kind: 'unknown'; reason: UnknownReason; status?: number; message: string; body?: string };

export type NotSent = { kind: 'notSent'; message: string; status?: number } & (
  | { reason: 'unreachable' | 'closed' | 'timeout' | 'cancelled' | 'server-error' }
  | { reason: 'rate-limited' | 'unavailable'; retryAfterSeconds?: number }
  | { reason: 'sample'; error: unknown }
);

export type UnknownReason = 'timeout' | 'cancelled' | 'closed' | 'server-error' | 'invalid-response';

export interface SendOptions {
  /** Time limit for the whole call, from connecting to the last byte of the answer. */
  timeoutSeconds: number;
  /** Cancels the call. */
  signal?: AbortSignal;
}

/**
 * Sends the request once and says what became of it; never throws for anything that the network, the API or a
 * sample does. The body is streamed with its length declared. Redirects are answers, never followed: the API key
 * must not travel to where the API did not live.
 */
export async function sendCloneRequest(
  request: CloneRequest<AudioSample>,
  options: SendOptions,
): Promise<CloneOutcome> {
  const timeLimit = new AbortController();
  const signal = AbortSignal.any([timeLimit.signal, ...(options.signal ? [options.signal] : [])]);
  const call = openCall(request, signal);
  const timer = setTimeout(() => timeLimit.abort(), options.timeoutSeconds * 1000);
  const interruption = () =>
    timeLimit.signal.aborted ? 'timeout' : options.signal?.aborted ? 'cancelled' : undefined;
  try {
    const end = await endOfSending(call);
    switch (end.kind) {
      case 'sample':
        return { kind: 'notSent', reason: 'sample', error: end.error, message: messageOf(end.error) };
      case 'broken':
        return broken(call, interruption(), end.error);
      case 'answered':
        return await readOutcome(call, end.response, request.headers['Authorization'], interruption);
    }
  } finally {
    clearTimeout(timer);
    call.over.abort();
    call.req.destroy();
  }
}

/**
 * How much may wait in the connection for being sent. Node's own 64 KB are one read of a sample: then each read waits for the
 * one before it to be sent, and over TLS four records are all that is ever encrypted at once.
 */
const connectionOptions = { highWaterMark: 256 * 1024 };

/** The request on its way. */
interface Call {
  req: ClientRequest;
  body: MultipartBody;
  connected: Promise<unknown>;
  response: Promise<IncomingMessage>;
  /** Aborted as soon as nobody wants the rest of the body: the API has answered, or the call has ended otherwise. */
  over: AbortController;
  progress: { connected: boolean; bodySent: boolean };
}

type EndOfSending =
  | { kind: 'answered'; response: IncomingMessage }
  | { kind: 'sample'; error: unknown }
  | { kind: 'broken'; error: unknown };

function openCall(request: CloneRequest<AudioSample>, signal: AbortSignal): Call {
  const url = new URL(request.url);
  const secure = url.protocol === 'https:';
  const body = encodeMultipart(request.parts);
  const req = (secure ? https : http).request(url, {
    method: request.method,
    // A connection of its own: one kept alive may be closed by the API at the very moment of its reuse, and then
    // nobody knows whether the request was seen.
    agent: false,
    ...connectionOptions,
    signal,
    headers: {
      ...request.headers,
      Accept: 'application/json',
      'Content-Type': body.contentType,
      'Content-Length': body.contentLength,
    },
  });
  const progress = { connected: false, bodySent: false };
  const over = new AbortController();
  req.once('response', () => over.abort());
  const connected = once(req, 'socket').then(async ([socket]) => {
    await once(socket, secure ? 'secureConnect' : 'connect');
    progress.connected = true;
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    req.once('response', resolve);
    // Not `once`: what is destroyed early may complain more than once, and an unheard error ends the process.
    req.on('error', reject);
    req.once('close', () => reject(new Error('the connection was closed without an answer')));
  });
  connected.catch(() => {});
  response.catch(() => {});
  return { req, body, connected, response, over, progress };
}

/**
 * Writes the body until it ends or something else does. An answer wins over everything, whenever it comes: it
 * alone knows. A sample's error wins over the connection's, which is only its consequence.
 */
async function endOfSending(call: Call): Promise<EndOfSending> {
  const ended = call.response.then(
    (response): EndOfSending => ({ kind: 'answered', response }),
    (error: unknown): EndOfSending => ({ kind: 'broken', error }),
  );
  // The sources are opened only once there is somebody to send them to.
  const connected = await Promise.race([ended, call.connected.then(() => undefined).catch(() => ended)]);
  if (connected) return connected;
  const sampleError = await Promise.race([ended.then(() => undefined), writeBody(call)]);
  if (sampleError) {
    // Before anything else, so that the API never takes what it got for a whole body.
    call.req.destroy();
    return { kind: 'sample', error: sampleError.error };
  }
  return ended;
}

/** Resolves with the error of a sample, or undefined once the body is written or nobody wants it any more. */
async function writeBody({ req, body, over, progress }: Call): Promise<{ error: unknown } | undefined> {
  try {
    await body.writeTo(req, over.signal);
    // From here on the API may have everything, whatever happens to the connection.
    progress.bodySent = true;
    req.end();
    return undefined;
  } catch (error) {
    return over.signal.aborted ? undefined : { error };
  }
}

type Interruption = 'timeout' | 'cancelled' | undefined;

function broken({ progress }: Call, interruption: Interruption, error: unknown): CloneOutcome {
  const { reason, message, kind } = unfinished(interruption, error);
  if (progress.bodySent && progress.connected) return { kind, reason, message };
  return {
    kind: 'notSent',
    reason: interruption ?? (progress.connected ? 'closed' : 'unreachable'),
    message,
  };
}

/** The outcome of a call that broke off once everything was sent. */
function unfinished(interruption: Interruption, error: unknown) {
  const message =
    interruption === 'timeout'
      ? 'the API did not answer within the time limit'
      : interruption === 'cancelled'
        ? 'the call was cancelled'
        : messageOf(error);
  return { kind: 'unknown', reason: interruption ?? 'closed', message } as const;
}

async function readOutcome(
  { progress }: Call,
  response: IncomingMessage,
  secret: string | undefined,
  interruption: () => Interruption,
): Promise<CloneOutcome> {
  const status = response.statusCode ?? 0;
  const answer = await readText(response);
  const body = redact(answer.text, secret);
  const message = apiMessage(body) || `the API answered ${status}`;
  if (status >= 200 && status < 300) {
    if (answer.kind === 'broken') {
      return { ...unfinished(interruption(), answer.error), status, body: shorten(body, MAX_KEPT_BODY) };
    }
    const voices = parseVoices(body);
    return voices
      ? { kind: 'cloned', status, voices }
      : {
          kind: 'unknown',
          reason: 'invalid-response',
          status,
          message: 'the API answered with something else than the voices that it documents',
          body: shorten(body, MAX_KEPT_BODY),
        };
  }
  if (status === 429 || status === 503) {
    const retryAfterSeconds = parseRetryAfter(response.headers['retry-after']);
    return {
      kind: 'notSent',
      reason: status === 429 ? 'rate-limited' : 'unavailable',
      status,
      message,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    };
  }
  // A status that HTTP does not have counts as a server's error (RFC 9110, section 15).
  if (status >= 300 && status < 500) return { kind: 'rejected', status, message };
  return progress.bodySent
    ? { kind: 'unknown', reason: 'server-error', status, message }
    : { kind: 'notSent', reason: 'server-error', status, message };
}

/** How much of an answer is read at all, and how much of one that makes no sense is kept for a person to look at. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_KEPT_BODY = 2_000;

async function readText(
  response: IncomingMessage,
): Promise<{ kind: 'whole'; text: string } | { kind: 'broken'; text: string; error: unknown }> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES) break;
    }
    return { kind: 'whole', text: Buffer.concat(chunks).toString() };
  } catch (error) {
    return { kind: 'broken', text: Buffer.concat(chunks).toString(), error };
  }
}

function parseVoices(body: string): Voice[] | undefined {
  try {
    return clonedVoicesSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
