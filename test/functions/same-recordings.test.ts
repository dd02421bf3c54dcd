import { crc32 } from 'node:zlib';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { SQSRecord } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CloneVoiceHandler } from '../../functions/clone-voice/handler.ts';
import { createS3Clock } from '../../functions/clone-voice/s3-clock.ts';
import type { CompleteDrop, Ended } from '../../voice-folder/ledger-schema.ts';
import { sameShapeOf } from '../../voice-folder/names.ts';
import { againMark, markOf, seenMark } from '../../voice-folder/mark.ts';
import { type Bench, later, spokenIn, startBench, uploadedLater } from '../support/bench.ts';
import { API_KEY } from '../support/api-key.ts';
import { s3Answers } from '../support/s3-answers.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';
import { wav } from '../support/wav.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());
afterEach(() => {
  bench.proxy.headersOf = () => ({});
  bench.proxy.intercept = () => 'pass';
});

const voicesMadeBy = async (action: () => Promise<unknown>) => {
  const before = bench.api.voices.length;
  await action();
  return bench.api.voices.length - before;
};

/** A recording of which every size is another one. */
const one = wav(3_100);

/** Copies a folder as `aws s3 cp --recursive` does: with metadata, the manifest in between. */
async function copy(from: string, to: string): Promise<SQSRecord> {
  for (const key of await bench.keys(from)) {
    const CopySource = encodeURI(`${bench.aws.bucket}/${key}`);
    await bench.s3.send(
      new CopyObjectCommand({ Bucket: bench.aws.bucket, Key: to + key.slice(from.length), CopySource }),
    );
  }
  return bench.nextMessage(`${to}manifest.json`);
}

/** As `aws s3 mv --recursive`. */
async function move(from: string, to: string): Promise<SQSRecord> {
  const record = await copy(from, to);
  for (const key of await bench.keys(from)) {
    await bench.s3.send(new DeleteObjectCommand({ Bucket: bench.aws.bucket, Key: key }));
  }
  return record;
}

async function cloned(folder: string, manifest: object = {}, files = { 'one.wav': one }) {
  await bench.deliver(await bench.drop(folder, { name: 'Amelia', description: folder, ...manifest }, files));
  const result = await bench.result(folder);
  if (result.status !== 'succeeded') throw new Error(`${folder} was not cloned`);
  return result;
}

const ends = (status: string, from?: string) => ({
  status,
  ...(from !== undefined && { clonedFrom: `s3://${bench.aws.bucket}/${from}` }),
});

