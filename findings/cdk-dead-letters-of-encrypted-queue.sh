#!/usr/bin/env bash
# Dead letters are lost if their queue has a KMS key: CDK lets neither EventBridge (a rule's `deadLetterQueue`), SNS (a subscription's) nor a function
# (its `deadLetterQueue` or `deadLetterTopic`) use the key, as it does for the queue that they send to in the first place. Nothing warns.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: cdk/keys.ts lets the services that send to the dead-letter queue use the pipeline's key
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Rule } = require('aws-cdk-lib/aws-events');
const { SqsQueue } = require('aws-cdk-lib/aws-events-targets');
const { Key } = require('aws-cdk-lib/aws-kms');
const { Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');
const { SqsDestination } = require('aws-cdk-lib/aws-lambda-destinations');
const { Topic } = require('aws-cdk-lib/aws-sns');
const { SqsSubscription } = require('aws-cdk-lib/aws-sns-subscriptions');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const context = require('aws-cdk-lib/recommended-feature-flags.json');
const queue = (stack, id) => new Queue(stack, id, { encryptionMasterKey: new Key(stack, `${id}Key`) });
const makeFunction = (stack, props) =>
  new Function(stack, 'Function', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('0'), ...props });
const cases = {
  'rule to a queue': (stack) => new Rule(stack, 'Rule', { eventPattern: { source: ['aws.s3'] }, targets: [new SqsQueue(queue(stack, 'Uploads'))] }),
  'dead letters of a rule': (stack) =>
    new Rule(stack, 'Rule', { eventPattern: { source: ['aws.s3'] }, targets: [new SqsQueue(new Queue(stack, 'Uploads'), { deadLetterQueue: queue(stack, 'Dead') })] }),
  'topic to a queue': (stack) => new Topic(stack, 'Topic').addSubscription(new SqsSubscription(queue(stack, 'Uploads'))),
  'dead letters of a subscription': (stack) =>
    new Topic(stack, 'Topic').addSubscription(new SqsSubscription(new Queue(stack, 'Uploads'), { deadLetterQueue: queue(stack, 'Dead') })),
  'onFailure of a function': (stack) => makeFunction(stack, { onFailure: new SqsDestination(queue(stack, 'Dead')) }),
  'deadLetterQueue of a function': (stack) => makeFunction(stack, { deadLetterQueue: queue(stack, 'Dead') }),
  'deadLetterTopic of a function': (stack) => makeFunction(stack, { deadLetterTopic: new Topic(stack, 'Dead', { masterKey: new Key(stack, 'Key') }) }),
};
for (const [name, create] of Object.entries(cases)) {
  const app = new App({ context });
  const stack = new Stack(app, 'Test');
  create(stack);
  const { template, messages } = app.synth().getStackByName('Test');
  const resources = Object.values(template.Resources);
  const services = resources.flatMap(({ Properties }) => Properties?.KeyPolicy?.Statement ?? []).flatMap(({ Principal }) => Principal.Service ?? []);
  const actions = resources.flatMap(({ Properties }) => Properties?.PolicyDocument?.Statement ?? []).flatMap(({ Action }) => Action);
  const mayUse = services.length > 0 || actions.some((action) => action.startsWith('kms:GenerateDataKey'));
  console.log(`${name}: ${mayUse ? 'may' : 'may not'} use the key; messages: ${messages.filter(({ level }) => level !== 'info').length}`);
}
END
node app.cjs 2>/dev/null | tee seen
diff seen - <<'END'
rule to a queue: may use the key; messages: 0
dead letters of a rule: may not use the key; messages: 0
topic to a queue: may use the key; messages: 0
dead letters of a subscription: may not use the key; messages: 0
onFailure of a function: may use the key; messages: 0
deadLetterQueue of a function: may not use the key; messages: 0
deadLetterTopic of a function: may not use the key; messages: 0
END
