import { once } from 'node:events';
import { createServer, setGlobalProxyFromEnv } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../support/certificate.ts';
import { largeSample, sampleOf } from '../support/samples.ts';
import { expectNothingArrivedWhole, MUCH, raw, running, send, simulate } from '../support/sending.ts';
import { afterWholeRequest, closedPort, startRawServer } from '../support/servers.ts';
import { wav } from '../support/wav.ts';

const restore: (() => void)[] = [];
let tls: { key: string; cert: string };

beforeEach(async () => {
  tls = await selfSigned();
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, tls.cert]);
  restore.push(() => setDefaultCACertificates(trusted));
});
afterEach(() => {
  for (const undo of restore.splice(0)) undo();
});

/** What `NODE_USE_ENV_PROXY=1` does when Node starts. */
function useProxy(HTTPS_PROXY: string, NO_PROXY = ''): void {
  restore.push(setGlobalProxyFromEnv({ HTTPS_PROXY, NO_PROXY }));
}

/** A proxy that opens tunnels, and notes where to. */
async function startProxy(): Promise<{ url: string; tunnels: string[] }> {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer().on('connect', ({ url = '' }, client: Socket) => {
    tunnels.push(url);
    const upstream = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.resetAndDestroy()).once('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.push({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await server[Symbol.asyncDispose]();
    },
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels };
}

describe('with HTTPS_PROXY', () => {
  it('each call goes through a tunnel of its own, with every byte', async () => {
    const proxy = await startProxy();
    useProxy(proxy.url);
    const simulator = await simulate(undefined, { tls });
    const samples = () => [sampleOf(wav(1_000_000))];
    expect((await send(simulator, { samples: samples() })).kind).toBe('cloned');
    expect((await send(simulator, { samples: samples() })).kind).toBe('cloned');
    const { host } = new URL(simulator.url);
    expect(proxy.tunnels).toEqual([host, host]);
    expect(simulator.voices).toHaveLength(2);
  });

  it('an early answer is reported, and the rest is not sent', async () => {
    useProxy((await startProxy()).url);
    const simulator = await simulate({ kind: 'answer', when: 'early', status: 401 }, { tls });
    const samples = [largeSample(MUCH), largeSample(MUCH)];
    expect(await send(simulator, { samples })).toMatchObject({ kind: 'rejected', status: 401 });
    await expectNothingArrivedWhole(simulator);
  });

  it('a reset during the body leaves no voice; one after it may have made one', async () => {
    useProxy((await startProxy()).url);
    const simulator = await simulate({ kind: 'reset', when: 'during-body', afterBytes: 1_000_000 }, { tls });
    const samples = [largeSample(MUCH)];
    expect(await send(simulator, { samples })).toMatchObject({ kind: 'notSent', reason: 'closed' });
    simulator.behaveNext({ kind: 'reset', when: 'after-body', created: true });
    expect(await send(simulator)).toMatchObject({ kind: 'unknown', reason: 'closed' });
  });

  it.for([
    ['refuses connections', async () => `http://user:secret@127.0.0.1:${await closedPort()}`],
    [
      'refuses the tunnel',
      async () => {
        const refusal = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n';
        const proxy = await raw(
          startRawServer((socket) => {
            socket.once('data', () => socket.end(refusal));
            socket.resume();
          }),
        );
        return proxy.url.replace('//', '//user:secret@');
      },
    ],
    [
      'hangs up',
      async () => {
        const proxy = await raw(startRawServer((socket) => socket.destroy()));
        return proxy.url.replace('//', '//user:secret@');
      },
    ],
  ] as const)('a proxy that %s was sent nothing', async ([_what, proxyUrl]) => {
    useProxy(await proxyUrl());
    const outcome = await send({ url: 'https://127.0.0.1:1' });
    expect(outcome).toMatchObject({ kind: 'notSent', reason: 'unreachable' });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });

  it.for(['before the tunnel is open', 'during the TLS handshake'])(
    'the call ends at its time limit %s',
    async (when) => {
      const proxy = await raw(
        startRawServer((socket) => {
          if (when.startsWith('during')) {
            socket.once('data', () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n'));
          }
          socket.resume();
        }),
      );
      useProxy(proxy.url);
      const outcome = await send({ url: 'https://127.0.0.1:1' }, { timeoutSeconds: 0.5 });
      expect(outcome).toMatchObject({ kind: 'notSent', reason: 'timeout' });
    },
  );

  it('NO_PROXY exempts a host', async () => {
    const proxy = await startProxy();
    useProxy(proxy.url, '127.0.0.1');
    const simulator = await simulate(undefined, { tls });
    expect((await send(simulator)).kind).toBe('cloned');
    const broken = await raw(startRawServer((socket) => socket.destroy()));
    const outcome = await send({ url: broken.url.replace('http:', 'https:') });
    expect(outcome).toMatchObject({ kind: 'notSent', reason: 'unreachable' });
    expect(proxy.tunnels).toEqual([]);
  });

  it('plain HTTP, which only this machine may be called with, does not use it', async () => {
    const proxy = await raw(afterWholeRequest((socket) => socket.destroy()));
    restore.push(setGlobalProxyFromEnv({ HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url }));
    expect((await send(await simulate())).kind).toBe('cloned');
    expect(proxy.connections).toBe(0);
  });
});
