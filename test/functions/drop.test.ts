import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { SQSEvent } from 'aws-lambda';
import { markOf } from '../../voice-folder/mark.ts';
import { normalSequencer } from '../../voice-folder/upload.ts';
import { API_KEY } from '../support/api-key.ts';
import { type Bench, context, files, later, recordOf, startBench } from '../support/bench.ts';
import { logsOfThisTest } from '../support/captured-logs.ts';
import { hintedSamples } from '../support/hinted-samples.ts';
import { wav } from '../support/wav.ts';

const bench = await startBench();
afterAll(() => bench.close());

describe('a folder that is dropped', () => {
  it('becomes a voice, and result.json says which', async () => {
    const record = await bench.drop('happy/', {
      name: 'Amelia',
      description: 'Front desk',
      providerType: 'CARTESIA',
      supportedLocales: ['en-GB', 'de-DE'],
      stability: 0.25,
      speed: -0.5,
      subAccounts: true,
      subOrganizationId: 'sub-1',
      files: ['two.wav', 'one.wav'],
    });
    expect(await bench.deliver(record)).toEqual([]);

    const request = bench.api.requests.at(-1);
    expect(request?.problems).toEqual([]);
    expect(request?.headers.authorization).toBe(API_KEY);
    expect(request?.headers['x-sub-organization-id']).toBe('sub-1');
    expect(request?.fields).toEqual([
      ['name', 'Amelia'],
      ['description', 'Front desk'],
      ['providerType', 'CARTESIA'],
      ['supportedLocales', 'en-GB'],
      ['supportedLocales', 'de-DE'],
      ['subAccounts', 'true'],
      ['stability', '0.25'],
      ['speed', '-0.5'],
    ]);
    expect(request?.files.map(({ filename, mimeType, size }) => [filename, mimeType, size])).toEqual([
      ['two.wav', 'audio/wav', 4_000],
      ['one.wav', 'audio/wav', 3_000],
    ]);

    const result = await bench.result('happy/');
    expect(result).toMatchObject({
      status: 'succeeded',
      voices: bench.api.voices.slice(-1),
      samples: [
        { name: 'two.wav', size: 4_000 },
        { name: 'one.wav', size: 3_000 },
      ],
      manifest: { key: 'happy/manifest.json', etag: expect.stringMatching(/^[0-9a-f]{32}$/) },
      fingerprint: expect.stringMatching(/^[\w-]{24}$/),
      finishedAt: expect.stringMatching(/^\d{4}-/),
    });
    const { sequencer } = JSON.parse(record.body).Records[0].s3.object;
    expect(result.upload).toBe(normalSequencer(sequencer));
    expect(result.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is cloned from every audio file in it, in name order, when the manifest lists none', async () => {
    const record = await bench.drop(
      'no-list/',
      { name: 'Amelia' },
      {
        'b.wav': wav(2_000),
        'A.MP3': wav(2_001),
        'notes.txt': 'not audio',
        '._b.wav': 'what macOS adds',
        'takes/other.wav': wav(2_002),
        'a.flac': wav(2_003),
      },
    );
    await bench.put('no-list/', '');
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result('no-list/')).samples?.map(({ name }) => name)).toEqual([
      'A.MP3',
      'a.flac',
      'b.wav',
    ]);
  });

  it('may name samples in folders below it', async () => {
    const record = await bench.drop(
      'below/',
      { name: 'Amelia', files: ['takes/1/a.wav', 'b.wav'] },
      {
        'takes/1/a.wav': wav(1_000),
        'b.wav': wav(1_001),
      },
    );
    await bench.deliver(record);
    expect((await bench.result('below/')).samples?.map(({ name }) => name)).toEqual([
      'takes/1/a.wav',
      'b.wav',
    ]);
    expect(bench.api.requests.at(-1)?.files.map(({ filename }) => filename)).toEqual(['a.wav', 'b.wav']);
  });

  it('may be the top of the bucket', async () => {
    const record = await bench.drop('', { name: 'Amelia', files: ['one.wav'] });
    await bench.deliver(record);
    expect((await bench.result('')).status).toBe('succeeded');
  });

  it('may lie inside another voice folder, and each is cloned separately', async () => {
    const outer = await bench.drop('outer/', { name: 'Outer voice' }, { 'o.wav': wav(1_000) });
    const inner = await bench.drop('outer/inner/', { name: 'Inner voice' }, { 'i.wav': wav(1_001) });
    await bench.deliver([outer, inner]);
    expect((await bench.result('outer/')).voices?.[0]?.name).toBe('Outer voice');
    expect((await bench.result('outer/')).samples).toHaveLength(1);
    expect((await bench.result('outer/inner/')).voices?.[0]?.name).toBe('Inner voice');
  });

  it('sends two samples with the same content once, and says so', async () => {
    const twin = wav(2_000);
    const record = await bench.drop('twins/', { name: 'Amelia' }, { 'a.wav': twin, 'b.wav': twin });
    await bench.deliver(record);
    expect(bench.api.requests.at(-1)?.files.map(({ filename }) => filename)).toEqual(['a.wav']);
    expect((await bench.result('twins/')).samples).toEqual([
      { name: 'a.wav', size: 2_000 },
      { name: 'b.wav', size: 2_000, sameAs: 'a.wav' },
    ]);
  });

  it('is ignored when its manifest was deleted before the function read it', async () => {
    const record = await bench.drop('withdrawn/');
    await bench.remove('withdrawn/manifest.json');
    expect(await bench.deliver(record)).toEqual([]);
    expect(await bench.keys('withdrawn/')).toEqual(['withdrawn/one.wav', 'withdrawn/two.wav']);
  });
});

