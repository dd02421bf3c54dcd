#!/usr/bin/env bash
# `RemovalPolicies.of(bucket).retain()`, to keep the recordings, also keeps the bucket's notification and an inline policy of the role that sets it,
# but neither queue nor role: after `cdk destroy`, S3 goes on sending, and IAM deletes no role that has an inline policy ("DeleteRole"). Synthesis with
# CDK's validation does not warn. `removalPolicy` of the bucket keeps the bucket alone.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: cdk/surroundings.ts warns of a notification that outlives its queue
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, RemovalPolicies, RemovalPolicy, Stack } = require('aws-cdk-lib');
const { Bucket } = require('aws-cdk-lib/aws-s3');
const { SqsDestination } = require('aws-cdk-lib/aws-s3-notifications');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const context = { ...require('aws-cdk-lib/recommended-feature-flags.json'), '@aws-cdk/core:validateAgainstDefaultRules': true };
function kept(removalPolicy) {
  const app = new App({ context });
  const stack = new Stack(app, 'Test');
  const bucket = new Bucket(stack, 'Recordings', { removalPolicy });
  bucket.addObjectCreatedNotification(new SqsDestination(new Queue(stack, 'Uploads')));
  if (!removalPolicy) RemovalPolicies.of(bucket).retain();
  const { template, messages } = app.synth().getStackByName('Test');
  const types = Object.values(template.Resources)
    .filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')
    .map(({ Type }) => Type.split('::').at(-1));
  return `${types.sort().join(' ')} (${messages.length} messages)`;
}
console.log(`prop: ${kept(RemovalPolicy.RETAIN)}; RemovalPolicies: ${kept()}`);
END
seen=$(node app.cjs 2>/dev/null)
echo "retained by $seen"
[ "$seen" = 'prop: Bucket (0 messages); RemovalPolicies: Bucket Policy S3BucketNotifications (0 messages)' ]
