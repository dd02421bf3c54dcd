import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Template } from 'aws-cdk-lib/assertions';
import type { SQSRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEventSourceMapping } from '../../emulators/event-source-mapping.ts';
import type { CloneVoiceHandler } from '../../functions/clone-voice/handler.ts';
import { type Bench, context, startBench } from '../support/bench.ts';
import { logsOfThisTest } from '../support/captured-logs.ts';
import { messagesIn, metricName, metricsIn, type Period, queueMetrics } from '../support/metrics.ts';
import { s3Answers } from '../support/s3-answers.ts';
import { type SecretsManager, startSecretsManager } from '../support/secrets-manager.ts';
import { wav } from '../support/wav.ts';
import { alarmsThatGoOff } from './cloudwatch.ts';
import { allOf, templateOfPipeline } from './synthesis.ts';

const FUNCTION = 'voices-function';
/** What the emulator calls the queues. */
const [QUEUE, DEAD_LETTERS] = ['clone-voice', 'clone-voice-dead-letters'];
const names = {
  '<Pipeline/Function>': FUNCTION,
  '<Pipeline/Uploads.QueueName>': QUEUE,
  '<Pipeline/DeadLetters.QueueName>': DEAD_LETTERS,
};
const HALF_AN_HOUR = 1_800_000;

let template: Template;
let bench: Bench;
let secrets: SecretsManager;
/** What Lambda itself counts. */
let lambda: { errors: number; throttles: number };
let linesSeen: number;

beforeEach(async () => {
  template ??= templateOfPipeline();
  bench = await startBench();
  secrets = await startSecretsManager();
  process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] = secrets.url;
  lambda = { errors: 0, throttles: 0 };
  linesSeen = 0;
  // S3's test event would only age in the queue.
  const { queueUrl: QueueUrl } = bench.aws;
  const { Messages: [test] = [] } = await bench.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  await bench.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: test?.ReceiptHandle }));
});
afterEach(async () => {
  secrets.close();
  await bench.close();
});

const functionWith = (environment: Record<string, string> = {}, options?: Parameters<Bench['handler']>[1]) =>
  bench.handler({ AWS_LAMBDA_FUNCTION_NAME: FUNCTION, ...environment }, options);

/** Invokes the function as Lambda does, which counts what fails. */
async function invoke(start: () => CloneVoiceHandler, record: SQSRecord): Promise<string[]> {
  try {
    return await bench.deliver(record, start());
  } catch {
    lambda.errors++;
    return [record.messageId];
  }
}

/** Receives from the queue until it has that many dead letters. */
async function untilDeadLetters(count: number, handler: CloneVoiceHandler): Promise<void> {
  const { aws, sqs } = bench;
  const mapping = startEventSourceMapping({ ...aws, sqs, handler });
  await expect
    .poll(async () => (await messagesIn(aws.endpoint, DEAD_LETTERS)).length, { timeout: 10_000 })
    .toBe(count);
  await mapping.stop();
}

async function sendUnreadable(): Promise<void> {
  await bench.sqs.send(new SendMessageCommand({ QueueUrl: bench.aws.queueUrl, MessageBody: 'not JSON' }));
}

/** All that CloudWatch got since the last call. */
async function period(now = Date.now()): Promise<Period> {
  const lines = logsOfThisTest();
  const emitted = metricsIn(lines.slice(linesSeen));
  linesSeen = lines.length - 1;
  const { errors, throttles } = lambda;
  const { endpoint } = bench.aws;
  lambda = { errors: 0, throttles: 0 };
  return {
    ...emitted,
    ...(await queueMetrics(endpoint, QUEUE, now)),
    ...(await queueMetrics(endpoint, DEAD_LETTERS, now)),
    [metricName('AWS/Lambda', 'Errors', FUNCTION)]: [errors],
    [metricName('AWS/Lambda', 'Throttles', FUNCTION)]: [throttles],
  };
}