describe('a folder whose samples come after the manifest', () => {
  it('waits, says what is missing, and is cloned once all are there', async () => {
    const manifest = { name: 'Amelia', files: ['one.wav', 'two.wav'] };
    const record = await bench.drop('late/', manifest, { 'one.wav': files['one.wav'] });
    const before = bench.api.requests.length;
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(await bench.result('late/')).toMatchObject({ status: 'waiting', missing: ['two.wav'] });

    // Written once: the object stays while nothing changes.
    bench.proxy.requests.length = 0;
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(bench.proxy.requests.filter((request) => request.startsWith('PUT'))).toEqual([]);
    expect(bench.api.requests).toHaveLength(before);

    await bench.put('late/two.wav', files['two.wav']);
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result('late/')).status).toBe('succeeded');
  });

  it('returns from the queue after seconds, not after its visibility timeout', async () => {
    const record = await bench.drop('again/', { name: 'Amelia', files: ['one.wav'] }, {});
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    await bench.put('again/one.wav', files['one.wav']);
    // The message is hidden for five seconds instead of 16 minutes; it arrives within the receive call's ten.
    const again = await bench.nextMessage('again/manifest.json');
    expect(again.messageId).toBe(record.messageId);
    expect(again.attributes.ApproximateReceiveCount).toBe('2');
    expect(await bench.deliver(again)).toEqual([]);
    expect((await bench.result('again/')).status).toBe('succeeded');
  });

  it('without a list of files waits until nothing has changed for a while', async () => {
    const handler = bench.handler({ SETTLE_SECONDS: '60' });
    const record = await bench.drop('settling/', { name: 'Amelia' });
    expect(await bench.deliver(record, handler)).toEqual([record.messageId]);
    expect(await bench.read('settling/result.json')).toBeUndefined();
    const aMinuteLater = bench.handler({ SETTLE_SECONDS: '60' }, later(61));
    expect(await bench.deliver(record, aMinuteLater)).toEqual([]);
    expect((await bench.result('settling/')).status).toBe('succeeded');
  });
});

