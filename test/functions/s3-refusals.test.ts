import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { FinalResult } from '../../voice-folder/result.ts';
import { resultMessage } from '../../voice-folder/result-message.ts';
import { later, startBench, uploadedLater } from '../support/bench.ts';
import { logsOfThisTest } from '../support/captured-logs.ts';
import { metricsIn } from '../support/metrics.ts';
import { subscribe } from '../support/result-topic.ts';
import { ACCOUNT, s3Answers, s3Error } from '../support/s3-answers.ts';
import type { Fault } from '../support/s3-proxy.ts';
import { wav } from '../support/wav.ts';

const bench = await startBench();
const topic = await subscribe(bench);
afterAll(() => bench.close());
beforeEach(async () => {
  bench.api.behaveAlways(undefined);
  bench.proxy.intercept = () => 'pass';
  bench.proxy.headersOf = () => ({});
  await topic.received();
});

/** Answers requests for an object instead of S3. */
function answer(request: string, by: Fault): void {
  bench.proxy.intercept = (other) => (other === request ? by : 'pass');
}

/** How often the metric was counted since this test began. */
function counted(name: string): number {
  const metrics = Object.entries(metricsIn(logsOfThisTest()));
  return metrics.flatMap(([each, values]) => (each.includes(` ${name} `) ? values : [])).length;
}

const FIX_THE_REASON =
  /^"one\.wav" cannot be read: S3, or a firewall .* Ask your administrator to fix what "reason"/;

describe('S3 refuses a sample', () => {
  it.each([
    [
      'archived',
      s3Answers.archived,
      'ARCHIVED',
      /^"one\.wav" is archived in S3.* Restore it .*restore-object/,
    ],
    ['archived by its tier', s3Answers.archivedByTiering, 'ARCHIVED', /^"one\.wav" is archived in S3/],
    ['denied', s3Answers.denied, 'ACCESS_DENIED', /^"one\.wav" cannot be read: .* s3:GetObject/],
    ['denied without a reason', s3Answers.deniedWithoutReason, 'ACCESS_DENIED', /^"one\.wav" cannot be read/],
    [
      'denied by KMS',
      s3Answers.deniedByKms,
      'ACCESS_DENIED',
      /"one\.wav" is encrypted with a KMS key.*kms:Decrypt/,
    ],
    [
      'of a disabled key',
      s3Answers.kmsKeyDisabled,
      'ACCESS_DENIED',
      /KMS key that cannot be used.*enable that key/,
    ],
    ['of a deleted key', s3Answers.kmsKeyPendingDeletion, 'ACCESS_DENIED', /KMS key that cannot be used/],
    ['of an account with a problem', s3Answers.accountProblem, 'ACCESS_DENIED', FIX_THE_REASON],
    ['blocked by a firewall', s3Answers.blocked, 'ACCESS_DENIED', FIX_THE_REASON],
    ['with a key of its own', s3Answers.encryptedByCustomer, 'ACCESS_DENIED', /SSE-C.* Upload it without/],
  ])('%s: one attempt, the sample and what S3 said are named', async (what, said, code, message) => {
    answer(`GET /voices/refused ${what}/one.wav`, said);
    const record = await bench.drop(`refused ${what}/`);
    const made = bench.api.voices.length;
    expect(await bench.deliver(record)).toEqual([]);
    const { status, error } = await bench.result(`refused ${what}/`);
    expect([status, error?.code]).toEqual(['failed', code]);
    expect(error?.message).toMatch(message);
    expect(error?.message).toMatch(/ No voice was made\. /);
    const [, words = ''] = /<Message>([^<]{20,}|Access Denied)/.exec(said.body) ?? [];
    expect(error?.reason).toContain(words.slice(0, 12));
    expect(error?.apiMessage).toBeUndefined();
    expect(JSON.stringify(error)).not.toContain(ACCOUNT);
    expect(bench.api.voices).toHaveLength(made);
    const { text } = resultMessage((await bench.result(`refused ${what}/`)) as FinalResult, 'voices');
    expect(text).toMatch(/^S3 said: /m);
    expect(text).not.toContain('Callers said');

    // Once it can be read, the next upload makes the voice.
    bench.proxy.intercept = () => 'pass';
    const again = uploadedLater(await bench.drop(`refused ${what}/`));
    expect(await bench.deliver(again)).toEqual([]);
    expect((await bench.result(`refused ${what}/`)).status).toBe('succeeded');
  });
});

