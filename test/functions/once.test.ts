import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SQSRecord } from 'aws-lambda';
import { type Bench, context, files, startBench } from '../support/bench.ts';
import { wav } from '../support/wav.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

const voicesMadeBy = async (action: () => Promise<unknown>) => {
  const before = bench.api.voices.length;
  await action();
  return bench.api.voices.length - before;
};

const uploadOf = (record: SQSRecord): string => JSON.parse(record.body).Records[0].s3.object.sequencer;

/** The one claim in a folder, and where it is. */
async function claimIn(folder: string) {
  const [key = ''] = await bench.keys(`${folder}.voice-clone/`);
  return { key, claim: JSON.parse((await bench.read(key)) ?? '') };
}

/** A drop whose function died: the claim that it left behind says so. */
async function dropLeftIn(
  folder: string,
  state: 'claimed' | 'posting',
  more: { leaseUntil: string; attempt?: number },
  manifest?: object,
) {
  const record = await bench.drop(folder, { name: 'Amelia', ...manifest });
  bench.api.behaveNext({ kind: 'answer', status: 400 });
  await bench.deliver(record);
  const { key } = await claimIn(folder);
  await bench.s3.send(
    new (await import('@aws-sdk/client-s3')).DeleteObjectCommand({
      Bucket: bench.aws.bucket,
      Key: `${folder}result.json`,
    }),
  );
  const since = new Date().toISOString();
  const claim = { state, upload: uploadOf(record), owner: 'a dead one', attempt: 1, since, ...more };
  await bench.put(key, JSON.stringify(claim));
  return record;
}

const past = () => new Date(Date.now() - 1000).toISOString();
const future = () => new Date(Date.now() + 600_000).toISOString();

describe('one drop makes one voice', () => {
  it('when its event is delivered again', async () => {
    const record = await bench.drop('twice/');
    expect(
      await voicesMadeBy(async () => {
        expect(await bench.deliver(record)).toEqual([]);
        expect(await bench.deliver(record)).toEqual([]);
        expect(await bench.deliver([record, record])).toEqual([]);
      }),
    ).toBe(1);
  });

  it('when its event is delivered 50 times at once, to functions of their own', async () => {
    const record = await bench.drop('fifty/');
    const handlers = Array.from({ length: 50 }, () => bench.handler());
    let done = 0;
    expect(
      await voicesMadeBy(async () => {
        const failures = await Promise.all(handlers.map((handler) => bench.deliver(record, handler)));
        done = failures.filter((failed) => failed.length === 0).length;
      }),
    ).toBe(1);
    expect(done).toBeGreaterThanOrEqual(1);
    // Whoever was put off finds it done.
    expect(
      await voicesMadeBy(() => Promise.all(handlers.map((handler) => bench.deliver(record, handler)))),
    ).toBe(0);
    expect((await bench.result('fifty/')).status).toBe('succeeded');
  });

  it('when S3’s answers to the claim’s writes are lost', async () => {
    const record = await bench.drop('lost-answers/');
    const seen = new Map<string, number>();
    bench.proxy.intercept = (request) => {
      const count = (seen.get(request) ?? 0) + 1;
      seen.set(request, count);
      return request.startsWith('PUT') && count % 2 === 1 ? 'commit-silently' : 'pass';
    };
    expect(await voicesMadeBy(async () => expect(await bench.deliver(record)).toEqual([]))).toBe(1);
    bench.proxy.intercept = () => 'pass';
    expect((await bench.result('lost-answers/')).status).toBe('succeeded');
  });

  it('when the result is lost: it is written again, without another call', async () => {
    const record = await bench.drop('healed/');
    await bench.deliver(record);
    const result = await bench.result('healed/');
    await bench.remove('healed/result.json');
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    expect(await bench.result('healed/')).toEqual(result);
  });

  it('when the manifest is uploaded again after it succeeded', async () => {
    await bench.deliver(await bench.drop('same/'));
    const again = await bench.drop('same/');
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(0);
    expect(await bench.result('same/')).toMatchObject({ status: 'succeeded', upload: uploadOf(again) });
  });

  it('when only the manifest’s white space or order changed', async () => {
    await bench.deliver(await bench.drop('space/', '{"name":"Amelia","speed":0.5}'));
    const again = await bench.drop('space/', '{ "speed": 0.50,\n "name": "Amelia" }');
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(0);
  });

  it('when a sample is replaced while its message is on its way again', async () => {
    const record = await bench.drop('replaced/');
    await bench.deliver(record);
    await bench.remove('replaced/result.json');
    await bench.put('replaced/one.wav', wav(5_000));
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    expect((await bench.result('replaced/')).status).toBe('succeeded');
  });
});

