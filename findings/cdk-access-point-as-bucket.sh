#!/usr/bin/env bash
# `Bucket.fromBucketArn` takes an access point's ARN for a bucket called `accesspoint`. From a folder's ARN it takes only the bucket's name, but grants end
# at the folder's ARN. Nothing complains before the deployment.
# version: aws-cdk-lib 2.276.0
# our code: cdk/checks.ts refuses both
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Bucket } = require('aws-cdk-lib/aws-s3');
const stack = new Stack(new App(), 'Test');
const point = Bucket.fromBucketArn(stack, 'Point', 'arn:aws:s3:eu-west-1:111122223333:accesspoint/recordings');
const folder = Bucket.fromBucketArn(stack, 'Folder', 'arn:aws:s3:::recordings/sales');
console.log(`${point.bucketName}; ${folder.bucketName} with ${folder.arnForObjects('*')}`);
END
seen=$(node app.cjs 2>/dev/null)
echo "bucketName: $seen"
[ "$seen" = 'accesspoint; recordings with arn:aws:s3:::recordings/sales/*' ]
