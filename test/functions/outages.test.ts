import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { ClientRequest, IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Behavior } from '../../emulators/callers-api/behaviors.ts';
import { largeFiles, later, startBench } from '../support/bench.ts';
import { ACCOUNT, s3Answers, s3Error } from '../support/s3-answers.ts';
import type { Fault } from '../support/s3-proxy.ts';
import { signatureCheck, timeIn } from '../support/signature.ts';
import { wav } from '../support/wav.ts';

const bench = await startBench();
afterAll(() => bench.close());
beforeEach(() => {
  bench.api.behaveAlways(undefined);
  bench.proxy.intercept = () => 'pass';
  bench.proxy.headersOf = () => ({});
});

describe('the request was not sent', () => {
  it('RATE_LIMITED: after 429 it waits as Retry-After says, and gives up after a while', async () => {
    bench.api.behaveNext({ kind: 'answer', status: 429, headers: { 'retry-after': '6' } });
    const record = await bench.drop('busy/');
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect((await bench.result('busy/')).status).toBe('cloning');
    // It comes back after those six seconds, though the queue itself would hide it for 16 minutes.
    const again = await bench.nextMessage('busy/manifest.json');
    expect(again.attributes.ApproximateReceiveCount).toBe('2');

    bench.api.behaveAlways({ kind: 'answer', status: 429, headers: { 'retry-after': '3' } });
    for (let time = 0; time < 10; time++) {
      expect(await bench.deliver(again, bench.handler({}, later(time * 80)))).toEqual([again.messageId]);
    }
    expect(await bench.deliver(again, bench.handler({}, later(960)))).toEqual([]);
    expect(await bench.result('busy/')).toMatchObject({
      status: 'failed',
      error: {
        code: 'RATE_LIMITED',
        httpStatus: 429,
        message: expect.stringMatching(/too busy.* Wait 3 seconds, then upload/),
      },
    });
  });

  it('but never retries at once, even if told so: the queue counts deliveries', async () => {
    bench.api.behaveNext({ kind: 'answer', status: 429, headers: { 'retry-after': '0' } });
    const record = await bench.drop('eager/');
    const { visible } = await bench.queued();
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect((await bench.queued()).visible).toBe(visible);
  });

  it('and is sent again until the API takes it: 503 before the end of the body, then a voice', async () => {
    bench.api.behaveNext({ kind: 'answer', status: 503, when: 'early' });
    const record = await bench.drop('unavailable/', { name: 'Amelia' }, largeFiles());
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result('unavailable/')).status).toBe('succeeded');
  });

  it('API_CLOSED_CONNECTION: closed three times before the body was sent', async () => {
    bench.api.behaveAlways({ kind: 'reset', when: 'during-body', afterBytes: 100_000 });
    const record = await bench.drop('closed/', { name: 'Amelia' }, largeFiles());
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(await bench.deliver(record)).toEqual([]);
    expect(await bench.result('closed/')).toMatchObject({
      status: 'failed',
      error: { code: 'API_CLOSED_CONNECTION', message: expect.stringMatching(/API key or the size/) },
    });
  });

  it('GAVE_UP: nobody listens at the API’s address, for a quarter of an hour', async () => {
    const away = { CALLERS_API_URL: 'http://127.0.0.1:1' };
    const record = await bench.drop('nobody/');
    for (let time = 0; time < 10; time++) {
      const handler = bench.handler(away, later(time * 80));
      expect(await bench.deliver(record, handler)).toEqual([record.messageId]);
    }
    expect(await bench.deliver(record, bench.handler(away, later(960)))).toEqual([]);
    expect(await bench.result('nobody/')).toMatchObject({
      status: 'failed',
      error: {
        code: 'GAVE_UP',
        message: expect.stringMatching(
          /^Callers could not be reached\. No voice was made\. Check the network/,
        ),
        reason: expect.stringMatching(/ECONNREFUSED/),
      },
    });
  });

  it('SAMPLE_UNREADABLE: S3 breaks off in the middle of a sample, five times', async () => {
    bench.proxy.intercept = (request) => (request.endsWith('/broken/large.wav') ? 'stall-body' : 'pass');
    const handler = bench.handler({}, { s3SocketTimeout: 200 });
    const record = await bench.drop('broken/', { name: 'Amelia' }, largeFiles());
    const made = bench.api.voices.length;
    for (let time = 1; time <= 4; time++)
      expect(await bench.deliver(record, handler)).toEqual([record.messageId]);
    expect(await bench.deliver(record, handler)).toEqual([]);
    expect((await bench.result('broken/')).error?.code).toBe('SAMPLE_UNREADABLE');
    expect(bench.api.voices).toHaveLength(made);
  });
});

