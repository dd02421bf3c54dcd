import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** Creates the topic to which results are published. */
export function createResultTopic(scope: Construct, encryptionKey: IKey | undefined): ITopic {
  return new Topic(scope, 'Results', {
    enforceSSL: true,
    ...(encryptionKey && { masterKey: encryptionKey }),
  });
}

/** Creates the topic that alarms notify. */
export function createAlarmTopic(scope: Construct): Topic {
  const topic = new Topic(scope, 'Alarms', { enforceSSL: true });
  // `enforceSSL` creates a topic policy, which replaces the default one that allows alarms to publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsMayPublish',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  return topic;
}
