import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { CloneRequest } from '../../shared/clone-request.ts';
import type { AudioSample } from './audio-sample.ts';
import { encodeMultipart, type MultipartBody } from './multipart.ts';
import { type CloneOutcome, type Interruption, outcomeOf } from '../../shared/outcome.ts';
import { redact } from '../../shared/redact.ts';

/** What became of a request; or what kept it from being sent: a sample, or whoever was asked before its end. */
export type SendOutcome =
  | CloneOutcome
  | { kind: 'notSent'; reason: 'sample'; message: string; error: unknown }
  | { kind: 'notSent'; reason: 'overtaken'; message: string; error: unknown };

/** Who has to agree before the API can have the request. */
export interface Gates {
  /** The body begins once this has resolved; the connection and the first samples are opened meanwhile. */
  mayBegin?: Promise<unknown>;
  /** Asked once, when all but the end of the body is written, which is sent only when this has resolved. */
  mayEnd?: () => Promise<unknown>;
}

export interface SendOptions extends Gates {
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
): Promise<SendOutcome> {
  const timeLimit = new AbortController();
  const signal = AbortSignal.any([timeLimit.signal, ...(options.signal ? [options.signal] : [])]);
  const call = openCall(request, signal);
  const timer = setTimeout(() => timeLimit.abort(), options.timeoutSeconds * 1000);
  const interruptionBy = (error: unknown): Interruption =>
    timeLimit.signal.aborted
      ? { reason: 'timeout', message: 'the API did not answer within the time limit' }
      : options.signal?.aborted
        ? { reason: 'cancelled', message: 'the call was cancelled' }
        : { reason: call.progress.connected ? 'closed' : 'unreachable', message: messageOf(error) };
  try {
    const end = await endOfSending(call, options);
    switch (end.kind) {
      case 'sample':
      case 'overtaken':
        return { kind: 'notSent', reason: end.kind, error: end.error, message: messageOf(end.error) };
      case 'broken':
        return outcomeOf({ kind: 'none', ...interruptionBy(end.error) }, mayHaveBody(call));
      case 'answered': {
        const { response } = end;
        const answer = await readText(response);
        return outcomeOf(
          {
            kind: 'answered',
            status: response.statusCode ?? 0,
            body: redact(answer.text, request.headers['Authorization']),
            retryAfter: response.headers['retry-after'],
            ...('error' in answer && { brokeOff: interruptionBy(answer.error) }),
          },
          call.progress.bodySent,
        );
      }
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
export const connectionOptions = { highWaterMark: 256 * 1024 };

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
  | { kind: 'sample' | 'overtaken'; error: unknown }
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
  if (signal.aborted) over.abort();
  else signal.addEventListener('abort', () => over.abort(), { once: true });
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
async function endOfSending(call: Call, gates: Gates): Promise<EndOfSending> {
  const ended = call.response.then(
    (response): EndOfSending => ({ kind: 'answered', response }),
    (error: unknown): EndOfSending => ({ kind: 'broken', error }),
  );
  const stopped = await Promise.race([ended.then(() => undefined), writeBody(call, gates)]);
  if (!stopped) return ended;
  // Before anything else, so that the API never takes what it got for a whole body.
  call.req.destroy();
  return stopped;
}

/** Resolves with why the body was not written to its end, or undefined when it was or nobody wants it any more. */
async function writeBody(
  { req, body, connected, over, progress }: Call,
  { mayBegin, mayEnd }: Gates,
): Promise<EndOfSending | undefined> {
  let isRefused = false;
  const refuse = (error: unknown) => {
    isRefused = true;
    throw error;
  };
  try {
    await body.writeTo(req, over.signal, {
      // A connection that fails ends the call by itself.
      mayBegin: Promise.all([connected.catch(() => new Promise(() => {})), mayBegin?.catch(refuse)]),
      mayEnd: async () => mayEnd?.().catch(refuse),
    });
    // From here on the API may have everything, whatever happens to the connection.
    progress.bodySent = true;
    req.end();
    return undefined;
  } catch (error) {
    if (over.signal.aborted) return undefined;
    return { kind: isRefused ? 'overtaken' : 'sample', error };
  }
}

/** Whether the API may have the whole body: what was written before there was a connection went nowhere. */
function mayHaveBody({ progress }: Call): boolean {
  return progress.bodySent && progress.connected;
}

/** How much of an answer is read at all. */
const MAX_ANSWER_BYTES = 1024 * 1024;

async function readText(response: IncomingMessage): Promise<{ text: string; error?: unknown }> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES) break;
    }
    return { text: Buffer.concat(chunks).toString() };
  } catch (error) {
    return { text: Buffer.concat(chunks).toString(), error };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
