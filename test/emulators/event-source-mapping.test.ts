import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localCredentials, startLocalAws, type LocalAws, type LocalAwsOptions } from '../../emulators/aws.ts';
import {
  startEventSourceMapping,
  type EventSourceMapping,
  type EventSourceMappingOptions,
} from '../../emulators/event-source-mapping.ts';

let aws: LocalAws;
let sqs: SQSClient;
let mappings: EventSourceMapping[];

beforeEach(async () => {
  mappings = [];
  await startAws({});
});

afterEach(async () => {
  await Promise.all(mappings.map(async (mapping) => mapping.stop()));
  sqs.destroy();
  await aws.close();
});

async function startAws(options: LocalAwsOptions): Promise<void> {
  aws = await startLocalAws(options);
  sqs = new SQSClient({ endpoint: aws.endpoint, region: aws.region, credentials: localCredentials });
  // The bucket's test event.
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: aws.queueUrl, VisibilityTimeout: 43_200 }),
  );
  expect(Messages).toHaveLength(1);
}

async function restartAws(options: LocalAwsOptions): Promise<void> {
  sqs.destroy();
  await aws.close();
  await startAws(options);
}

type Response = SQSBatchResponse | void;
type Handler = (record: SQSRecord, context: Context) => Response | Promise<Response>;

/** Starts a mapping; the test's end stops it. */
function start(handle: Handler, options: Partial<EventSourceMappingOptions> = {}): EventSourceMapping {
  const mapping = startEventSourceMapping({
    sqs,
    queueUrl: aws.queueUrl,
    queueArn: aws.queueArn,
    handler: async ({ Records: [record, ...others] }, context) => {
      expect(others).toEqual([]);
      if (record) return handle(record, context);
    },
    ...options,
  });
  mappings.push(mapping);
  return mapping;
}

async function send(body: string, attributes: SendMessageCommand['input']['MessageAttributes'] = {}) {
  return sqs.send(
    new SendMessageCommand({ QueueUrl: aws.queueUrl, MessageBody: body, MessageAttributes: attributes }),
  );
}

/** How many messages are in the queue, besides the hidden test event. */
async function remaining(): Promise<{ visible: number; hidden: number }> {
  const AttributeNames = ['All' as const];
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: aws.queueUrl, AttributeNames }),
  );
  return {
    visible: Number(Attributes?.ApproximateNumberOfMessages),
    hidden: Number(Attributes?.ApproximateNumberOfMessagesNotVisible) - 1,
  };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitFor(async () => expect(await condition()).toBe(true), { timeout: 30_000, interval: 10 });
}

function succeed(): void {}

function failed({ messageId }: SQSRecord): SQSBatchResponse {
  return { batchItemFailures: [{ itemIdentifier: messageId }] };
}

describe('an invocation', () => {
  it('gets one message, shaped as Lambda shapes it', async () => {
    const records: SQSRecord[] = [];
    start((record) => {
      records.push(record);
    });
    const { MessageId, MD5OfMessageBody } = await send('{"Records":[]}', {
      text: { DataType: 'String', StringValue: 'ünïcödé' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 1]) },
    });
    await until(() => records.length === 1);
    expect(records).toEqual([
      {
        messageId: MessageId,
        receiptHandle: expect.stringMatching(/./) as string,
        body: '{"Records":[]}',
        attributes: {
          ApproximateReceiveCount: '1',
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/) as string,
          SentTimestamp: expect.stringMatching(/^\d{13}$/) as string,
          SenderId: expect.any(String) as string,
        },
        messageAttributes: {
          text: { dataType: 'String', stringValue: 'ünïcödé', stringListValues: [], binaryListValues: [] },
          bytes: { dataType: 'Binary', binaryValue: 'AP8B', stringListValues: [], binaryListValues: [] },
        },
        md5OfBody: MD5OfMessageBody,
        md5OfMessageAttributes: expect.stringMatching(/^[\da-f]{32}$/) as string,
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:clone-voice',
        awsRegion: 'us-east-1',
      },
    ]);
  });

  it('runs beside others, but not more than `concurrency` of them', async () => {
    let running = 0;
    let most = 0;
    let handled = 0;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const handle: Handler = async () => {
      most = Math.max(most, ++running);
      await released;
      await sleep(20);
      running--;
      handled++;
    };
    start(handle, { concurrency: 3 });
    await Promise.all(Array.from({ length: 10 }, async (_, index) => send(`${index}`)));
    await until(() => running === 3);
    release();
    await until(() => handled === 10);
    expect(most).toBe(3);
  });
});

