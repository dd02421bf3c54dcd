import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from '../../voice-folder/ledger-schema.ts';
import type { FinalResult } from '../../voice-folder/result.ts';
import { resultMessage } from '../../voice-folder/result-message.ts';
import { startBench, uploadedLater } from '../support/bench.ts';
import { resultOf } from '../support/result.ts';
import { type Notification, subscribe } from '../support/result-topic.ts';
import type { Fault } from '../support/s3-proxy.ts';
import { amelia } from '../support/voice.ts';
import { wav } from '../support/wav.ts';

const bench = await startBench();
const everything = await subscribe(bench);
afterAll(() => bench.close());
beforeEach(async () => {
  bench.api.behaveAlways(undefined);
  await everything.received();
});

const rejection = { kind: 'answer', status: 400, body: { message: ['no such provider'] } } as const;
const resultIn = ({ Message }: Notification) => JSON.parse(Message) as FinalResult;
const valuesIn = ({ MessageAttributes }: Notification) =>
  Object.fromEntries(Object.entries(MessageAttributes).map(([name, { Value }]) => [name, Value]));

describe('a program that subscribes', () => {
  it('gets the result of a voice, with what subscriptions are filtered by', async () => {
    await bench.deliver(await bench.drop('team a/amelia/', { name: 'Amelia', subOrganizationId: 'sub-1' }));
    const [notification, ...others] = await everything.received();
    if (!notification) throw new Error('Nothing was published');
    expect(others).toEqual([]);
    expect(notification.Subject).toBe('Voice cloned: team a/amelia');
    expect(resultIn(notification)).toEqual(await bench.result('team a/amelia/'));
    const voiceId = bench.api.voices.at(-1)?.voiceId;
    expect(notification.MessageAttributes).toEqual({
      status: { Type: 'String', Value: 'succeeded' },
      bucket: { Type: 'String', Value: bench.aws.bucket },
      folder: { Type: 'String', Value: 'team a/amelia/' },
      'sub-organization': { Type: 'String', Value: 'sub-1' },
      'voice-ids': { Type: 'String.Array', Value: JSON.stringify([voiceId]) },
    });
  });

  it.each([
    ['refused by Callers', { name: 'Amelia' }, rejection, 'failed', 'API_REJECTED'],
    ['refused before', { nam: 'Amelia' }, undefined, 'failed', 'INVALID_MANIFEST'],
    [
      'sent without an answer',
      { name: 'Amelia' },
      { kind: 'answer', status: 500 },
      'unknown',
      'OUTCOME_UNKNOWN',
    ],
  ] as const)('gets a folder that was %s', async (what, manifest, behavior, status, code) => {
    if (behavior) bench.api.behaveNext(behavior);
    await bench.deliver(await bench.drop(`${what}/`, manifest));
    const [notification] = await everything.received();
    expect(notification && valuesIn(notification)).toMatchObject({ status, code, folder: `${what}/` });
    expect(notification && resultIn(notification)).toEqual(await bench.result(`${what}/`));
  });

  it('gets the unknown end of a function that died, although the person has uploaded something else since', async () => {
    const folder = 'died, then edited/';
    bench.api.behaveNext({ kind: 'answer', status: 504, created: true });
    await bench.deliver(await bench.drop(folder));
    const [{ owner = '', drop } = { drop: {} }] = (await bench.ledger(folder))?.ended ?? [];
    const times = { leaseUntil: new Date(0).toISOString(), since: new Date(0).toISOString() };
    const attempt = { state: 'posting', owner, ...times, number: 1, drop } as Attempt;
    await bench.putLedger(folder, { attempt, ended: [] });
    await bench.remove(`${folder}result.json`);
    await everything.received();
    const edited = uploadedLater(await bench.drop(folder, { name: 'Another' }));
    await bench.deliver(edited);
    expect((await everything.received()).map(valuesIn)).toMatchObject([
      { status: 'unknown', code: 'OUTCOME_UNKNOWN' },
      { status: 'succeeded' },
    ]);
    expect(await bench.result(folder)).toMatchObject({
      status: 'succeeded',
      earlier: [{ status: 'unknown' }],
    });
  });

  it('gets an unknown end once, although Callers is busy when the person tries again', async () => {
    const folder = 'unknown, then busy/';
    bench.api.behaveNext({ kind: 'answer', status: 504, created: false });
    await bench.deliver(await bench.drop(folder));
    const again = uploadedLater(await bench.drop(folder));
    bench.api.behaveNext({ kind: 'answer', status: 429, when: 'early' });
    expect(await bench.deliver(again)).toEqual([again.messageId]);
    expect(await bench.deliver(again)).toEqual([]);
    expect((await everything.received()).map(valuesIn)).toMatchObject([
      { status: 'unknown' },
      { status: 'succeeded' },
    ]);
  });

  it('gets one result, soon, although somebody keeps overwriting result.json', async () => {
    const folder = 'contended/';
    const record = await bench.drop(folder);
    let writes = 0;
    bench.proxy.intercept = async (request): Promise<Fault> => {
      if (request === `PUT /${bench.aws.bucket}/${folder}result.json`) {
        await bench.put(`${folder}result.json`, `{"mine":${writes++}}`);
      }
      return 'pass';
    };
    expect(await bench.deliver(record)).toEqual([]);
    expect(await bench.deliver(record)).toEqual([]);
    bench.proxy.intercept = () => 'pass';
    expect((await everything.received()).map(valuesIn)).toMatchObject([{ status: 'succeeded' }]);
    expect(writes).toBeLessThan(100);
  });

  it('gets nothing of a folder that waits, and one result when it has ended', async () => {
    const record = await bench.drop('waits/', { name: 'Amelia', files: ['late.wav'] }, {});
    await bench.deliver(record);
    expect((await bench.result('waits/')).status).toBe('waiting');
    expect(await everything.received()).toEqual([]);
    await bench.put('waits/late.wav', wav(4_000));
    await bench.deliver(record);
    expect((await everything.received()).map(valuesIn)).toMatchObject([{ status: 'succeeded' }]);
  });

  it('gets the result again for a newer upload, but not for a repeated event', async () => {
    const record = await bench.drop('repeated/');
    await bench.deliver(record);
    await bench.deliver(record);
    expect(await everything.received()).toHaveLength(1);
    await bench.deliver(uploadedLater(await bench.drop('repeated/')));
    expect((await everything.received()).map(valuesIn)).toMatchObject([{ status: 'succeeded' }]);
  });

  it.each([
    ['failures', { status: ['failed', 'unknown'] }, ['filters/failures/sales/']],
    ['one team', { folder: [{ prefix: 'filters/one team/sales/' }] }, ['filters/one team/sales/']],
    ['a code', { code: ['API_REJECTED'] }, ['filters/a code/sales/']],
    ['a sub-organization', { 'sub-organization': ['sub-7'] }, ['filters/a sub-organization/support/']],
  ])('gets only %s when its filter says so', async (what, policy, told) => {
    const filtered = await subscribe(bench, policy);
    bench.api.behaveNext(rejection);
    await bench.deliver(await bench.drop(`filters/${what}/sales/`));
    const support = { name: 'Amelia', subOrganizationId: 'sub-7' };
    await bench.deliver(await bench.drop(`filters/${what}/support/`, support));
    expect((await filtered.received()).map((each) => valuesIn(each)['folder'])).toEqual(told);
  });
});

