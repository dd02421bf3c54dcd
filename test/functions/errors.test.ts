import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Behavior } from '../../emulators/callers-api/behaviors.ts';
import { files, later, startBench } from '../support/bench.ts';
import type { Fault } from '../support/s3-proxy.ts';
import { wav } from '../support/wav.ts';

const bench = await startBench();
afterAll(() => bench.close());
beforeEach(() => {
  bench.api.behaveAlways(undefined);
  bench.proxy.intercept = () => 'pass';
});

type AnswerRow = [
  string,
  Behavior,
  { code: string; httpStatus: number; apiMessage: RegExp; message: RegExp },
];

describe('the manifest is refused, with every problem and where it is', () => {
  it.each<[string, object | string, { path: string; message: RegExp }[]]>([
    ['no JSON', '{ "name": "Amelia", }', [{ path: '', message: /not valid JSON: .*line 1 column 21/ }]],
    [
      'several mistakes',
      {
        name: 'Amy',
        stability: 2,
        similarity_boost: 0.5,
        supportedLocales: ['en-GB', 'en-XX'],
        files: ['../a.mp3'],
      },
      [
        { path: 'name', message: /at least 5 characters/ },
        { path: 'supportedLocales[1]', message: /"en-XX"/ },
        { path: 'stability', message: /from 0 to 1/ },
        { path: 'files[0]', message: /inside the folder/ },
        { path: 'similarity_boost', message: /not a known field/ },
      ],
    ],
  ])('%s', async (what, content, issues) => {
    const before = bench.api.requests.length;
    const record = await bench.drop(`invalid ${what}/`, content);
    expect(await bench.deliver(record)).toEqual([]);
    const { status, error } = await bench.result(`invalid ${what}/`);
    expect(status).toBe('failed');
    expect(error?.code).toBe('INVALID_MANIFEST');
    expect(error?.message).toMatch(
      /manifest\.json is invalid\. .*Correct what "issues" lists, then upload manifest\.json again/,
    );
    expect(error?.issues).toEqual(
      issues.map(({ path, message }) => ({ path, message: expect.stringMatching(message) })),
    );
    expect(bench.api.requests).toHaveLength(before);
  });
});

describe('the samples cannot be sent', () => {
  const sixteenMinutes = later(960);

  it('NO_SAMPLES: there is none, and the time is over', async () => {
    const record = await bench.drop('none/', { name: 'Amelia' }, { 'notes.txt': 'hello' });
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect((await bench.result('none/')).status).toBe('waiting');
    expect(await bench.deliver(record, bench.handler({}, sixteenMinutes))).toEqual([]);
    const { error } = await bench.result('none/');
    expect(error).toEqual({
      code: 'NO_SAMPLES',
      message: expect.stringMatching(/no audio files next to manifest.json/),
    });
  });

  it('MISSING_SAMPLES: some are not there when the time is over', async () => {
    const record = await bench.drop('missing/', {
      name: 'Amelia',
      files: ['one.wav', 'three.wav', 'four.wav'],
    });
    expect(await bench.deliver(record, bench.handler({}, sixteenMinutes))).toEqual([]);
    const { error } = await bench.result('missing/');
    expect(error?.code).toBe('MISSING_SAMPLES');
    expect(error?.message).toMatch(
      /^three\.wav, four\.wav are not in the folder\. No voice was made\. Upload them, then upload manifest\.json again/,
    );
  });

  it('EMPTY_SAMPLE: one holds no data', async () => {
    const record = await bench.drop('empty/', { name: 'Amelia' }, { ...files, 'zero.mp3': '' });
    // Some tools put an empty object first.
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(await bench.result('empty/')).toMatchObject({ status: 'waiting', missing: ['zero.mp3'] });
    expect(await bench.deliver(record, bench.handler({}, sixteenMinutes))).toEqual([]);
    expect((await bench.result('empty/')).error).toMatchObject({
      code: 'EMPTY_SAMPLE',
      message: expect.stringMatching(/zero\.mp3/),
    });
  });

  it('EMPTY_SAMPLE: names each of several, although they have the same content', async () => {
    const empty = { 'a.mp3': '', 'b.wav': '', 'c.m4a': '' };
    const record = await bench.drop('empties/', { name: 'Amelia' }, { ...files, ...empty });
    await bench.deliver(record, bench.handler({}, sixteenMinutes));
    expect((await bench.result('empties/')).error?.message).toMatch(/^a\.mp3, b\.wav, c\.m4a are empty/);
  });

  it('TOO_LARGE: together they exceed the limit', async () => {
    const handler = bench.handler({ MAX_TOTAL_BYTES: '6999' });
    await bench.deliver(await bench.drop('too-large/'), handler);
    expect((await bench.result('too-large/')).error).toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringMatching(/7000 bytes of samples; the limit is 6999 bytes/),
    });
  });

  it.each([
    ['a web page', '<!DOCTYPE html><html><body>Please sign in</body></html>', /HTML/],
    ['an error page of S3', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', /XML/],
    ['JSON', '{"message":"not found"}', /JSON/],
    ['a ZIP archive', 'PK\x03\x04\x14\x00', /ZIP/],
  ])('NOT_AUDIO: one is %s', async (what, content, found) => {
    const made = bench.api.voices.length;
    await bench.deliver(
      await bench.drop(`not audio ${what}/`, { name: 'Amelia' }, { ...files, 'x.mp3': content }),
    );
    const { status, error } = await bench.result(`not audio ${what}/`);
    expect([status, error?.code]).toEqual(['failed', 'NOT_AUDIO']);
    expect(error?.message).toMatch(found);
    expect(error?.message).toMatch(/"x\.mp3"/);
    expect(bench.api.voices).toHaveLength(made);
  });

  it('NO_SOUND: one has headers and no sound', async () => {
    const made = bench.api.voices.length;
    const record = await bench.drop('no-sound/', { name: 'Amelia' }, { ...files, 'saved.wav': wav(44) });
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result('no-sound/')).error).toMatchObject({
      code: 'NO_SOUND',
      message: expect.stringMatching(/^"saved\.wav"/),
    });
    expect(bench.api.voices).toHaveLength(made);
  });

  it('SAMPLE_CHANGED: one is replaced whenever it is read, until the time is over', async () => {
    const record = await bench.drop('changed/', { name: 'Amelia' }, { 'a.wav': wav(9_000) });
    let size = 10_000;
    bench.proxy.intercept = async (request): Promise<Fault> => {
      if (request === 'GET /voices/changed/a.wav') await bench.put('changed/a.wav', wav(size++));
      return 'pass';
    };
    const made = bench.api.voices.length;
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect((await bench.result('changed/')).status).toBe('cloning');

    expect(await bench.deliver(record, bench.handler({}, sixteenMinutes))).toEqual([]);
    expect((await bench.result('changed/')).error).toMatchObject({ code: 'SAMPLE_CHANGED' });
    expect(bench.api.voices).toHaveLength(made);
  });

  it('but one that is replaced only once is sent in its new form', async () => {
    const record = await bench.drop('changed-once/', { name: 'Amelia' }, { 'a.wav': wav(9_000) });
    let replaced = false;
    bench.proxy.intercept = async (request): Promise<Fault> => {
      if (request === 'GET /voices/changed-once/a.wav' && !replaced) {
        replaced = true;
        await bench.put('changed-once/a.wav', wav(9_500));
      }
      return 'pass';
    };
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(await bench.deliver(record)).toEqual([]);
    expect(await bench.result('changed-once/')).toMatchObject({
      status: 'succeeded',
      samples: [{ size: 9_500 }],
    });
  });
});

