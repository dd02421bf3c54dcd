#!/usr/bin/env bash
# `requestTimeout` ends no request of the AWS SDK: when it is over, the SDK logs a warning and goes on waiting, unless
# `throwOnRequestTimeout` is set as well.
# version: @aws-sdk/client-s3 3.1169.0
# our code: functions/clone-voice/aws-requests.ts sets both
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0

cat > slow.mjs <<'END'
import { createServer } from 'node:http';
import { S3Client, HeadObjectCommand } from '@aws-sdk/client-s3';

// Answers after a second and a half.
const server = createServer((_, response) => setTimeout(() => response.end(), 1500));
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
for (const throwOnRequestTimeout of [undefined, true]) {
  const warnings = [];
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${server.address().port}`,
    credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
    maxAttempts: 1,
    requestHandler: { requestTimeout: 500, throwOnRequestTimeout },
    logger: { warn: (text) => warnings.push(text), debug() {}, info() {}, error() {}, trace() {} },
  });
  const answer = await client.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'key' })).then(
    ({ $metadata }) => $metadata.httpStatusCode,
    (error) => error.name,
  );
  console.log(`limit 500 ms, throwOnRequestTimeout ${throwOnRequestTimeout}: ${answer}, ${warnings.length} warnings`);
  for (const text of warnings) console.error(text);
}
server.closeAllConnections();
server.close();
END
node slow.mjs | tee seen
diff seen - <<'END'
limit 500 ms, throwOnRequestTimeout undefined: 200, 1 warnings
limit 500 ms, throwOnRequestTimeout true: TimeoutError, 0 warnings
END
