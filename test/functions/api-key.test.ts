import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createHandler } from '../../functions/clone-voice/handler.ts';
import { API_KEY } from '../support/api-key.ts';
import { createS3Clock } from '../../functions/clone-voice/s3-clock.ts';
import { type Bench, later, startBench, uploadedLater } from '../support/bench.ts';
import type { Fault } from '../support/s3-proxy.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';
import { amelia } from '../support/voice.ts';

const bench = await startBench();
const secrets = await startSecretsManager();
process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] = secrets.url;
afterAll(async () => {
  secrets.close();
  await bench.close();
});
beforeEach(() => {
  bench.api.behaveAlways(undefined);
  secrets.reads = [];
  secrets.failure = undefined;
});

const fromSecret = (options?: Parameters<Bench['handler']>[1]) =>
  bench.handler({ CALLERS_API_KEY: '', CALLERS_API_KEY_SECRET_ID: 'callers' }, options);

const unauthorized = { kind: 'answer', status: 401, when: 'early' } as const;

describe('the API key in Secrets Manager', () => {
  it.each([
    ['plain text', API_KEY],
    ['plain text with a line break at the end', `${API_KEY}\n`],
    ['JSON', JSON.stringify({ apiKey: API_KEY })],
    ['JSON with underscores', JSON.stringify({ api_key: API_KEY, note: 'of the support team' })],
    ['JSON with the name of the variable', JSON.stringify({ CALLERS_API_KEY: ` ${API_KEY}` })],
    ['JSON beside what the deployment made', JSON.stringify({ apiKey: null, api_key: API_KEY })],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ apiKey: API_KEY }))],
    ['text in quotes', `"${API_KEY}"`],
    ['text in single quotes', `'${API_KEY}'\n`],
    ['a line of .env', `export CALLERS_API_KEY="${API_KEY}"`],
    ['binary', Buffer.from(`${API_KEY}\n`)],
    ['text after a byte order mark', `\uFEFF${API_KEY}`],
  ])('may be stored as %s', async (what, stored) => {
    secrets.value = stored;
    await bench.deliver(await bench.drop(`stored as ${what}/`), fromSecret());
    expect((await bench.result(`stored as ${what}/`)).status).toBe('succeeded');
    expect(bench.api.requests.at(-1)?.headers.authorization).toBe(API_KEY);
  });

  it('is read once in five minutes', async () => {
    secrets.value = API_KEY;
    let offset = 0;
    const handler = fromSecret({ now: () => new Date(Date.now() + offset) });
    await bench.deliver([await bench.drop('cached/1/'), await bench.drop('cached/2/')], handler);
    expect(secrets.reads).toHaveLength(1);
    offset = 5 * 60 * 1000;
    await bench.deliver(await bench.drop('cached/3/'), handler);
    expect(secrets.reads).toHaveLength(2);
  });

  it('is read again when the API rejects it, and the new one is used: it was rotated', async () => {
    secrets.value = 'sk-old';
    const handler = fromSecret();
    await bench.deliver(await bench.drop('rotated/before/'), handler);
    secrets.value = API_KEY;
    bench.api.behaveNext(unauthorized);
    const made = bench.api.voices.length;
    expect(await bench.deliver(await bench.drop('rotated/after/'), handler)).toEqual([]);
    expect((await bench.result('rotated/after/')).status).toBe('succeeded');
    expect(bench.api.requests.at(-1)?.headers.authorization).toBe(API_KEY);
    expect(bench.api.voices).toHaveLength(made + 1);
  });

  it('that was rotated is not used if the host was frozen meanwhile, for longer than its lease', async () => {
    secrets.value = 'sk-frozen';
    let frozen = 0;
    const clock = createS3Clock();
    const now = () => new Date(clock.now().getTime() + frozen);
    const handler = fromSecret({ clock: { ...clock, now } });
    await bench.deliver(await bench.drop('frozen/before/'), handler);
    secrets.value = API_KEY;
    bench.api.behaveNext({ ...unauthorized, when: 'after-body' });
    const record = await bench.drop('frozen/after/');
    const made = bench.api.voices.length;
    let reads = 0;
    const shown: string[] = [];
    bench.proxy.intercept = async (request): Promise<Fault> => {
      if (!request.endsWith('frozen/after/one.wav') || ++reads !== 2) return 'pass';
      frozen = 3_600_000;
      // Another delivery gives it up, and the person reads that and asks again.
      const other = bench.handler({}, later(3_600));
      await bench.deliver(record, other);
      shown.push((await bench.result('frozen/after/')).status);
      await bench.deliver(uploadedLater(await bench.drop('frozen/after/', { name: 'Amelia' }, {})), other);
      return 'pass';
    };
    await bench.deliver(record, handler);
    bench.proxy.intercept = () => 'pass';
    expect(shown).toEqual(['unknown']);
    expect(bench.api.voices).toHaveLength(made + 1);
    expect((await bench.result('frozen/after/')).status).toBe('succeeded');
  });

  it('that is wrong is tried once: reading the secret again gives the same', async () => {
    secrets.value = API_KEY;
    bench.api.behaveAlways(unauthorized);
    const requests = bench.api.requests.length;
    await bench.deliver(await bench.drop('wrong/'), fromSecret());
    expect((await bench.result('wrong/')).error?.code).toBe('API_KEY_REJECTED');
    expect(bench.api.requests).toHaveLength(requests + 1);
  });

  it.each([
    ['is not there', undefined, undefined],
    ['is empty', '', undefined],
    ['is empty text in quotes', '""', undefined],
    ['holds a password', '{"password":"x"}', 'JSON with one field, but not apiKey'],
    ['holds the key as a name', `{"${API_KEY}":"","note":"x"}`, 'JSON with 2 fields, but no apiKey'],
    ['is as the deployment made it', '{"apiKey":null}', undefined],
    ['holds the key as a number', '{"apiKey":1}', 'JSON whose apiKey is not text'],
    ['lost its quotes, as in PowerShell 5', `{apiKey:${API_KEY}}`, 'text in braces that is not JSON'],
    ['holds the key with a scheme', `Bearer ${API_KEY}`, 'text with spaces or line breaks'],
    ['is encrypted by something else', Buffer.from([0, 1, 200, 255]), 'text with characters that no key has'],
  ])('that %s fails the drop with a reason, and works once it is stored', async (what, stored, found) => {
    const handler = fromSecret();
    secrets.value = stored;
    const requests = bench.api.requests.length;
    expect(await bench.deliver(await bench.drop(`secret ${what}/`), handler)).toEqual([]);
    expect((await bench.result(`secret ${what}/`)).error).toEqual({
      code: 'NO_API_KEY',
      message: found
        ? `The secret for the Callers API key contains ${found}. No voice was made. Ask your administrator to store the key ` +
          'itself, or JSON such as {"apiKey": "…"}, then upload manifest.json again.'
        : 'No Callers API key is stored for this bucket. No voice was made. ' +
          'Ask your administrator to store one, then upload manifest.json again.',
    });
    expect(bench.api.requests).toHaveLength(requests);

    secrets.value = API_KEY;
    const again = uploadedLater(await bench.drop(`secret ${what}/`));
    expect(await bench.deliver(again, handler)).toEqual([]);
    expect((await bench.result(`secret ${what}/`)).status).toBe('succeeded');
  });

  it('that is missing ends what an earlier invocation had begun', async () => {
    secrets.value = API_KEY;
    bench.api.behaveNext({ kind: 'answer', status: 429 });
    const record = await bench.drop('secret gone/');
    expect(await bench.deliver(record, fromSecret())).toEqual([record.messageId]);
    secrets.value = undefined;
    expect(await bench.deliver(record, fromSecret())).toEqual([]);
    const made = bench.api.voices.length;
    secrets.value = API_KEY;
    expect(await bench.deliver(record, fromSecret())).toEqual([]);
    expect((await bench.result('secret gone/')).error?.code).toBe('NO_API_KEY');
    expect(bench.api.voices).toHaveLength(made);
  });

  it.each<[string, string, string, RegExp]>([
    [
      'the role may not read it',
      'AccessDeniedException',
      'User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: secretsmanager:GetSecretValue',
      /cannot be read: Secrets Manager denies the function access\. .*allow it secretsmanager:GetSecretValue/,
    ],
    [
      'the role may not use its KMS key',
      'AccessDeniedException',
      'Access to KMS is not allowed',
      /KMS key that the function may not use\. .*allow it kms:Decrypt/,
    ],
    ['its KMS key is disabled', 'DecryptionFailure', 'can’t decrypt', /enable that key/],
    [
      'it is being deleted',
      'InvalidRequestException',
      'You can’t perform this operation on the secret because it was marked for deletion.',
      /is marked for deletion\. .*restore-secret/,
    ],
    [
      'it does not exist',
      'ResourceNotFoundException',
      'Secrets Manager can’t find the specified secret.',
      /does not exist/,
    ],
    ['its name is invalid', 'ValidationException', 'Invalid name.', /cannot be read\. .*"reason"/],
  ])('that is refused because %s ends the drop with what helps', async (what, code, message, said) => {
    secrets.failure = { code, message };
    const handler = bench.handler({
      CALLERS_API_KEY: '',
      CALLERS_API_KEY_SECRET_ID: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:callers-AbCdEf',
    });
    const record = await bench.drop(`refused ${what}/`);
    expect(await bench.deliver(record, handler)).toEqual([]);
    expect(secrets.reads).toHaveLength(1);
    // The second reads the ledger.
    for (const _ of [1, 2]) {
      const { status, error } = await bench.result(`refused ${what}/`);
      expect(status).toBe('failed');
      expect(error).toMatchObject({ code: 'API_KEY_UNREADABLE', message: expect.stringMatching(said) });
      expect(error?.message).toContain('The secret "callers-AbCdEf"');
      expect(error?.message).toContain('No voice was made.');
      expect(error?.reason).toContain(`${code}: ${message.replace('123456789012', '************')}`);
      expect(JSON.stringify(error)).not.toContain('123456789012');
      await bench.remove(`refused ${what}/result.json`);
      await bench.deliver(record, handler);
    }
  });

  it('that Secrets Manager is too busy to give out is waited for, but not forever', async () => {
    secrets.failure = { code: 'ThrottlingException', message: 'Rate exceeded' };
    const record = await bench.drop('secret busy/');
    expect(await bench.deliver(record, fromSecret())).toEqual([record.messageId]);
    expect(await bench.ledger('secret busy/')).toBeUndefined();
    expect(await bench.deliver(record, fromSecret(later(960)))).toEqual([]);
    expect((await bench.result('secret busy/')).error).toMatchObject({
      code: 'API_KEY_UNREADABLE',
      reason: 'ThrottlingException: Rate exceeded',
    });
  });

  it('that was read before is used while Secrets Manager is down', async () => {
    secrets.value = API_KEY;
    let offset = 0;
    const handler = fromSecret({ now: () => new Date(Date.now() + offset) });
    await bench.deliver(await bench.drop('outage/before/'), handler);
    secrets.failure = { code: 'ThrottlingException', message: 'Rate exceeded' };
    offset = 5 * 60 * 1000;
    expect(await bench.deliver(await bench.drop('outage/during/'), handler)).toEqual([]);
    expect((await bench.result('outage/during/')).status).toBe('succeeded');
  });
});