it('a voice ID that a program subscribes to matches, though the attribute is a list', async () => {
  const voiceId = 'voice-of-one-person';
  const filtered = await subscribe(bench, { 'voice-ids': [voiceId, { prefix: 'other-' }] });
  const voice = { ...amelia, voiceId };
  bench.api.behaveNext({ kind: 'answer', status: 201, body: [voice] });
  await bench.deliver(await bench.drop('filters/voices/one/'));
  bench.api.behaveNext({ kind: 'answer', status: 201, body: [{ ...voice, voiceId: 'voice-of-another' }] });
  await bench.deliver(await bench.drop('filters/voices/two/', { name: 'Another one' }));
  expect((await filtered.received()).map((each) => valuesIn(each)['folder'])).toEqual([
    'filters/voices/one/',
  ]);
});

describe('a topic that cannot be reached', () => {
  it('delays no result, causes no second voice, and gets the result later', async () => {
    const record = await bench.drop('unreachable/');
    const made = bench.api.voices.length;
    const lost = bench.handler({ RESULT_TOPIC_ARN: `${bench.aws.resultTopicArn}-deleted` });
    for (let delivery = 0; delivery < 2; delivery++) {
      expect(await bench.deliver(record, lost)).toEqual([record.messageId]);
      expect(await bench.result('unreachable/')).toMatchObject({ status: 'succeeded', published: false });
    }
    expect(await everything.received()).toEqual([]);

    expect(await bench.deliver(record)).toEqual([]);
    expect((await everything.received()).map(valuesIn)).toMatchObject([{ status: 'succeeded' }]);
    expect(await bench.result('unreachable/')).not.toHaveProperty('published');
    expect(bench.api.voices).toHaveLength(made + 1);
  });
});

describe('a function that dies before it publishes', () => {
  it('leaves publishing to the next delivery', async () => {
    const record = await bench.drop('dies/');
    const lost = bench.handler({ RESULT_TOPIC_ARN: `${bench.aws.resultTopicArn}-deleted` });
    await bench.deliver(record, lost);
    await bench.remove('dies/result.json');
    await bench.deliver(record);
    expect((await everything.received()).map(valuesIn)).toMatchObject([{ status: 'succeeded' }]);
  });

  it('even when the folder was deleted meanwhile', async () => {
    const record = await bench.drop('deleted/');
    const lost = bench.handler({ RESULT_TOPIC_ARN: `${bench.aws.resultTopicArn}-deleted` });
    await bench.deliver(record, lost);
    for (const key of await bench.keys('deleted/')) await bench.remove(key);
    expect(await bench.deliver(record)).toEqual([]);
    expect((await everything.received()).map(valuesIn)).toMatchObject([{ status: 'succeeded' }]);
    expect(await bench.keys('deleted/')).toEqual([]);
  });
});

