import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createHandler } from '../../functions/clone-voice/handler.ts';
import { files, later, recordOf, startBench, uploadedLater } from '../support/bench.ts';
import { logsOfThisTest } from '../support/captured-logs.ts';
import { wav } from '../support/wav.ts';

// docs/security.md names these tests: what somebody could try, and that it does not work.

const bench = await startBench();
afterAll(() => bench.close());
beforeEach(() => {
  bench.proxy.requests.length = 0;
});

/** The query says what it lists. */
const LISTING = 'GET /voices/';

/** A longer line may be split into several log events, and an attacker could choose how one begins. */
const LONGEST_LOG_EVENT = 256 * 1024;

/** The records that this test logged; fails on a line that is none. */
const logRecords = () =>
  logsOfThisTest().flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));

/** Drops a folder that must not be cloned, and returns the error. */
async function refusal(folder: string, content: object | string, samples = files) {
  const requests = bench.api.requests.length;
  const record = await bench.drop(folder, content, samples);
  bench.proxy.requests.length = 0;
  expect(await bench.deliver(record)).toEqual([]);
  const { status, error } = await bench.result(folder);
  expect(status).toBe('failed');
  expect(bench.api.requests).toHaveLength(requests);
  return error;
}

describe('a sub-organization', () => {
  it.each([
    ['a line break and a header', 'sub-1\r\nx-evil: 1'],
    ['a line break alone', 'sub-1\n'],
    ['a null byte', 'sub\u0000-1'],
    ['a character that is not ASCII', 'süb-1'],
    ['a character that would be cut to a line break', 'sub-1\u560a'],
    ['a space', 'sub-1 sub-2'],
  ])('with %s in it never becomes a header', async (what, subOrganizationId) => {
    const error = await refusal(`header ${what}/`, { name: 'Amelia', subOrganizationId });
    expect(error?.code).toBe('INVALID_MANIFEST');
    expect(error?.issues).toMatchObject([{ path: 'subOrganizationId' }]);
  });
});

describe('a settings text', () => {
  it('that looks like another part of the form stays text', async () => {
    const description = 'x\r\n--boundary\r\nContent-Disposition: form-data; name="subAccounts"\r\n\r\ntrue';
    await bench.deliver(await bench.drop('parts/', { name: 'Amelia', description }));
    expect(bench.api.requests.at(-1)?.fields).toEqual([
      ['name', 'Amelia'],
      ['description', description],
    ]);
  });

  it('or file name with quotes and line breaks adds nothing to the form', async () => {
    const name = 'a"; name="subAccounts"\n\ntrue\n.wav';
    await bench.deliver(await bench.drop('quotes/', { name: 'Amelia' }, { [name]: wav(1_000) }));
    const request = bench.api.requests.at(-1);
    expect(request?.fields).toEqual([['name', 'Amelia']]);
    expect(request?.files).toHaveLength(1);
  });
});

describe('a name in `files`', () => {
  it.each([
    '../other/x.wav',
    'a/../../other/x.wav',
    '/etc/x.wav',
    '..\\other\\x.wav',
    'a//x.wav',
    './x.wav',
    '..',
  ])('cannot leave the folder: %s', async (name) => {
    await bench.put('other/x.wav', wav(1_000));
    const folder = `leaving ${encodeURIComponent(name)}/`;
    const error = await refusal(folder, { name: 'Amelia', files: [name] });
    expect(error?.issues).toEqual([{ path: 'files[0]', message: expect.stringMatching(/^must /) }]);
    const others = bench.proxy.requests.filter(
      (request) => request !== LISTING && !request.includes(`/voices/${folder}`),
    );
    expect(others).toEqual([]);
  });

  it.each(['%2e%2e/other/x.wav', '..%2fother%2fx.wav', '%2Fother/x.wav', '．．/other/x.wav'])(
    'is never decoded: %s means exactly that name',
    async (name) => {
      await bench.put('other/x.wav', wav(1_000));
      const folder = `encoded ${encodeURIComponent(name)}/`;
      const record = await bench.drop(folder, { name: 'Amelia', files: [name] }, {});
      expect(await bench.deliver(record)).toEqual([record.messageId]);
      expect(await bench.result(folder)).toMatchObject({ status: 'waiting', missing: [name] });
    },
  );

  it.each(['manifest.json', 'result.json'])(
    'may name the pipeline’s own file %s, which is not audio and is not sent',
    async (name) => {
      const folder = `own ${name}/`;
      await bench.deliver(await bench.drop(folder));
      const made = bench.api.voices.length;
      await bench.deliver(await bench.drop(folder, { name: 'Amelia', files: ['one.wav', name] }));
      expect((await bench.result(folder)).error?.code).toBe('NOT_AUDIO');
      expect(bench.api.voices).toHaveLength(made);
    },
  );

  it.each([
    ['longer than a key of S3', 'x'.repeat(1_020)],
    ['as long as a manifest', `${'x/'.repeat(100_000)}x.wav`],
    ['not Unicode', '\ud800/x.wav'],
  ])('that is %s is refused, instead of failing forever', async (what, name) => {
    const error = await refusal(`no key ${what}/`, JSON.stringify({ name: 'Amelia', files: [name] }));
    expect(error?.issues).toMatchObject([{ path: 'files[0]' }]);
  });
});

