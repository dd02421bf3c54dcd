import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What to do to a request to S3. `commit-silently` lets S3 do it, and drops the connection instead of an answer. */
export type Fault = 'pass' | 'never-answer' | 'stall-body' | 'commit-silently' | { status: number };

export interface S3Proxy {
  url: string;
  /** Every request, as `GET /bucket/key`, decoded and without its query. */
  requests: string[];
  /** Asked for each request before it goes on. */
  intercept: (request: string) => Fault | Promise<Fault>;
  close(): Promise<void>;
}

/** Stands between the handler and S3, and breaks what a test wants broken. */
export async function startS3Proxy(target: string): Promise<S3Proxy> {
  const server = http.createServer((request, response) => void handle(request, response));
  const proxy: S3Proxy = {
    url: '',
    requests: [],
    intercept: () => 'pass',
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = `${request.method} ${decodeURIComponent(request.url?.split('?')[0] ?? '')}`;
    proxy.requests.push(name);
    const fault = await proxy.intercept(name);
    if (fault === 'never-answer') return;
    if (typeof fault === 'object') {
      request.resume();
      response.writeHead(fault.status, { 'content-type': 'application/xml' }).end();
      return;
    }
    const forward = http.request(target + request.url, { method: request.method, headers: request.headers });
    forward.on('error', () => response.destroy());
    request.pipe(forward);
    const [answer] = (await once(forward, 'response')) as [IncomingMessage];
    if (fault === 'commit-silently') {
      answer.resume();
      await once(answer, 'end');
      response.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    if (fault !== 'stall-body') {
      answer.pipe(response);
      return;
    }
    const [first] = (await once(answer, 'data')) as [Buffer];
    response.write(first.subarray(0, 1000));
    answer.destroy();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}
