#!/usr/bin/env bash
# `PutObject` with the stream of a symbolic link declares the length of the link, not of the file that it sends: 7 bytes for 100,000.
# version: @aws-sdk/client-s3 3.1169.0
# our code: cli/drop/upload-file.ts reads files itself and declares what it measured
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0
head -c 100000 /dev/zero >one.wav
ln -s one.wav two.wav

cat > put.mjs <<'END'
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const chunk = parseInt(body.toString('latin1'), 16);
  console.log(`${request.url}: declared ${request.headers['x-amz-decoded-content-length']}, first chunk ${chunk}`);
  response.end();
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const client = new S3Client({
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${server.address().port}`,
  forcePathStyle: true,
  credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
});
for (const file of ['one.wav', 'two.wav']) {
  const Body = createReadStream(file, { highWaterMark: 200_000 });
  await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: file, Body }));
}
server.closeAllConnections();
server.close();
END
node put.mjs | tee seen
diff seen - <<'END'
/bucket/one.wav?x-id=PutObject: declared 100000, first chunk 100000
/bucket/two.wav?x-id=PutObject: declared 7, first chunk 100000
END
