#!/usr/bin/env bash
# Bun's `presign` with `method: 'PUT'` and `type` signs no Content-Type: it asks that a download be answered with that type (response-content-type), so that the URL takes an upload of any type. Nor does its S3 client
# keep the type of a Blob: a browser's recording (`audio/webm`) that a server stores as `take.webm` is a video/webm, as `take` binary. Only `type` of `write` is stored.
# version: Bun 1.4.5 (npm's @oven/bun-linux-x64)
# our code: shared/audio-formats.ts takes the media type from the extension, never from S3
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @oven/bun-linux-x64@1.4.5
chmod +x node_modules/@oven/bun-linux-x64/bin/bun

cat > s3.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  await request.toArray();
  console.log(`${request.url.split('/').at(-1)}: stored as ${request.headers['content-type']}`);
  response.setHeader('etag', '"e"').end();
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs > stored &
server=$!
until [ -s port ]; do sleep 0.1; done

cat > upload.ts <<'END'
import { S3Client } from 'bun';

const s3 = new S3Client({ accessKeyId: 'id', secretAccessKey: 'secret', bucket: 'voices', region: 'us-east-1', endpoint: process.argv[2] });
const { searchParams } = new URL(s3.presign('take.webm', { method: 'PUT', type: 'audio/webm' }));
console.log(`presigned PUT: signed headers ${searchParams.get('X-Amz-SignedHeaders')}, response-content-type ${searchParams.get('response-content-type')}`);
const recording = new Blob(['a recording'], { type: 'audio/webm' });
await s3.write('take.webm', recording);
await s3.write('take', recording);
await s3.write('response.webm', new Response(recording, { headers: { 'content-type': 'audio/webm' } }));
await s3.write('with-type.webm', recording, { type: recording.type });
END
{ node_modules/@oven/bun-linux-x64/bin/bun upload.ts "http://127.0.0.1:$(cat port)"; cat stored; } | tee seen
diff seen - <<'END'
presigned PUT: signed headers host, response-content-type audio/webm
take.webm: stored as video/webm
take: stored as application/octet-stream
response.webm: stored as video/webm
with-type.webm: stored as audio/webm
END
echo 'the type of a recording was not kept'
