#!/usr/bin/env bash
# A bucket with `RemovalPolicy.RETAIN` outlives its stack, but its policy does not: CDK gives the policy no DeletionPolicy, so that `cdk destroy`
# leaves the recordings without their TLS-only rule.
# version: aws-cdk-lib 2.276.0
# our code: cdk/buckets.ts applies the bucket's removal policy to its policy
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, RemovalPolicy, Stack } = require('aws-cdk-lib');
const { Bucket } = require('aws-cdk-lib/aws-s3');
const app = new App();
new Bucket(new Stack(app, 'Test'), 'Recordings', { enforceSSL: true, removalPolicy: RemovalPolicy.RETAIN });
const { Resources } = app.synth().getStackByName('Test').template;
const kept = Object.values(Resources)
  .filter(({ Type }) => Type.startsWith('AWS::S3::'))
  .map(({ Type, DeletionPolicy = 'none' }) => `${Type} ${DeletionPolicy}`);
console.log(kept.join(', '));
END
seen=$(node app.cjs 2>/dev/null)
echo "DeletionPolicy: $seen"
[ "$seen" = 'AWS::S3::Bucket Retain, AWS::S3::BucketPolicy none' ]
