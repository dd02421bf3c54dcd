import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Behavior } from './behaviors.ts';
import type { ReceivedRequest, Voice } from './received-request.ts';
import { serve } from './serve.ts';
import type { CallersApiSimulatorOptions } from './simulator-options.ts';
import { voiceFrom } from './voices.ts';

/**
 * A local simulator of the Callers API's `POST /voices/voice-clone`, for tests, bench and `npm start`.
 *
 * It validates requests by the API's documentation alone ("Clone a new voice from audio samples",
 * docs.callers.ai) and shares only the locale list with `shared/`, so that it reveals mistakes there. Where
 * the documentation is silent, it is stricter than a real API: any request that it accepts should be safe to
 * send.
 *
 * A voice is made once the last byte of a valid request was read, even if the connection fails afterwards. An
 * invalid or incomplete request never makes one.
 *
 * File contents are hashed but not kept, because a body may be larger than memory.
 */
export async function startCallersApiSimulator(
  options: CallersApiSimulatorOptions = {},
): Promise<CallersApiSimulator> {
  const { port = 0, host = '127.0.0.1', tls } = options;
  const requests: ReceivedRequest[] = [];
  const voices: Voice[] = [];
  const behaviors: Behavior[] = [];
  const organizationId = randomUUID();
  const connections = new Map<string, Socket>();
  const events = new EventEmitter();
  const closed = new AbortController();
  let always: Behavior | ((request: ReceivedRequest) => Behavior) | undefined;
  let ended = 0;

  const server = tls ? createTlsServer({ ...tls, ...noTimeLimit }) : createServer(noTimeLimit);

  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    connections.set(peer, socket);
    socket.once('close', () => {
      if (connections.get(peer) === socket) connections.delete(peer);
    });
  });
  // Invalid HTTP, or a truncated body. Node's default handler would answer 400 without recording it in
  // `requests`.
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
    const behavior = behaviors.shift() ??
      (typeof always === 'function' ? always(received) : always) ?? { kind: 'normal' };
    void serve({ request, response, socket, gone: gone.signal, received }, behavior, options, () => {
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
    behaveNext: (...next) => void behaviors.push(...next),
    behaveAlways: (behavior) => {
      always = behavior;
    },
    whenRequests: (count) => {
      const reached = untilEnded(count);
      // Awaiting `reached` still rejects; this only avoids an unhandled rejection if a test fails before it
      // awaits.
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

/** A running simulator. */
export interface CallersApiSimulator {
  /** Scheme, host and port, without a trailing slash. */
  readonly url: string;
  /** All requests in order of arrival, added once their headers are received and updated as they proceed. */
  readonly requests: readonly ReceivedRequest[];
  /** All voices that were made, in order: what a customer would have paid for. */
  readonly voices: readonly Voice[];
  /** Queues behaviors: each applies to one request, in order of arrival. */
  behaveNext(...behaviors: Behavior[]): void;
  /**
   * Sets the behavior if the queue is empty; `undefined` resets it to normal. A function is called for each
   * request, when only its headers have arrived.
   */
  behaveAlways(behavior: Behavior | ((request: ReceivedRequest) => Behavior) | undefined): void;
  /**
   * Resolves once this many requests, since the start, have ended: answered, or disconnected.
   * Rejects if the simulator is closed before that.
   */
  whenRequests(count: number): Promise<void>;
  /** Stops listening and destroys all open connections. */
  close(): Promise<void>;
}

/** `requestTimeout` would end slow uploads after five minutes. */
const noTimeLimit = { requestTimeout: 0 };

/** Identifies the TCP socket below a TLS socket, because only the TCP socket can be reset. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