describe('an answer that is not S3’s', () => {
  it.each([
    ['a page', s3Answers.blocked, 'status 403 without an error code: Access blocked'],
    ['empty', { status: 403 }, 'status 403'],
  ])('%s: the reason is what it says, not what the parser does', async (what, said, reason) => {
    answer(`GET /voices/foreign ${what}/one.wav`, said);
    expect(await bench.deliver(await bench.drop(`foreign ${what}/`))).toEqual([]);
    expect((await bench.result(`foreign ${what}/`)).error?.reason).toBe(reason);
  });
});

describe('S3 does not have a sample that it listed', () => {
  it('SAMPLE_CHANGED, but only after a quarter of an hour: it may come back', async () => {
    answer('GET /voices/gone/one.wav', s3Answers.gone);
    const record = await bench.drop('gone/');
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(await bench.deliver(record, bench.handler({}, later(960)))).toEqual([]);
    expect((await bench.result('gone/')).error?.code).toBe('SAMPLE_CHANGED');
  });
});

describe('S3 refuses the manifest', () => {
  it.each([
    ['archived', s3Answers.archived, 'ARCHIVED', /^"manifest\.json" is archived in S3/],
    ['denied', s3Answers.denied, 'ACCESS_DENIED', /^"manifest\.json" cannot be read: .*s3:GetObject/],
    ['denied by KMS', s3Answers.deniedByKms, 'ACCESS_DENIED', /kms:Decrypt/],
  ])('%s: result.json says so', async (what, said, code, message) => {
    answer(`GET /voices/manifest ${what}/manifest.json`, said);
    const record = await bench.drop(`manifest ${what}/`);
    expect(await bench.deliver(record)).toEqual([]);
    const { status, error, manifest } = await bench.result(`manifest ${what}/`);
    expect([status, error?.code]).toEqual(['failed', code]);
    expect(error?.message).toMatch(message);
    expect(manifest.etag).toMatch(/^[0-9a-f]{32}$/);
    expect(await topic.received()).toHaveLength(1);
  });
});

describe('a proxy that does not find S3', () => {
  it('does not make the manifest count as deleted: the drop is tried again', async () => {
    answer('GET /voices/lost/manifest.json', s3Answers.noSuchPage);
    const record = await bench.drop('lost/');
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    bench.proxy.intercept = () => 'pass';
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result('lost/')).status).toBe('succeeded');
  });
});

describe('S3 refuses to list the folder', () => {
  it.each([
    ['its objects', 'list-type'],
    ['its uploads in progress', 'uploads'],
  ])('%s: result.json says so', async (what, query) => {
    bench.proxy.intercept = (_request, asked) => (asked.has(query) ? s3Answers.deniedWithoutReason : 'pass');
    expect(await bench.deliver(await bench.drop(`list ${what}/`))).toEqual([]);
    const { status, error } = await bench.result(`list ${what}/`);
    expect([status, error?.code]).toEqual(['failed', 'ACCESS_DENIED']);
    expect(error?.message).toMatch(/^"list .*\/" cannot be listed: .* s3:ListBucket and/);
  });
});