describe('a folder that is still being uploaded', () => {
  const settling = { SETTLE_SECONDS: '30' };
  const aMinuteLater = () => bench.handler(settling, later(60));

  it('is not cloned during a multipart upload, which no listing shows', async () => {
    const folder = 'in-parts/';
    const target = { Bucket: bench.aws.bucket, Key: `${folder}long.wav` };
    const { UploadId } = await bench.s3.send(new CreateMultipartUploadCommand(target));
    const record = await bench.drop(folder, { name: 'Amelia' }, { 'short.mp3': wav(60_000) });
    expect(await bench.deliver(record, aMinuteLater())).toEqual([record.messageId]);
    expect(await bench.result(folder)).toMatchObject({ status: 'waiting', missing: ['long.wav'] });

    await bench.s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
    await bench.put(`${folder}long.wav`, wav(20_000));
    expect(await bench.deliver(record, aMinuteLater())).toEqual([]);
    expect((await bench.result(folder)).samples?.map(({ name }) => name)).toEqual(['long.wav', 'short.mp3']);
  });

  it('fails with the name of what never arrived, once the time is over', async () => {
    const folder = 'never-whole/';
    const target = { Bucket: bench.aws.bucket, Key: `${folder}long.wav` };
    await bench.s3.send(new CreateMultipartUploadCommand(target));
    const record = await bench.drop(folder, { name: 'Amelia' }, { 'short.mp3': wav(60_000) });
    expect(await bench.deliver(record, bench.handler(settling, later(960)))).toEqual([]);
    expect((await bench.result(folder)).error).toEqual({
      code: 'MISSING_SAMPLES',
      message: expect.stringMatching(
        /^long\.wav did not finish uploading.*Wait until all files are uploaded/,
      ),
    });
  });

  it.each([
    ['listed', { name: 'Amelia', files: ['one.wav'] }],
    ['not listed', { name: 'Amelia' }],
  ])('waits for a sample that is empty at first (%s)', async (what, manifest) => {
    const folder = `empty ${what}/`;
    const record = await bench.drop(folder, manifest, { 'one.wav': '' });
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(await bench.result(folder)).toMatchObject({ status: 'waiting', missing: ['one.wav'] });
    await bench.put(`${folder}one.wav`, wav(2_000));
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result(folder)).status).toBe('succeeded');
  });

  it('need not settle when its manifest is marked with exactly these samples', async () => {
    const folder = 'marked/';
    await bench.put(`${folder}one.wav`, wav(2_000));
    const mark = (sizes: number[]) =>
      markOf(
        `${folder}manifest.json`,
        sizes.map((size) => ({ size })),
      );
    const put = (Metadata: Record<string, string>) =>
      bench.s3.send(
        new PutObjectCommand({
          Bucket: bench.aws.bucket,
          Key: `${folder}manifest.json`,
          Body: JSON.stringify({ name: 'Amelia' }),
          Metadata,
        }),
      );
    await put(mark([2_000, 3_000]));
    const other = await bench.nextMessage(`${folder}manifest.json`);
    expect(await bench.deliver(other, bench.handler(settling))).toEqual([other.messageId]);

    await put(mark([2_000]));
    const record = await bench.nextMessage(`${folder}manifest.json`);
    expect(await bench.deliver(record, bench.handler(settling))).toEqual([]);
    expect((await bench.result(folder)).status).toBe('succeeded');
  });
});

it.each(hintedSamples)('hints at $what', async ({ what, providerType, samples, sent, hints }) => {
  const manifest = { name: 'Amelia', files: Object.keys(samples), ...(providerType && { providerType }) };
  await bench.deliver(await bench.drop(`${what}/`, manifest, samples, 'audio/mpeg'));
  const result = await bench.result(`${what}/`);
  expect(result.status).toBe('succeeded');
  expect(result.hints?.map(({ message }) => message) ?? []).toEqual(hints);
  expect(bench.api.requests.at(-1)?.files.map(({ filename, mimeType }) => [filename, mimeType])).toEqual(
    sent,
  );
});

