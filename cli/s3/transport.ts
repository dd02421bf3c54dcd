import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { buildQueryString, type HttpHandler, HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { HttpHandlerOptions } from '@smithy/types';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { AwsError } from './errors.ts';
import { proxyFor } from './proxy.ts';
import { decodedPath } from './url.ts';
import { type Silence, startWatchdog, type Watched } from './watchdog.ts';

/** Options of {@link s3Transport}. */
export interface TransportOptions {
  /**
   * Certificates to trust instead of Node's (PEM).
   *
   * @default - Node's certificates and NODE_EXTRA_CA_CERTS
   */
  ca?: Buffer | undefined;
  /** Called if no data was transferred for five seconds; once per stall. */
  onSilence?: ((silence: Silence) => void) | undefined;
  /** Called with a line for each request and answer; without headers, so without secrets. */
  onDebug?: ((line: string) => void) | undefined;
}

/** Request options, in addition to the AWS SDK's. */
export interface TransportRequestOptions extends HttpHandlerOptions {
  /** Called with the number of body bytes sent; negative if bytes have to be sent again. */
  onSent?: (bytes: number) => void;
  /** Whether only the answer is of interest, not why there is none: the SDK's handler takes twice as long as Node. */
  isQuick?: boolean;
}

/** In seconds. */
const CONNECT_LIMIT = 10;

/** A small answer of S3 takes some 30 ms, however many requests are in flight: with fewer, `status` waits for answers. */
export const CONNECTIONS = 320;

/** Small enough to show progress over a slow connection. */
const CHUNK_BYTES = 64 * 1024;
/** For fast connections: fewer chunks cost less, most of all over TLS. */
const LARGEST_CHUNK_BYTES = 1024 * 1024;
/** A chunk that the connection takes within this time may be followed by one of twice its size. */
const FAST_MILLISECONDS = 20;

/**
 * Sends requests to S3, through the proxies of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, with timeouts that
 * count from the last transferred byte (watchdog.ts).
 */
export function s3Transport({ ca, onSilence = () => {}, onDebug }: TransportOptions = {}): HttpHandler {
  const watch = startWatchdog(onSilence);
  const pool = connectionPool(ca);

  async function handle(
    request: HttpRequest,
    { onSent = () => {}, isQuick = false, ...handling }: TransportRequestOptions = {},
  ): Promise<{ response: HttpResponse }> {
    const debug = debugLog(request, onDebug);
    const host = hostOf(request);
    const body = bytesOf(request.body);
    const watched = watch({ host, name: () => nameOf(request), hasBody: body !== undefined });
    const sent = countSent(watched, onSent);

    debug('→');
    try {
      const toSend = body
        ? Object.assign(HttpRequest.clone(request), { body: inChunks(body, sent.add) })
        : request;
      const connections = pool.to(`${request.protocol}//${host}`);
      const { response } = await (isQuick
        ? sendQuickly(toSend, connections, watched)
        : sendWithSdk(toSend, connections, watched, handling));
      debug(`← ${response.statusCode}`);
      if (response.statusCode >= 300) sent.takeBack();
      watched.answered(response.body as IncomingMessage);
      return { response };
    } catch (error) {
      watched.end();
      sent.takeBack();
      const reason = watched.isOver() ? watched.outOfTime() : error;
      debug(`✘ ${(reason as NodeJS.ErrnoException).code ?? (reason as Error).name}`);
      throw reason;
    }
  }

  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle,
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => pool.destroy(),
  };
}

/** Keeps the connections of each proxy, which its hosts share. */
function connectionPool(ca: Buffer | undefined) {
  const byProxy = new Map<string, Connections>();
  const byHost = new Map<string, Connections>();
  return {
    /** @param url of a host: the environment is slow to read for each of thousands of requests */
    to(url: string): Connections {
      const known = byHost.get(url);
      if (known) return known;
      const proxy = proxyFor(url);
      const connections = byProxy.get(proxy) ?? newConnections(proxy, ca);
      byProxy.set(proxy, connections);
      byHost.set(url, connections);
      return connections;
    },
    destroy() {
      for (const { handler } of byProxy.values()) handler.destroy();
    },
  };
}

interface Connections {
  httpAgent: HttpAgent;
  httpsAgent: HttpsAgent;
  /** Uses the agents. */
  handler: NodeHttpHandler;
}

function newConnections(proxy: string, ca: Buffer | undefined): Connections {
  const agentOptions = { keepAlive: true, maxSockets: CONNECTIONS, ...(ca && { ca }) };
  if (proxy === '') {
    const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS });
    return withHandler({ httpAgent, httpsAgent: new HttpsAgent(agentOptions) });
  }
  const { protocol } = new URL(proxy);
  if (!/^https?:$/.test(protocol)) {
    throw new AwsError({ message: `Only HTTP proxies are supported, not ${protocol}//` }, undefined);
  }
  const httpsAgent = new HttpsProxyAgent(proxy, agentOptions);
  // By default, the agent uses `ca` only for the proxy, but S3 behind it has to be trusted, too.
  if (ca) Object.assign(httpsAgent.options, { ca });
  return withHandler({ httpAgent: new HttpProxyAgent(proxy, agentOptions), httpsAgent });
}

