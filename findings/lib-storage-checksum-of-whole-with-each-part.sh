#!/usr/bin/env bash
# @aws-sdk/lib-storage sends `ContentMD5` and `ChecksumSHA256` of the whole file with every part of it: an integrity check that works up to 5 MB makes S3
# reject each larger recording (BadDigest). Of a SHA-256 it also announces CRC32 parts.
# version: @aws-sdk/lib-storage 3.1169.0, @aws-sdk/client-s3 3.1169.0
# our code: cli/drop/upload-file.ts sends the parts itself, and the SDK hashes each
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0 @aws-sdk/lib-storage@3.1169.0

cat > upload.mjs <<'END'
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

const hash = (algorithm, bytes) => createHash(algorithm).update(bytes).digest('base64');
let seen = [];
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const { 'content-md5': md5, 'x-amz-checksum-sha256': sha256, 'x-amz-checksum-algorithm': announced } = request.headers;
  if (request.method === 'PUT') {
    const isRight = md5 ? md5 === hash('md5', body) : sha256 === hash('sha256', body);
    seen.push(`${body.length} bytes ${isRight ? 'right' : 'wrong'}`);
    return response.setHeader('etag', '"0"').end();
  }
  if (announced) seen.push(`announces ${announced}`);
  const name = request.url.includes('uploads') ? 'InitiateMultipartUploadResult' : 'CompleteMultipartUploadResult';
  response.end(`<${name}><UploadId>1</UploadId><ETag>"0"</ETag></${name}>`);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = new S3Client({
  region: 'us-east-1', endpoint: `http://127.0.0.1:${server.address().port}`, forcePathStyle: true,
  credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
});
for (const size of [5_000_000, 6_000_000]) {
  const Body = Buffer.alloc(size, 'sound');
  for (const check of [{ ContentMD5: hash('md5', Body) }, { ChecksumSHA256: hash('sha256', Body) }]) {
    seen = [];
    await new Upload({ client, queueSize: 1, params: { Bucket: 'voices', Key: 'one.wav', Body, ...check } }).done();
    console.log(`${size} bytes, ${Object.keys(check)}: ${seen.join(', ')}`);
  }
}
process.exit();
END
node upload.mjs 2>/dev/null | tee seen
diff seen - <<'END'
5000000 bytes, ContentMD5: 5000000 bytes right
5000000 bytes, ChecksumSHA256: 5000000 bytes right
6000000 bytes, ContentMD5: announces CRC32, 5242880 bytes wrong, 757120 bytes wrong
6000000 bytes, ChecksumSHA256: announces CRC32, 5242880 bytes wrong, 757120 bytes wrong
END