describe('S3 does not list the whole folder', () => {
  const more = (next = ''): Fault => ({
    change: (body) =>
      body.replace(/<IsTruncated>false<.IsTruncated>/, `<IsTruncated>true</IsTruncated>${next}`),
  });

  it.each<[string, string, Fault]>([
    ['empty', 'list-type', { status: 200 }],
    ['cut', 'list-type', more()],
    ['repeated', 'list-type', more('<NextContinuationToken>same</NextContinuationToken>')],
    ['empty', 'uploads', { status: 200 }],
    ['cut', 'uploads', more()],
    ['repeated', 'uploads', more('<NextKeyMarker>same</NextKeyMarker>')],
  ])('%s (%s): no voice is made of a part of it', async (what, list, said) => {
    const folder = `${what} ${list}/`;
    const record = await bench.drop(folder);
    bench.proxy.intercept = (_request, query) => (query.has(list) ? said : 'pass');
    const made = bench.api.voices.length;
    const handler = bench.handler({}, later(960));
    expect(await bench.deliver(record, handler)).toEqual([record.messageId]);
    expect(bench.api.voices).toHaveLength(made);
    bench.proxy.intercept = () => 'pass';
    expect(await bench.deliver(record, handler)).toEqual([]);
    expect((await bench.result(folder)).status).toBe('succeeded');
  });
});

describe('S3 refuses to describe one of two samples of equal size', () => {
  it('and to give it out: it is named', async () => {
    bench.proxy.intercept = (request) =>
      request === 'HEAD /voices/refused twin/two.wav'
        ? { status: 403 }
        : request === 'GET /voices/refused twin/two.wav'
          ? s3Answers.deniedByKms
          : 'pass';
    const files = { 'one.wav': wav(3_000), 'two.wav': Buffer.concat([wav(2_999), Buffer.of(7)]) };
    expect(await bench.deliver(await bench.drop('refused twin/', { name: 'Amelia' }, files))).toEqual([]);
    expect((await bench.result('refused twin/')).error?.message).toMatch(
      /^"two\.wav" is encrypted with a KMS key/,
    );
  });
});

describe('S3 does not give out the result of an earlier drop', () => {
  it.each([
    ['archived', s3Answers.archived],
    ['denied', s3Answers.denied],
    ['of a disabled key', s3Answers.kmsKeyDisabled],
  ])('%s: a new drop goes on, and replaces it', async (what, said) => {
    await bench.deliver(await bench.drop(`result ${what}/`));
    answer(`GET /voices/result ${what}/result.json`, said);
    const record = await bench.drop(`result ${what}/`, { name: 'Another voice' });
    expect(await bench.deliver(record)).toEqual([]);
    bench.proxy.intercept = () => 'pass';
    const { status, voices } = await bench.result(`result ${what}/`);
    expect([status, voices?.[0]?.name]).toEqual(['succeeded', 'Another voice']);
    expect(logsOfThisTest().join('\n')).toMatch(/S3 does not let result\.json be read/);
  });
});

describe('S3 does not take result.json', () => {
  it.each([
    ['denied', s3Answers.deniedToWrite],
    ['locked', s3Answers.locked],
    ['of a disabled key', s3Answers.kmsKeyDisabled],
    ['without conditional writes', s3Answers.notImplemented],
  ])('%s: the voice is published once, and an alarm tells', async (what, said) => {
    answer(`PUT /voices/unwritable ${what}/result.json`, said);
    const record = await bench.drop(`unwritable ${what}/`);
    const made = bench.api.voices.length;
    for (let delivery = 0; delivery < 3; delivery++) expect(await bench.deliver(record)).toEqual([]);
    expect(await topic.received()).toHaveLength(1);
    expect(bench.api.voices).toHaveLength(made + 1);
    expect(counted('ResultUnwritable')).toBe(3);
    const written = bench.proxy.requests.filter(
      (request) => request === `PUT /voices/unwritable ${what}/result.json`,
    );
    // While it is cloned, and at each end: nothing spins.
    expect(written).toHaveLength(4);

    // A newer upload asks for the result again.
    const again = uploadedLater(await bench.drop(`unwritable ${what}/`));
    expect(await bench.deliver(again)).toEqual([]);
    expect(await topic.received()).toHaveLength(1);
    expect(bench.api.voices).toHaveLength(made + 1);
  });

  it('while the folder waits: the samples are still waited for', async () => {
    answer('PUT /voices/unwritable waits/result.json', s3Answers.deniedToWrite);
    const record = await bench.drop('unwritable waits/', { name: 'Amelia', files: ['late.wav'] }, {});
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(counted('ResultUnwritable')).toBe(0);
  });
});

