import { Stack, Token } from 'aws-cdk-lib';
import { AccountPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, type ITopicSubscription, type Subscription, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { warnOfMissing } from './missing-statements.ts';
import { isOther } from './places.ts';

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
 * Lets alarms publish to a topic of another account, or whose policy CDK wrote, such as for `enforceSSL`: that policy
 * replaces the default one, which allows alarms of the topic's account.
 */
export function letAlarmsPublish(scope: Construct, topic: ITopic): void {
  if (!topic.node.tryFindChild('Policy') && !isOfOtherAccount(scope, topic)) return;
  addToTopicPolicy(
    scope,
    topic,
    new PolicyStatement({
      sid: `Alarms${ofAccount(scope, topic)}MayPublish`,
      principals: [new ServicePrincipal(ALARMS_SERVICE)],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
}

/** Lets the function publish to a topic of another account, whose policy must allow it too. */
export function letResultsPublish(scope: Construct, topic: ITopic): void {
  if (!isOfOtherAccount(scope, topic)) return;
  addToTopicPolicy(
    scope,
    topic,
    new PolicyStatement({
      sid: `Results${ofAccount(scope, topic)}MayPublish`,
      // The account's own policies let only the function. A topic of another account cannot name a role that does not exist yet.
      principals: [new AccountPrincipal(Stack.of(scope).account)],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
    }),
  );
}

/** Tells the statements of several accounts for one topic apart: SNS refuses a policy with a Sid twice. */
function ofAccount(scope: Construct, topic: ITopic): string {
  return isOfOtherAccount(scope, topic) ? `Of${Stack.of(scope).account}` : '';
}

function isOfOtherAccount(scope: Construct, topic: ITopic): boolean {
  return isOther(topic.env.account, Stack.of(scope).account);
}

/** Adds a statement to a topic's policy, or warns with it if CDK cannot change that policy. */
function addToTopicPolicy(scope: Construct, topic: ITopic, statement: PolicyStatement): void {
  if (!topic.addToResourcePolicy(statement).statementAdded)
    warnOfMissing(scope, 'topic', topic.node.path, [statement]);
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
