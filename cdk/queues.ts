import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { maxReceiveCount, visibilityTimeoutSeconds } from '../functions/clone-voice/redelivery.ts';

/** The queue of uploads, and the one for messages that could not be handled. */
export interface Queues {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
}

/** What the queues depend on. */
export interface QueuesProps {
  /** The function's timeout. */
  readonly timeout: Duration;
  readonly completeWithin: Duration;
  readonly encryptionKey: IKey | undefined;
}

/** Creates both queues. A message is kept as long as SQS allows, and delivered more often than a drop needs. */
export function createQueues(
  scope: Construct,
  { timeout, completeWithin, encryptionKey }: QueuesProps,
): Queues {
  const shared = {
    ...(encryptionKey
      ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
      : { encryption: QueueEncryption.SQS_MANAGED }),
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  };
  const deadLetterQueue = new Queue(scope, 'DeadLetters', shared);
  const queue = new Queue(scope, 'Uploads', {
    ...shared,
    visibilityTimeout: Duration.seconds(visibilityTimeoutSeconds(timeout.toSeconds())),
    deadLetterQueue: {
      queue: deadLetterQueue,
      maxReceiveCount: maxReceiveCount(completeWithin.toSeconds(), timeout.toSeconds()),
    },
  });
  return { queue, deadLetterQueue };
}
