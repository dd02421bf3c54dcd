#!/usr/bin/env bash
# The AWS SDK takes any 200 for an answer from S3: behind a network's sign-in page, uploads succeed, buckets are empty and objects exist.
# version: @aws-sdk/client-s3 3.1169.0
# our code: cli/s3/not-s3.ts rejects answers that are not from S3
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0

cat > page.mjs <<'END'
import { createServer } from 'node:http';
import * as s3 from '@aws-sdk/client-s3';

const server = createServer(async (request, response) => {
  await request.toArray();
  response.setHeader('content-type', 'text/html').end('<!doctype html><html><h1>Please sign in</h1></html>');
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const client = new s3.S3Client({
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${server.address().port}`,
  forcePathStyle: true,
  credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
});
const object = { Bucket: 'bucket', Key: 'key' };
const commands = [
  new s3.PutObjectCommand({ ...object, Body: 'sound' }),
  new s3.HeadObjectCommand(object),
  new s3.ListObjectsV2Command(object),
  new s3.CopyObjectCommand({ ...object, CopySource: 'bucket/other' }),
  new s3.DeleteObjectsCommand({ ...object, Delete: { Objects: [object] } }),
];
for (const command of commands) {
  const said = await client.send(command).then(
    ({ ETag, Contents, Deleted }) => `success, ETag ${ETag}, Contents ${Contents}, Deleted ${Deleted}`,
    ({ name }) => name,
  );
  console.log(`${command.constructor.name}: ${said}`);
}
server.closeAllConnections();
server.close();
END
node page.mjs | tee seen
[ "$(grep -c ': success, ETag undefined, Contents undefined, Deleted undefined$' seen)" = 5 ]
