import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { expectNothingArrivedWhole, MUCH, raw, send, simulate } from '../support/sending.ts';
import { sampleFrom, stallingSample } from '../support/samples.ts';
import { afterWholeRequest, startRawServer } from '../support/servers.ts';
import { wav } from '../support/wav.ts';

describe('the time limit of a clone request', () => {
  const short = { timeoutSeconds: 0.3 };
  /** Long enough for a small body to be sent, however busy this machine is. */
  const enough = { timeoutSeconds: 2 };
  const notSent = { kind: 'notSent', reason: 'timeout', message: expect.stringMatching(/time limit/) };
  const unknown = { kind: 'unknown', reason: 'timeout', message: expect.stringMatching(/time limit/) };

  it('ends a call to an API that does not read', async () => {
    let read = 0;
    const chunk = wav(64 * 1024);
    const sample = sampleFrom(
      () =>
        new Readable({
          read() {
            read += chunk.length;
            this.push(chunk);
          },
        }),
      { size: 2 ** 30 },
    );
    const simulator = await simulate({ kind: 'silence', when: 'from-start' });
    expect(await send(simulator, { ...short, samples: [sample] })).toEqual(notSent);
    // Only the buffers on the way were filled.
    expect(read).toBeLessThan(MUCH);
    await expectNothingArrivedWhole(simulator);
  });

  it('ends a call whose sample stalls', async () => {
    const simulator = await simulate();
    expect(await send(simulator, { ...short, samples: [stallingSample(3_000, 1_000)] })).toEqual(notSent);
    await expectNothingArrivedWhole(simulator);
  });

  it('ends a call whose sample has all its bytes but never ends', async () => {
    const simulator = await simulate();
    expect(await send(simulator, { ...short, samples: [stallingSample(3_000, 3_000)] })).toEqual(notSent);
    await expectNothingArrivedWhole(simulator);
  });

  it('ends a call whose sample never opens', async () => {
    const simulator = await simulate();
    const sample = sampleFrom(() => new Promise(() => {}), { size: 600 });
    expect(await send(simulator, { ...short, samples: [sample] })).toEqual(notSent);
    await expectNothingArrivedWhole(simulator);
  });

  it('ends a call that waits for a TLS handshake', async () => {
    const server = await raw(startRawServer((socket) => socket.resume()));
    expect(await send({ url: server.url.replace('http:', 'https:') }, short)).toEqual(notSent);
  });

  it.each([true, false])('after the body leaves open whether there is a voice (%s)', async (created) => {
    const simulator = await simulate({ kind: 'silence', when: 'after-body', created });
    expect(await send(simulator, enough)).toEqual(unknown);
    expect(simulator.voices).toHaveLength(created ? 1 : 0);
  });

  it('also covers the head of the answer', async () => {
    const server = await raw(
      afterWholeRequest((socket) => {
        socket.write('HTTP/1.1 201 Created\r\nContent-');
      }),
    );
    expect(await send(server, enough)).toEqual(unknown);
  });

  it('also covers an answer that trickles in', async () => {
    const simulator = await simulate({ kind: 'slow-answer', bytesPerSecond: 100 });
    const outcome = await send(simulator, enough);
    expect(outcome).toEqual({ ...unknown, status: 201, body: expect.any(String) });
    expect(simulator.voices).toHaveLength(1);
  });

  it('during a refusal that trickles in leaves it a refusal', async () => {
    const server = await raw(
      afterWholeRequest((socket) => {
        socket.write('HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\nname is');
      }),
    );
    expect(await send(server, enough)).toEqual({
      kind: 'rejected',
      by: 'Callers',
      status: 400,
      message: 'name is',
    });
  });
});
