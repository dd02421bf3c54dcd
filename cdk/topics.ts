import { Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, type ITopicSubscription, type Subscription, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** The service that publishes alarms. */
export const ALARMS_SERVICE = 'cloudwatch.amazonaws.com';

/** Creates the topic to which results are published. */
export function createResultTopic(scope: Construct, encryptionKey: IKey | undefined): ITopic {
  return createTopic(scope, 'Results', encryptionKey);
}

/** Creates the topic that alarms notify. */
export function createAlarmTopic(scope: Construct, encryptionKey: IKey | undefined): ITopic {
  const topic = createTopic(scope, 'Alarms', encryptionKey);
  letAlarmsPublish(scope, topic);
  return topic;
}

/**
 * Lets alarms publish to a topic, if CDK wrote its policy, such as for `enforceSSL`: that policy replaces the
 * default one, which allows them.
 */
export function letAlarmsPublish(scope: Construct, topic: ITopic): void {
  if (!topic.node.tryFindChild('Policy')) return;
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsMayPublish',
      principals: [new ServicePrincipal(ALARMS_SERVICE)],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
}

function createTopic(scope: Construct, id: string, encryptionKey: IKey | undefined): Topic {
  return new Topic(scope, id, { enforceSSL: true, ...(encryptionKey && { masterKey: encryptionKey }) });
}

/**
 * Subscribes to a topic, which may be of another region: CDK then names the region for functions and queues, but not for email,
 * and CloudFormation would look for the topic in the stack's region.
 */
export function subscribe(topic: ITopic, subscription: ITopicSubscription): Subscription {
  const { region } = topic.env;
  const isKnown = !Token.isUnresolved(region) && region !== Stack.of(topic).region;
  return topic.addSubscription({
    bind(each) {
      const config = subscription.bind(each);
      return isKnown && config.region === undefined ? { ...config, region } : config;
    },
  });
}
