#!/usr/bin/env bash
# `encryptionKey` of a log group cannot be deployed with a key of the same app as it is: CDK does not let CloudWatch Logs use the key, which it does
# for a bucket's, queue's or secret's users, and neither synthesis nor CDK's validation with the recommended flags says that it is missing.
# version: aws-cdk-lib 2.276.0
# our code: cdk/keys.ts adds the statement for logs.REGION.amazonaws.com
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Key } = require('aws-cdk-lib/aws-kms');
const { LogGroup } = require('aws-cdk-lib/aws-logs');
const app = new App({ context: require('./node_modules/aws-cdk-lib/recommended-feature-flags.json') });
const stack = new Stack(app, 'Test');
new LogGroup(stack, 'Logs', { encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }) });
const { template, messages } = app.synth().getStackByName('Test');
const { KeyPolicy } = Object.values(template.Resources).find(({ Type }) => Type === 'AWS::KMS::Key').Properties;
const services = KeyPolicy.Statement.flatMap(({ Principal }) => Principal.Service ?? []);
const told = messages.filter(({ level }) => level !== 'info');
console.log(`services in the key's policy: ${services.length}; warnings and errors: ${told.length}`);
END
seen=$(node app.cjs 2>/dev/null)
echo "aws-cdk-lib 2.276.0: $seen"
[ "$seen" = "services in the key's policy: 0; warnings and errors: 0" ]
