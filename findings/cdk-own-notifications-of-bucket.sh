#!/usr/bin/env bash
# `addEventNotification` on a bucket whose CloudFormation resource sets notifications itself leaves two masters without a warning: through an override
# CDK's function replaces them (Managed: true), through `Bucket.fromCfnBucket` it merges, until CloudFormation's next change removes what it added.
# version: aws-cdk-lib 2.276.0
# our code: cdk/surroundings.ts warns, each with its consequence
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Annotations, Match } = require('aws-cdk-lib/assertions');
const { Bucket, CfnBucket, EventType } = require('aws-cdk-lib/aws-s3');
const { SqsDestination } = require('aws-cdk-lib/aws-s3-notifications');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
const buckets = {
  override(stack) {
    const bucket = new Bucket(stack, 'Bucket');
    bucket.node.defaultChild.notificationConfiguration = notificationConfiguration;
    return bucket;
  },
  fromCfnBucket: (stack) => Bucket.fromCfnBucket(new CfnBucket(stack, 'Bucket', { notificationConfiguration })),
};
for (const [name, make] of Object.entries(buckets)) {
  const app = new App();
  const stack = new Stack(app, 'Test');
  make(stack).addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(new Queue(stack, 'Queue')));
  const resources = Object.values(app.synth().getStackByName('Test').template.Resources);
  const find = (type) => resources.find(({ Type }) => Type === type).Properties;
  const { Managed, NotificationConfiguration } = find('Custom::S3BucketNotifications');
  const own = Object.keys(find('AWS::S3::Bucket').NotificationConfiguration);
  const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue()).length;
  console.log(`${name}: ${own} and ${Object.keys(NotificationConfiguration)}, Managed ${Managed}, ${warnings} warnings`);
}
END
node app.cjs 2>/dev/null | tee seen
[ "$(cat seen)" = 'override: EventBridgeConfiguration and QueueConfigurations, Managed true, 0 warnings
fromCfnBucket: EventBridgeConfiguration and QueueConfigurations, Managed false, 0 warnings' ]