describe('an API that quotes the key back', () => {
  it.each([
    ['in a rejection', { status: 400, body: { message: [`Invalid key ${API_KEY}`] } }],
    ['in an answer that makes no sense', { status: 200, body: `{"key":"${API_KEY}"}` }],
    ['in a server error', { status: 500, body: `key ${API_KEY} crashed` }],
  ])('%s: no result contains it', async (what, answer) => {
    bench.api.behaveNext({ kind: 'answer', ...answer });
    await bench.deliver(await bench.drop(`quoted ${what}/`));
    const text = await bench.read(`quoted ${what}/result.json`);
    expect(text).toContain('[API key]');
    expect(text).not.toContain(API_KEY);
  });
});

describe('an API key that is a word of the answer', () => {
  it.each(['1', 'a', 'id', 'nam', 'true', '":', 'name', 'voiceId'])(
    '%s: the voice is told as it is',
    async (key) => {
      const voice = { ...amelia, id: `voice-1-${key}`, isMultilingual: true };
      bench.api.behaveNext({ kind: 'answer', status: 201, body: [voice], created: true });
      secrets.value = JSON.stringify({ apiKey: key });
      const folder = `short ${encodeURIComponent(key)}/`;
      expect(await bench.deliver(await bench.drop(folder), fromSecret())).toEqual([]);
      expect(await bench.result(folder)).toMatchObject({ status: 'succeeded', voices: [voice] });
    },
  );

  it('is removed from what the API says, which is still understood', async () => {
    bench.api.behaveNext({ kind: 'answer', status: 404, body: { message: 'No voice of key not' } });
    secrets.value = 'not';
    await bench.deliver(await bench.drop('short and quoted/'), fromSecret());
    const { error } = await bench.result('short and quoted/');
    expect(error?.message).toMatch(/^Callers rejected the request: No voice of key \[API key\]\./);
  });
});