describe('recordings that are not used', () => {
  it('are named in the result, each with why', async () => {
    const record = await bench.drop(
      'passed-over/',
      { name: 'Amelia' },
      {
        'one.wav': wav(2_000),
        'IMG_0042.MOV': 'video',
        'take2.m4a.icloud': 'bplist00',
        'takes/two.wav': wav(2_001),
        'notes.txt': 'not a recording',
      },
    );
    await bench.deliver(record);
    const { status, ignored } = await bench.result('passed-over/');
    expect(status).toBe('succeeded');
    expect(ignored?.map(({ name }) => name)).toEqual(['IMG_0042.MOV', 'take2.m4a.icloud', 'takes/']);
    expect(ignored?.find(({ name }) => name.endsWith('.icloud'))?.why).toMatch(/iCloud’s placeholder/);
  });

  it('are named without an extension, of which the listing does not tell the type', async () => {
    const found = {
      'one.wav': wav(2_000),
      '8f14e45f-ea4c-4c2b': wav(2_002),
      'two.wav?token=1': wav(2_004),
      README: 'x',
    };
    await bench.deliver(await bench.drop('no-ending/', { name: 'Amelia' }, found));
    const { ignored } = await bench.result('no-ending/');
    expect(ignored?.map(({ name }) => name)).toEqual(['8f14e45f-ea4c-4c2b', 'two.wav?token=1']);
  });

  it('are not folders of others, where a whole bucket is a voice folder', async () => {
    await bench.deliver(
      await bench.drop('', { name: 'Amelia' }, { 'one.wav': wav(2_008), 'take.mov': 'video' }),
    );
    const { ignored } = await bench.result('');
    expect(ignored?.map(({ name }) => name)).toEqual(['take.mov']);
  });

  it('are named also when nothing else is there', async () => {
    const record = await bench.drop('only-video/', { name: 'Amelia' }, { 'IMG_0042.MOV': 'video' });
    expect(await bench.deliver(record)).toEqual([record.messageId]);
    expect(await bench.result('only-video/')).toMatchObject({
      status: 'waiting',
      ignored: [{ name: 'IMG_0042.MOV' }],
    });
  });
});

describe('events', () => {
  let record: Awaited<ReturnType<Bench['drop']>>;
  beforeEach(() => {
    bench.proxy.requests.length = 0;
  });

  it('straight from the bucket are refused with a sentence: Lambda would retry them too early, and too rarely', async () => {
    record = await bench.drop('direct/');
    const event = JSON.parse(record.body) as SQSEvent;
    await expect(bench.handler()(event, context())).rejects.toThrow(
      /only from an SQS queue.*let the bucket notify a queue/,
    );
    expect(bench.proxy.requests).toEqual([]);
  });

  it('of EventBridge work as notifications do, with keys that need no decoding', async () => {
    const folder = 'ev ent+bridge 100%/';
    const { s3, eventTime } = JSON.parse((await bench.drop(folder)).body).Records[0];
    const event = {
      version: '0',
      'detail-type': 'Object Created',
      source: 'aws.s3',
      time: `${eventTime.slice(0, 19)}Z`,
      detail: {
        bucket: { name: s3.bucket.name },
        object: { key: `${folder}manifest.json`, sequencer: s3.object.sequencer },
        reason: 'PutObject',
      },
    };
    expect(await bench.deliver(recordOf(JSON.stringify(event)))).toEqual([]);
    expect((await bench.result(folder)).status).toBe('succeeded');
  });

  it('that S3 sends as a test are ignored silently', async () => {
    const test = {
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: '2026-11-22T00:00:00Z',
      Bucket: 'voices',
    };
    expect(await bench.deliver(recordOf(JSON.stringify(test)))).toEqual([]);
    expect(bench.proxy.requests).toEqual([]);
  });

  it('may come several in one message, and several messages at once', async () => {
    const [a, b, c] = [
      await bench.drop('several/a/'),
      await bench.drop('several/b/'),
      await bench.drop('several/c/'),
    ];
    const both = { Records: [a, b].flatMap(({ body }) => JSON.parse(body).Records) };
    expect(await bench.deliver([recordOf(JSON.stringify(both)), c])).toEqual([]);
    for (const folder of ['a', 'b', 'c']) {
      expect((await bench.result(`several/${folder}/`)).status).toBe('succeeded');
    }
  });

  it('that cannot be read fail, so that their messages end in the dead-letter queue, and hold up no others', async () => {
    const good = await bench.drop('unreadable/');
    const noKey = JSON.parse(good.body);
    noKey.Records[0].s3.object.key = '%E0%A4%A';
    const unreadable = [
      'not JSON',
      '{}',
      '[]',
      'null',
      '{"Records":[{"eventSource":"aws:ses"}]}',
      JSON.stringify(noKey),
    ];
    const records = unreadable.map((body) => recordOf(body));
    expect(await bench.deliver([...records, good])).toEqual(records.map(({ messageId }) => messageId));
    expect((await bench.result('unreadable/')).status).toBe('succeeded');
  });

  it('are read on a host whose clock is years behind the queue’s', async () => {
    const { body } = await bench.drop('behind/');
    const event = body.replace(/(?<="sequencer":")[^"]+/, '00F0000000');
    const sent = { Attributes: { SentTimestamp: String(0xf0000000 * 1000) } };
    expect(await bench.deliver(recordOf(event, sent))).toEqual([]);
    expect((await bench.result('behind/')).status).toBe('succeeded');
  });
});

