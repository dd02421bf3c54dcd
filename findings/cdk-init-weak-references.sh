#!/usr/bin/env bash
# An app made by `cdk init` refers to other stacks weakly: it reads their values with `Fn::GetStackOutput` instead of `Fn::ImportValue`, and nothing keeps
# the other stack from being deleted. Tools that read templates have to know the new function, which the same code produces only in such an app.
# version: aws-cdk 2.1148.1, aws-cdk-lib 2.276.0
# our code: cdk/acknowledgements.ts formats any function; test/cdk/validation.exhaustive.ts runs with weak, both and strong references
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk@2.1148.1 aws-cdk-lib@2.276.0 constructs@10.8.1
mkdir media
(cd media && HOME="$dir" CI=1 ../node_modules/.bin/cdk init app --language typescript --generate-only >/dev/null 2>&1)

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Bucket } = require('aws-cdk-lib/aws-s3');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const { context } = require('./media/cdk.json');
for (const [name, flags] of Object.entries({ 'cdk init': context, 'no flags': {} })) {
  const app = new App({ context: flags });
  const bucket = new Bucket(new Stack(app, 'Data'), 'Recordings');
  const user = new Stack(app, 'User');
  new Queue(user, 'Queue', { queueName: bucket.bucketName });
  const resources = Object.values(app.synth().getStackByName('User').template.Resources);
  const { QueueName } = resources.find(({ Type }) => Type === 'AWS::SQS::Queue').Properties;
  console.log(`${name}: ${Object.keys(QueueName).join()}`);
}
END
node app.cjs 2>/dev/null | tee seen
[ "$(cat seen)" = 'cdk init: Fn::GetStackOutput
no flags: Fn::ImportValue' ]