const goOff = (...periods: Period[]) => alarmsThatGoOff(template, names, periods);

const rejecting = (status: number, headers = {}) =>
  ({ kind: 'answer', status, headers, when: 'early' }) as const;

/** For each alarm, how to bring about what it reports. */
const runs: Record<string, () => Promise<Period[]>> = {
  async DeadLettersAlarm() {
    await sendUnreadable();
    await untilDeadLetters(1, functionWith());
    return [await period()];
  },
  async MoreDeadLettersAlarm() {
    await sendUnreadable();
    await untilDeadLetters(1, functionWith());
    const first = await period();
    await sendUnreadable();
    await untilDeadLetters(2, functionWith());
    return [first, await period()];
  },
  async AgeAlarm() {
    await bench.put('nobody/manifest.json', '{}');
    return [await period(Date.now() + HALF_AN_HOUR)];
  },
  async WaitingAlarm() {
    const record = await receivedOften('waits/');
    const topic = { RESULT_TOPIC_ARN: `${bench.aws.resultTopicArn}-deleted` };
    const now = () => new Date(Date.now() + HALF_AN_HOUR);
    expect(await bench.deliver(record, functionWith(topic, { now }))).toEqual([record.messageId]);
    return [await period(now().getTime())];
  },
  async ErrorsAlarm() {
    await invoke(() => functionWith({ SETTLE_SECONDS: 'ten' }), await bench.drop('wrong setting/'));
    return [await period()];
  },
  async ThrottlesAlarm() {
    await bench.drop('throttled/', undefined, {});
    await throttle();
    return [await period()];
  },
  async UnknownAlarm() {
    bench.api.behaveNext({ kind: 'answer', status: 500 });
    await bench.deliver(await bench.drop('unknown/'), functionWith());
    return [await period()];
  },
  async ResultUnwritableAlarm() {
    bench.proxy.intercept = (request) =>
      request === 'PUT /voices/unwritable/result.json' ? s3Answers.deniedToWrite : 'pass';
    await bench.deliver(await bench.drop('unwritable/'), functionWith());
    return [await period()];
  },
  async NoApiKeyAlarm() {
    const withoutKey = { CALLERS_API_KEY: '', CALLERS_API_KEY_SECRET_ID: 'callers' };
    await bench.deliver(await bench.drop('no key/'), functionWith(withoutKey));
    return [await period()];
  },
  async ApiKeyUnreadableAlarm() {
    const denied = { CALLERS_API_KEY: '', CALLERS_API_KEY_SECRET_ID: 'callers' };
    secrets.failure = { code: 'AccessDeniedException', message: 'denied' };
    await bench.deliver(await bench.drop('denied key/'), functionWith(denied));
    secrets.failure = undefined;
    return [await period()];
  },
  async LedgerRefusedAlarm() {
    bench.proxy.intercept = (request) =>
      request.endsWith('/denied ledger/ledger.json') ? s3Answers.denied : 'pass';
    await bench.deliver(await bench.drop('denied ledger/'), functionWith());
    return [await period()];
  },
  async ApiKeyRejectedAlarm() {
    bench.api.behaveAlways(rejecting(401));
    await bench.deliver(await bench.drop('revoked key/'), functionWith());
    return [await period()];
  },
  async RateLimitedAlarm() {
    bench.api.behaveAlways(rejecting(429, { 'Retry-After': '3600' }));
    await bench.deliver(await bench.drop('busy/'), functionWith());
    return [await period()];
  },
  async ConnectionClosedAlarm() {
    bench.api.behaveAlways({ kind: 'reset', when: 'during-body', afterBytes: 100_000 });
    const record = await bench.drop('closed/', undefined, { 'large.wav': wav(20_000_000) });
    for (let attempt = 0; attempt < 3; attempt++) await bench.deliver(record, functionWith());
    return [await period()];
  },
};