describe('the outcome is unknown', () => {
  it.each<[string, Behavior, string, unknown?]>([
    ['500 after the whole body', { kind: 'answer', status: 500, created: true }, 'OUTCOME_UNKNOWN'],
    ['a reset after the whole body', { kind: 'reset', when: 'after-body', created: true }, 'OUTCOME_UNKNOWN'],
    [
      'a reset in the middle of the answer',
      { kind: 'reset', when: 'during-answer' },
      'OUTCOME_UNKNOWN',
      expect.stringMatching(/^\[\{"id":"[^"]+"/),
    ],
    ['no answer in time', { kind: 'silence', when: 'after-body', created: true }, 'OUTCOME_UNKNOWN'],
    [
      'an answer that trickles',
      { kind: 'slow-answer', bytesPerSecond: 20 },
      'OUTCOME_UNKNOWN',
      expect.toBeOneOf([undefined, expect.stringMatching(/^\[/)]),
    ],
    [
      'an answer that is not JSON',
      { kind: 'answer', status: 200, body: '<html>', created: true },
      'INVALID_RESPONSE',
      '<html>',
    ],
    [
      'an answer of another shape',
      { kind: 'answer', status: 201, body: { id: 1 }, created: true },
      'INVALID_RESPONSE',
      '{"id":1}',
    ],
    [
      'an answer without a voice',
      { kind: 'answer', status: 201, body: [], created: true },
      'INVALID_RESPONSE',
      '[]',
    ],
  ])('%s', async (what, behavior, code, kept) => {
    bench.api.behaveNext(behavior);
    const record = await bench.drop(`unknown ${what}/`);
    const handler = bench.handler({ CLONE_TIMEOUT_SECONDS: '1' });
    const requests = bench.api.requests.length;
    expect(await bench.deliver(record, handler)).toEqual([]);
    const { status, error } = await bench.result(`unknown ${what}/`);
    expect([status, error?.code]).toEqual(['unknown', code]);
    expect(error?.message).toMatch(/Check your voices in Callers, and upload manifest.json again only if/);
    expect(error?.apiMessage).toEqual(kept);
    // And nothing sends it again on its own.
    expect(await bench.deliver(record, handler)).toEqual([]);
    expect(bench.api.requests).toHaveLength(requests + 1);
  });
});

describe('S3 does not work', () => {
  it('a write that is never answered does not hang the function', async () => {
    const record = await bench.drop('no-answer/');
    bench.proxy.intercept = (request) => (request.startsWith('PUT') ? 'never-answer' : 'pass');
    const handler = bench.handler({}, { s3SocketTimeout: 100 });
    const requests = bench.api.requests.length;
    expect(await bench.deliver(record, handler)).toEqual([record.messageId]);
    expect(bench.api.requests).toHaveLength(requests);
    bench.proxy.intercept = () => 'pass';
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result('no-answer/')).status).toBe('succeeded');
  });

  it('an outcome that cannot be written at first is written later, in the same invocation', async () => {
    const record = await bench.drop('stubborn/');
    let failures = 7;
    const before = bench.api.voices.length;
    bench.proxy.intercept = (request) => {
      const afterTheCall = bench.api.voices.length > before && request.startsWith('PUT');
      return afterTheCall && failures-- > 0 ? { status: 503 } : 'pass';
    };
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result('stubborn/')).status).toBe('succeeded');
  });
});

describe('S3 fails', () => {
  it.each([
    ['a sample', (request: string) => request.endsWith('/one.wav'), 'SAMPLE_UNREADABLE'],
    ['the list of folders of a shape', (request: string) => request.includes('/same/'), 'GAVE_UP'],
  ])('only for a time, at %s: it is waited for, as for a busy API', async (what, fails, code) => {
    const record = await bench.drop(`throttled at ${what}/`);
    const deliverAfter = (seconds: number) => bench.deliver(record, bench.handler({}, later(seconds)));
    bench.proxy.intercept = (request) => (fails(request) ? s3Answers.internal : 'pass');
    for (let time = 0; time < 6; time++) expect(await deliverAfter(time * 80)).toEqual([record.messageId]);
    bench.proxy.intercept = () => 'pass';
    expect(await deliverAfter(600)).toEqual([]);
    expect((await bench.result(`throttled at ${what}/`)).status).toBe('succeeded');

    bench.proxy.intercept = (request) => (fails(request) ? s3Answers.internal : 'pass');
    const down = await bench.drop(`down at ${what}/`, { name: 'Bertram' });
    expect(await bench.deliver(down)).toEqual([down.messageId]);
    expect(await bench.deliver(down, bench.handler({}, later(960)))).toEqual([]);
    expect((await bench.result(`down at ${what}/`)).error).toMatchObject({
      code,
      reason: expect.stringContaining('InternalError'),
    });
  });
});

