import { randomUUID } from 'node:crypto';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { localCredentials } from '../../emulators/aws.ts';
import type { Bench } from './bench.ts';

/** A message as SNS delivers it ("Amazon SNS message formats"). */
export interface Notification {
  Subject: string;
  Message: string;
  MessageAttributes: Record<string, { Type: string; Value: string }>;
}

/** A subscription to the topic with results. */
export interface Subscription {
  /** All messages since the last call. */
  received(): Promise<Notification[]>;
}

/** Subscribes a queue to the results topic, as a program would. */
export async function subscribe(
  { aws, sqs }: Pick<Bench, 'aws' | 'sqs'>,
  filterPolicy?: object,
): Promise<Subscription> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `results-${randomUUID()}` }));
  // The emulator uses a host that not every machine resolves.
  const url = aws.endpoint + new URL(QueueUrl).pathname;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  const sns = new SNSClient({ endpoint: aws.endpoint, region: aws.region, credentials: localCredentials });
  await sns.send(
    new SubscribeCommand({
      TopicArn: aws.resultTopicArn,
      Protocol: 'sqs',
      Endpoint: Attributes?.QueueArn,
      ...(filterPolicy && { Attributes: { FilterPolicy: JSON.stringify(filterPolicy) } }),
    }),
  );
  sns.destroy();
  return {
    async received() {
      const notifications: Notification[] = [];
      for (;;) {
        const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url }));
        if (!message) return notifications;
        notifications.push(JSON.parse(message.Body ?? '') as Notification);
        await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));
      }
    },
  };
}
