#!/usr/bin/env bash
# minio-js continues any unfinished upload of a key that it finds in the bucket, even one that another tool is still making: the recording gets that one's
# Content-Type, metadata and encryption instead of its own, and the other tool's parts fail ("NoSuchUpload"). It also numbers its parts from 2. So does every
# upload of a stream, however short.
# version: minio 8.0.7 (npm), @aws-sdk/client-s3 3.1169.0
# our code: cli/drop/upload-file.ts begins an upload of its own, and ends only that
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts minio@8.0.7 @aws-sdk/client-s3@3.1169.0

cat > see.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { CreateMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { Client } from 'minio';

// As much of S3 as uploads in parts need.
const uploads = new Map();
const objects = new Map();
const store = createServer(async (request, response) => {
  const body = String(Buffer.concat(await request.toArray()).subarray(0, 1000));
  const { pathname, searchParams } = new URL(request.url, 'http://s3');
  const id = searchParams.get('uploadId');
  const headers = request.headers;
  response.setHeader('content-type', 'application/xml').setHeader('etag', '"0"');
  if (searchParams.has('uploads') && request.method === 'GET') {
    const list = [...uploads].map(([upload, { key }]) => `<Upload><Key>${key}</Key><UploadId>${upload}</UploadId><Initiated>2026-01-01T00:00:00Z</Initiated></Upload>`);
    return response.end(`<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${list.join('')}</ListMultipartUploadsResult>`);
  }
  if (searchParams.has('uploads')) {
    const upload = `upload-${uploads.size + 1}`;
    const { 'content-type': type, 'x-amz-meta-by': by, 'x-amz-server-side-encryption': encryption = 'default encryption' } = headers;
    uploads.set(upload, { key: pathname.replace('/voices/', ''), is: `${type}, by ${by}, ${encryption}` });
    return response.end(`<InitiateMultipartUploadResult><UploadId>${upload}</UploadId></InitiateMultipartUploadResult>`);
  }
  if (!uploads.has(id)) return response.writeHead(404).end('<Error><Code>NoSuchUpload</Code></Error>');
  if (request.method === 'GET') return response.end('<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>');
  if (request.method === 'PUT') return response.end();
  const numbers = [...body.matchAll(/<PartNumber>(\d+)/g)].map(([, number]) => number);
  objects.set(uploads.get(id).key, `${uploads.get(id).is}, of part ${numbers}`);
  uploads.delete(id);
  response.end('<CompleteMultipartUploadResult><Location>x</Location><Bucket>voices</Bucket><Key>x</Key><ETag>"0-1"</ETag></CompleteMultipartUploadResult>');
}).listen(0, '127.0.0.1');
await once(store, 'listening');
const { port } = store.address();

const credentials = { accessKeyId: 'id', secretAccessKey: 'key' };
const other = new S3Client({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', forcePathStyle: true, credentials });
const minio = new Client({ endPoint: '127.0.0.1', port, useSSL: false, region: 'us-east-1', accessKey: 'id', secretKey: 'key' });
const Bucket = 'voices';
const Key = 'alice/take.wav';
const upload = { Bucket, Key, ContentType: 'binary/octet-stream', Metadata: { by: 'another tool' }, ServerSideEncryption: 'AES256' };
const { UploadId } = await other.send(new CreateMultipartUploadCommand(upload));
for (const key of [Key, 'alice/two.wav']) {
  await minio.putObject(Bucket, key, Readable.from([Buffer.alloc(1000)]), undefined, { 'Content-Type': 'audio/wav', 'X-Amz-Meta-By': 'minio-js', 'X-Amz-Server-Side-Encryption': 'aws:kms' });
  console.log(`${key}: ${objects.get(key)}`);
}
const part = other.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'sound' }));
console.log(`the other tool's next part: ${await part.then(() => 'stored', ({ name }) => name)}`);
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
alice/take.wav: binary/octet-stream, by another tool, AES256, of part 2
alice/two.wav: audio/wav, by minio-js, aws:kms, of part 2
the other tool's next part: NoSuchUpload
END