it('S3 fails once about each sample: it is asked again', async () => {
  const HOUR = 3_600_000;
  const headers = () => ({ date: new Date(Date.now() + HOUR).toUTCString() });
  const skewed = s3Error(403, 'RequestTimeTooSkewed', 'The difference is too large.');
  const faults: Fault[] = [
    s3Error(403, 'ExpiredToken', 'The provided token has expired.'),
    skewed,
    s3Error(307, 'TemporaryRedirect', 'Please re-send this request to the specified temporary endpoint.'),
    s3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold'),
    s3Answers.throttled,
    'drop',
    'pass',
  ];
  const sessionToken = 'a+session/token==';
  process.env['AWS_SESSION_TOKEN'] = sessionToken;
  onTestFinished(() => void delete process.env['AWS_SESSION_TOKEN']);
  const isSigned = await signatureCheck(sessionToken);
  // Of equal size.
  const samples = faults.map((_, index) => wav(3_000).fill(index, 100, 200));
  const folder = "Zoë's +*!(1)%41 /../x//";
  const record = await bench.drop(
    folder,
    { name: 'Amelia' },
    Object.fromEntries(samples.map((sample, index) => [`${index}.wav`, sample])),
  );
  const requests: ClientRequest[] = [];
  const note = (message: unknown) => requests.push((message as { request: ClientRequest }).request);
  subscribe('http.client.request.created', note);
  onTestFinished(() => void unsubscribe('http.client.request.created', note));
  const asked: string[] = [];
  const quick: string[] = [];
  const wrong: string[] = [];
  bench.proxy.headersOf = headers;
  bench.proxy.intercept = async (request, query, sent) => {
    const isOnTime = Math.abs(timeIn(String(sent['x-amz-date'])).getTime() - Date.now() - HOUR) < HOUR / 4;
    const [, index] = /^(?:HEAD|GET) .*\/(\d+)\.wav$/.exec(request) ?? [];
    if (index === undefined) return isOnTime ? 'pass' : { ...skewed, headers: headers() };
    const isOwn = sent['x-amz-expected-bucket-owner'] === ACCOUNT;
    if (!isOnTime || !isOwn || !(await isSigned(request, query, sent))) wrong.push(request);
    const fault = asked.includes(request) ? undefined : faults[Number(index)];
    asked.push(request);
    if (sent['amz-sdk-request'] === undefined) quick.push(request);
    // Its connection is free.
    const first = requests.find((each) => `${each.method} ${decodeURIComponent(each.path)}` === request);
    if (!fault && first && !first.closed) await once(first, 'close');
    return typeof fault === 'object' ? { ...fault, headers: headers() } : (fault ?? 'pass');
  };
  expect(await bench.deliver(record, bench.handler({ BUCKET_OWNER: ACCOUNT }))).toEqual([]);
  expect(await bench.result(folder)).toMatchObject({
    status: 'succeeded',
    samples: { length: faults.length },
  });
  expect(wrong).toEqual([]);
  expect(asked).toHaveLength(4 * faults.length - 2);
  // Each is asked for quickly, once.
  expect(quick.toSorted()).toEqual([...new Set(asked)].toSorted());
  expect(requests.filter(({ method, closed }) => method === 'HEAD' && !closed)).toEqual([]);
});

