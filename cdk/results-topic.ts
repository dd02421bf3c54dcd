import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** The topic that is told how each drop ended. */
export function newResultTopic(scope: Construct, encryptionKey: IKey | undefined): ITopic {
  return new Topic(scope, 'Results', {
    enforceSSL: true,
    ...(encryptionKey && { masterKey: encryptionKey }),
  });
}

/** @throws {Error} when it is a FIFO topic, which takes neither e-mail, web hooks nor functions. */
export function checkResultTopic(topic: ITopic | undefined): void {
  if (topic?.fifo) {
    throw new Error(
      'resultTopic must be a standard topic: e-mail, web hooks and functions cannot subscribe to a FIFO topic',
    );
  }
}