describe('the same recordings are paid once', () => {
  it('when a finished folder is moved: its voice is reported, although its result is overwritten', async () => {
    const { voices } = await cloned('tem/');
    const record = await move('tem/', 'tem2/');
    expect(await voicesMadeBy(async () => expect(await bench.deliver(record)).toEqual([]))).toBe(0);
    expect(await bench.result('tem2/')).toMatchObject({
      ...ends('succeeded', 'tem/'),
      voices,
      manifest: { key: 'tem2/manifest.json' },
    });
    const again = await move('tem2/', 'tem3/');
    expect(await voicesMadeBy(() => bench.deliver(again))).toBe(0);
    expect(await bench.result('tem3/')).toMatchObject({ ...ends('succeeded', 'tem/'), voices });
  });

  it('without the bytes of a copy, where S3 lists equal ETags', async () => {
    await cloned('listed/', {}, { 'one.wav': wav(20_000_000) });
    const record = await copy('listed/', 'listed2/');
    // Never answered: nothing depends on it.
    bench.proxy.intercept = (request) => (request.endsWith('listed2/one.wav') ? 'never-answer' : 'pass');
    await bench.deliver(record);
    expect(await bench.result('listed2/')).toMatchObject(ends('succeeded', 'listed/'));
  });

  it('when Callers is busy, or would refuse, before it is known that the recordings are the same', async () => {
    for (const [folder, status] of [
      ['busy/', 429],
      ['refusing/', 400],
    ] as const) {
      const { voices } = await cloned(folder);
      const record = await copy(folder, `${folder}2/`);
      bench.api.behaveNext({ kind: 'answer', status, when: 'early' });
      const answered = bench.api.whenRequests(bench.api.requests.length + 1);
      // The other folder's ledger is read once Callers has answered.
      bench.proxy.intercept = async (request) => {
        if (request === `GET /voices-state/voices/${folder}ledger.json`) await answered;
        return 'pass' as const;
      };
      expect(await bench.deliver(record)).toEqual([]);
      expect(await bench.result(`${folder}2/`)).toMatchObject({ ...ends('succeeded', folder), voices });
    }
  });

  it('when a folder had many other drops since, of which several ended in one second', async () => {
    const takes = Array.from({ length: 14 }, (_, index) => wav(3_200 + index));
    const dropTake = async (take: Buffer) => {
      await bench.deliver(
        await bench.drop('takes/', { name: 'Amelia', files: ['one.wav'] }, { 'one.wav': take }),
      );
    };
    for (const take of takes) await dropTake(take);
    const again = async () => {
      for (const take of takes.slice(0, 4)) await dropTake(take);
    };
    expect(await voicesMadeBy(again)).toBe(0);
  });

  it('when a folder is renamed at home, and its samples too', async () => {
    const { voices } = await cloned('ina/', { description: 'ina' });
    const record = await bench.drop('ina2/', { description: 'ina', name: 'Amelia' }, {});
    await copyObject('ina/one.wav', 'ina2/take 1.wav');
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    expect(await bench.result('ina2/')).toMatchObject({ ...ends('succeeded', 'ina/'), voices });
  });

  it('when the name of a folder comes in another Unicode form', async () => {
    const [nfc, nfd] = ['Zoë/', 'Zoë/'.normalize('NFD')];
    await cloned(nfc, { description: 'zoe' });
    const record = await bench.drop(nfd, { description: 'zoe', name: 'Amelia' }, {});
    await copyObject(`${nfc}one.wav`, `${nfd}one.wav`);
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
  });

  it('when settings, the address of Callers or the secret are only written in another way', async () => {
    const secrets = await startSecretsManager(API_KEY);
    process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] = secrets.url;
    const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:callers';
    const settings = { name: 'Amelia', description: 'Zoë', supportedLocales: ['en-GB', 'en-US'] };
    const dropWith = async (manifest: object, secretId: string, apiUrl = bench.api.url) => {
      const environment = {
        CALLERS_API_KEY: '',
        CALLERS_API_KEY_SECRET_ID: secretId,
        CALLERS_API_URL: apiUrl,
      };
      const record = uploadedLater(await bench.drop('written/', manifest, { 'one.wav': one }));
      return voicesMadeBy(() => bench.deliver(record, bench.handler(environment)));
    };
    try {
      expect(await dropWith(settings, `${arn}-AbC123`)).toBe(1);
      const other = {
        ...settings,
        description: 'Zoë'.normalize('NFD'),
        supportedLocales: ['en-US', 'en-GB'],
      };
      expect(await dropWith(other, `${arn}-XyZ789`, `${bench.api.url}/`)).toBe(0);
      expect(await dropWith(settings, 'callers')).toBe(0);
      expect(await dropWith(settings, `${arn}-of-another-AbC123`)).toBe(1);
      expect(await dropWith(settings, 'callers-of-another')).toBe(0);
    } finally {
      secrets.close();
    }
  });

  it('when a setting is added that is the default of Callers, or nothing', async () => {
    await cloned('by default/', { description: '' });
    const manifest = {
      name: 'Amelia',
      subAccounts: false,
      supportsAllLanguages: false,
      supportedLocales: [],
    };
    const record = uploadedLater(await bench.drop('by default/', manifest, { 'one.wav': one }));
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    const changed = uploadedLater(await bench.drop('by default/', { ...manifest, subAccounts: true }, {}));
    expect(await voicesMadeBy(() => bench.deliver(changed))).toBe(1);
  });

  it('when two folders claim them at the same time', async () => {
    for (const folder of ['both 1/', 'both 2/']) await bench.put(`${folder}one.wav`, wav(3_300));
    const records = await Promise.all(
      ['both 1/', 'both 2/'].map((folder) => bench.drop(folder, { name: 'Amelia', description: 'both' }, {})),
    );
    let answer = () => {};
    bench.api.behaveNext({ kind: 'hold', until: new Promise<void>((resolve) => (answer = resolve)) });
    const voices = await voicesMadeBy(async () => {
      const first = bench.deliver(records[0] as SQSRecord, bench.handler());
      await expect.poll(async () => (await bench.ledger('both 1/'))?.attempt?.state).toBe('posting');
      expect(await bench.deliver(records[1] as SQSRecord, bench.handler())).toEqual([records[1]?.messageId]);
      answer();
      await first;
      expect(await bench.deliver(records[1] as SQSRecord)).toEqual([]);
    });
    expect(voices).toBe(1);
    expect(await bench.result('both 2/')).toMatchObject(ends('succeeded', 'both 1/'));
  });

  it('when two folders send them at the same time, under other names', async () => {
    const settings = { name: 'Amelia', description: 'at once' };
    const [first, second] = [
      await bench.drop('at once 1/', settings, { 'one.wav': wav(3_350) }),
      await bench.drop('at once 2/', settings, {}),
    ];
    await copyObject('at once 1/one.wav', 'at once 2/take at once.wav');
    let send = () => {};
    const until = new Promise<void>((resolve) => (send = resolve));
    bench.proxy.intercept = async (request) => {
      if (request === 'GET /voices/at once 1/one.wav') await until;
      return 'pass' as const;
    };
    const voices = await voicesMadeBy(async () => {
      const sending = bench.deliver(first, bench.handler());
      await expect.poll(async () => (await bench.ledger('at once 1/'))?.attempt?.state).toBe('claimed');
      for (let looks = 0; looks < 3; looks++) {
        expect(await bench.deliver(second, bench.handler())).toEqual([second.messageId]);
      }
      send();
      await sending;
      expect(await bench.deliver(second)).toEqual([]);
    });
    expect(voices).toBe(1);
    // To find out that they are the same; not again at each look.
    const sent = bench.api.requests.flatMap(({ files }) => files);
    expect(sent.filter(({ filename }) => filename === 'take at once.wav')).toHaveLength(1);
    expect(await bench.result('at once 2/')).toMatchObject(ends('succeeded', 'at once 1/'));
  });

  it('when another folder is done with them right after this one was told to wait: it is sent later', async () => {
    const description = 'told to wait';
    await cloned('other/', { description });
    const [{ drop, recordings } = { drop: undefined }] = (await bench.ledger('other/'))?.ended ?? [];
    const attempt = {
      state: 'claimed' as const,
      owner: 'another',
      leaseUntil: new Date(Date.now() + 600_000).toISOString(),
      number: 1,
      since: new Date().toISOString(),
      drop: drop as CompleteDrop,
      ...(recordings !== undefined && { recordings }),
    };
    await bench.putLedger('other/', { ended: [], attempt });
    const record = await copy('other/', 'waiting/');
    const held = Promise.withResolvers<void>();
    const looks: string[] = [];
    bench.proxy.intercept = async (request) => {
      if (request === 'GET /voices-state/voices/other/ledger.json' && looks.push(request) > 1) {
        await held.promise;
      }
      return 'pass' as const;
    };
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    await bench.putLedger('other/', { ended: [] });
    held.resolve();
    for (let reads = 0; reads < 30; reads++) {
      expect((await bench.ledger('waiting/'))?.attempt?.state).toBe('claimed');
    }
    expect(looks).toHaveLength(2);
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(1);
  });

  it('when another folder was done with them long before these were read, and its lease is over since', async () => {
    const { voices } = await cloned('quick/', { description: 'slow' });
    const done = (await bench.ledger('quick/')) ?? { ended: [] };
    const { drop } = done.ended[0] as Ended;
    const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString();
    const attempt = { state: 'claimed' as const, owner: 'another', number: 1, drop: drop as CompleteDrop };
    await bench.putLedger('quick/', {
      ended: [],
      attempt: { ...attempt, leaseUntil: minutes(5), since: minutes(0) },
    });
    const record = await bench.drop('slow/', { name: 'Amelia', description: 'slow' }, {});
    await copyObject('quick/one.wav', 'slow/renamed.wav');
    const clock = createS3Clock();
    let passed = 0;
    let looks = 0;
    const looked = Promise.withResolvers<void>();
    bench.proxy.intercept = async (request) => {
      if (request === 'GET /voices-state/voices/quick/ledger.json') {
        if (looks++ > 0) await bench.putLedger('quick/', done);
        looked.resolve();
      }
      if (request === 'GET /voices/slow/renamed.wav') {
        await looked.promise;
        passed = 10 * 60_000;
      }
      return 'pass' as const;
    };
    const slow = bench.handler(
      {},
      { clock: { ...clock, now: () => new Date(clock.now().getTime() + passed) } },
    );
    expect(await voicesMadeBy(() => bench.deliver(record, slow))).toBe(0);
    expect(await bench.result('slow/')).toMatchObject({ ...ends('succeeded', 'quick/'), voices });
  });

  it('when an outcome is unknown: the copy says so, and is sent once the person has read that', async () => {
    bench.api.behaveNext({ kind: 'answer', status: 504, created: true });
    await bench.deliver(
      await bench.drop('doubt/', { name: 'Amelia', description: 'doubt' }, { 'one.wav': one }),
    );
    const record = await copy('doubt/', 'doubt2/');
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    const { error, ...result } = await bench.result('doubt2/');
    expect(result).toMatchObject(ends('unknown', 'doubt/'));
    expect(error?.message).toMatch(/s3:\/\/voices\/doubt\/ has the same recordings.*Check your voices/);
    const tryAgain = async (folder: string, handler?: CloneVoiceHandler) => {
      const again = uploadedLater(await bench.drop(folder, { name: 'Amelia', description: 'doubt' }, {}));
      return voicesMadeBy(() => bench.deliver(again, handler));
    };
    // The first folder is not told its own outcome by the copy. The copy was not told what the first sent since.
    bench.api.behaveNext({ kind: 'answer', status: 504, created: true });
    expect(await tryAgain('doubt/', bench.handler({}, later(60)))).toBe(1);
    expect(await tryAgain('doubt2/', bench.handler({}, later(120)))).toBe(0);
    // Who was told of a failure in between knows of the unknown outcomes before it.
    bench.api.behaveNext({ kind: 'answer', status: 400 });
    expect(await tryAgain('doubt2/', bench.handler({}, later(180)))).toBe(0);
    expect(await bench.result('doubt2/')).toMatchObject(ends('failed'));
    expect(await tryAgain('doubt2/', bench.handler({}, later(240)))).toBe(1);
  });

  it('when a renamed copy became a voice, and the folder that it is a copy of stayed unknown', async () => {
    const dropAt = async (folder: string, seconds: number, status = 504) => {
      bench.api.behaveAlways({ kind: 'answer', status, created: status === 201 });
      const record = uploadedLater(await bench.drop(folder, { name: 'Amelia', description: 'kin' }, {}));
      await bench.deliver(record, bench.handler({}, later(seconds)));
      bench.api.behaveAlways(undefined);
      const { status: ending, clonedFrom } = await bench.result(folder);
      return [ending, clonedFrom?.slice(-6)];
    };
    await bench.put('kin 1/one.wav', wav(3_370));
    await copyObject('kin 1/one.wav', 'kin 2/one.wav');
    await copyObject('kin 1/one.wav', 'kin 3/renamed.wav');
    expect(await dropAt('kin 1/', 0)).toEqual(['unknown', undefined]);
    expect(await dropAt('kin 2/', 60)).toEqual(['unknown', 'kin 1/']);
    expect(await dropAt('kin 1/', 120)).toEqual(['unknown', undefined]);
    expect(await dropAt('kin 3/', 180)).toEqual(['unknown', 'kin 1/']);
    expect(await dropAt('kin 3/', 240, 201)).toEqual(['succeeded', undefined]);
    expect(await dropAt('kin 2/', 300)).toEqual(['succeeded', 'kin 3/']);
  });

  it('when outcomes of two folders are unknown: who has read both is not told of the first again', async () => {
    const dropUnknown = async (folder: string, seconds: number) => {
      bench.api.behaveNext({ kind: 'answer', status: 504, created: true });
      const record = uploadedLater(await bench.drop(folder, { name: 'Amelia', description: 'two' }, {}));
      return voicesMadeBy(() => bench.deliver(record, bench.handler({}, later(seconds))));
    };
    await bench.put('two 1/one.wav', wav(3_360));
    for (const folder of ['two 2/', 'two 3/']) await copyObject('two 1/one.wav', `${folder}one.wav`);
    expect(await dropUnknown('two 1/', 0)).toBe(1);
    expect(await dropUnknown('two 2/', 60)).toBe(0);
    expect(await dropUnknown('two 2/', 120)).toBe(1);
    expect(await dropUnknown('two 3/', 180)).toBe(0);
    expect(await bench.result('two 3/')).toMatchObject(ends('unknown', 'two 1/'));
    expect(await dropUnknown('two 3/', 240)).toBe(0);
    expect(await bench.result('two 3/')).toMatchObject(ends('unknown', 'two 2/'));
    expect(await dropUnknown('two 3/', 300)).toBe(1);
  });

  it('when a copy of a copy is renamed, and more folders than are listed were copied in between', async () => {
    const { voices } = await cloned('generation 0/', { description: 'generations' });
    for (let generation = 1; generation <= 17; generation++) {
      const record = await copy(`generation ${generation - 1}/`, `generation ${generation}/`);
      expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    }
    const record = await bench.drop('generation 18/', { name: 'Amelia', description: 'generations' }, {});
    await copyObject('generation 17/one.wav', 'generation 18/renamed.wav');
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(0);
    expect(await bench.result('generation 18/')).toMatchObject({
      ...ends('succeeded', 'generation 0/'),
      voices,
    });
  });

  it('when a copy is archived, so that its samples cannot be read', async () => {
    const { voices } = await cloned('archived/');
    const record = await copy('archived/', 'archived2/');
    bench.proxy.intercept = (request) =>
      request === 'GET /voices/archived2/one.wav' ? s3Answers.archived : 'pass';
    expect(await bench.deliver(record)).toEqual([]);
    expect(await bench.result('archived2/')).toMatchObject({ ...ends('succeeded', 'archived/'), voices });
  });

  it('and no folder waits for another whose lease ends years from now, as a wrong clock wrote', async () => {
    await cloned('wrong clock/', { description: 'wrong clock' });
    const { ended = [] } = (await bench.ledger('wrong clock/')) ?? {};
    const { drop, recordings } = ended[0] as Ended;
    await bench.putLedger('wrong clock/', {
      ended: [],
      attempt: {
        state: 'posting',
        owner: 'of a wrong clock',
        leaseUntil: '2099-01-01T00:00:00.000Z',
        number: 1,
        since: '2098-12-31T23:45:00.000Z',
        drop: drop as CompleteDrop,
        ...(recordings !== undefined && { recordings }),
      },
    });
    const record = await copy('wrong clock/', 'wrong clock2/');
    expect(await voicesMadeBy(async () => expect(await bench.deliver(record)).toEqual([]))).toBe(0);
    expect(await bench.result('wrong clock2/')).toMatchObject(ends('unknown', 'wrong clock/'));
    const again = uploadedLater(
      await bench.drop('wrong clock2/', { name: 'Amelia', description: 'wrong clock' }, {}),
    );
    expect(await voicesMadeBy(() => bench.deliver(again, bench.handler({}, later(60))))).toBe(1);
  });

  it('but not those of a folder that failed', async () => {
    bench.api.behaveNext({ kind: 'answer', status: 400 });
    await bench.deliver(
      await bench.drop('refused/', { name: 'Amelia', description: 'r' }, { 'one.wav': one }),
    );
    const record = await copy('refused/', 'refused2/');
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(1);
  });

  it('and other settings, another sub-organization or other bytes of the same size are another voice', async () => {
    const settings = { name: 'Amelia', description: 'same shape' };
    await cloned('shape/', settings);
    const other = await bench.drop('shape2/', settings, { 'one.wav': wav(3_100) });
    expect(await voicesMadeBy(() => bench.deliver(other))).toBe(1);
    const faster = await copy('shape/', 'shape3/');
    await bench.put('shape3/manifest.json', JSON.stringify({ ...settings, speed: 0.5 }));
    await bench.nextMessage('shape3/manifest.json');
    expect(await voicesMadeBy(() => bench.deliver(faster))).toBe(1);
  });

  it('and if the list of folders is lost or broken, a copy is like a first drop', async () => {
    const { voices } = await cloned('broken/');
    const place = { stateBucket: bench.aws.stateBucket, prefix: '' };
    const { shape = '' } = (await bench.ledger('broken/'))?.ended[0]?.drop ?? {};
    const { bucket: Bucket, key: Key } = sameShapeOf(place, bench.aws.bucket, shape);
    await bench.s3.send(new PutObjectCommand({ Bucket, Key, Body: '{"folders":7}' }));
    const record = await copy('broken/', 'broken2/');
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(1);
    expect((await bench.result('broken2/')).voices).not.toEqual(voices);
  });

  it.each(['broken', 'refused'])(
    'and if the ledger of the other folder is %s, nobody knows: unknown',
    async (what) => {
      const folder = `lost ${what}/`;
      await cloned(folder);
      if (what === 'broken') await bench.putLedger(folder, 'lost');
      else
        bench.proxy.intercept = (name) => (name.endsWith(`${folder}ledger.json`) ? s3Answers.denied : 'pass');
      const record = await copy(folder, `${what} copy/`);
      expect(await voicesMadeBy(async () => expect(await bench.deliver(record)).toEqual([]))).toBe(0);
      expect(await bench.result(`${what} copy/`)).toMatchObject({
        ...ends('unknown', folder),
        error: { code: 'OUTCOME_UNKNOWN' },
      });
    },
  );

  async function copyObject(from: string, to: string): Promise<void> {
    const CopySource = encodeURI(`${bench.aws.bucket}/${from}`);
    await bench.s3.send(new CopyObjectCommand({ Bucket: bench.aws.bucket, Key: to, CopySource }));
  }
});

