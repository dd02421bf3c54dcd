#!/usr/bin/env bash
# One KMS key for a bucket and the queue that it notifies, all in one stack, cannot be deployed: `SqsDestination` writes the bucket's ARN into the
# key's policy, and the bucket needs the key.
# version: aws-cdk-lib 2.276.0
# our code: cdk/uploads.ts has a destination of its own, and cdk/keys.ts a statement without the bucket
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Template } = require('aws-cdk-lib/assertions');
const { Key } = require('aws-cdk-lib/aws-kms');
const { Bucket, EventType } = require('aws-cdk-lib/aws-s3');
const { SqsDestination } = require('aws-cdk-lib/aws-s3-notifications');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const app = new App();
const stack = new Stack(app, 'Test');
const encryptionKey = new Key(stack, 'Key');
const queue = new Queue(stack, 'Uploads', { encryptionMasterKey: encryptionKey });
new Bucket(stack, 'Recordings', { encryptionKey }).addEventNotification(
  EventType.OBJECT_CREATED,
  new SqsDestination(queue),
);
app.synth();
try {
  Template.fromStack(stack);
} catch (error) {
  console.log(error.message.replace(/[0-9A-F]{8}/g, '').split('\n')[0]);
}
END
seen=$(node app.cjs 2>/dev/null)
echo "app.synth() says nothing; the template: $seen"
[[ $seen == *'dependency cycle: Key -> Recordings -> Key'* ]]
