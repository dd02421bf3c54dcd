import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Behavior } from './behaviors.ts';
import type { ReceivedRequest, Voice } from './received-request.ts';
import { serve } from './serve.ts';
import { voiceFrom } from './voices.ts';

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
  /** Queues behaviors: each is used up by one request, whatever it asks for, in order of arrival. */
  behaveNext(...behaviors: Behavior[]): void;
  /**
   * How to behave when the queue is empty; `undefined` for normal again. A function is asked at each request, of which
   * only the headers are there yet.
   */
  behaveAlways(behavior: Behavior | ((request: ReceivedRequest) => Behavior) | undefined): void;
  /**
   * Resolves when that many requests, since the start, have ended: answered, or their connection died.
   * Rejects when the simulator is closed before that.
   */
  whenRequests(count: number): Promise<void>;
  /** Stops listening and drops every connection that is still open. */
  close(): Promise<void>;
}

/** `requestTimeout` would end slow uploads after five minutes. */
const noTimeLimit = { requestTimeout: 0 };

/** Tells which TCP socket carries a TLS socket: only the former can be reset. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
