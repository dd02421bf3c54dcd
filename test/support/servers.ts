import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A server that speaks in bytes. */
export interface RawServer {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** The number of connections so far. */
  readonly connections: number;
  /** All bytes received, from all connections. */
  readonly received: Buffer;
  close(): Promise<void>;
}

/** A TCP server that calls `behave` for each connection. It reads only if `behave` does. */
export async function startRawServer(
  behave: (socket: Socket, received: () => Buffer) => void,
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const chunks: Buffer[] = [];
  let connections = 0;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.pause();
    behave(socket, () => Buffer.concat(chunks));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    get received() {
      return Buffer.concat(chunks);
    },
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A server that reads a whole request by its Content-Length, then calls `then`. */
export function afterWholeRequest(then: (socket: Socket) => void): Promise<RawServer> {
  return startRawServer((socket, received) => {
    let done = false;
    socket.on('data', () => {
      if (done || !isWhole(received())) return;
      done = true;
      then(socket);
    });
    socket.resume();
  });
}

/** A server that reads a whole request, then writes these bytes and closes. */
export function answering(bytes: string | Buffer): Promise<RawServer> {
  return afterWholeRequest((socket) => socket.end(bytes));
}

/** The bytes of an answer with a declared length. */
export function answerBytes(status: number, body: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ 'Content-Length': String(Buffer.byteLength(body)), ...headers });
  return `HTTP/1.1 ${status} Whatever\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

/** Whether these bytes are a request with as much body as it declares. */
export function isWhole(request: Buffer): boolean {
  const headEnd = request.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = /^content-length: (\d+)$/im.exec(request.subarray(0, headEnd).toString('latin1'))?.[1];
  return request.length - headEnd - 4 >= Number(length);
}

/** A port where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
