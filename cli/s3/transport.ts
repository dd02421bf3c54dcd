import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { type HttpHandler, HttpRequest } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { HttpHandlerOptions, HttpResponse } from '@smithy/types';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { AwsError } from './errors.ts';
import { decodedPath } from './url.ts';

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

/** A stalled request, and when it times out. */
export interface Silence {
  host: string;
  /** Such as `GET /bucket/key`. */
  request: string;
  /** Whether the request was sent completely, so that only the answer is missing. */
  isSent: boolean;
  /** The timeout, in seconds without data. */
  limit: number;
}

/** Request options, in addition to the AWS SDK's. */
export interface TransportRequestOptions extends HttpHandlerOptions {
  /** Called with the number of body bytes sent; negative if bytes have to be sent again. */
  onSent?: (bytes: number) => void;
}

/** In seconds. */
const CONNECT_LIMIT = 10;
const IDLE_LIMIT = 60;
/**
 * Long, because a proxy may accept a whole upload at once and then forward it over a slow connection for
 * minutes.
 */
const ANSWER_LIMIT = 300;
const SILENCE = 5;

/** Small enough to show progress, and large enough to be cheap. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Sends requests to S3, through the proxies of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, with timeouts that
 * count from the last transferred byte. Uploads share the bandwidth, so for them a byte on any connection
 * counts.
 */
export function s3Transport(options: TransportOptions = {}): HttpHandler {
  const { onSilence = () => {}, onDebug = () => {} } = options;
  const handlers = new Map<string, NodeHttpHandler>();
  const underWay = new Set<RequestUnderWay>();
  let lastMove = 0;
  let isSilent = false;
  let watch: NodeJS.Timeout | undefined;

  function moved(request: RequestUnderWay): void {
    request.lastMove = lastMove = Date.now();
    isSilent = false;
  }

  function look(): void {
    const now = Date.now();
    for (const request of underWay) {
      const bytesRead = request.answer?.socket.bytesRead ?? 0;
      if (bytesRead !== request.bytesRead) moved(request);
      request.bytesRead = bytesRead;
      const since = request.hasBody ? Math.max(request.lastMove, lastMove) : request.lastMove;
      if (now - since >= limitOf(request) * 1000) request.giveUp();
    }
    const [first] = underWay;
    if (!first || isSilent || now - lastMove < SILENCE * 1000) return;
    isSilent = true;
    onSilence({
      host: first.host,
      request: first.name,
      isSent: first.hasBody && first.isSent,
      limit: limitOf(first),
    });
  }

  function begin(request: RequestUnderWay): void {
    underWay.add(request);
    moved(request);
    watch ??= setInterval(look, 500);
  }

  function end(request: RequestUnderWay): void {
    underWay.delete(request);
    if (underWay.size > 0) return;
    clearInterval(watch);
    watch = undefined;
  }

  function handlerFor(url: string): NodeHttpHandler {
    const proxy = proxyFor(url);
    const handler = handlers.get(proxy) ?? newHandler(proxy, options.ca);
    handlers.set(proxy, handler);
    return handler;
  }

  async function handle(
    request: HttpRequest,
    { onSent = () => {}, abortSignal, ...handling }: TransportRequestOptions = {},
  ): Promise<{ response: HttpResponse }> {
    const { protocol, hostname, port, method, path } = request;
    const host = hostname + (port ? `:${port}` : '');
    const name = `${method} ${decodedPath(path)}`;
    const timeOver = new AbortController();
    const body = bytesOf(request.body);
    const own: RequestUnderWay = {
      name,
      host,
      hasBody: body !== undefined,
      isSent: body === undefined,
      lastMove: 0,
      bytesRead: 0,
      giveUp: () => timeOver.abort(),
    };
    let sent = 0;
    const chunks = (bytes: Uint8Array) =>
      inChunks(bytes, (length) => {
        sent += length;
        own.isSent = sent === bytes.length;
        moved(own);
        onSent(length);
      });
    const signal = AbortSignal.any([timeOver.signal, ...(abortSignal ? [abortSignal as AbortSignal] : [])]);
    const started = performance.now();
    const debug = (what: string) =>
      onDebug(`${what} ${name} ${host}${queryOf(request)} ${Math.round(performance.now() - started)} ms`);

    begin(own);
    debug('→');
    try {
      const toSend = body ? Object.assign(HttpRequest.clone(request), { body: chunks(body) }) : request;
      const { response } = await handlerFor(`${protocol}//${host}`).handle(toSend, {
        ...handling,
        abortSignal: signal,
      });
      moved(own);
      debug(`← ${response.statusCode}`);
      if (response.statusCode >= 300) onSent(-sent);
      const answer = response.body as IncomingMessage;
      own.answer = answer;
      timeOver.signal.addEventListener('abort', () => answer.destroy(outOfTime(own)), { once: true });
      answer.once('close', () => end(own));
      return { response };
    } catch (error) {
      end(own);
      onSent(-sent);
      const reason = timeOver.signal.aborted ? outOfTime(own) : error;
      debug(`✘ ${(reason as NodeJS.ErrnoException).code ?? (reason as Error).name}`);
      throw reason;
    }
  }

  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle,
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy() {
      for (const handler of handlers.values()) handler.destroy();
    },
  };
}

