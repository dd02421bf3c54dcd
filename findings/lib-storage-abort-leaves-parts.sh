#!/usr/bin/env bash
# `Upload.abort()` of @aws-sdk/lib-storage rejects at once, lets the parts in flight be uploaded to their end, and only then deletes the
# upload in the background: a program that exits when the promise rejects leaves the parts in the bucket, and pays for them.
# version: @aws-sdk/lib-storage 3.1169.0
# our code: cli/drop/upload-file.ts sends the parts itself, and deletes them before it rejects
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0 @aws-sdk/lib-storage@3.1169.0

cat > abort.mjs <<'END'
import { createServer } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

let upload;
const deleted = Promise.withResolvers();
const server = createServer(async (request, response) => {
  await request.toArray();
  if (request.method === 'POST') {
    response.end('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
  } else if (request.method === 'PUT') {
    // Both parts are being uploaded; they take a second.
    if (request.url.includes('partNumber=2')) void upload.abort();
    setTimeout(() => {
      console.log('part uploaded');
      response.setHeader('etag', '"1"').end();
    }, 1000);
  } else {
    console.log('parts deleted');
    response.writeHead(204).end();
    deleted.resolve();
  }
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const client = new S3Client({
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${server.address().port}`,
  forcePathStyle: true,
  credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
});
const params = { Bucket: 'bucket', Key: 'one.wav', Body: Buffer.alloc(30 << 20) };
upload = new Upload({ client, params, queueSize: 2, partSize: 5 << 20 });
await upload.done().catch(({ name }) => console.log(`rejected: ${name}`));
await deleted.promise;
server.closeAllConnections();
server.close();
END
node abort.mjs | tee seen
diff seen - <<'END'
rejected: AbortError
part uploaded
part uploaded
parts deleted
END
