import type { Logger } from '@aws-lambda-powertools/logger';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { answerTimeout } from './aws-requests.ts';
import type { Config } from './config.ts';

/** When messages are redelivered. */
export interface Visibility {
  /** Makes a message visible again after so many seconds. Logs if that fails. */
  change(record: SQSRecord, seconds: number, logger: Logger): Promise<void>;
}

/** Changes visibility timeouts, so that a deferred message need not wait for the queue's; does nothing without a queue. */
export function createVisibility({ queueUrl }: Pick<Config, 'queueUrl'>): Visibility {
  let client: SQSClient | undefined;
  return {
    async change(record, seconds, logger) {
      if (queueUrl === undefined) return;
      try {
        // Created on first use, because most invocations defer nothing. A dynamic import would cost more than
        // it saves: the code shared with the S3 client could then not be tree-shaken.
        client ??= new SQSClient({ requestHandler: answerTimeout });
        await client.send(
          new ChangeMessageVisibilityCommand({
            QueueUrl: queueUrl,
            ReceiptHandle: record.receiptHandle,
            VisibilityTimeout: Math.min(seconds, MAX_VISIBILITY_SECONDS),
          }),
        );
      } catch (error) {
        // The message is then redelivered after the queue's visibility timeout.
        logger.warn('Could not change the message’s visibility timeout', { error });
      }
    },
  };
}

/** SQS's maximum: twelve hours. */
const MAX_VISIBILITY_SECONDS = 43_200;
