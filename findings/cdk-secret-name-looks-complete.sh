#!/usr/bin/env bash
# The name of a secret that ends with a hyphen and six characters confuses CDK: an ARN without the random suffix passes as complete, and for
# `fromSecretPartialArn` too `secretName` is cut to `prod/my`, which is another secret or none.
# version: aws-cdk-lib 2.276.0
# our code: cdk/api-key-secret.ts passes the ARN on if the name does not end it
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Secret } = require('aws-cdk-lib/aws-secretsmanager');
const stack = new Stack(new App(), 'Test');
const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/my-secret';
const complete = Secret.fromSecretCompleteArn(stack, 'Complete', arn);
const partial = Secret.fromSecretPartialArn(stack, 'Partial', arn);
console.log(`complete: ${complete.secretFullArn === arn}, ${complete.secretName}; partial: ${partial.secretName}`);
END
seen=$(node app.cjs 2>/dev/null)
echo "the secret prod/my-secret: $seen"
[ "$seen" = 'complete: true, prod/my; partial: prod/my' ]