describe('a key in an event', () => {
  it('with ".." in it is taken literally: S3 has no parent folders', async () => {
    const { body } = await bench.drop('dots/');
    bench.proxy.requests.length = 0;
    const requests = bench.api.requests.length;
    const event = JSON.parse(body);
    event.Records[0].s3.object.key = 'dots/../secret/manifest.json';
    await bench.deliver(recordOf(JSON.stringify(event)));
    expect(new Set(bench.proxy.requests)).toEqual(
      new Set([
        LISTING,
        'GET /voices/dots/../secret/manifest.json',
        'GET /voices-state/voices/dots/../secret/ledger.json',
      ]),
    );
    expect(bench.api.requests).toHaveLength(requests);
  });
});

describe('the log', () => {
  it.each([
    ['a line break and a forged record', 'x"}\n{"level":"INFO","message":"forged"}\n'],
    ['carriage returns', 'x\r{"message":"forged"}\r'],
    ['escape sequences of a terminal', '\u001b[2J\u001b]0;forged\u0007'],
  ])('stays one JSON record per line when names contain %s', async (what, name) => {
    const good = await bench.drop(`log ${name}/`);
    expect(await bench.deliver(good)).toEqual([]);
    await bench.deliver(await bench.drop(`log ${what}/`, { [name]: 1, name: 'Amelia' }));
    const missing = await bench.drop(`log missing ${what}/`, { name: 'Amelia', files: [`${name}x.wav`] });
    await bench.deliver(missing, bench.handler({}, later(960)));
    const unreadable = JSON.stringify({ ...JSON.parse(good.body) }).replace(
      /"key":"[^"]*"/,
      '"key":"%E0%A4%A"',
    );
    await bench.deliver(recordOf(unreadable));
    await bench.deliver(recordOf(name));

    expect(logRecords().length).toBeGreaterThan(5);
    expect(logRecords().filter(({ message }) => message === 'forged')).toEqual([]);
    for (const line of logsOfThisTest()) {
      // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
      expect(line).not.toMatch(/[\u0000-\u001f]/);
    }
  });
});

