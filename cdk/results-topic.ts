import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** The topic to which results are published. */
export function newResultTopic(scope: Construct, encryptionKey: IKey | undefined): ITopic {
  return new Topic(scope, 'Results', {
    enforceSSL: true,
    ...(encryptionKey && { masterKey: encryptionKey }),
  });
}

/** @throws {Error} for a FIFO topic, which does not support email, webhooks or functions. */
export function checkResultTopic(topic: ITopic | undefined): void {
  if (topic?.fifo) {
    throw new Error(
      'resultTopic must be a standard topic: email, webhooks and functions cannot subscribe to a FIFO topic',
    );
  }
}
