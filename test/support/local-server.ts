import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as open,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of this process. */
export interface LocalServer {
  url: string;
  /** Ends its connections, too. */
  close(): Promise<void>;
}

/** Starts an HTTP server on a free port of this machine. A request whose handling fails loses its connection. */
export async function startLocalServer(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void,
): Promise<LocalServer> {
  const server = createServer((request, response) => {
    new Promise<void>((resolve) => resolve(handle(request, response))).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends a request on to another server, also as an HTTP proxy. If either side dies, so does the other. @returns the answer's head */
export async function forwarded(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  headers: IncomingHttpHeaders = request.headers,
): Promise<IncomingMessage> {
  // Not as part of the URL, which would turn `a/../b` into `b`.
  const onward = open(target, { path: pathOf(request), method: request.method, headers });
  onward.on('error', () => response.destroy());
  response.once('close', () => {
    if (!response.writableFinished) onward.destroy();
  });
  request.pipe(onward);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  return answer;
}

/** The path and the query, of which a proxy is sent the whole URL. */
export function pathOf({ url = '' }: IncomingMessage): string {
  return url.replace(/^http:\/\/[^/]+/, '');
}