describe('a template for the next speaker', () => {
  it('is not sent at once, although it carries a copy of the mark', async () => {
    const folder = 'template/';
    await bench.put(`${folder}one.wav`, wav(3_200));
    const Metadata = markOf(`${folder}manifest.json`, [{ size: 3_200 }]);
    await bench.s3.send(
      new PutObjectCommand({
        Bucket: bench.aws.bucket,
        Key: `${folder}manifest.json`,
        Body: '{"name":"Amelia","description":"template"}',
        Metadata,
      }),
    );
    const settling = bench.handler({ SETTLE_SECONDS: '30' });
    expect(await bench.deliver(await bench.nextMessage(`${folder}manifest.json`), settling)).toEqual([]);
    const record = await copy(folder, 'next speaker/');
    expect(
      await voicesMadeBy(async () =>
        expect(await bench.deliver(record, settling)).toEqual([record.messageId]),
      ),
    ).toBe(0);
    // The next speaker's recording arrives, then the edited manifest.
    await bench.put('next speaker/one.wav', wav(3_250));
    const edited = await bench.drop('next speaker/', { name: 'Bertram', description: 'template' }, {});
    const settled = bench.handler({ SETTLE_SECONDS: '30' }, later(60));
    expect(await voicesMadeBy(() => bench.deliver(edited, settled))).toBe(1);
    expect(await bench.result('next speaker/')).toMatchObject({
      status: 'succeeded',
      voices: [{ name: 'Bertram' }],
    });
    expect(await voicesMadeBy(() => bench.deliver(record, settled))).toBe(0);
  });

  it('of which fewer samples have arrived than were marked waits for the rest, however old they look', async () => {
    const folder = 'replica/';
    await bench.put(`${folder}one.wav`, wav(3_210));
    await bench.s3.send(
      new PutObjectCommand({
        Bucket: bench.aws.bucket,
        Key: `${folder}manifest.json`,
        Body: '{"name":"Amelia"}',
        Metadata: markOf(`${folder}manifest.json`, [{ size: 3_210 }, { size: 3_220 }]),
      }),
    );
    const record = await bench.nextMessage(`${folder}manifest.json`);
    const anHour = bench.handler({ COMPLETE_WITHIN_SECONDS: '7200' }, later(3_600));
    expect(await bench.deliver(record, anHour)).toEqual([record.messageId]);
    await bench.put(`${folder}two.wav`, wav(3_220));
    expect(await bench.deliver(record, anHour)).toEqual([]);
    expect((await bench.result(folder)).samples).toHaveLength(2);

    const late = await bench.drop('replica 2/', { name: 'Amelia' }, { 'one.wav': wav(3_230) });
    await bench.s3.send(
      new PutObjectCommand({
        Bucket: bench.aws.bucket,
        Key: 'replica 2/manifest.json',
        Body: '{"name":"Amelia"}',
        Metadata: markOf('replica 2/manifest.json', [{ size: 3_230 }, { size: 1 }]),
      }),
    );
    await bench.deliver(late, bench.handler({}, later(3_600)));
    expect(await bench.result('replica 2/')).toMatchObject({
      status: 'failed',
      error: { code: 'MISSING_SAMPLES', message: expect.stringContaining('1 of the 2 samples') },
    });
  });
});