describe('the message', () => {
  const manifest = { key: 'voices/amelia/manifest.json', etag: 'e' };
  const failed = (error: object, about = {}) =>
    resultOf(manifest, {
      status: 'failed',
      error: { code: 'NOT_AUDIO', message: 'No.', ...error },
      ...about,
    }) as FinalResult;
  const succeeded = (about = {}) =>
    resultOf(manifest, { status: 'succeeded', voices: [amelia], ...about }) as FinalResult;

  it('tells a person which voice was made, and from which folder', () => {
    const { text } = resultMessage(
      succeeded({
        samples: [
          { name: 'one.mp3', size: 1 },
          { name: 'copy.mp3', size: 1, sameAs: 'one.mp3' },
        ],
        ignored: [{ name: 'take.mov', why: 'is a video' }],
        hints: [{ name: 'one.wav', code: 'TELEPHONE' as const, message: '"one.wav" has 8 kHz.' }],
      }),
      'my-voices',
    );
    expect(text.split('\n')).toEqual([
      'Folder: s3://my-voices/voices/amelia/',
      '',
      `The voice "${amelia.name}" was cloned.`,
      `Voice ID: ${amelia.voiceId}`,
      `ID: ${amelia.id}`,
      '',
      'Samples: one.mp3',
      'Hint: "one.wav" has 8 kHz.',
      'Not used: take.mov: is a video',
      '',
      'Details: s3://my-voices/voices/amelia/result.json, and the function’s log for request request-1',
    ]);
  });

  it('tells a person what to do, with all that is known', () => {
    const { text } = resultMessage(
      failed({
        code: 'INVALID_MANIFEST',
        message: 'manifest.json is invalid. No voice was made. Correct it, then upload manifest.json again.',
        issues: [{ path: 'name', message: 'must have at least 5 characters' }],
        httpStatus: 400,
        apiMessage: 'bad name',
      }),
      'my-voices',
    );
    expect(text.split('\n').slice(2, 6)).toEqual([
      'manifest.json is invalid. No voice was made. Correct it, then upload manifest.json again.',
      '- name must have at least 5 characters',
      'The answer: 400 bad name',
      'Error code: INVALID_MANIFEST',
    ]);
  });

  it.each([
    ['voices/amelia/', 'Voice not cloned: voices/amelia'],
    ['', 'Voice not cloned: /'],
    ['Stimmen/Zoë\u2028/', 'Voice not cloned: Stimmen/Zo??'],
    [`${'x'.repeat(200)}/amelia/`, `Voice not cloned: ...${'x'.repeat(72)}/amelia`],
  ])('has a subject that SNS accepts for the folder %j', (folder, subject) => {
    const about = { manifest: { key: `${folder}manifest.json`, etag: 'e' } };
    expect(resultMessage(failed({}, about), 'b').subject).toBe(subject);
    expect(subject.length).toBeLessThanOrEqual(100);
  });

  it('lets no name of a file begin a line of its own', () => {
    const { text } = resultMessage(
      failed({ message: '"a.wav\n\u0085\u2028\nCall +1 555 0100\u202e" is no audio\u0000.' }),
      'b',
    );
    expect(text).toContain('"a.wav Call +1 555 0100\uFFFD" is no audio\uFFFD.');
  });

  const voices = [expect.objectContaining({ id: amelia.id, voiceId: amelia.voiceId })];
  it.each([
    ['samples', { samples: names(1000) }, { voices }],
    ['files that were not used', { ignored: names(5000).map((each) => ({ ...each, why: 'w' })) }, { voices }],
    ['settings of a voice', { voices: [{ ...amelia, settings: { s: '"'.repeat(500_000) } }] }, { voices }],
    [
      'voices',
      { voices: Array.from({ length: 3000 }, () => ({ ...amelia, name: 'n'.repeat(900) })) },
      { voices: expect.arrayContaining(voices) },
    ],
    [
      'problems',
      failed({ issues: Array.from({ length: 50 }, () => ({ path: 'p', message: '€'.repeat(1000) })) }),
      { status: 'failed', error: { code: 'NOT_AUDIO' } },
    ],
  ])('fits the limit of SNS with too many %s, and still says how the drop ended', (_, about, how) => {
    const { json, text, attributes } = resultMessage(succeeded(about), 'b');
    const size = Buffer.byteLength(
      JSON.stringify({ default: json, email: text }) + JSON.stringify(attributes),
    );
    expect(size).toBeLessThan(256 * 1024);
    expect(JSON.parse(json)).toMatchObject({ upload: '0055AED6DCD90281E5', manifest, ...how });
  });

  function names(count: number) {
    return Array.from({ length: count }, (_, index) => ({ name: `${index}${'"'.repeat(250)}.mp3`, size: 1 }));
  }
});
