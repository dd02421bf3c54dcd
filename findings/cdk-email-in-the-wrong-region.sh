#!/usr/bin/env bash
# To a topic of another region, CDK subscribes a queue or function with the topic's `Region`, but an email address, phone or webhook without: CloudFormation
# then asks SNS in the stack's region, which refuses ("Invalid parameter: TopicArn"). Synthesis and CDK's validation with the recommended flags pass.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: cdk/topics.ts adds the region
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END_OF_APP'
const { App, Stack } = require('aws-cdk-lib');
const { Function } = require('aws-cdk-lib/aws-lambda');
const { Topic } = require('aws-cdk-lib/aws-sns');
const { EmailSubscription, LambdaSubscription, SmsSubscription, SqsSubscription, UrlSubscription } = require('aws-cdk-lib/aws-sns-subscriptions');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const app = new App({ context: require('aws-cdk-lib/recommended-feature-flags.json') });
const stack = new Stack(app, 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
const topic = Topic.fromTopicArn(stack, 'Results', 'arn:aws:sns:us-east-1:111122223333:results');
topic.addSubscription(new EmailSubscription('studio@example.com'));
topic.addSubscription(new LambdaSubscription(Function.fromFunctionName(stack, 'Function', 'notes')));
topic.addSubscription(new SmsSubscription('+15550100'));
topic.addSubscription(new SqsSubscription(new Queue(stack, 'Queue')));
topic.addSubscription(new UrlSubscription('https://example.com/results'));
const { Resources } = app.synth().getStackByName('Test').template;
for (const { Type, Properties } of Object.values(Resources)) {
  if (Type === 'AWS::SNS::Subscription') console.log(`${Properties.Protocol}: ${Properties.Region}`);
}
END_OF_APP
node app.cjs 2>/dev/null | sort | tee seen
diff seen - <<'END_OF_SEEN'
email: undefined
https: undefined
lambda: us-east-1
sms: undefined
sqs: us-east-1
END_OF_SEEN
