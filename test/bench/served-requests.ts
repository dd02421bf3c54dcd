import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** A request that a server in this process has answered. */
export interface ServedRequest {
  /** The host that was asked for, with its port. */
  host: string;
  /** Of the server: one that passes requests on may leave the host as it is. */
  port: number | undefined;
  method: string;
  /** Decoded, and without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  status: number;
  /** When its head was read and its answer was handed to the system, by `performance.now()`. */
  began: number;
  ended: number;
}

/**
 * Tells of every request that HTTP servers in this process answer, whoever sent it, without standing in its way.
 *
 * @returns a function that ends it.
 */
export function watchServedRequests(onServed: (request: ServedRequest) => void): () => void {
  // Servers may rewrite the URL on the way.
  const begun = new WeakMap<IncomingMessage, { url: URL; began: number }>();

  const onStart = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    const url = new URL(request.url ?? '', `http://${request.headers.host}`);
    begun.set(request, { url, began: performance.now() });
  };
  const onFinish = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const start = begun.get(request);
    if (!start) return;
    onServed({
      host: start.url.host,
      port: request.socket.localPort,
      method: request.method ?? '',
      path: decodeURIComponent(start.url.pathname),
      query: start.url.searchParams,
      headers: request.headers,
      status: response.statusCode,
      began: start.began,
      ended: performance.now(),
    });
  };

  // https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#http
  subscribe('http.server.request.start', onStart);
  subscribe('http.server.response.finish', onFinish);
  return () => {
    unsubscribe('http.server.request.start', onStart);
    unsubscribe('http.server.response.finish', onFinish);
  };
}
