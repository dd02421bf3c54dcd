import { CopyObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { SQSRecord } from 'aws-lambda';
import { hashOf } from '../../voice-folder/identity.ts';
import type { Attempt, Ended, Ledger } from '../../voice-folder/ledger-schema.ts';
import { againMark } from '../../voice-folder/mark.ts';
import { readResult } from '../../voice-folder/s3/result-file.ts';
import { normalSequencer } from '../../voice-folder/upload.ts';
import { context, files, later, startBench, uploadedLater } from '../support/bench.ts';
import type { Fault } from '../support/s3-proxy.ts';
import { wav } from '../support/wav.ts';

const bench = await startBench();
afterAll(() => bench.close());

const voicesMadeBy = async (action: () => Promise<unknown>) => {
  const before = bench.api.voices.length;
  await action();
  return bench.api.voices.length - before;
};

const sequencerOf = (record: SQSRecord): string => JSON.parse(record.body).Records[0].s3.object.sequencer;
const uploadOf = (record: SQSRecord): string => normalSequencer(sequencerOf(record));

/** The record with another sequencer for the same upload. */
const withSequencer = (record: SQSRecord, change: (sequencer: string) => string): SQSRecord => ({
  ...record,
  body: record.body.replace(sequencerOf(record), change(sequencerOf(record))),
});

const past = () => new Date(Date.now() - 60_000).toISOString();
const future = () => new Date(Date.now() + 600_000).toISOString();

/** A drop whose function died: the ledger that it left behind says how far it had come. */
async function dropLeftIn(
  folder: string,
  state: Attempt['state'],
  { leaseUntil = past(), number = 1 } = {},
  manifest?: object,
) {
  const record = await bench.drop(folder, { name: 'Amelia', ...manifest });
  bench.api.behaveNext({ kind: 'answer', status: 400 });
  await bench.deliver(record);
  const { fingerprint, shape, ...rest } = (await bench.ledger(folder))?.ended[0]?.drop ?? {};
  if (!fingerprint || !shape) throw new Error('The drop was not sent');
  const drop = { ...rest, fingerprint, shape } as Attempt['drop'];
  const since = new Date().toISOString();
  await bench.putLedger(folder, {
    attempt: { state, owner: 'a dead one', leaseUntil, number, since, drop },
    ended: [],
  });
  await bench.remove(`${folder}result.json`);
  return record;
}

describe('one drop makes one voice', () => {
  it('when its ledger is lost, and its event is delivered again', async () => {
    const record = await bench.drop('lost/');
    await bench.deliver(record);
    await bench.putLedger('lost/', { ended: [] });
    expect(await voicesMadeBy(async () => expect(await bench.deliver(record)).toEqual([]))).toBe(0);
    expect((await bench.result('lost/')).status).toBe('succeeded');
  });

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

  it('when its event is delivered 50 times at once, to separate functions', async () => {
    const record = await bench.drop('fifty/');
    const handlers = Array.from({ length: 50 }, () => bench.handler());
    let done = 0;
    expect(
      await voicesMadeBy(async () => {
        // On a busy machine, all 50 may exceed the time limit of their S3 requests; then the queue delivers again.
        for (let round = 0; round < 5 && done === 0; round++) {
          const failures = await Promise.all(handlers.map((handler) => bench.deliver(record, handler)));
          done = failures.filter((failed) => failed.length === 0).length;
        }
      }),
    ).toBe(1);
    expect(done).toBeGreaterThanOrEqual(1);
    // A deferred delivery finds it done.
    expect(
      await voicesMadeBy(() => Promise.all(handlers.map((handler) => bench.deliver(record, handler)))),
    ).toBe(0);
    expect((await bench.result('fifty/')).status).toBe('succeeded');
  });

  it('when S3’s answers to every write are lost', async () => {
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

describe('people who sync make one voice', () => {
  it('when `sync --delete` removes the result, and the folder is dropped again', async () => {
    const first = await bench.drop('synced/');
    await bench.deliver(first);
    const voices = (await bench.result('synced/')).voices;
    const known = ['synced/manifest.json', 'synced/one.wav', 'synced/two.wav'];
    for (const key of await bench.keys('synced/')) if (!known.includes(key)) await bench.remove(key);
    const again = uploadedLater(await bench.drop('synced/'));
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(0);
    expect(await bench.result('synced/')).toMatchObject({ status: 'succeeded', voices });
  });

  it('and find nothing in the folder but their own files and the result', async () => {
    await bench.deliver(await bench.drop('tidy/'));
    expect(await bench.keys('tidy/')).toEqual([
      'tidy/manifest.json',
      'tidy/one.wav',
      'tidy/result.json',
      'tidy/two.wav',
    ]);
  });

  it.each([
    ['in small letters', (sequencer: string) => sequencer.toLowerCase()],
    ['with zeros at its end', (sequencer: string) => `${sequencer}0000`],
  ])('when the same event comes %s', async (what, change) => {
    const folder = `sequencer ${what}/`;
    bench.api.behaveNext({ kind: 'answer', status: 500, created: true });
    const record = await bench.drop(folder);
    await bench.deliver(record);
    const same = uploadedLater(withSequencer(record, change));
    expect(await voicesMadeBy(() => bench.deliver(same))).toBe(0);
  });
});

describe('a person who was not told', () => {
  /** The API made the voice and answered 502; the process died before it wrote the result. */
  async function unknownUnseen(folder: string) {
    bench.api.behaveNext({ kind: 'answer', status: 502, created: true });
    await bench.deliver(await bench.drop(folder));
    await bench.remove(`${folder}result.json`);
  }

  it('and uploads again is told first and pays nothing; the next upload tries again', async () => {
    await unknownUnseen('unseen/');
    const second = uploadedLater(await bench.drop('unseen/'));
    expect(await voicesMadeBy(() => bench.deliver(second))).toBe(0);
    expect(await bench.result('unseen/')).toMatchObject({ status: 'unknown', upload: uploadOf(second) });

    const third = uploadedLater(await bench.drop('unseen/'));
    expect(await voicesMadeBy(() => bench.deliver(third))).toBe(1);
    expect(await bench.result('unseen/')).toMatchObject({
      status: 'succeeded',
      earlier: [{ status: 'unknown' }],
    });
  });

  it('because the result came after the upload, whatever the clock of the function says', async () => {
    const manifest = { name: 'Amelia', files: ['one.wav'] };
    const first = await bench.drop('clock/', manifest);
    let answer = () => {};
    bench.api.behaveNext({ kind: 'hold', until: new Promise<void>((resolve) => (answer = resolve)) });
    const requests = bench.api.requests.length;
    const running = bench.deliver(first, bench.handler({ CLONE_TIMEOUT_SECONDS: '3' }, later(-30)));
    await expect.poll(() => bench.api.requests.length).toBe(requests + 1);
    const during = await bench.drop('clock/', manifest);
    await running;
    answer();
    expect((await bench.result('clock/')).status).toBe('unknown');
    expect(await voicesMadeBy(() => bench.deliver(during))).toBe(0);
    expect(await bench.result('clock/')).toMatchObject({ status: 'unknown', upload: uploadOf(during) });
  });

  it('about these samples, but about others that ended in the same second, is told first', async () => {
    const folder = 'same second/';
    const [first, second] = ['one.wav', 'two.wav'].map((name) => ({ name: 'Amelia', files: [name] })) as [
      object,
      object,
    ];
    for (const manifest of [first, second]) {
      bench.api.behaveNext({ kind: 'answer', status: 502, created: true });
      await bench.deliver(await bench.drop(folder, manifest));
    }
    const { finishedAt } = await bench.result(folder);
    const { ended } = (await bench.ledger(folder)) ?? { ended: [] };
    await bench.putLedger(folder, { ended: ended.map((each) => ({ ...each, finishedAt })) });

    const again = uploadedLater(await bench.drop(folder, first));
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(0);
    expect(await bench.result(folder)).toMatchObject({ status: 'unknown', upload: uploadOf(again) });
    const heard = uploadedLater(await bench.drop(folder, first));
    expect(await voicesMadeBy(() => bench.deliver(heard))).toBe(1);
  });

  it('about an earlier voice finds it in the next result', async () => {
    const first = await dropLeftIn('hidden/', 'posting');
    await bench.put('hidden/one.wav', wav(5_000));
    const second = uploadedLater(await bench.drop('hidden/', undefined, { 'one.wav': wav(5_000) }));
    expect(await voicesMadeBy(() => bench.deliver(second))).toBe(1);
    expect(await bench.result('hidden/')).toMatchObject({
      status: 'succeeded',
      samples: [{ name: 'one.wav', size: 5_000 }, { name: 'two.wav' }],
      earlier: [{ status: 'unknown', upload: uploadOf(first) }],
    });
    // And the older message makes no voice.
    expect(await voicesMadeBy(() => bench.deliver(first))).toBe(0);
    expect((await bench.result('hidden/')).upload).toBe(uploadOf(second));
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

  it('one after the other: the newer one waits, and its result names the older voice', async () => {
    const older = await bench.drop('overtaken/', { name: 'Older voice' });
    let answer = () => {};
    bench.api.behaveNext({ kind: 'hold', until: new Promise<void>((resolve) => (answer = resolve)) });
    const made = bench.api.voices.length;
    const running = bench.deliver(older);
    await expect.poll(() => bench.api.voices.length).toBe(made + 1);
    const newer = await bench.drop('overtaken/', { name: 'Newer voice' });
    expect(await bench.deliver(newer, bench.handler())).toEqual([newer.messageId]);
    answer();
    expect(await running).toEqual([]);
    expect((await bench.result('overtaken/')).voices?.[0]?.name).toBe('Older voice');
    expect(await bench.deliver(newer)).toEqual([]);
    expect(await bench.result('overtaken/')).toMatchObject({
      upload: uploadOf(newer),
      voices: [{ name: 'Newer voice' }],
      earlier: [{ status: 'succeeded', upload: uploadOf(older), voices: [{ name: 'Older voice' }] }],
    });
  });
});

describe('a function that died', () => {
  it('before the end was sent: the next delivery clones', async () => {
    const record = await dropLeftIn('died-before/', 'claimed');
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(1);
    expect((await bench.result('died-before/')).status).toBe('succeeded');
  });

  it('during the call: nobody calls again, and the person is told to look', async () => {
    const record = await dropLeftIn('died-during/', 'posting');
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    const { status, error } = await bench.result('died-during/');
    expect(status).toBe('unknown');
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(error?.message).toMatch(/Check your voices in Callers, and upload manifest.json again only if/);
  });

  it('while the API was working: its ledger keeps the next delivery from calling', async () => {
    const record = await bench.drop('died-waiting/');
    let answer = () => {};
    bench.api.behaveNext({ kind: 'hold', until: new Promise<void>((resolve) => (answer = resolve)) });
    const made = bench.api.voices.length;
    const dying = bench.deliver(record);
    await expect.poll(() => bench.api.voices.length).toBe(made + 1);
    expect((await bench.ledger('died-waiting/'))?.attempt?.state).toBe('posting');
    expect((await bench.result('died-waiting/')).status).toBe('cloning');

    const requests = bench.api.requests.length;
    expect(await bench.deliver(record, bench.handler({}, later(3_600)))).toEqual([]);
    expect(bench.api.requests).toHaveLength(requests);
    expect((await bench.result('died-waiting/')).status).toBe('unknown');

    // It was not dead, and knows the outcome.
    answer();
    expect(await dying).toEqual([]);
    expect((await bench.result('died-waiting/')).status).toBe('succeeded');
    const again = uploadedLater(await bench.drop('died-waiting/'));
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(0);
  });

  it('or was frozen while the samples were uploading makes no voice once it comes back', async () => {
    const folder = 'frozen/';
    const record = await bench.drop(folder, { name: 'Amelia' }, { 'large.wav': wav(20_000_000) });
    let goOn = () => {};
    const thawed = new Promise<void>((resolve) => (goOn = resolve));
    let isFrozen = false;
    bench.proxy.intercept = async (request): Promise<Fault> => {
      if (request.endsWith('/large.wav') && !isFrozen) {
        isFrozen = true;
        await thawed;
      }
      return 'pass';
    };
    const frozen = bench.deliver(record);
    await expect.poll(async () => (await bench.ledger(folder))?.attempt?.state).toBe('claimed');
    expect(await voicesMadeBy(() => bench.deliver(record, bench.handler({}, later(3_600))))).toBe(1);
    expect(
      await voicesMadeBy(async () => {
        goOn();
        await frozen;
      }),
    ).toBe(0);
    bench.proxy.intercept = () => 'pass';
    expect((await bench.result(folder)).status).toBe('succeeded');
  });

  it.each(['claimed', 'posting'] as const)(
    'is not considered dead before its lease ends (%s)',
    async (state) => {
      // Under a name of its own: other folders wait for what may be their recordings.
      const manifest = { name: `Alive, ${state}` };
      const record = await dropLeftIn(`alive-${state}/`, state, { leaseUntil: future() }, manifest);
      const before = bench.api.requests.length;
      expect(await bench.deliver(record)).toEqual([record.messageId]);
      expect(bench.api.requests).toHaveLength(before);
    },
  );

  it.each([
    ['claimed', 'succeeded'],
    ['posting', 'unknown'],
  ] as const)(
    'is considered dead if its lease ends in years: S3’s clock was wrong (%s)',
    async (state, status) => {
      const folder = `wrong lease, ${state}/`;
      const leaseUntil = '2099-01-01T00:00:00.000Z';
      const record = await dropLeftIn(folder, state, { leaseUntil }, { name: `Years, ${state}` });
      expect(await bench.deliver(record)).toEqual([]);
      expect((await bench.result(folder)).status).toBe(status);
    },
  );

  it('keeps its lease by S3’s clock, whatever its host’s says', async () => {
    const folder = 'clock of the host/';
    const record = await bench.drop(folder);
    let answer = () => {};
    bench.api.behaveNext({ kind: 'hold', until: new Promise<void>((resolve) => (answer = resolve)) });
    const anHour = 3_600_000;
    const real = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => real() - anHour);
    const made = bench.api.voices.length;
    const running = bench.deliver(record, bench.handler());
    await expect.poll(() => bench.api.voices.length).toBe(made + 1);
    vi.restoreAllMocks();
    const { leaseUntil = '' } = (await bench.ledger(folder))?.attempt ?? {};
    expect(Date.parse(leaseUntil)).toBeGreaterThan(Date.now() + 600_000);
    answer();
    await running;
  });

  it('five times before the end was sent: GAVE_UP', async () => {
    const record = await dropLeftIn('gave-up/', 'claimed', { number: 5 });
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    expect(await bench.result('gave-up/')).toMatchObject({ status: 'failed', error: { code: 'GAVE_UP' } });
  });

  it.each([
    ['a sample replaced', (folder: string) => bench.put(`${folder}one.wav`, wav(5_000))],
    ['a sample deleted', (folder: string) => bench.remove(`${folder}one.wav`)],
    ['a sample emptied', (folder: string) => bench.put(`${folder}one.wav`, '')],
    ['the manifest deleted', (folder: string) => bench.remove(`${folder}manifest.json`)],
  ])('during the call, with %s since: the unknown result describes what was sent', async (what, change) => {
    const folder = `died, ${what}/`;
    const record = await dropLeftIn(folder, 'posting', {}, { files: ['one.wav', 'two.wav'] });
    await change(folder);
    expect(await voicesMadeBy(async () => expect(await bench.deliver(record)).toEqual([]))).toBe(0);
    expect(await bench.result(folder)).toMatchObject({
      status: 'unknown',
      samples: [
        { name: 'one.wav', size: 3_000 },
        { name: 'two.wav', size: 4_000 },
      ],
    });
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
    const again = uploadedLater(await bench.drop(`retry-${status}/`));
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(1);
    expect(await bench.result(`retry-${status}/`)).toMatchObject({
      status: 'succeeded',
      upload: uploadOf(again),
    });
  });

  it('after unknown, and again after the failure of that, tries again each time', async () => {
    const folder = 'unknown, failed/';
    const retryWith = async (status: number, seconds: number) => {
      if (status !== 201) bench.api.behaveNext({ kind: 'answer', status, created: false });
      const record = uploadedLater(await bench.drop(folder));
      const before = bench.api.requests.length;
      await bench.deliver(record, bench.handler({}, later(seconds)));
      return [bench.api.requests.length - before, (await bench.result(folder)).status];
    };
    expect(await retryWith(500, 0)).toEqual([1, 'unknown']);
    expect(await retryWith(400, 60)).toEqual([1, 'failed']);
    expect(await retryWith(400, 120)).toEqual([1, 'failed']);
    expect(await retryWith(201, 180)).toEqual([1, 'succeeded']);
  });

  it.each([0, 1])(
    '%d seconds after an unknown outcome was shown, which nobody can have read, does not',
    async (seconds) => {
      const folder = `soon ${seconds}/`;
      bench.api.behaveNext({ kind: 'answer', status: 500, created: true });
      await bench.deliver(await bench.drop(folder));
      const { lastModified } = (await bench.head(`${folder}result.json`)) ?? { lastModified: new Date() };
      const again = await bench.drop(folder);
      const soon = {
        ...again,
        body: again.body.replace(
          /"eventTime":"[^"]+"/,
          `"eventTime":"${new Date(lastModified.getTime() + seconds * 1000 + 999).toISOString()}"`,
        ),
      };
      expect(await voicesMadeBy(() => bench.deliver(soon))).toBe(0);
      expect(await bench.result(folder)).toMatchObject({ status: 'unknown', upload: uploadOf(again) });
    },
  );

  it('by copying it onto itself after an unknown outcome does not, as rclone does after `touch`', async () => {
    const Key = 'touched/manifest.json';
    bench.api.behaveNext({ kind: 'answer', status: 500, created: true });
    await bench.deliver(await bench.drop('touched/'));
    await bench.s3.send(
      new CopyObjectCommand({
        Bucket: bench.aws.bucket,
        Key,
        CopySource: `${bench.aws.bucket}/${Key}`,
        MetadataDirective: 'REPLACE',
      }),
    );
    const copied = uploadedLater(await bench.nextMessage(Key));
    expect(await voicesMadeBy(() => bench.deliver(copied))).toBe(0);
    expect(await bench.result('touched/')).toMatchObject({ status: 'unknown', upload: uploadOf(copied) });
    const again = uploadedLater(await bench.drop('touched/'));
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(1);
  });

  it('before an unknown outcome was shown, to a bucket from which it is replicated later, does not', async () => {
    bench.api.behaveNext({ kind: 'answer', status: 500, created: true });
    await bench.deliver(await bench.drop('replica/'));
    const again = uploadedLater(await bench.drop('replica/'));
    bench.proxy.headersOf = () => ({ 'x-amz-replication-status': 'REPLICA' });
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(0);
    bench.proxy.headersOf = () => ({});
    expect(await bench.result('replica/')).toMatchObject({ status: 'unknown', upload: uploadOf(again) });
  });

  it('before an unknown outcome was shown does not try again', async () => {
    const first = await bench.drop('impatient/');
    const second = await bench.drop('impatient/');
    bench.api.behaveNext({ kind: 'answer', status: 500, created: true });
    await bench.deliver(first);
    expect(await voicesMadeBy(() => bench.deliver(second))).toBe(0);
    expect(await bench.result('impatient/')).toMatchObject({ status: 'unknown', upload: uploadOf(second) });
  });
});

describe('the ledger', () => {
  /** The ledger of a folder with one voice, and what another drop of it looks like there. */
  async function firstDrop(folder: string): Promise<Ended> {
    await bench.deliver(await bench.drop(folder));
    const [voice] = (await bench.ledger(folder))?.ended ?? [];
    if (voice?.ending.status !== 'succeeded') throw new Error('There is no voice');
    return voice;
  }

  const others = (voice: Ended, count: number, change: (index: number) => Partial<Ended>): Ended[] =>
    Array.from({ length: count }, (_each, index) => ({
      ...voice,
      owner: String(index),
      recordings: hashOf(['recordings', index]),
      finishedAt: new Date(Date.parse(voice.finishedAt) + index).toISOString(),
      ...change(index),
      drop: {
        ...voice.drop,
        upload: `0000${index}`,
        fingerprint: hashOf([index]),
        shape: hashOf(['shape', index]),
      },
    }));

  it('remembers voices, and forgets failures', async () => {
    const folder = 'many/';
    const voice = await firstDrop(folder);
    const ending = {
      status: 'failed',
      fault: { code: 'API_REJECTED', message: 'No. '.repeat(50) },
    } as const;
    await bench.putLedger(folder, { ended: [voice, ...others(voice, 600, () => ({ ending }))] });
    const changed = uploadedLater(await bench.drop(folder, { name: 'Another' }));
    await bench.deliver(changed);
    const ledger = await bench.ledger(folder);
    expect(JSON.stringify(ledger).length).toBeLessThan(20 * 1024);
    expect(ledger?.ended[0]?.ending.status).toBe('succeeded');
    // And the voice of the first drop is not paid for again.
    const back = uploadedLater(await bench.drop(folder));
    expect(await voicesMadeBy(() => bench.deliver(back))).toBe(0);
  });

  it('remembers a thousand voices of a thousand samples in 256 KiB; the oldest is not paid for again', async () => {
    const folder = 'thousand/';
    const voice = await firstDrop(folder);
    const samples = Array.from({ length: 1_000 }, (_, index) => ({
      name: `${'n'.repeat(1_000)}${index}`,
      size: 1,
    }));
    const more = others(voice, 999, () => ({})).map((each) => ({ ...each, drop: { ...each.drop, samples } }));
    await bench.putLedger(folder, { ended: [voice, ...more] });
    const back = uploadedLater(await bench.drop(folder));
    expect(await voicesMadeBy(() => bench.deliver(back))).toBe(0);
    expect((await bench.storedLedger(folder))?.length).toBeLessThan(256 * 1024);
    expect(await bench.result(folder)).toMatchObject({ status: 'succeeded', voices: [{ name: 'Amelia' }] });
  });

  it('that has no room for another voice refuses the drop before it is paid for', async () => {
    const folder = 'full/';
    const voice = await firstDrop(folder);
    await bench.putLedger(folder, { ended: [voice, ...others(voice, 2_500, () => ({}))] });
    const changed = uploadedLater(await bench.drop(folder, { name: 'Another' }));
    expect(await voicesMadeBy(() => bench.deliver(changed))).toBe(0);
    expect(await bench.result(folder)).toMatchObject({
      status: 'failed',
      error: { code: 'TOO_LARGE', message: expect.stringMatching(/2501 voices.*new folder/) },
    });
  });

  it('holds no more than fits, whatever the API answers', async () => {
    const folder = 'numbers/';
    const settings = { numbers: Array.from({ length: 150_000 }, (_, index) => index) };
    bench.api.behaveNext({
      kind: 'answer',
      status: 201,
      body: [{ id: 'i', voiceId: 'v', name: 'Amelia', settings }],
    });
    expect(await bench.deliver(await bench.drop(folder))).toEqual([]);
    expect(await bench.result(folder)).toMatchObject({
      status: 'succeeded',
      voices: [{ id: 'i', settings }],
    });
    const name = { bucket: bench.aws.bucket, key: `${folder}result.json` };
    expect((await readResult(bench.s3, name))?.result?.status).toBe('succeeded');
    expect((await bench.storedLedger(folder))?.length).toBeLessThan(256 * 1024);
    const again = uploadedLater(await bench.drop(folder));
    expect(await voicesMadeBy(async () => expect(await bench.deliver(again)).toEqual([]))).toBe(0);
  });

  it('that is invalid stops the folder, and nothing is sent', async () => {
    const record = await bench.drop('no-ledger/');
    await bench.putLedger('no-ledger/', '{"ended":"free for all"}');
    const before = bench.api.requests.length;
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(bench.api.requests).toHaveLength(before);
  });

  it('that is damaged is reported in the folder, with the voices that were shown there', async () => {
    const folder = 'damaged/';
    await firstDrop(folder);
    const id = (await bench.result(folder)).voices?.[0]?.id;
    await bench.putLedger(folder, '{"ended":[{');
    const changed = uploadedLater(await bench.drop(folder, { name: 'Another' }));
    // To the dead-letter queue, though the folder has its result.
    for (const _ of [1, 2, 3]) expect(await bench.deliver(changed)).toEqual([changed.messageId]);
    const { status, error, earlier } = await bench.result(folder);
    expect([status, error?.code]).toEqual(['failed', 'LEDGER_REFUSED']);
    expect(error?.message).toMatch(
      /^The ledger of this folder is damaged\. Ask your administrator to restore/,
    );
    expect(error).not.toHaveProperty('reason');
    expect(earlier).toMatchObject([{ status: 'succeeded', voices: [{ id }] }]);

    // Restored to when it was empty: the first recordings are not paid for again.
    await bench.putLedger(folder, { ended: [] });
    const again = uploadedLater(await bench.drop(folder));
    expect(await voicesMadeBy(async () => expect(await bench.deliver(again)).toEqual([]))).toBe(0);
    expect(await bench.result(folder)).toMatchObject({ status: 'succeeded', voices: [{ id }] });
  });

  it('of a newer version of the function, with words that this one lacks, is reported in the folder', async () => {
    const folder = 'newer version/';
    // Under a name of its own, as below.
    const manifest = { name: 'Newer version' };
    const record = await bench.drop(folder, manifest);
    await bench.deliver(record);
    const { ended } = (await bench.ledger(folder)) as Ledger;
    const ending = { status: 'unknown', fault: { code: 'OF_A_NEWER_VERSION' } };
    await bench.putLedger(folder, JSON.stringify({ ended: ended.map((each) => ({ ...each, ending })) }));
    await bench.remove(`${folder}result.json`);
    for (const upload of [record, uploadedLater(await bench.drop(folder, manifest))]) {
      expect(await voicesMadeBy(() => bench.deliver(upload))).toBe(0);
      expect(await bench.result(folder)).toMatchObject({
        status: 'failed',
        error: { code: 'LEDGER_REFUSED' },
      });
    }
  });

  it.each([
    ['OUTCOME_UNKNOWN', 'unknown', { cause: { kind: 'of a newer version' } }],
    ['ACCESS_DENIED', 'failed', { name: 'one.wav', because: 'of a newer version' }],
    ['API_REJECTED', 'failed', { message: 'No', by: 'of a newer version' }],
  ])(
    'of a newer version, which knows another cause of %s, is told in words',
    async (code, status, details) => {
      const folder = `newer ${code}/`;
      const record = await bench.drop(folder, { name: `Newer ${code}` });
      await bench.deliver(record);
      const { ended } = (await bench.ledger(folder)) as Ledger;
      const ending = { status, fault: { code, ...details } };
      await bench.putLedger(folder, JSON.stringify({ ended: ended.map((each) => ({ ...each, ending })) }));
      await bench.remove(`${folder}result.json`);
      expect(await bench.deliver(record)).toEqual([]);
      const { error } = await bench.result(folder);
      expect(error?.code).toBe(code);
      expect(error?.message).not.toMatch(/undefined/);
    },
  );

  it.each([
    ['a number', [1, 'f', 's', '', '2026-01-01T00:00:00Z', []]],
    ['a voice without a list', ['01', 'f', 's', '', '2026-01-01T00:00:00Z', ['id']]],
    ['a voice without text', ['01', 'f', 's', '', '2026-01-01T00:00:00Z', [[1, null, {}]]]],
  ])('whose old drops somebody edited is damaged, too: %s', async (what, old) => {
    const folder = `edited ${what}/`;
    const record = await bench.drop(folder, { name: `Edited, ${what}` });
    await bench.putLedger(folder, JSON.stringify({ old: [old], ended: [] }));
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect((await bench.result(folder)).error?.code).toBe('LEDGER_REFUSED');
  });

  it('that is damaged while the voice is made: the voice is told', async () => {
    const folder = 'damaged meanwhile/';
    // Under a name of its own: other folders with what may be these recordings could not be cloned.
    const record = await bench.drop(folder, { name: 'Meanwhile' });
    let answer = () => {};
    bench.api.behaveNext({ kind: 'hold', until: new Promise<void>((resolve) => (answer = resolve)) });
    const made = bench.api.voices.length;
    const running = bench.deliver(record);
    await expect.poll(() => bench.api.voices.length).toBe(made + 1);
    await bench.putLedger(folder, 'garbage');
    answer();
    await running;
    expect(await bench.result(folder)).toMatchObject({
      status: 'succeeded',
      voices: [{ id: bench.api.voices[made]?.id }],
    });
  });

  it('that is damaged after the function died: the folder says so, once it cannot be sending any more', async () => {
    const folder = 'damaged and dead/';
    const record = await dropLeftIn(folder, 'claimed', {}, { name: 'Damaged' });
    const { drop } = (await bench.ledger(folder))?.attempt ?? {};
    const cloning = { status: 'cloning', message: 'The voice is being cloned.', since: past(), ...drop };
    await bench.put(`${folder}result.json`, JSON.stringify(cloning));
    await bench.putLedger(folder, 'garbage');
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect((await bench.result(folder)).status).toBe('cloning');
    expect(await bench.deliver(record, bench.handler({}, later(1_000)))).toEqual([record.messageId]);
    expect((await bench.result(folder)).error?.code).toBe('LEDGER_REFUSED');
  });
});

describe('a ledger that was put back to an older version', () => {
  it.each([
    ['before the voice', (): Ledger => ({ ended: [] })],
    [
      'when the voice was about to be made',
      (ledger: Ledger): Ledger => {
        const drop = ledger.ended[0]?.drop as Attempt['drop'];
        const owner = { owner: 'o', leaseUntil: past(), number: 1, since: past() };
        return { attempt: { state: 'claimed', ...owner, drop }, ended: [] };
      },
    ],
  ])('%s: the voice in result.json is not paid for again', async (what, older) => {
    const folder = `put back ${what}/`;
    const first = await bench.drop(folder);
    await bench.deliver(first);
    const { voices } = await bench.result(folder);
    await bench.putLedger(folder, older((await bench.ledger(folder)) ?? { ended: [] }));
    expect(await voicesMadeBy(() => bench.deliver(first))).toBe(0);
    for (const _ of [1, 2]) {
      const again = uploadedLater(await bench.drop(folder));
      expect(await voicesMadeBy(async () => expect(await bench.deliver(again)).toEqual([]))).toBe(0);
      const upload = uploadOf(again);
      expect(await bench.result(folder)).toMatchObject({ status: 'succeeded', upload, voices });
    }
    // Others can write result.json, so the ledger does not learn from it.
    expect((await bench.ledger(folder))?.ended).toEqual([]);
  });

  it('hides no voice that result.json shows, and none is paid for again', async () => {
    const folder = 'put back twice/';
    const [amelia, bertram, clara] = ['Amelia', 'Bertram', 'Clara'].map((name) => ({
      name,
      files: ['one.wav'],
    })) as [object, object, object];
    for (const manifest of [amelia, bertram]) await bench.deliver(await bench.drop(folder, manifest));
    await bench.putLedger(folder, { ended: [] });
    const third = uploadedLater(await bench.drop(folder, clara));
    expect(await voicesMadeBy(() => bench.deliver(third))).toBe(1);
    const others = async () => (await bench.result(folder)).earlier?.length;
    expect(await others()).toBe(2);
    for (const manifest of [amelia, bertram, clara]) {
      const again = uploadedLater(await bench.drop(folder, manifest));
      expect(await voicesMadeBy(() => bench.deliver(again))).toBe(0);
      expect((await bench.result(folder)).status).toBe('succeeded');
      expect(await others()).toBe(2);
    }
  });

  it('makes another voice for who asks for one', async () => {
    const folder = 'put back and again/';
    await bench.deliver(await bench.drop(folder));
    await bench.putLedger(folder, { ended: [] });
    const name = { bucket: bench.aws.bucket, key: `${folder}manifest.json` };
    const Metadata = againMark(name, await bench.result(folder));
    const command = {
      Bucket: name.bucket,
      Key: name.key,
      Body: JSON.stringify({ name: 'Amelia' }),
      Metadata,
    };
    await bench.s3.send(new PutObjectCommand(command));
    const again = await bench.nextMessage(name.key);
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(1);
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(0);
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
    expect(await bench.ledger('short/')).toBeUndefined();
  });
});