interface RequestUnderWay {
  readonly name: string;
  readonly host: string;
  readonly hasBody: boolean;
  isSent: boolean;
  /** When its last byte was transferred, in milliseconds. */
  lastMove: number;
  /** The answer, once it has started. */
  answer?: IncomingMessage;
  /** The connection's count at the last check. */
  bytesRead: number;
  giveUp(): void;
}

function limitOf({ hasBody, isSent }: RequestUnderWay): number {
  return hasBody && isSent ? ANSWER_LIMIT : IDLE_LIMIT;
}

/** An error that the SDK retries. */
function outOfTime(request: RequestUnderWay): Error {
  const error = new Error(`${request.host} transferred no data for ${limitOf(request)} seconds`);
  return Object.assign(error, { name: 'TimeoutError' });
}

function newHandler(proxy: string, ca: Buffer | undefined): NodeHttpHandler {
  const agentOptions = { keepAlive: true, maxSockets: 50, ...(ca && { ca }) };
  const limits = { connectionTimeout: CONNECT_LIMIT * 1000 };
  if (proxy === '') {
    return new NodeHttpHandler({
      ...limits,
      httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 50 }),
      httpsAgent: new HttpsAgent(agentOptions),
    });
  }
  const { protocol } = new URL(proxy);
  if (!/^https?:$/.test(protocol)) {
    throw new AwsError({ message: `Only HTTP proxies are supported, not ${protocol}//` }, undefined);
  }
  const httpsAgent = new HttpsProxyAgent(proxy, agentOptions);
  // By default, the agent uses `ca` only for the proxy, but S3 behind it has to be trusted, too.
  if (ca) Object.assign(httpsAgent.options, { ca });
  return new NodeHttpHandler({ ...limits, httpAgent: new HttpProxyAgent(proxy, agentOptions), httpsAgent });
}

/** The proxy's URL; empty for none. Without a scheme, it is an HTTP proxy, as in curl and the AWS CLI. */
function proxyFor(url: string): string {
  const proxy = getProxyForUrl(url);
  const [, bare] = /^https:\/\/(.*)/.exec(proxy) ?? [];
  const isBare = Object.entries(process.env).some(([name, value]) => /_proxy$/i.test(name) && value === bare);
  return bare !== undefined && isBare ? `http://${bare}` : proxy;
}

/** The body's bytes; the SDK never streams here, because each part of a file is read before it is sent. */
function bytesOf(body: unknown): Uint8Array | undefined {
  if (typeof body === 'string') return body === '' ? undefined : Buffer.from(body);
  return body instanceof Uint8Array && body.length > 0 ? body : undefined;
}

function inChunks(bytes: Uint8Array, onTaken: (length: number) => void): Readable {
  function* chunks() {
    for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
      const chunk = bytes.subarray(start, start + CHUNK_BYTES);
      onTaken(chunk.length);
      yield chunk;
    }
  }
  return Readable.from(chunks(), { highWaterMark: 1 });
}

/** The query without signature parameters. */
function queryOf({ query }: HttpRequest): string {
  const shown = Object.entries(query).filter(([name]) => !/^x-amz-/i.test(name));
  return shown.length === 0 ? '' : ` ${shown.map(([name, value]) => `${name}=${String(value)}`).join('&')}`;
}
