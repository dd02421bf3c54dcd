#!/usr/bin/env bash
# A grant to an account or a service on an imported bucket, topic or key has `success`, and `assertSuccess()` passes, though nothing at all is in the
# template: CDK counts the statement for the resource's policy, which it cannot change.
# version: aws-cdk-lib 2.276.0
# our code: cdk/grants.ts returns a grant without success, and warns with the statements that the policy must contain
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { AccountPrincipal, ServicePrincipal } = require('aws-cdk-lib/aws-iam');
const { Key } = require('aws-cdk-lib/aws-kms');
const { Bucket } = require('aws-cdk-lib/aws-s3');
const { Topic } = require('aws-cdk-lib/aws-sns');
const app = new App();
const stack = new Stack(app, 'Test');
const grants = {
  bucket: Bucket.fromBucketName(stack, 'Bucket', 'recordings').grantRead(new AccountPrincipal('444455556666')),
  topic: Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:111122223333:ops').grantPublish(
    new ServicePrincipal('cloudwatch.amazonaws.com'),
  ),
  key: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1').grantDecrypt(
    new AccountPrincipal('444455556666'),
  ),
};
for (const grant of Object.values(grants)) grant.assertSuccess();
const { Resources = {} } = app.synth().getStackByName('Test').template;
const made = Object.values(Resources).filter(({ Type }) => Type !== 'AWS::CDK::Metadata');
const success = Object.entries(grants).map(([name, grant]) => `${name} ${grant.success}`);
console.log(`success: ${success.join(', ')}; resources: ${made.length}`);
END
seen=$(node app.cjs 2>/dev/null)
echo "aws-cdk-lib 2.276.0: $seen"
[ "$seen" = 'success: bucket true, topic true, key true; resources: 0' ]