describe('a message', () => {
  it.each<[string, SQSBatchResponse | undefined]>([
    ['nothing', undefined],
    ['no failures', { batchItemFailures: [] }],
    ['null for its failures', { batchItemFailures: null } as unknown as SQSBatchResponse],
  ])('is deleted when the handler returns %s', async (_, response) => {
    let handled = 0;
    start(() => {
      handled++;
      return response;
    });
    await send('one');
    await until(() => handled === 1);
    await until(async () => (await remaining()).hidden === 0);
    expect(await remaining()).toEqual({ visible: 0, hidden: 0 });
  });

  it.each<[string, (record: SQSRecord) => SQSBatchResponse]>([
    ['it is listed as a failure', failed],
    [
      'an unknown message is listed, which Lambda takes for the whole batch',
      () => failed({ messageId: '?' } as SQSRecord),
    ],
  ])('is left alone when %s', async (_, response) => {
    let handled = 0;
    const onError = vi.fn<NonNullable<EventSourceMappingOptions['onError']>>();
    const handle: Handler = (record) => {
      handled++;
      return response(record);
    };
    const mapping = start(handle, { onError });
    await send('one');
    await until(() => handled === 1);
    await mapping.stop();
    expect(await remaining()).toEqual({ visible: 0, hidden: 1 });
    expect(onError).not.toHaveBeenCalled();
  });

  it('comes back with a growing receive count after the handler threw, and onError is told', async () => {
    await restartAws({ visibilityTimeoutSeconds: 1 });
    const counts: string[] = [];
    const failure = new Error('not yet');
    const onError = vi.fn<NonNullable<EventSourceMappingOptions['onError']>>();
    const handle: Handler = ({ attributes }) => {
      counts.push(attributes.ApproximateReceiveCount);
      if (counts.length < 3) throw failure;
    };
    start(handle, { onError });
    const { MessageId } = await send('one');
    await until(() => counts.length === 3);

    expect(counts).toEqual(['1', '2', '3']);
    await until(async () => (await remaining()).hidden === 0);
    expect(onError.mock.calls).toEqual([
      [failure, expect.objectContaining({ messageId: MessageId })],
      [failure, expect.objectContaining({ messageId: MessageId })],
    ]);
  });

  it('goes to the dead-letter queue after maxReceiveCount', async () => {
    await restartAws({ visibilityTimeoutSeconds: 1, maxReceiveCount: 2 });
    let handled = 0;
    start((record) => {
      handled++;
      return failed(record);
    });
    const { MessageId } = await send('poison');

    const input = { QueueUrl: aws.deadLetterQueueUrl, WaitTimeSeconds: 10 };
    const { Messages } = await sqs.send(new ReceiveMessageCommand(input));
    expect(Messages).toEqual([expect.objectContaining({ MessageId, Body: 'poison' })]);
    expect(handled).toBe(2);
    expect(await remaining()).toEqual({ visible: 0, hidden: 0 });
  });
});

describe('stop', () => {
  it.each([
    ['a place free', 3],
    ['no place free', 2],
  ])('waits for what is running, with %s, and takes no more', async (_, concurrency) => {
    const bodies: string[] = [];
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const handle: Handler = async ({ body }) => {
      bodies.push(body);
      await released;
    };
    const mapping = start(handle, { concurrency });
    await send('one');
    await send('two');
    await until(() => bodies.length === 2);

    let stopped = false;
    const stopping = mapping.stop().then(() => (stopped = true));
    await sleep(50);
    await send('three');
    await sleep(200);
    expect(stopped).toBe(false);
    release();
    await stopping;
    expect(bodies.toSorted()).toEqual(['one', 'two']);
    expect(await remaining()).toEqual({ visible: 1, hidden: 0 });
  });
});

describe('trouble with the queue', () => {
  it('is printed, and neither ends the mapping nor keeps it from stopping', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    try {
      const mapping = start(succeed, { queueUrl: `${aws.endpoint}/000000000000/absent` });
      await until(() => print.mock.calls.length === 2);
      expect(print.mock.calls[0]).toEqual([
        expect.stringContaining('/000000000000/absent'),
        expect.objectContaining({ name: 'QueueDoesNotExist' }),
      ]);
      await mapping.stop();
    } finally {
      print.mockRestore();
    }
  });
});