describe('metrics', () => {
  const metricsOfThisTest = () =>
    logsOfThisTest()
      .flatMap((line) => (line.startsWith('{"_aws"') ? [JSON.parse(line)] : []))
      .map(({ _aws: _envelope, service: _service, ...metrics }) => metrics);

  it('count each outcome, how long the call took and how much was sent', async () => {
    bench.api.behaveNext(
      { kind: 'normal' },
      { kind: 'answer', status: 400 },
      { kind: 'answer', status: 500 },
    );
    const record = await bench.drop('metrics/cloned/');
    const others = [await bench.drop('metrics/failed/'), await bench.drop('metrics/unknown/')];
    const waiting = await bench.drop('metrics/waiting/', { name: 'Amelia', files: ['x.wav'] });
    for (const message of [record, record, ...others, waiting]) await bench.deliver(message);
    const untimed = { ...waiting, attributes: recordOf('').attributes };
    await bench.deliver(untimed, bench.handler({}, { now: () => new Date('2100-01-01') }));
    const call = { CloneDuration: expect.any(Number), SampleBytes: 7_000 };
    expect(metricsOfThisTest()).toEqual([
      { ...call, Cloned: 1, TimeToVoice: expect.any(Number) },
      { Duplicate: 1 },
      { ...call, Failed: 1, API_REJECTED: 1 },
      { ...call, Unknown: 1, OUTCOME_UNKNOWN: 1 },
      { Deferred: 1, Waiting: expect.any(Number) },
      { Deferred: 1, Waiting: 0 },
    ]);
  });
});

describe('names', () => {
  it.each([
    ['with spaces', 'my voice'],
    ['with a plus', 'a+b'],
    ['with a percent sign', '100%25 real'],
    ['with quotes', `"it's"`],
    ['with emoji', 'voice 🎙️'],
    ['composed (NFC)', 'Zoë'.normalize('NFC')],
    ['decomposed (NFD)', 'Zoë'.normalize('NFD')],
    ['with characters that mean something in URLs', 'a&b=c?d#e;f,g@h:i$j!k~l'],
  ])('%s are found, sent and reported as they are', async (_, name) => {
    const record = await bench.drop(
      `names/${name}/`,
      { name: 'Amelia', files: [`${name}.wav`] },
      { [`${name}.wav`]: wav(1_000) },
    );
    expect(await bench.deliver(record)).toEqual([]);
    const result = await bench.result(`names/${name}/`);
    expect(result).toMatchObject({
      status: 'succeeded',
      samples: [{ name: `${name}.wav` }],
      manifest: { key: `names/${name}/manifest.json` },
    });
    // WHATWG form-data escapes quotes in file names.
    expect(bench.api.requests.at(-1)?.files[0]?.filename).toBe(`${name.replaceAll('"', '%22')}.wav`);
  });

  it.each(['a/../b', 'a/./b', '/a//b', '..'])('of folders mean nothing else in S3: %s', async (name) => {
    const record = await bench.drop(`dots/${name}/`);
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result(`dots/${name}/`)).status).toBe('succeeded');
  });

  it('of files may be written in another Unicode form than macOS uploads them in', async () => {
    const record = await bench.drop(
      'forms/',
      { name: 'Amelia', files: ['Zoë.wav'.normalize('NFC')] },
      {
        ['Zoë.wav'.normalize('NFD')]: wav(1_000),
      },
    );
    expect(await bench.deliver(record)).toEqual([]);
    expect((await bench.result('forms/')).status).toBe('succeeded');
  });
});
