import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

/** A private key and its certificate (PEM). */
export interface Identity {
  key: string;
  cert: string;
}

type Handle<Options> = (
  request: IncomingMessage,
  response: ServerResponse,
  options: Options,
  tell: (message: object) => void,
) => void;

/**
 * Serves in this process until its parent, `servers.ts`, disconnects; over TLS if the parent sends an identity. Sends
 * the parent its URL, and what `handle` tells.
 */
export async function serve<Options>(handle: Handle<Options>): Promise<void> {
  process.once('disconnect', () => process.exit());
  const [{ identity, ...options }] = (await once(process, 'message')) as [{ identity?: Identity } & Options];
  const tell = (message: object) => process.send?.(message);
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    handle(request, response, options as Options, tell);
  const server = identity ? https.createServer(identity, listener) : http.createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  tell({ url: `${identity ? 'https' : 'http'}://127.0.0.1:${port}` });
}
