import { setTimeout as sleep } from 'node:timers/promises';
import type {
  DeleteMessageCommandInput,
  Message,
  MessageAttributeValue,
  ReceiveMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type {
  Context,
  SQSBatchResponse,
  SQSEvent,
  SQSMessageAttribute,
  SQSRecord,
  SQSRecordAttributes,
} from 'aws-lambda';

/** A running mapping. */
export interface EventSourceMapping {
  /** Stops receiving, and waits for running invocations. */
  stop(): Promise<void>;
}

/** The queue, the handler, and how Lambda would invoke it. */
export interface EventSourceMappingOptions {
  sqs: SQSClient;
  queueUrl: string;
  queueArn: string;
  handler: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse | void>;
  /** Lambda's MaximumConcurrency. @default 5 */
  concurrency?: number;
  /** The start of `getRemainingTimeInMillis`. A handler that takes longer is not killed. @default 900 */
  functionTimeoutSeconds?: number;
  /** Called if a handler throws, or if a handled message cannot be deleted. @default - prints the error */
  onError?: (error: unknown, record: SQSRecord) => void;
}

/**
 * Passes a queue's messages to a handler like Lambda, with a batch size of 1 and `ReportBatchItemFailures`:
 *
 * - If the handler succeeds, the message is deleted.
 * - If it reports the message in `batchItemFailures`, or throws, the message stays. It is redelivered after
 *   its visibility timeout, which the handler may have changed, and finally goes to the dead-letter queue.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function startEventSourceMapping(options: EventSourceMappingOptions): EventSourceMapping {
  const {
    sqs,
    queueUrl,
    queueArn,
    handler,
    concurrency = 5,
    functionTimeoutSeconds = 900,
    onError = print,
  } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const polling = poll();

  return {
    async stop() {
      stopping.abort();
      await polling;
      await Promise.all(running);
    },
  };

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      const message = await receive();
      if (!message) continue;

      const invocation = invoke(toRecord(message, queueArn)).finally(() => running.delete(invocation));
      running.add(invocation);
      if (running.size >= concurrency) await Promise.race(running);
    }
  }

  async function receive(): Promise<Message | undefined> {
    const input: ReceiveMessageCommandInput = {
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 1,
      // The maximum of SQS; fauxqs still answers within 20 ms after a message becomes visible.
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    };
    try {
      const { Messages } = await sqs.send(new ReceiveMessageCommand(input), { abortSignal: stopping.signal });
      return Messages?.[0];
    } catch (error) {
      if (stopping.signal.aborted) return undefined;
      console.error(`Could not receive from ${queueUrl}; retrying:`, error);
      await sleep(1000, undefined, { signal: stopping.signal }).catch(() => undefined);
      return undefined;
    }
  }

  async function invoke(record: SQSRecord): Promise<void> {
    try {
      const response = await handler({ Records: [record] }, toContext(queueArn, functionTimeoutSeconds));
      // In a batch of one, any entry fails the message: for an unknown identifier, Lambda fails the whole
      // batch.
      if (response?.batchItemFailures?.length) return;
      const handled: DeleteMessageCommandInput = { QueueUrl: queueUrl, ReceiptHandle: record.receiptHandle };
      await sqs.send(new DeleteMessageCommand(handled));
    } catch (error) {
      onError(error, record);
    }
  }
}

function print(error: unknown, record: SQSRecord): void {
  console.error(`Message ${record.messageId} was not handled:`, error);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
function toRecord(message: Message, queueArn: string): SQSRecord {
  const { MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', MD5OfMessageAttributes } = message;
  const attributes = Object.entries(message.MessageAttributes ?? {});
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: { ...message.Attributes } as unknown as SQSRecordAttributes,
    messageAttributes: Object.fromEntries(
      attributes.map(([name, value]) => [name, toMessageAttribute(value)]),
    ),
    md5OfBody: MD5OfBody,
    ...(MD5OfMessageAttributes && { md5OfMessageAttributes: MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: parseArn(queueArn).region,
  };
}

function toMessageAttribute({
  StringValue,
  BinaryValue,
  DataType = '',
}: MessageAttributeValue): SQSMessageAttribute {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}

function toContext(queueArn: string, functionTimeoutSeconds: number): Context {
  const { region, account } = parseArn(queueArn);
  const deadline = performance.now() + functionTimeoutSeconds * 1000;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'clone-voice',
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${region}:${account}:function:clone-voice`,
    memoryLimitInMB: '1024',
    awsRequestId: crypto.randomUUID(),
    logGroupName: '/aws/lambda/clone-voice',
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
    done: noCallbacks,
    fail: noCallbacks,
    succeed: noCallbacks,
  };
}

/** The type still requires these callbacks, but Lambda's Node 24 runtime has removed them. */
function noCallbacks(): never {
  throw new Error('Return a promise: Lambda no longer supports callbacks in Node 24');
}

function parseArn(arn: string): { region: string; account: string } {
  const [, , , region = '', account = ''] = arn.split(':');
  return { region, account };
}