describe('a manifest', () => {
  it.each([
    ['nothing but brackets', '['.repeat(100_000)],
    ['nothing but braces', '{"a":'.repeat(50_000)],
    [
      'a setting nested as deep as fits',
      `{"name":"Amelia","files":${'['.repeat(120_000)}${']'.repeat(120_000)}}`,
    ],
    ['more than 256 KiB', `{"name":"Amelia","description":"${'x'.repeat(300_000)}"}`],
    ['a __proto__', '{"name":"Amelia","__proto__":{"subOrganizationId":"sub-9"}}'],
    ['the same key twice, of which the last is wrong', '{"name":"Amelia","name":"Amy"}'],
  ])('of %s is refused with a reason', async (what, content) => {
    const error = await refusal(`manifest of ${what}/`, content);
    expect(error?.code).toBe('INVALID_MANIFEST');
    expect(error?.issues).toHaveLength(1);
  });

  it.each([
    ['20,000 wrong keys', `{${Array.from({ length: 20_000 }, (_, key) => `"k${key}":1`).join()}}`],
    ['a key as long as a book', `{"name":"Amelia","${'\\u0001'.repeat(40_000)}":1}`],
  ])('with %s neither fills the result nor breaks a line of the log', async (what, content) => {
    await refusal(`many ${what}/`, content);
    expect((await bench.read(`many ${what}/result.json`))?.length).toBeLessThan(64 * 1024);
    for (const line of logsOfThisTest()) expect(line.length).toBeLessThan(LONGEST_LOG_EVENT);
  });

  it('with 1,001 samples is refused before any folder below is listed', async () => {
    const names = Array.from({ length: 1_001 }, (_, index) => `folder-${index}/x.wav`);
    expect(await refusal('too many/', { name: 'Amelia', files: names })).toEqual({
      code: 'TOO_LARGE',
      message: expect.stringMatching(/more than 1000 samples/),
    });
    expect(bench.proxy.requests.filter((request) => request === LISTING)).toHaveLength(1);
  });
});

describe('a folder', () => {
  /** An S3 with a folder of that many pages of a thousand files. */
  async function startLargeS3(pages: number, listed: (index: number) => string) {
    const written = new Map<string, string>();
    let listings = 0;
    const server = http.createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
      if (request.method === 'PUT') {
        let body = '';
        request.on('data', (chunk) => (body += String(chunk)));
        request.on('end', () => {
          written.set(pathname, body);
          response.writeHead(200, { etag: '"1"' }).end();
        });
      } else if (searchParams.has('list-type')) {
        listings++;
        const objects = Array.from(
          { length: 1_000 },
          (_, index) =>
            `<Contents><Key>endless/${listed(index + 1_000 * listings)}</Key><Size>1000</Size><ETag>"1"</ETag>` +
            `<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`,
        );
        const next = `<NextContinuationToken>${listings}</NextContinuationToken>`;
        response.end(
          `<ListBucketResult><IsTruncated>${listings < pages}</IsTruncated>${listings < pages ? next : ''}` +
            `${objects.join('')}</ListBucketResult>`,
        );
      } else if (pathname.endsWith('/endless/manifest.json')) {
        response.writeHead(200, { etag: '"1"', 'last-modified': new Date().toUTCString() });
        response.end('{"name":"Amelia"}');
      } else {
        response.writeHead(404).end();
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      written,
      listings: () => listings,
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    };
  }

  it.each([
    ['without end', Infinity, (index: number) => `${index}.txt`, /more than 100000 files/],
    ['of 2,000 samples', 2, (index: number) => `${index}.wav`, /more than 1000 samples/],
  ])('%s is listed only up to a limit', async (_, pages, listed, message) => {
    const { body } = await bench.drop('endless/');
    const s3 = await startLargeS3(pages, listed);
    const requests = bench.api.requests.length;
    const usual = process.env['AWS_ENDPOINT_URL_S3'] ?? '';
    process.env['AWS_ENDPOINT_URL_S3'] = s3.url;
    const handler = bench.handler();
    try {
      expect(await bench.deliver(recordOf(body), handler)).toEqual([]);
    } finally {
      process.env['AWS_ENDPOINT_URL_S3'] = usual;
      s3.close();
    }
    expect(JSON.parse(s3.written.get('/voices/endless/result.json') ?? '{}')).toMatchObject({
      status: 'failed',
      error: { code: 'TOO_LARGE', message: expect.stringMatching(message) },
    });
    expect(s3.listings()).toBeLessThan(110);
    expect(bench.api.requests).toHaveLength(requests);
  });
});