describe('the API says no', () => {
  it.each<AnswerRow>([
    [
      '401',
      { kind: 'answer', status: 401, when: 'early' },
      {
        code: 'API_KEY_REJECTED',
        httpStatus: 401,
        apiMessage: /Unauthorized/,
        message: /rejected the API key/,
      },
    ],
    [
      '403',
      { kind: 'answer', status: 403, body: { message: 'Forbidden resource' } },
      {
        code: 'API_KEY_REJECTED',
        httpStatus: 403,
        apiMessage: /Forbidden resource/,
        message: /sub-organization/,
      },
    ],
    [
      '403 without a word',
      { kind: 'answer', status: 403, body: '' },
      { code: 'API_REJECTED', httpStatus: 403, apiMessage: /403/, message: /^A server before Callers/ },
    ],
    ...(
      [
        ...[400, 401, 407].map((status) => [status, '<title>Attention Required!</title>'] as const),
        [403, 'error code: 1020'],
        [403, 'RBAC: access denied'],
      ] as const
    ).map(([status, body]): AnswerRow => [
      `${status} with ${body}`,
      { kind: 'answer', status, body },
      {
        code: 'API_REJECTED',
        httpStatus: status,
        apiMessage: /^Attention Required!$|^error code: 1020$|^RBAC: access denied$/,
        message: /^A server before Callers rejected the request: .*Ask your administrator to let it pass/,
      },
    ]),
    ...['<title>Request Entity Too Large</title>', { message: 'request entity too large' }].map(
      (body, index): AnswerRow => [
        `413, ${index}`,
        { kind: 'answer', status: 413, body },
        {
          code: 'API_REJECTED',
          httpStatus: 413,
          apiMessage: /^request entity too large$/i,
          message: / rejected the request: .* Use fewer or shorter samples, then /,
        },
      ],
    ),
    [
      '400 with a list of messages',
      { kind: 'answer', status: 400, body: { message: ['first problem', 'second problem'] } },
      {
        code: 'API_REJECTED',
        httpStatus: 400,
        apiMessage: /^first problem; second problem$/,
        message: /rejected the request: first problem; second problem/,
      },
    ],
    [
      'a redirect',
      { kind: 'answer', status: 301, headers: { location: 'http://127.0.0.1:1/' }, body: 'moved' },
      {
        code: 'API_REJECTED',
        httpStatus: 301,
        apiMessage: /moved/,
        message: /^The configured address is not that of Callers’ API: .* Ask .* correct it/,
      },
    ],
    [
      '403 as Amazon’s API Gateway, if it knows no such path',
      { kind: 'answer', status: 403, body: { message: 'Missing Authentication Token' } },
      {
        code: 'API_REJECTED',
        httpStatus: 403,
        apiMessage: /^Missing Authentication Token$/,
        message: /^The configured address is not that of Callers’ API: .* Ask .* correct it/,
      },
    ],
    [
      '404 as a server that knows no such path',
      { kind: 'answer', status: 404, body: '<html><title>404 Not Found</title></html>' },
      {
        code: 'API_REJECTED',
        httpStatus: 404,
        apiMessage: /^404 Not Found$/,
        message: /^The configured address is not/,
      },
    ],
  ])('%s', async (what, behavior, expected) => {
    bench.api.behaveNext(behavior);
    const record = await bench.drop(`rejected ${what}/`);
    expect(await bench.deliver(record)).toEqual([]);
    const { status, error } = await bench.result(`rejected ${what}/`);
    expect(status).toBe('failed');
    expect(error).toEqual({
      code: expected.code,
      message: expect.stringMatching(expected.message),
      httpStatus: expected.httpStatus,
      apiMessage: expect.stringMatching(expected.apiMessage),
    });
    expect(error?.message).toMatch(/upload manifest\.json again/);
  });
});
