#!/usr/bin/env bash
# An alarm on a queue, function or topic that was imported by an ARN of another region and account watches what has the same name in the stack's own:
# mostly nothing, and it never sounds. For one that another stack of the app makes, CDK refuses such an alarm.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: cdk/monitoring.ts watches only what the pipeline itself makes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Function } = require('aws-cdk-lib/aws-lambda');
const { Topic } = require('aws-cdk-lib/aws-sns');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const context = require('aws-cdk-lib/recommended-feature-flags.json');
const elsewhere = (service, name) => `arn:aws:${service}:us-east-1:444455556666:${name}`;
const metrics = {
  queue: (stack) => Queue.fromQueueArn(stack, 'Of', elsewhere('sqs', 'failed')).metricApproximateNumberOfMessagesVisible(),
  function: (stack) => Function.fromFunctionArn(stack, 'Of', elsewhere('lambda', 'function:failed')).metricErrors(),
  topic: (stack) => Topic.fromTopicArn(stack, 'Of', elsewhere('sns', 'failed')).metricNumberOfNotificationsFailed(),
  'queue of another stack': (stack) => {
    const other = new Stack(stack.node.root, 'Other', { env: { account: '444455556666', region: 'us-east-1' } });
    return new Queue(other, 'Queue', { queueName: 'failed' }).metricApproximateNumberOfMessagesVisible();
  },
};
for (const [name, metric] of Object.entries(metrics)) {
  const app = new App({ context });
  const stack = new Stack(app, 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
  try {
    metric(stack).createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 });
    const { template, messages } = app.synth().getStackByName('Test');
    const { Properties } = Object.values(template.Resources).find(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
    const names = /us-east-1|444455556666/.test(JSON.stringify(Properties));
    console.log(`${name}: watches ${Properties.Dimensions[0].Value}, region or account in the alarm: ${names}, messages: ${messages.filter(({ level }) => level !== 'info').length}`);
  } catch (error) {
    console.log(`${name}: ${error.message}`);
  }
}
END
node app.cjs 2>/dev/null | tee seen
diff seen - <<'END'
queue: watches failed, region or account in the alarm: false, messages: 0
function: watches failed, region or account in the alarm: false, messages: 0
topic: watches failed, region or account in the alarm: false, messages: 0
queue of another stack: Cannot create an Alarm in region 'eu-west-1' based on metric 'ApproximateNumberOfMessagesVisible' in 'us-east-1'
END