describe('a person who writes the pipeline’s own files', () => {
  it('by forging result.json can hide the outcome of that folder’s drops', async () => {
    const folder = 'forged/result/';
    const record = await bench.drop(folder);
    await bench.deliver(record);
    const newest = { ...(await bench.result(folder)), upload: 'F'.repeat(18) };
    await bench.put(`${folder}result.json`, JSON.stringify(newest));
    const changed = await bench.drop(folder, { name: 'Somebody else' });
    expect(await bench.deliver(changed)).toEqual([]);
    expect(await bench.result(folder)).toEqual(newest);
    expect((await bench.ledger(folder))?.ended).toMatchObject([{}, { ending: { status: 'succeeded' } }]);
  });

  it('by forging result.json cannot have a voice made again', async () => {
    const folder = 'forged/failed/';
    const record = await bench.drop(folder);
    await bench.deliver(record);
    const { voices: _, ...succeeded } = await bench.result(folder);
    const failed = { ...succeeded, status: 'failed', error: { code: 'API_REJECTED', message: 'No.' } };
    await bench.put(`${folder}result.json`, JSON.stringify(failed));
    const again = uploadedLater(await bench.drop(folder));
    const made = bench.api.voices.length;
    expect(await bench.deliver(again)).toEqual([]);
    expect(bench.api.voices).toHaveLength(made);
    expect((await bench.result(folder)).status).toBe('succeeded');
  });

  it('by deleting result.json cannot have a voice made again', async () => {
    const folder = 'forged/deleted/';
    const record = await bench.drop(folder);
    await bench.deliver(record);
    await bench.remove(`${folder}result.json`);
    const made = bench.api.voices.length;
    await bench.deliver(record);
    await bench.deliver(uploadedLater(await bench.drop(folder)));
    expect(bench.api.voices).toHaveLength(made);
  });

  it('by a result.json of 20 MB hides nothing: it is read up to a limit, and replaced', async () => {
    const folder = 'forged/large/';
    await bench.deliver(await bench.drop(folder));
    // Read to its end, it would be a result, and hide what is dropped now.
    const newest = {
      ...(await bench.result(folder)),
      upload: 'F'.repeat(18),
      padding: 'x'.repeat(20_000_000),
    };
    await bench.put(`${folder}result.json`, JSON.stringify(newest));
    const changed = await bench.drop(folder, { name: 'Somebody else' });
    expect(await bench.deliver(changed)).toEqual([]);
    expect((await bench.result(folder)).voices).toMatchObject([{ name: 'Somebody else' }]);
  });
});

describe('an API that was taken over', () => {
  it.each([
    // One line per level, each indented further.
    ['grows beyond all size when it is written down', 2_000],
    ['nothing can hold', 100_000],
  ])('cannot have a voice made twice by an answer that %s', async (_, levels) => {
    const deep = `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const body =
      '[{"id":"v","voiceId":"v","name":"Amelia","isMultilingual":true,"supportedLocales":[],"ttsClient":"x",' +
      `"settings":{"a":${deep}}}]`;
    bench.api.behaveNext({ kind: 'answer', status: 201, body, created: true });
    const requests = bench.api.requests.length;
    const folder = `deep answer ${levels}/`;
    const record = await bench.drop(folder);
    expect(await bench.deliver(record)).toEqual([]);
    expect(await bench.deliver(record, bench.handler({}, later(3_600)))).toEqual([]);
    expect(await bench.result(folder)).toMatchObject({
      status: 'succeeded',
      voices: [{ id: 'v', name: 'Amelia' }],
    });
    expect((await bench.read(`${folder}result.json`))?.length).toBeLessThan(10_000);
    expect(bench.api.requests).toHaveLength(requests + 1);
  });
});

describe('CALLERS_API_URL', () => {
  it.each([
    'http://169.254.169.254',
    'http://169.254.170.2/v2/credentials',
    'http://[fd00:ec2::254]',
    'http://[::ffff:169.254.169.254]',
    'http://2852039166',
    'http://localhost@169.254.169.254',
    'http://127.0.0.1.attacker.example',
    'http://localhost.attacker.example',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'http://[::]',
    'HTTP://example.com',
    'https://user:pass@api.callers.ai',
    'https://api.callers.ai@attacker.example',
    'https://api.callers.ai/?to=attacker.example',
    'https://api.callers.ai/#',
    'file:///etc/passwd',
    'ftp://api.callers.ai',
    'unix:/var/run/docker.sock',
    'javascript:alert(1)',
    '//attacker.example',
  ])('%s is refused at startup, before any key is read', (url) => {
    expect(() => createHandler({ CALLERS_API_KEY: 'k', STATE_BUCKET: 's', CALLERS_API_URL: url })).toThrow(
      /CALLERS_API_URL must/,
    );
  });
});