describe('requests for manifest, ledger and result', () => {
  const isQuick = (sent: IncomingHttpHeaders) => sent['amz-sdk-request'] === undefined;

  it('are signed, checked and traced as those of the SDK, as are listings', async () => {
    const isSigned = await signatureCheck('a-token');
    vi.stubEnv('AWS_SESSION_TOKEN', 'a-token');
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793');
    onTestFinished(() => void vi.unstubAllEnvs());
    const record = await bench.drop('quick/', { name: 'Amelia' });
    const bySdk: string[] = [];
    const wrong: string[] = [];
    bench.proxy.intercept = async (request, query, sent): Promise<Fault> => {
      if (!isQuick(sent)) bySdk.push(request);
      else if (
        !(await isSigned(request, query, sent)) ||
        sent['x-amz-expected-bucket-owner'] !== ACCOUNT ||
        sent['x-amzn-trace-id'] === undefined ||
        (request.startsWith('PUT') && sent['x-amz-checksum-crc32'] === undefined)
      ) {
        wrong.push(request);
      }
      return 'pass';
    };
    const settled = bench.handler({ BUCKET_OWNER: ACCOUNT, SETTLE_SECONDS: '0' });
    expect(await bench.deliver(record, settled)).toEqual([]);
    expect((await bench.result('quick/')).status).toBe('succeeded');
    expect(wrong).toEqual([]);
    expect(bySdk).toEqual([]);
  });

  it.each<[string, RegExp, Fault]>([
    ['are throttled', /./, s3Answers.throttled],
    ['break off', /./, 'drop'],
    ['are done, but the answers are lost', /./, 'commit-silently'],
    ['to read are refused', /^GET/, s3Answers.denied],
    ['to read are redirected', /^GET/, s3Error(307, 'TemporaryRedirect', 'Please re-send this request.')],
    ['to list come only in part', /^GET .*\/$/, { change: (xml) => xml.slice(0, -30) }],
    [
      'to read are answered by a page',
      /^GET/,
      { status: 404, headers: { 'content-type': 'text/html' }, body: '404' },
    ],
  ])('that %s: the SDK takes over, and one voice is made', async (what, which, fault) => {
    const folder = `${what}/`;
    const record = await bench.drop(folder, { name: what });
    const made = bench.api.voices.length;
    bench.proxy.intercept = (request, _query, sent) =>
      which.test(request) && !request.endsWith('.wav') && isQuick(sent) ? fault : 'pass';
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result(folder)).status).toBe('succeeded');
    expect(bench.api.voices).toHaveLength(made + 1);
  });

  it.each([
    ['a manifest', /^GET .*manifest\.json/],
    ['a ledger', /^GET .*ledger\.json/],
    ['a folder', /list-type/],
    ['the uploads in progress', /[?&]uploads/],
    ['a sample', /^GET .*wav/],
  ])('to read %s are answered 200 by a page: a voice is made once S3 answers', async (what, which) => {
    const folder = `sign-in for ${what}/`;
    const record = await bench.drop(folder, { name: what });
    const made = bench.api.voices.length;
    bench.proxy.intercept = (request, query) =>
      which.test(`${request}?${String(query)}`) ? s3Answers.signInPage : 'pass';
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    bench.proxy.intercept = () => 'pass';
    await bench.deliver(record, bench.handler({}, later(30)));
    expect(await bench.result(folder)).toMatchObject({ status: 'succeeded' });
    expect(bench.api.voices).toHaveLength(made + 1);
  });

  it('to write a ledger are answered 200 by a page: nothing is sent until S3 confirms the claim', async () => {
    const record = await bench.drop('portal/');
    const made = bench.api.voices.length;
    bench.proxy.intercept = (request) =>
      /^PUT .*portal\/.*ledger/.test(request) ? s3Answers.signInPage : 'pass';
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(bench.api.voices).toHaveLength(made);
    bench.proxy.intercept = () => 'pass';
    expect(await bench.deliver(record)).toEqual([]);
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result('portal/')).status).toBe('succeeded');
    expect(bench.api.voices).toHaveLength(made + 1);
  });

  it('to write a result are answered 200 by a page: it is written again until S3 has it', async () => {
    const record = await bench.drop('portal of results/');
    let pages = 2;
    bench.proxy.intercept = (request) =>
      /^PUT .*portal of results\/result/.test(request) && pages-- > 0 ? s3Answers.signInPage : 'pass';
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result('portal of results/')).status).toBe('succeeded');
  });
});

it.each([
  ['is too busy for', s3Answers.throttled],
  ['breaks off each request for', 'drop'],
] as const)('S3 %s a sample: it is asked three times in all, as the SDK does', async (what, fault) => {
  const tries: unknown[] = [];
  bench.proxy.intercept = (request, _query, sent) => {
    if (!request.endsWith('/one.wav')) return 'pass';
    tries.push(sent['amz-sdk-request']);
    return fault;
  };
  const record = await bench.drop(`S3 ${what}/`);
  expect(await bench.deliver(record)).toEqual([record.messageId]);
  expect(tries).toEqual([undefined, 'attempt=2; max=3', 'attempt=3; max=3']);
});