describe('S3 refuses the ledger', () => {
  const noSuchBucket = s3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
  const ledgerOf = (folder: string) => `/${bench.aws.stateBucket}/voices/${folder}ledger.json`;
  const rights = /S3 denies the function access\. Ask .* s3:GetObject, s3:PutObject and s3:ListBucket/;

  it.each([
    ['denied to read', 'GET', s3Answers.denied, rights],
    [
      'denied to read by KMS',
      'GET',
      s3Answers.deniedByKms,
      /kms:Decrypt and kms:GenerateDataKey on that key/,
    ],
    ['archived', 'GET', s3Answers.archived, /cannot be read\. Ask .* fix what "reason" describes/],
    ['denied to write', 'PUT', s3Answers.deniedToWrite, rights],
    ['of a disabled key', 'PUT', s3Answers.kmsKeyDisabled, /cannot be read/],
    ['without a bucket', 'PUT', noSuchBucket, /cannot be read/],
  ])('%s: result.json says so, once, and nothing is sent', async (what, method, said, message) => {
    const folder = `ledger ${what}/`;
    answer(`${method} ${ledgerOf(folder)}`, said);
    const made = bench.api.voices.length;
    const record = await bench.drop(folder);
    for (let delivery = 0; delivery < 3; delivery++) expect(await bench.deliver(record)).toEqual([]);
    const { status, error } = await bench.result(folder);
    expect([status, error?.code]).toEqual(['failed', 'LEDGER_REFUSED']);
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toMatch(/No voice was made/);
    expect(error?.reason).toMatch(/^(AccessDenied|InvalidObjectState|KMS\.DisabledException|NoSuchBucket): /);
    expect(JSON.stringify(error)).not.toContain(ACCOUNT);
    expect(await topic.received()).toHaveLength(1);
    expect(counted('LEDGER_REFUSED')).toBe(1);

    // The next upload is another drop; a late copy of the first message is not.
    bench.proxy.intercept = () => 'pass';
    expect(await bench.deliver(record)).toEqual([]);
    expect(bench.api.voices).toHaveLength(made);
    expect(await bench.deliver(await bench.drop(folder, undefined, {}))).toEqual([]);
    expect((await bench.result(folder)).status).toBe('succeeded');
    expect(bench.api.voices).toHaveLength(made + 1);
  });

  it('and result.json too: the message goes to the dead-letter queue, and nothing is published', async () => {
    bench.proxy.intercept = (request) =>
      request === `GET ${ledgerOf('both/')}` || request === 'PUT /voices/both/result.json'
        ? s3Answers.deniedWithoutReason
        : 'pass';
    const record = await bench.drop('both/');
    for (const _ of [1, 2]) expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(await topic.received()).toEqual([]);
  });

  it('when the voice has been made: it is told, though not recorded', async () => {
    let isPosted = false;
    bench.api.behaveAlways(() => {
      isPosted = true;
      return { kind: 'normal' };
    });
    const folder = 'unrecorded/';
    let posts = 0;
    // The claim, then `posting`, then the outcome.
    bench.proxy.intercept = (request) =>
      request === `PUT ${ledgerOf(folder)}` && isPosted && ++posts > 1 ? s3Answers.deniedToWrite : 'pass';
    const record = await bench.drop(folder);
    const made = bench.api.voices.length;
    const expectTold = async () => {
      expect(await bench.result(folder)).toMatchObject({
        status: 'succeeded',
        voices: [{ id: bench.api.voices[made]?.id }],
      });
      expect(bench.api.voices).toHaveLength(made + 1);
      expect(await topic.received()).toHaveLength(1);
    };
    for (const handler of [bench.handler(), bench.handler({}, later(960))]) {
      expect(await bench.deliver(record, handler)).toEqual([]);
    }
    await expectTold();
    expect(counted('LEDGER_REFUSED')).toBeGreaterThan(0);

    // Nor replaced by what the ledger knows, once that can be written again.
    bench.proxy.intercept = () => 'pass';
    const again = uploadedLater(await bench.drop(folder));
    for (const each of [record, again]) {
      expect(await bench.deliver(each, bench.handler({}, later(1_900)))).toEqual([]);
    }
    await expectTold();
  });

  it.each([
    [
      'KMS is too busy',
      'GET',
      'ThrottlingException',
      'You have exceeded the rate at which you may call KMS.',
    ],
    ['KMS has no key yet', 'PUT', 'KMS.KeyUnavailableException', 'The key was not available.'],
    ['KMS waited too long', 'GET', 'KMS.DependencyTimeoutException', 'The system timed out.'],
    ['S3 waited too long', 'PUT', 'RequestTimeout', 'Your socket connection was not read from.'],
    ['a token is old', 'GET', 'TokenRefreshRequired', 'The provided token must be refreshed.'],
  ])('only because %s: the drop is tried again', async (why, method, code, said) => {
    const folder = `${why}/`;
    answer(`${method} ${ledgerOf(folder)}`, s3Error(400, code, said));
    const record = await bench.drop(folder);
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    bench.proxy.intercept = () => 'pass';
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result(folder)).status).toBe('succeeded');
  });
});