describe('a changed drop makes another voice', () => {
  it.each([
    ['a setting', { name: 'Amelia', speed: 1 }, files],
    ['a sample', { name: 'Amelia' }, { ...files, 'one.wav': wav(3_001) }],
    ['the sub-organization', { name: 'Amelia', subOrganizationId: 'other' }, files],
  ])('when %s is changed', async (what, manifest, samples) => {
    await bench.deliver(await bench.drop(`changed ${what}/`));
    const changed = await bench.drop(`changed ${what}/`, manifest, samples);
    expect(await voicesMadeBy(() => bench.deliver(changed))).toBe(1);
    expect((await bench.result(`changed ${what}/`)).upload).toBe(uploadOf(changed));
  });

  it('and the result of the older one, when it comes late, does not replace the newer one', async () => {
    const older = await bench.drop('overtaken/', { name: 'Older voice' });
    let answer = () => {};
    bench.api.behaveNext({ kind: 'hold', until: new Promise<void>((resolve) => (answer = resolve)) });
    const requests = bench.api.requests.length;
    const running = bench.deliver(older);
    await expect.poll(() => bench.api.requests.length).toBe(requests + 1);
    const newer = await bench.drop('overtaken/', { name: 'Newer voice' });
    await bench.deliver(newer, bench.handler());
    answer();
    expect(await running).toEqual([]);
    expect(await bench.result('overtaken/')).toMatchObject({
      upload: uploadOf(newer),
      voices: [{ name: 'Newer voice' }],
    });
  });
});

describe('a function that died', () => {
  it('before it sent anything: the next delivery clones', async () => {
    const record = await dropLeftIn('died-before/', 'claimed', { leaseUntil: past() });
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(1);
    expect((await bench.result('died-before/')).status).toBe('succeeded');
  });

  it('during the call: nobody calls again, and the person is told to look', async () => {
    const record = await dropLeftIn('died-during/', 'posting', { leaseUntil: past() });
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    const { status, error } = await bench.result('died-during/');
    expect(status).toBe('unknown');
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(error?.message).toMatch(/Look at your voices in Callers, and upload manifest.json again only if/);
  });

  it('while the API was at work: what it had written beforehand keeps the next delivery from calling', async () => {
    const record = await bench.drop('died-waiting/');
    let answer = () => {};
    bench.api.behaveNext({ kind: 'hold', until: new Promise<void>((resolve) => (answer = resolve)) });
    const requests = bench.api.requests.length;
    const dying = bench.deliver(record);
    await expect.poll(() => bench.api.requests.length).toBe(requests + 1);
    expect((await claimIn('died-waiting/')).claim.state).toBe('posting');

    const anHourLater = bench.handler({}, { now: () => new Date(Date.now() + 3_600_000) });
    expect(await bench.deliver(record, anHourLater)).toEqual([]);
    expect(bench.api.requests).toHaveLength(requests + 1);
    expect((await bench.result('died-waiting/')).status).toBe('unknown');
    answer();
    await dying;
  });

  it.each(['claimed', 'posting'] as const)('is not taken for dead while it may live (%s)', async (state) => {
    const record = await dropLeftIn(`alive-${state}/`, state, { leaseUntil: future() });
    const before = bench.api.requests.length;
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(bench.api.requests).toHaveLength(before);
  });

  it('five times before it sent anything: GAVE_UP', async () => {
    const record = await dropLeftIn('gave-up/', 'claimed', { leaseUntil: past(), attempt: 5 });
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    expect(await bench.result('gave-up/')).toMatchObject({ status: 'failed', error: { code: 'GAVE_UP' } });
  });

  it('during the call, with a sample replaced since: still nobody calls again', async () => {
    const record = await dropLeftIn('died-replaced/', 'posting', { leaseUntil: past() });
    await bench.put('died-replaced/one.wav', wav(5_000));
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    expect((await bench.result('died-replaced/')).status).toBe('unknown');
  });
});

describe('a function that died during the call, in a folder that was changed since', () => {
  it.each([
    ['a sample deleted', async (folder: string) => bench.remove(`${folder}one.wav`)],
    ['a sample emptied', async (folder: string) => bench.put(`${folder}one.wav`, '')],
  ])('%s: the outcome is unknown, not failed', async (what, change) => {
    const folder = `died, ${what}/`;
    const record = await dropLeftIn(
      folder,
      'posting',
      { leaseUntil: past() },
      { files: ['one.wav', 'two.wav'] },
    );
    await change(folder);
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result(folder)).status).toBe('unknown');
  });
});

describe('uploading the manifest again', () => {
  it.each([
    ['failed', { kind: 'answer', status: 400 }],
    ['unknown', { kind: 'answer', status: 500, created: false }],
  ] as const)('after %s tries again', async (status, behavior) => {
    bench.api.behaveNext(behavior);
    await bench.deliver(await bench.drop(`retry-${status}/`));
    expect((await bench.result(`retry-${status}/`)).status).toBe(status);
    const again = await bench.drop(`retry-${status}/`);
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(1);
    expect(await bench.result(`retry-${status}/`)).toMatchObject({
      status: 'succeeded',
      upload: uploadOf(again),
    });
  });

  it('before an unknown outcome was there to be seen is no wish to try again', async () => {
    const first = await bench.drop('impatient/');
    const second = await bench.drop('impatient/');
    bench.api.behaveNext({ kind: 'answer', status: 500, created: true });
    await bench.deliver(first);
    expect(await voicesMadeBy(() => bench.deliver(second))).toBe(0);
    expect(await bench.result('impatient/')).toMatchObject({ status: 'unknown', upload: uploadOf(second) });
  });
});

describe('an invocation with too little time', () => {
  it('sends nothing, and leaves the message for another', async () => {
    const record = await bench.drop('short/');
    const handler = bench.handler();
    const before = bench.api.requests.length;
    const response = await handler({ Records: [record] }, context(60));
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: record.messageId }] });
    expect(bench.api.requests).toHaveLength(before);
    expect(await bench.keys('short/.voice-clone/')).toEqual([]);
  });
});
