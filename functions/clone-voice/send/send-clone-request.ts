import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { CloneRequest } from '../../../shared/clone-request.ts';
import { type CloneOutcome, type Interruption, outcomeOf } from '../../../shared/outcome.ts';
import type { AudioSample } from './audio-sample.ts';
import { encodeMultipart, type MultipartBody } from './multipart.ts';
import { readText } from './read-text.ts';
import { TunnelAgent } from './tunnel-agent.ts';

/** A sample or a gate kept the request from being completed, so the API made nothing. */
export interface Stopped {
  kind: 'stopped';
  by: 'sample' | 'gate';
  error: unknown;
  message: string;
}

/** Conditions for sending the request. */
export interface Gates {
  /** Delays the body until resolved; the connection and the first samples are opened meanwhile. */
  mayBegin?: Promise<unknown>;
  /**
   * Called once, when all but the end of the body is written, with the SHA-256 of each sample. The end is sent only after
   * this has resolved.
   */
  mayEnd?: (digests: readonly string[]) => Promise<unknown>;
  /** Rejects if the request must not be completed. */
  stop?: Promise<unknown>;
}

/** How long the call may take, and what it waits for. */
export interface SendOptions extends Gates {
  /** Time limit for the whole call, from connecting to the last byte of the answer. */
  timeoutSeconds: number;
}

/**
 * Sends the request once and returns its outcome, or what stopped it. Never throws because of the network, the API or a
 * sample. Streams the body with a declared length. Does not follow redirects, because the API key must not be sent to
 * another host.
 */
export async function sendCloneRequest(
  request: CloneRequest<AudioSample>,
  options: SendOptions,
): Promise<CloneOutcome | Stopped> {
  const timeLimit = new AbortController();
  const call = openCall(request, timeLimit.signal);
  const timer = setTimeout(() => timeLimit.abort(), options.timeoutSeconds * 1000);
  const interruptionBy = (error: unknown): Interruption =>
    timeLimit.signal.aborted
      ? { reason: 'timeout', message: 'the API did not answer within the time limit' }
      : { reason: call.progress.connected ? 'closed' : 'unreachable', message: messageOf(error) };
  try {
    const end = await endOfSending(call, options);
    switch (end.kind) {
      case 'sample':
      case 'gate':
        return { kind: 'stopped', by: end.kind, error: end.error, message: messageOf(end.error) };
      case 'broken':
        return outcomeOf(
          { kind: 'none', ...interruptionBy(end.error) },
          mayHaveBody(call),
          secondsSinceEnd(call),
        );
      case 'answered': {
        const { response } = end;
        // When it began: the body may take longer.
        const seconds = secondsSinceEnd(call);
        const answer = await readText(response);
        return outcomeOf(
          {
            kind: 'answered',
            status: response.statusCode ?? 0,
            body: answer.text,
            secret: request.headers['Authorization'],
            retryAfter: response.headers['retry-after'],
            ...('error' in answer && { brokeOff: interruptionBy(answer.error) }),
          },
          call.progress.bodySent !== undefined,
          seconds,
        );
      }
    }
  } finally {
    clearTimeout(timer);
    call.over.abort();
    call.close();
  }
}

/**
 * How much the connection may buffer. Node's default of 64 KB is a single read of a sample, so each read
 * would wait for the previous one to be sent, and TLS would encrypt at most four records at once.
 */
export const connectionOptions = { highWaterMark: 256 * 1024 };

/** A request in progress. */
interface Call {
  req: ClientRequest;
  body: MultipartBody;
  connected: Promise<unknown>;
  response: Promise<IncomingMessage>;
  /**
   * Aborted once the rest of the body is not needed: the API has answered, or the call has ended otherwise.
   */
  over: AbortController;
  /** `bodySent`: when the end of the body was handed to the connection, by `performance.now()`. */
  progress: { connected: boolean; bodySent: number | undefined };
  /** Ends the connection, also if there is none yet. */
  close(): void;
}

type EndOfSending =
  | { kind: 'answered'; response: IncomingMessage }
  | { kind: 'sample' | 'gate'; error: unknown }
  | { kind: 'broken'; error: unknown };