describe('a bucket', () => {
  it.each([
    [301, 'PermanentRedirect', 'Address the bucket with the specified endpoint.'],
    [400, 'AuthorizationHeaderMalformed', 'The region us-east-1 is wrong; expecting eu-west-1.'],
    [400, 'IllegalLocationConstraintException', 'The constraint is incompatible for this endpoint.'],
  ])('of another region (%s %s) is told of once, though nothing can be written there', async (...said) => {
    const record = await bench.drop(`abroad ${said[1]}/`);
    bench.proxy.intercept = (request) => (/^\w+ \/voices(\/|$)/.test(request) ? s3Error(...said) : 'pass');
    for (let delivery = 0; delivery < 3; delivery++) expect(await bench.deliver(record)).toEqual([]);
    const received = await topic.received();
    expect(received).toHaveLength(1);
    expect(JSON.stringify(received)).toMatch(
      /is in another region than the function\. .* deploy the function in the region/,
    );
  });

  it('of another account is refused: each request names the account', async () => {
    const owners = new Set<unknown>();
    bench.proxy.intercept = (_request, _query, headers) => {
      owners.add(headers['x-amz-expected-bucket-owner']);
      return 'pass';
    };
    const handler = bench.handler({ BUCKET_OWNER: ACCOUNT });
    expect(await bench.deliver(await bench.drop('owned/'), handler)).toEqual([]);
    expect([...owners]).toEqual([ACCOUNT]);
    expect((await bench.result('owned/')).status).toBe('succeeded');
  });

  it('whose policy demands encryption gets it for result.json', async () => {
    const seen: string[] = [];
    bench.proxy.intercept = (request, _query, headers) => {
      if (!request.startsWith('PUT')) return 'pass';
      const encryption = headers['x-amz-server-side-encryption'];
      seen.push(
        `${request} ${String(encryption)} ${String(headers['x-amz-server-side-encryption-aws-kms-key-id'])}`,
      );
      return request.startsWith('PUT /voices/') && !encryption ? s3Answers.deniedToWrite : 'pass';
    };
    const handler = bench.handler({
      SERVER_SIDE_ENCRYPTION: 'aws:kms',
      SERVER_SIDE_ENCRYPTION_KEY_ID: 'alias/voices',
    });
    expect(await bench.deliver(await bench.drop('encrypted/'), handler)).toEqual([]);
    expect((await bench.result('encrypted/')).status).toBe('succeeded');
    expect(seen).toContain('PUT /voices/encrypted/result.json aws:kms alias/voices');
    // The state bucket has its own.
    expect(seen).toContain(`PUT /${bench.aws.stateBucket}/voices/encrypted/ledger.json undefined undefined`);
  });
});

