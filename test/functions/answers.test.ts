import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AnswerRow, answerRows, startAnswering } from '../support/answers.ts';
import { files, largeFiles, manifest, startBench, uploadedLater } from '../support/bench.ts';
import { amelia } from '../support/voice.ts';
import { startImpatientProxy } from '../support/impatient-proxy.ts';

const bench = await startBench();
afterAll(() => bench.close());

describe('what an answer means', () => {
  /** Uploaded once: each upload takes longer than the rest of a test. */
  const large = 'recordings/large.wav';
  beforeAll(() => bench.put(large, largeFiles()['large.wav']));
  afterAll(() => bench.remove(large));

  const statuses = {
    cloned: 'succeeded',
    rejected: 'failed',
    notSent: 'deferred',
    unknown: 'unknown',
  } as const;

  /** What is between the function and Callers may write answers that n8n’s client does not read. */
  const voices = JSON.stringify([amelia]);
  const answer = (headers: string, body: string | Buffer) =>
    Buffer.concat([Buffer.from(`HTTP/1.1 201 Created\r\n${headers}\r\n`), Buffer.from(body)]);
  const inChunks = `${voices.length.toString(16)}\r\n${voices}\r\n0\r\n\r\n`;
  const odd = Object.entries({
    // More than Node reads by default.
    'after 20 KB of headers': answer(`X-Policy: ${'x'.repeat(20_000)}\r\n`, voices),
    'in gzip of gzip': answer('Content-Encoding: gzip, gzip\r\n', gzipSync(gzipSync(voices))),
    'in gzip, which it does not say': answer('', gzipSync(voices)),
    'in deflate without its frame': answer('Content-Encoding: deflate\r\n', deflateRawSync(voices)),
    'in zstd': answer('Content-Encoding: zstd\r\n', zstdCompressSync(voices)),
    'in nothing, though it says deflate': answer('Content-Encoding: deflate\r\n', voices),
    'in the coding __proto__, which no object has as its own': answer(
      'Content-Encoding: __proto__\r\n',
      voices,
    ),
    'with two lengths': answer('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', inChunks),
    'after a control character': answer('X-Cache: a\x01b\r\n', voices),
    'after lines that end as in Unix': `HTTP/1.1 201 Created\nServer: x\n\n${voices}`,
  }).map(([how, bytes]): AnswerRow => ({
    what: `2xx with voices ${how}`,
    when: 'after',
    means: 'cloned',
    bytes,
  }));

  it.each([...answerRows, ...odd])('$what, $when: $means', async (row) => {
    const server = await startAnswering(row);
    const folder = `answer ${row.what} ${row.when}/`;
    const isLarge = row.when === 'early';
    try {
      if (isLarge) await copy(large, `${folder}large.wav`);
      // Other settings: the same recordings may have a voice.
      const record = await bench.drop(folder, { ...manifest, description: row.what }, isLarge ? {} : files);
      const failed = await bench.deliver(record, bench.handler({ CALLERS_API_URL: server.url }));
      const status = failed.length > 0 ? 'deferred' : (await bench.result(folder)).status;
      expect(status).toBe(statuses[row.means]);
    } finally {
      await server.close();
      if (isLarge) await bench.remove(`${folder}large.wav`);
    }
  });

  async function copy(from: string, to: string): Promise<void> {
    const { bucket } = bench.aws;
    await bench.s3.send(
      new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource: encodeURIComponent(`${bucket}/${from}`) }),
    );
  }
});

it('a proxy that gives up after it has delivered the request, and answers 503, costs no second voice', async () => {
  const proxy = await startImpatientProxy(bench.api.url, 50);
  try {
    let answer = () => {};
    bench.api.behaveNext({ kind: 'hold', until: new Promise<void>((resolve) => (answer = resolve)) });
    const made = bench.api.voices.length;
    const handler = bench.handler({ CALLERS_API_URL: proxy.url });
    const record = await bench.drop('behind a proxy/');
    expect(await bench.deliver(record, handler)).toEqual([]);
    expect(await bench.deliver(record, handler)).toEqual([]);
    answer();
    const { status, error } = await bench.result('behind a proxy/');
    expect(status).toBe('unknown');
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', httpStatus: 503 });
    expect(error?.message).not.toContain('No voice was made');
    expect(bench.api.voices).toHaveLength(made + 1);

    // Once the person has looked, and asks again, the folder is sent, and the result tells of the first.
    const again = uploadedLater(await bench.drop('behind a proxy/'));
    await bench.deliver(again);
    expect(await bench.result('behind a proxy/')).toMatchObject({
      status: 'succeeded',
      earlier: [{ status: 'unknown' }],
    });
  } finally {
    await proxy.close();
  }
});
