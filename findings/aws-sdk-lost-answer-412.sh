#!/usr/bin/env bash
# A conditional write of the AWS SDK can fail with its own success: if the answer to `PutObject` with `IfNoneMatch: '*'` is lost, the SDK
# repeats the request and reports the 412 that its first one caused.
# version: @aws-sdk/client-s3 3.1169.0
# our code: voice-folder/s3/put-text-if.ts reads the object back after a 412 and compares its bytes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0

cat > put.mjs <<'END'
import { createServer } from 'node:http';
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';

const objects = new Map();
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  if (objects.has(request.url)) return response.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>');
  objects.set(request.url, body);
  request.socket.destroy();
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const client = new S3Client({
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${server.address().port}`,
  forcePathStyle: true,
  credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
});
const put = new PutObjectCommand({ Bucket: 'bucket', Key: 'claim', Body: 'mine', IfNoneMatch: '*' });
const said = await client.send(put).then(
  () => 'written',
  ({ name, $metadata }) => `${name}, attempts: ${$metadata.attempts}`,
);
console.log(`${objects.size} object written, the SDK says: ${said}`);
server.close();
END
seen=$(node put.mjs)
echo "$seen"
[ "$seen" = '1 object written, the SDK says: PreconditionFailed, attempts: 2' ]
