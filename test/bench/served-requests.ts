import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** A request that a server in this process has answered. */
export interface ServedRequest {
  /** From the `Host` header, with the port. */
  host: string;
  /** The server's own port: a proxy may pass the `Host` header on unchanged. */
  port: number | undefined;
  method: string;
  /** Decoded, without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  status: number;
  /** When the head was parsed and when the answer was handed to the OS, by `performance.now()`. */
  began: number;
  ended: number;
}

/**
 * Reports every request that an HTTP server in this process answers, whoever sent it, without interfering.
 *
 * @returns a function that stops the reports
 */
export function watchServedRequests(onServed: (request: ServedRequest) => void): () => void {
  // Kept from the start, because servers may rewrite the URL.
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