describe('the environment', () => {
  it('is refused with every mistake, and without showing the key', () => {
    const start = () =>
      createHandler({
        CALLERS_API_URL: 'http://api.callers.ai',
        CALLERS_API_KEY: `${API_KEY}\nsecond line`,
        SETTLE_SECONDS: 'ten',
        QUEUE_URL: 'queue',
        STATE_BUCKET: 'state',
      });
    expect(start).toThrow(
      /CALLERS_API_URL must start with https.*SETTLE_SECONDS must be a whole number.*QUEUE_URL/,
    );
    expect(start).not.toThrow(API_KEY);
  });

  it.each([
    [
      'a key that cannot be sent',
      { CALLERS_API_KEY: `${API_KEY} x` },
      /CALLERS_API_KEY must be the key itself/,
    ],
    ['no key', {}, /either CALLERS_API_KEY_SECRET_ID/],
    [
      'a key and a secret',
      { CALLERS_API_KEY: 'k', CALLERS_API_KEY_SECRET_ID: 's' },
      /either CALLERS_API_KEY_SECRET_ID/,
    ],
    [
      'an address with a password',
      { CALLERS_API_KEY: 'k', CALLERS_API_URL: 'https://a:b@c' },
      /user name or password/,
    ],
  ])('is refused with %s', (_, environment, message) => {
    expect(() => createHandler({ STATE_BUCKET: 'state', ...environment })).toThrow(message);
  });
});