describe('a store that is not Amazon’s', () => {
  const itsHeaders = { server: 'Another', 'x-amz-id-2': '' };

  it('and ignores conditional writes is refused before anything is sent', async () => {
    bench.proxy.headersOf = () => itsHeaders;
    bench.proxy.intercept = (request, _query, headers) => {
      if (request.startsWith('PUT')) {
        delete headers['if-none-match'];
        delete headers['if-match'];
      }
      return 'pass';
    };
    const requests = bench.api.requests.length;
    const record = await bench.drop('unsuitable/');
    expect(await bench.deliver(record, bench.handler())).toEqual([]);
    const { status, error } = await bench.result('unsuitable/');
    expect([status, error?.code]).toEqual(['failed', 'UNSUITABLE_STORE']);
    expect(error?.message).toMatch(/lacks conditional writes .* No voice was made\. Ask your administrator/);
    expect(bench.api.requests).toHaveLength(requests);
  });

  it.each(['GET', 'GET or PUT'])('and names no ETag when asked to %s is refused, too', async (methods) => {
    bench.proxy.headersOf = (request) => {
      const [method = ''] = request.split(' ');
      return { ...itsHeaders, ...(methods.split(' or ').includes(method) && { etag: '' }) };
    };
    const requests = bench.api.requests.length;
    const folder = `no ETag ${methods}/`;
    expect(await bench.deliver(await bench.drop(folder), bench.handler())).toEqual([]);
    bench.proxy.headersOf = () => ({});
    expect((await bench.result(folder)).error?.code).toBe('UNSUITABLE_STORE');
    expect(bench.api.requests).toHaveLength(requests);
  });

  it('and names no ETag when it has written, but when it is asked, works', async () => {
    bench.proxy.headersOf = (request) => ({ ...itsHeaders, ...(request.startsWith('PUT') && { etag: '' }) });
    const made = bench.api.voices.length;
    expect(await bench.deliver(await bench.drop('silent writes/'), bench.handler())).toEqual([]);
    bench.proxy.headersOf = () => ({});
    expect((await bench.result('silent writes/')).status).toBe('succeeded');
    expect(bench.api.voices).toHaveLength(made + 1);
  });

  it('and refuses each If-Match is refused, too, instead of trying for ever', async () => {
    bench.proxy.headersOf = () => itsHeaders;
    bench.proxy.intercept = (_request, _query, headers) =>
      headers['if-match'] === undefined ? 'pass' : { status: 412 };
    expect(await bench.deliver(await bench.drop('never matches/'), bench.handler())).toEqual([]);
    expect((await bench.result('never matches/')).error?.code).toBe('UNSUITABLE_STORE');
  });

  it('and compares the quotes of an ETag, as Ceph’s did, works', async () => {
    bench.proxy.headersOf = () => itsHeaders;
    bench.proxy.intercept = (request, _query, headers) =>
      request.startsWith('PUT') && headers['if-match']?.startsWith('"') ? { status: 412 } : 'pass';
    const record = await bench.drop('quotes/');
    const made = bench.api.voices.length;
    for (const _ of [1, 2]) expect(await bench.deliver(record, bench.handler())).toEqual([]);
    expect((await bench.result('quotes/')).status).toBe('succeeded');
    expect(bench.api.voices).toHaveLength(made + 1);
  });

  it('and has them is asked once; Amazon’s is not asked', async () => {
    const asked = () =>
      bench.proxy.requests.filter((request) => request.endsWith('/conditional-writes')).length;
    const before = asked();
    const handler = bench.handler();
    bench.proxy.headersOf = () => itsHeaders;
    for (const folder of ['another/1/', 'another/2/']) {
      expect(await bench.deliver(await bench.drop(folder), handler)).toEqual([]);
      expect((await bench.result(folder)).status).toBe('succeeded');
    }
    expect(asked()).toBe(before + 5);
    bench.proxy.headersOf = () => ({});
    await bench.deliver(await bench.drop('amazon/'), bench.handler());
    expect((await bench.result('amazon/')).status).toBe('succeeded');
    expect(asked()).toBe(before + 5);
  });
});
