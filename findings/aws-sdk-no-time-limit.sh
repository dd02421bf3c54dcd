#!/usr/bin/env bash
# A client of the AWS SDK waits forever: its default configuration limits neither connecting, nor the request, nor the time that a socket is silent.
# version: @aws-sdk/client-s3 3.1169.0
# our code: functions/clone-voice/aws-requests.ts, functions/clone-voice/handler.ts and cli/s3/transport.ts set their own
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0

cat > limits.mjs <<'END'
import { S3Client } from '@aws-sdk/client-s3';
const { requestHandler } = new S3Client({ region: 'us-east-1' }).config;
const config = await requestHandler.configProvider;
const names = ['connectionTimeout', 'requestTimeout', 'socketTimeout'];
console.log(JSON.stringify(names.map((name) => config[name] ?? null)));
END
seen=$(node limits.mjs)
echo "connectionTimeout, requestTimeout, socketTimeout: $seen"
[ "$seen" = '[null,null,null]' ]