function withHandler(agents: Omit<Connections, 'handler'>): Connections {
  const handler = new NodeHttpHandler({ connectionTimeout: CONNECT_LIMIT * 1000, ...agents });
  return { ...agents, handler };
}

function sendWithSdk(
  request: HttpRequest,
  { handler }: Connections,
  watched: Watched,
  options: HttpHandlerOptions,
): Promise<{ response: HttpResponse }> {
  return handler.handle(request, { ...options, abortSignal: stopped(watched, options.abortSignal) });
}

/** Aborted when the time is over, or when the signal is. */
function stopped(watched: Watched, signal: HttpHandlerOptions['abortSignal']): AbortSignal {
  const timeOver = new AbortController();
  watched.whenOver(() => timeOver.abort());
  return AbortSignal.any([timeOver.signal, ...(signal ? [signal as AbortSignal] : [])]);
}

function sendQuickly(
  { protocol, hostname, port, path, query, headers }: HttpRequest,
  { httpAgent, httpsAgent }: Connections,
  watched: Watched,
): Promise<{ response: HttpResponse }> {
  const [send, agent] = protocol === 'https:' ? [httpsRequest, httpsAgent] : [httpRequest, httpAgent];
  const parameters = buildQueryString(query);
  const target = {
    host: hostname.replaceAll(/^\[|\]$/g, ''),
    port,
    path: parameters ? `${path}?${parameters}` : path,
    headers,
    agent,
  };
  return new Promise((resolve, reject) => {
    const request = send(target, (answer) => {
      const { statusCode = 0, headers: received } = answer;
      const response = { statusCode, headers: received as Record<string, string>, body: answer };
      resolve({ response: new HttpResponse(response) });
    });
    request.once('error', reject).end();
    watched.whenOver(() => request.destroy(watched.outOfTime()));
  });
}

/** The body's bytes; the SDK never streams here, because each part of a file is read before it is sent. */
function bytesOf(body: unknown): Uint8Array | undefined {
  if (typeof body === 'string') return body === '' ? undefined : Buffer.from(body);
  return body instanceof Uint8Array && body.length > 0 ? body : undefined;
}

/** Tells of what is sent of a body, and of all of it if it has to be sent again. */
function countSent(watched: Watched, onSent: (bytes: number) => void) {
  let sent = 0;
  return {
    add: (length: number, isAll: boolean) => {
      sent += length;
      watched.sent(isAll);
      onSent(length);
    },
    takeBack: () => onSent(-sent),
  };
}

function inChunks(bytes: Uint8Array, onTaken: (length: number, isAll: boolean) => void): Readable {
  function* chunks() {
    let taken = 0;
    for (const chunk of chunksOf(bytes)) {
      taken += chunk.length;
      onTaken(chunk.length, taken === bytes.length);
      yield chunk;
    }
  }
  return Readable.from(chunks(), { highWaterMark: 1 });
}

/**
 * Chunks that grow as long as each is taken immediately. With TLS, no part of a chunk counts as sent before all of it is, so a large one over
 * a slow connection would look like a stall.
 */
function* chunksOf(bytes: Uint8Array): Generator<Uint8Array, void> {
  let size = CHUNK_BYTES;
  for (let start = 0; start < bytes.length;) {
    const chunk = bytes.subarray(start, start + size);
    const given = Date.now();
    yield chunk;
    start += chunk.length;
    size = Date.now() - given < FAST_MILLISECONDS ? Math.min(2 * size, LARGEST_CHUNK_BYTES) : CHUNK_BYTES;
  }
}

/** Gives {@link TransportOptions.onDebug} lines about a request, each with the time since this call. */
function debugLog(request: HttpRequest, onDebug: TransportOptions['onDebug']): (what: string) => void {
  const started = performance.now();
  return (what) =>
    onDebug?.(
      `${what} ${nameOf(request)} ${hostOf(request)}${queryOf(request)} ${Math.round(performance.now() - started)} ms`,
    );
}

function nameOf({ method, path }: HttpRequest): string {
  return `${method} ${decodedPath(path)}`;
}

function hostOf({ hostname, port }: HttpRequest): string {
  return hostname + (port ? `:${port}` : '');
}

/** The query without signature parameters. */
function queryOf({ query }: HttpRequest): string {
  const shown = Object.entries(query).filter(([name]) => !/^x-amz-/i.test(name));
  return shown.length === 0 ? '' : ` ${shown.map(([name, value]) => `${name}=${String(value)}`).join('&')}`;
}