/** A message deferred so often that the queue no longer counts its age. */
async function receivedOften(folder: string): Promise<SQSRecord> {
  let record = await bench.drop(folder);
  for (let received = 1; received < 3; received++) {
    const { receiptHandle: ReceiptHandle } = record;
    const { queueUrl: QueueUrl } = bench.aws;
    await bench.sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
    );
    record = await bench.nextMessage(`${folder}manifest.json`);
  }
  return record;
}

/** Two messages arrive in an account that runs one function at a time. */
async function throttle(): Promise<void> {
  const handler = functionWith();
  const { promise: isTried, resolve } = Promise.withResolvers<void>();
  let isRunning = false;
  const mapping = startEventSourceMapping({
    ...bench.aws,
    sqs: bench.sqs,
    async handler(event) {
      if (isRunning) {
        lambda.throttles++;
        resolve();
        throw new Error('TooManyRequestsException');
      }
      isRunning = true;
      await isTried;
      return handler(event, context());
    },
    onError: () => {},
  });
  for (const folder of ['one/', 'two/']) await bench.put(`${folder}manifest.json`, '{}');
  await isTried;
  await mapping.stop();
}

describe('an alarm goes off, and no other', () => {
  it.each(Object.keys(runs))('%s', { timeout: 60_000 }, async (id) => {
    expect(goOff(...((await runs[id]?.()) ?? []))).toEqual(
      id === 'MoreDeadLettersAlarm' ? ['DeadLettersAlarm', id] : [id],
    );
  });

  it('and each of them is tried here', () => {
    const alarms = allOf(template, 'AWS::CloudWatch::Alarm');
    const ids = alarms.map(({ Metadata }) => Metadata?.['aws:cdk:path']?.split('/').at(-2));
    expect(new Set(ids)).toEqual(new Set(Object.keys(runs)));
  });
});

describe('no alarm goes off', () => {
  it('while drops become voices, wait for samples, or are refused for their content', async () => {
    const handler = functionWith();
    await bench.deliver(await bench.drop('good/'), handler);
    await bench.deliver(await bench.drop('late/', { name: 'Amelia', files: ['late.wav'] }, {}), handler);
    await bench.deliver(await bench.drop('wrong/', { nam: 'Amelia' }), handler);
    bench.api.behaveNext(rejecting(429));
    await bench.deliver(await bench.drop('busy for a moment/'), handler);
    const quiet = await period();
    expect(goOff(quiet)).toEqual([]);
    expect(goOff(quiet, await period())).toEqual([]);
  });

  it('while the number of dead letters stays the same, or a person looks at one', async () => {
    await sendUnreadable();
    await untilDeadLetters(1, functionWith());
    const first = await period();
    const still = await period();
    const { deadLetterQueueUrl: QueueUrl } = bench.aws;
    const { Messages: [letter] = [] } = await bench.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const lookedAt = await period();
    await bench.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl,
        ReceiptHandle: letter?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    expect(goOff(first, still)).toEqual(['DeadLettersAlarm']);
    expect(goOff(first, still, lookedAt)).toEqual([]);
    expect(goOff(first, still, lookedAt, await period())).toEqual(['DeadLettersAlarm']);
  });
});

describe('every alarm', () => {
  it('tells the topic when it starts and, unless it is momentary, when it ends, and says what to do', () => {
    const alarms = allOf(template, 'AWS::CloudWatch::Alarm');
    for (const { Properties: alarm, Metadata } of alarms) {
      const isMoment = Metadata?.['aws:cdk:path']?.includes('More');
      const topic = [{ Ref: expect.stringMatching('Alarms') }];
      expect(alarm.AlarmActions).toEqual(topic);
      expect(alarm.OKActions).toEqual(isMoment ? undefined : topic);
      expect(alarm.AlarmDescription).toMatch(/[.:] (Look|Store|If|Raise|Lower|Check|Fix)/);
    }
  });
});
