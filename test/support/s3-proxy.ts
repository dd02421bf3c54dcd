import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { forwarded, type LocalServer, pathOf, startLocalServer } from './local-server.ts';

/**
 * What to do to a request to S3:
 *
 * | | S3 does it | the client gets |
 * |---|---|---|
 * | `pass` | yes | the answer |
 * | `drop` | no | its connection closed |
 * | `never-answer` | no | nothing |
 * | `{status, headers, body}` | no | that answer |
 * | `{change}` | yes | the answer with its body changed |
 * | `stall-body` | yes | the head of the answer and the first bytes of its body |
 * | `commit-silently` | yes | its connection closed |
 * | `{commitThen}` | yes, then that is called | nothing |
 */
export type Fault =
  | 'pass'
  | 'drop'
  | 'never-answer'
  | 'stall-body'
  | 'commit-silently'
  | { status: number; headers?: Record<string, string>; body?: string }
  | { change: (body: string) => string }
  | { commitThen: () => void };

/** A proxy before S3 that records requests and injects faults. */
export interface S3Proxy extends LocalServer {
  /** Every request, as `GET /bucket/key`, decoded, without its query. */
  requests: string[];
  /** Called for each request before it is forwarded. The query shows what is listed. `s3-answers.ts` has what S3 may answer. */
  intercept: (
    request: string,
    query: URLSearchParams,
    headers: IncomingHttpHeaders,
  ) => Fault | Promise<Fault>;
  /** Headers to add to an answer, which S3 sends but the emulator does not. */
  headersOf: (request: string) => Record<string, string>;
}

/** Stands between the handler and S3, and injects the faults of a test. */
export async function startS3Proxy(target: string): Promise<S3Proxy> {
  const proxy: S3Proxy = {
    ...(await startLocalServer(handle)),
    requests: [],
    intercept: () => 'pass',
    headersOf: () => ({}),
  };
  return proxy;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query] = pathOf(request).split('?');
    const name = `${request.method} ${decodeURIComponent(path)}`;
    proxy.requests.push(name);
    const fault = await proxy.intercept(name, new URLSearchParams(query), request.headers);
    if (fault === 'never-answer') return;
    if (fault === 'drop') {
      response.destroy();
      return;
    }
    if (typeof fault === 'object' && 'status' in fault) {
      request.resume();
      const { status, headers, body } = fault;
      response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body);
      return;
    }
    const answer = await forwarded(request, response, target);
    if (fault === 'commit-silently' || (typeof fault === 'object' && 'commitThen' in fault)) {
      answer.resume();
      await once(answer, 'end');
      if (typeof fault === 'object') fault.commitThen();
      else response.destroy();
      return;
    }
    const status = answer.statusCode ?? 500;
    const headers = { ...answer.headers, ...proxy.headersOf(name) };
    if (typeof fault === 'object') {
      const body = fault.change(await text(answer));
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
      return;
    }
    response.writeHead(status, headers);
    if (fault !== 'stall-body') {
      answer.pipe(response);
      return;
    }
    const [first] = (await once(answer, 'data')) as [Buffer];
    response.write(first.subarray(0, Math.min(1000, Math.floor(first.length / 2))));
    answer.destroy();
  }
}