function openCall(request: CloneRequest<AudioSample>, signal: AbortSignal): Call {
  const url = new URL(request.url);
  const secure = url.protocol === 'https:';
  const body = encodeMultipart(request.parts);
  const { proxyEnv } = https.globalAgent.options;
  const tunnel = secure && proxyEnv ? new TunnelAgent({ proxyEnv, keepAlive: false }) : undefined;
  const req = (secure ? https : http).request(url, {
    method: request.method,
    // No connection reuse: the API may close an idle connection just as it is reused, and then it would be
    // unknown whether the API received the request.
    agent: tunnel ?? false,
    ...connectionOptions,
    // As much as proxies let pass; 16 KB by default.
    maxHeaderSize: 64 * 1024,
    // A voice is paid for, however a proxy writes its answer. No other request shares the connection.
    insecureHTTPParser: true,
    signal,
    headers: {
      ...request.headers,
      Accept: 'application/json',
      // Without it, any encoding is acceptable (RFC 9110, section 12.5.3).
      'Accept-Encoding': 'identity',
      'Content-Type': body.contentType,
      'Content-Length': body.contentLength,
    },
  });
  const progress: Call['progress'] = { connected: false, bodySent: undefined };
  const over = new AbortController();
  req.once('response', () => over.abort());
  const onAbort = () => {
    over.abort();
    tunnel?.destroy();
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  const connected = once(req, 'socket').then(async (args) => {
    const [socket] = args as [Socket];
    // A tunnel's socket comes when it is connected to the API.
    if (socket.connecting || !tunnel) await once(socket, secure ? 'secureConnect' : 'connect');
    progress.connected = true;
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    req.once('response', resolve);
    // Not `once`: a request that is destroyed early may emit several errors, and an unhandled one ends the
    // process.
    req.on('error', reject);
    req.once('close', () => reject(new Error('the connection was closed without an answer')));
  });
  connected.catch(() => {});
  response.catch(() => {});
  const close = () => {
    req.destroy();
    tunnel?.destroy();
  };
  return { req, body, connected, response, over, progress, close };
}

/**
 * Writes the body until it is complete or the call ends. An answer takes precedence over everything, whenever
 * it arrives, because only the API knows the outcome. A sample's error takes precedence over the connection
 * error that it causes.
 */
async function endOfSending(call: Call, gates: Gates): Promise<EndOfSending> {
  const ended = call.response.then(
    (response): EndOfSending => ({ kind: 'answered', response }),
    (error: unknown): EndOfSending => ({ kind: 'broken', error }),
  );
  const stopped = await Promise.race([
    ended.then(() => undefined),
    writeBody(call, gates),
    withheldBy(gates.stop, call),
  ]);
  if (!stopped) return ended;
  // First of all, so that the API cannot mistake a partial body for a complete one.
  call.close();
  return stopped;
}

/** Resolves once the request must not be completed; never, if its end was sent before. */
function withheldBy(stop: Promise<unknown> | undefined, { progress }: Call): Promise<EndOfSending> {
  return new Promise((resolve) => {
    stop?.catch((error: unknown) => {
      if (progress.bodySent === undefined) resolve({ kind: 'gate', error });
    });
  });
}

/** Resolves with why the body is incomplete; undefined if it is complete or no longer needed. */
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
      // A failed connection ends the call elsewhere, so its error is ignored here.
      mayBegin: Promise.all([connected.catch(() => new Promise(() => {})), mayBegin?.catch(refuse)]),
      mayEnd: async (digests) => mayEnd?.(digests).catch(refuse),
    });
    // From here on the API may have the complete request, even if the connection fails.
    progress.bodySent = performance.now();
    req.end();
    return undefined;
  } catch (error) {
    if (over.signal.aborted) return undefined;
    return { kind: isRefused ? 'gate' : 'sample', error };
  }
}

/** Whether the API may have the complete body. Without a connection, written data went nowhere. */
function mayHaveBody({ progress }: Call): boolean {
  return progress.bodySent !== undefined && progress.connected;
}

function secondsSinceEnd({ progress }: Call): number {
  return progress.bodySent === undefined ? 0 : (performance.now() - progress.bodySent) / 1000;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === 'aborted' ? 'the answer broke off' : error.message || error.name;
}
