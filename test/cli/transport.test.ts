import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { s3Transport, type TransportRequestOptions } from '../../cli/s3/transport.ts';
import type { Silence } from '../../cli/s3/watchdog.ts';

let server: Server;
/** How the server answers a request, after its body was read, except for one to /unread. */
let behave: (response: ServerResponse, body: Buffer) => void;
let silences: Silence[];
let transport: ReturnType<typeof s3Transport>;

beforeEach(async () => {
  server = createServer((request: IncomingMessage, response) => {
    if (request.url === '/quick') response.end('quick');
    else if (request.url === '/unread') behave(response, Buffer.alloc(0));
    else void buffer(request).then((body) => behave(response, body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
  silences = [];
  transport = s3Transport({ onSilence: (silence) => silences.push(silence) });
});
afterEach(() => {
  vi.useRealTimers();
  transport.destroy?.();
  server.closeAllConnections();
  server.close();
});

function send(method: string, path: string, body?: Buffer, options: TransportRequestOptions = {}) {
  const { port } = server.address() as AddressInfo;
  const headers = body ? { 'content-length': String(body.length) } : {};
  const request = new HttpRequest({
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    method,
    path,
    headers,
    body,
  });
  const answer = transport.handle(request, options);
  answer.catch(() => {});
  return answer;
}

/** Resolves with the response to the next request, once its whole body has arrived. */
function nextRequest(): Promise<ServerResponse> {
  return new Promise((resolve) => {
    behave = (response) => resolve(response);
  });
}

async function statusOf(answer: Promise<{ response: HttpResponse }>): Promise<number> {
  const { response } = await answer;
  await text(response.body as Readable);
  return response.statusCode;
}

const body = Buffer.alloc(600_000, 'a');

describe('the time limit', () => {
  it('gives a proxy that has taken a whole upload minutes to forward it', async () => {
    const arrived = nextRequest();
    const answer = send('PUT', '/part', body);
    const response = await arrived;
    await vi.advanceTimersByTimeAsync(290_000);
    response.end();
    expect(await statusOf(answer)).toBe(200);
  });

  it('of an upload counts from the last byte on any connection', async () => {
    const arrived = nextRequest();
    const answer = send('PUT', '/part', body);
    const response = await arrived;
    for (let round = 0; round < 3; round++) {
      await vi.advanceTimersByTimeAsync(290_000);
      expect(await statusOf(send('GET', '/quick'))).toBe(200);
    }
    response.end();
    expect(await statusOf(answer)).toBe(200);
  });

  it.each([
    ['an upload that is not answered', 'PUT', 301_000],
    ['a request that is not answered', 'GET', 61_000],
  ])('ends %s', async (_what, method, after) => {
    const arrived = nextRequest();
    const answer = send(method, '/object', method === 'PUT' ? body : undefined);
    await arrived;
    await vi.advanceTimersByTimeAsync(after);
    await expect(answer).rejects.toMatchObject({
      name: 'TimeoutError',
      message: expect.stringMatching(/no data/),
    });
  });

  it('ends an upload that nobody reads, long before that', async () => {
    const arrived = nextRequest();
    const answer = send('PUT', '/unread', Buffer.alloc(50_000_000));
    await arrived;
    await vi.advanceTimersByTimeAsync(61_000);
    await vi.advanceTimersByTimeAsync(61_000);
    await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('ends an answer that stops in its middle', async () => {
    const arrived = nextRequest();
    const answer = send('GET', '/object');
    (await arrived).writeHead(200, { 'content-length': 100 }).write('half');
    const { response } = await answer;
    const read = text(response.body as Readable);
    read.catch(() => {});
    await vi.advanceTimersByTimeAsync(121_000);
    await expect(read).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('silence', () => {
  it('is reported once, and again after bytes have moved', async () => {
    const arrived = nextRequest();
    const answer = send('PUT', '/bucket/one.wav', body);
    const response = await arrived;
    await vi.advanceTimersByTimeAsync(30_000);
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const silence = { host, request: 'PUT /bucket/one.wav', isSent: true, limit: 300 };
    expect(silences).toEqual([silence]);
    await statusOf(send('GET', '/quick'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(silences).toEqual([silence, silence]);
    response.end();
    await statusOf(answer);
  });

  it('is not reported while no request is running', async () => {
    await statusOf(send('GET', '/quick'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(silences).toEqual([]);
  });
});

describe('the count of sent bytes', () => {
  it('grows as they leave', async () => {
    const arrived = nextRequest();
    const told: number[] = [];
    const answer = send('PUT', '/part', body, { onSent: (bytes) => told.push(bytes) });
    (await arrived).end();
    await statusOf(answer);
    expect(told.length).toBeGreaterThan(3);
    expect(told[0]).toBe(64 * 1024);
    expect(told.reduce((sum, bytes) => sum + bytes, 0)).toBe(body.length);
  });

  it('grows by much over a fast connection, and by little over a slow one', async () => {
    const sizes: number[] = [];
    const arrived = nextRequest();
    const answer = send('PUT', '/part', Buffer.alloc(6_000_000), {
      onSent(bytes) {
        sizes.push(bytes / 1024);
        if (sizes.length > 6) vi.setSystemTime(Date.now() + 650); // 100 KB/s
      },
    });
    (await arrived).end();
    await statusOf(answer);
    expect(sizes.slice(0, 9)).toEqual([64, 128, 256, 512, 1024, 1024, 1024, 64, 64]);
  });

  it('is taken back when the request fails', async () => {
    let left = 0;
    const onSent = (bytes: number) => {
      left += bytes;
    };
    const refused = nextRequest();
    const answer = send('PUT', '/part', body, { onSent });
    (await refused).writeHead(503).end();
    expect(await statusOf(answer)).toBe(503);
    expect(left).toBe(0);
    const lost = nextRequest();
    const none = send('PUT', '/part', body, { onSent });
    (await lost).destroy();
    await expect(none).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(left).toBe(0);
  });
});
