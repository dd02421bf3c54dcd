#!/usr/bin/env bash
# Two notifications of uploads with overlapping filters pass CDK's synthesis without a word, also with CDK's validation of resources, though S3
# rejects the pair ("Configurations overlap") when the stack is deployed.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: cdk/surroundings.ts warns of a notification that overlaps with ours
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Annotations, Match } = require('aws-cdk-lib/assertions');
const { Bucket, EventType } = require('aws-cdk-lib/aws-s3');
const { SqsDestination } = require('aws-cdk-lib/aws-s3-notifications');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const app = new App({ context: require('./node_modules/aws-cdk-lib/recommended-feature-flags.json') });
const stack = new Stack(app, 'Test');
const bucket = new Bucket(stack, 'Recordings');
const to = (id) => new SqsDestination(new Queue(stack, id));
bucket.addEventNotification(EventType.OBJECT_CREATED, to('All'));
bucket.addEventNotification(EventType.OBJECT_CREATED_PUT, to('Manifests'), { suffix: 'manifest.json' });
app.synth();
const { Properties } = Object.values(app.synth().getStackByName('Test').template.Resources).find(
  ({ Type }) => Type === 'Custom::S3BucketNotifications',
);
const told = ['findWarning', 'findError'].flatMap((find) => Annotations.fromStack(stack)[find]('*', Match.anyValue()));
console.log(`${Properties.NotificationConfiguration.QueueConfigurations.length} configurations, ${told.length} warnings`);
END
seen=$(node app.cjs 2>/dev/null)
echo "aws-cdk-lib 2.276.0: $seen"
[ "$seen" = '2 configurations, 0 warnings' ]