describe('another ETag is no other recording', () => {
  const bytes = wav(12_000_000);
  const checksum = Buffer.from(crc32(bytes).toString(16).padStart(8, '0'), 'hex').toString('base64');
  const again = async (folder: string) =>
    voicesMadeBy(async () =>
      bench.deliver(uploadedLater(await bench.drop(folder, { name: 'Amelia', description: folder }, {}))),
    );

  /** Of parts as different tools make them. */
  async function putInParts(key: string, partBytes: number, body: Uint8Array = bytes) {
    const options = { Bucket: bench.aws.bucket, Key: key };
    const { UploadId } = await bench.s3.send(new CreateMultipartUploadCommand(options));
    const Parts: CompletedPart[] = [];
    for (let start = 0; start < body.length; start += partBytes) {
      const PartNumber: number = Parts.length + 1;
      const Body = body.subarray(start, start + partBytes);
      const { ETag } = await bench.s3.send(new UploadPartCommand({ ...options, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag });
    }
    await bench.s3.send(
      new CompleteMultipartUploadCommand({ ...options, UploadId, MultipartUpload: { Parts } }),
    );
  }

  it('when a sample is uploaded in parts of another size, or in one, or copied onto itself', async () => {
    const folder = 'parts/';
    await putInParts(`${folder}long.wav`, 8 * 1024 ** 2);
    expect(await again(folder)).toBe(1);
    await putInParts(`${folder}long.wav`, 5 * 1024 ** 2);
    expect(await again(folder)).toBe(0);
    await bench.put(`${folder}long.wav`, bytes);
    expect(await again(folder)).toBe(0);
    expect(await bench.result(folder)).toMatchObject({
      status: 'succeeded',
      samples: [{ name: 'long.wav' }],
    });
  });

  it('when one is there twice, which S3 tells only of some uploads', async () => {
    const folder = 'counted/';
    await cloned(folder);
    const twin = spokenIn(folder, one) as Uint8Array;
    await bench.put(`${folder}twin.wav`, twin);
    expect(await again(folder)).toBe(0);
    await putInParts(`${folder}twin.wav`, twin.length, twin);
    expect(await again(folder)).toBe(0);
    expect((await bench.result(folder)).status).toBe('succeeded');
  });

  it('in a bucket that encrypts with KMS, where each upload of the same bytes has another', async () => {
    const folder = 'kms/';
    bench.proxy.headersOf = (request) =>
      request.startsWith('HEAD')
        ? {
            'x-amz-checksum-crc32': checksum,
            'x-amz-checksum-type': 'FULL_OBJECT',
            'x-amz-server-side-encryption': 'aws:kms',
          }
        : {};
    await putInParts(`${folder}one.wav`, 8 * 1024 ** 2);
    await putInParts(`${folder}two.wav`, 5 * 1024 ** 2);
    expect(await again(folder)).toBe(1);
    // Twins are told apart although the manifest itself is not encrypted.
    expect((await bench.result(folder)).samples).toEqual([
      { name: 'one.wav', size: bytes.length },
      { name: 'two.wav', size: bytes.length, sameAs: 'one.wav' },
    ]);
  });
});

describe('who wants another voice of the same recordings', () => {
  /** As `retry --again` uploads it. */
  async function askAgain(
    folder: string,
    seen: { upload: string; finishedAt: string },
    mark = againMark,
  ): Promise<SQSRecord> {
    const name = { bucket: bench.aws.bucket, key: `${folder}manifest.json` };
    await bench.s3.send(
      new PutObjectCommand({
        Bucket: name.bucket,
        Key: name.key,
        Body: JSON.stringify({ description: folder, name: 'Amelia' }),
        Metadata: mark(name, seen),
      }),
    );
    return bench.nextMessage(name.key);
  }

  it('says so with a mark that counts once, and nothing in a copy', async () => {
    const first = await cloned('again/');
    const record = await askAgain('again/', first);
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(1);
    const second = await bench.result('again/');
    expect(second).toMatchObject({
      status: 'succeeded',
      earlier: [{ voices: [{ id: first.voices?.[0]?.id }] }],
    });
    // The manifest copied onto itself keeps the mark.
    const used = await askAgain('again/', first);
    expect(await voicesMadeBy(() => bench.deliver(used))).toBe(0);
    expect((await bench.result('again/')).voices).toEqual(second.voices);
    const copied = await copy('again/', 'again2/');
    expect(await voicesMadeBy(() => bench.deliver(copied))).toBe(0);
  });

  it('and still does when they try again after a failure', async () => {
    const record = await askAgain('again 3/', await cloned('again 3/'));
    bench.api.behaveNext({ kind: 'answer', status: 400 });
    await bench.deliver(record);
    expect(await bench.result('again 3/')).toMatchObject({ status: 'failed' });
    const retried = uploadedLater(
      await bench.drop('again 3/', { description: 'again 3/', name: 'Amelia' }, {}),
    );
    expect(await voicesMadeBy(() => bench.deliver(retried))).toBe(1);
    const later2 = uploadedLater(
      await bench.drop('again 3/', { description: 'again 3/', name: 'Amelia' }, {}),
    );
    expect(await voicesMadeBy(() => bench.deliver(later2))).toBe(0);
  });

  it.each([
    ['another voice', againMark],
    ['to try again', seenMark],
  ])(
    'and asks for %s at the same time as somebody else, whose outcome is unknown: once',
    async (what, mark) => {
      const folder = `at the same time ${what}/`;
      bench.api.behaveNext({ kind: 'answer', status: 502, created: true });
      await bench.deliver(
        await bench.drop(folder, { name: 'Amelia', description: folder }, { 'one.wav': one }),
      );
      const seen = await bench.result(folder);
      bench.api.behaveNext({ kind: 'answer', status: 502, created: true });
      const first = uploadedLater(await askAgain(folder, seen, mark));
      const second = await askAgain(folder, seen, mark);
      expect(await voicesMadeBy(() => bench.deliver(first))).toBe(1);
      // Long after the first outcome was shown, which this person has not seen.
      const late = uploadedLater(uploadedLater(second));
      expect(await voicesMadeBy(() => bench.deliver(late))).toBe(0);
      const shown = await bench.result(folder);
      expect(shown.status).toBe('unknown');
      const third = uploadedLater(await askAgain(folder, shown, mark));
      expect(await voicesMadeBy(() => bench.deliver(third))).toBe(1);
    },
  );

  it.each([
    ['failed', 400],
    ['unknown', 502],
  ])('and who says which result they try again after need not wait: %s', async (status, answer) => {
    const folder = `at once after ${status}/`;
    bench.api.behaveNext({ kind: 'answer', status: answer, created: false });
    await bench.deliver(
      await bench.drop(folder, { name: 'Amelia', description: folder }, { 'one.wav': one }),
    );
    const seen = await bench.result(folder);
    expect(seen.status).toBe(status);
    const record = await askAgain(folder, seen, seenMark);
    expect(await voicesMadeBy(() => bench.deliver(record))).toBe(1);
  });

  it('also after a copy was given the voice of another folder', async () => {
    await cloned('first of two/', { description: 'second of two/' });
    const record = await copy('first of two/', 'second of two/');
    await bench.deliver(record);
    const shown = await bench.result('second of two/');
    expect(shown).toMatchObject(ends('succeeded', 'first of two/'));
    const asked = await askAgain('second of two/', shown);
    expect(await voicesMadeBy(() => bench.deliver(asked))).toBe(1);
    expect(await bench.result('second of two/')).not.toHaveProperty('clonedFrom');
  });
});

it('what the state bucket keeps of recordings is their hash, below the prefix of the pipeline', async () => {
  const handler = bench.handler({ PREFIX: 'below/' });
  await bench.deliver(await bench.drop('below/it/', { name: 'Amelia' }, { 'one.wav': one }), handler);
  const long = `below/${'x'.repeat(1_000)}/`;
  await bench.deliver(await bench.drop(long, { name: 'Amelia' }, { 'one.wav': one }), handler);
  const keys = await bench.stateKeys();
  const own = keys.filter((key) => key.startsWith('voices/below/'));
  expect(own.filter((key) => /^voices\/below\/same\/[\w-]{24}\.json$/.test(key))).toHaveLength(1);
  expect(own.filter((key) => /^voices\/below\/[0-9a-f]{64}\.json$/.test(key))).toHaveLength(1);
  expect(own).toContain('voices/below/it/ledger.json');
  const { recordings } = (await bench.ledger('below/it/'))?.ended[0] ?? {};
  expect(recordings).toMatch(/^[\w-]{24}$/);
});
