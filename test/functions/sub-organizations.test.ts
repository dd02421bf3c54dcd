import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createHandler } from '../../functions/clone-voice/handler.ts';
import { startBench } from '../support/bench.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';

const bench = await startBench();
const secrets = await startSecretsManager('sk-in-a-secret');
process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] = secrets.url;
afterAll(async () => {
  secrets.close();
  await bench.close();
});
beforeEach(() => {
  secrets.reads = [];
});

/** A function that has to read the key from its secret, and may clone for these alone. */
const allowing = (...subOrganizations: string[]) =>
  bench.handler({
    CALLERS_API_KEY: '',
    CALLERS_API_KEY_SECRET_ID: 'callers',
    SUB_ORGANIZATIONS: JSON.stringify(subOrganizations),
  });

const sentFor = () => bench.api.requests.map(({ headers }) => headers['x-sub-organization-id']);

describe('a manifest may name', () => {
  it('any sub-organization when SUB_ORGANIZATIONS is not set', async () => {
    await bench.deliver(await bench.drop('any/', { name: 'Amelia', subOrganizationId: 'sub-9' }));
    expect((await bench.result('any/')).status).toBe('succeeded');
    expect(sentFor().at(-1)).toBe('sub-9');
  });

  it('one that is allowed', async () => {
    const record = await bench.drop('allowed/', { name: 'Amelia', subOrganizationId: 'sub-2' });
    expect(await bench.deliver(record, allowing('sub-1', 'sub-2'))).toEqual([]);
    expect((await bench.result('allowed/')).status).toBe('succeeded');
    expect(sentFor().at(-1)).toBe('sub-2');
  });

  it.each<[string, string[]]>([
    ['when some are allowed', ['sub-1']],
    ['when none is', []],
  ])('none, for the main organization, %s', async (when, subOrganizations) => {
    const record = await bench.drop(`main ${when}/`);
    expect(await bench.deliver(record, allowing(...subOrganizations))).toEqual([]);
    expect((await bench.result(`main ${when}/`)).status).toBe('succeeded');
    expect(sentFor().at(-1)).toBeUndefined();
  });
});

describe('a manifest that names another sub-organization', () => {
  it.each<[string, string, string[]]>([
    ['than those allowed', 'sub-3', ['sub-1', 'sub-2']],
    ['when none is allowed', 'sub-1', []],
    ['in other letters', 'SUB-1', ['sub-1']],
    ['that only begins like one', 'sub-10', ['sub-1']],
  ])('%s is refused: nothing is read, claimed or sent', async (what, subOrganizationId, allowed) => {
    const folder = `another ${what}/`;
    const requests = bench.api.requests.length;
    const record = await bench.drop(folder, { name: 'Amelia', subOrganizationId });
    expect(await bench.deliver(record, allowing(...allowed))).toEqual([]);
    const { status, error } = await bench.result(folder);
    expect([status, error?.code]).toEqual(['failed', 'INVALID_MANIFEST']);
    expect(error?.issues).toEqual([
      { path: 'subOrganizationId', message: expect.stringMatching(/correct it, omit it .* or ask/) },
    ]);
    expect(bench.api.requests).toHaveLength(requests);
    expect(secrets.reads).toEqual([]);
    expect((await bench.ledger(folder))?.attempt).toBeUndefined();
  });

  it('does not learn which ones are allowed', async () => {
    const record = await bench.drop('curious/', { name: 'Amelia', subOrganizationId: 'sub-3' });
    await bench.deliver(record, allowing('confidential-client'));
    expect(await bench.read('curious/result.json')).not.toContain('confidential-client');
  });

  it('can be corrected and uploaded again', async () => {
    const handler = allowing('sub-1');
    await bench.deliver(
      await bench.drop('corrected/', { name: 'Amelia', subOrganizationId: 'sub-3' }),
      handler,
    );
    await bench.deliver(
      await bench.drop('corrected/', { name: 'Amelia', subOrganizationId: 'sub-1' }),
      handler,
    );
    expect((await bench.result('corrected/')).status).toBe('succeeded');
  });

  it('that was cloned while allowed is reported as it ended, not as refused', async () => {
    const record = await bench.drop('narrowed/', { name: 'Amelia', subOrganizationId: 'sub-3' });
    await bench.deliver(record);
    await bench.remove('narrowed/result.json');
    const requests = bench.api.requests.length;
    expect(await bench.deliver(record, allowing('sub-1'))).toEqual([]);
    expect((await bench.result('narrowed/')).status).toBe('succeeded');
    expect(bench.api.requests).toHaveLength(requests);
  });
});

describe('SUB_ORGANIZATIONS', () => {
  it.each([
    ['empty, which must not mean any', ''],
    ['a list with commas', 'sub-1,sub-2'],
    ['a text', '"sub-1"'],
    ['null', 'null'],
    ['an object', '{"sub-1":true}'],
    ['a list of something else', '["sub-1",2]'],
    ['a list of what cannot be one', '["sub 1"]'],
    ['a list with nothing in it', '[""]'],
  ])('that is %s is refused at startup', (_, value) => {
    const start = () => createHandler({ CALLERS_API_KEY: 'k', STATE_BUCKET: 's', SUB_ORGANIZATIONS: value });
    expect(start).toThrow(
      'The environment variables are invalid: SUB_ORGANIZATIONS must be a JSON list of sub-organizations, ' +
        'such as ["sub-1","sub-2"], or [] for none',
    );
  });
});
