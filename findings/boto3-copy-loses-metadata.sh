#!/usr/bin/env bash
# boto3's `copy` keeps metadata and Content-Type of a small object, and loses both for one above 8 MiB, which it copies in parts: a recording
# becomes binary/octet-stream, and what a tool noted in its metadata is gone.
# version: boto3 1.26.27 (Debian 12)
# our code: shared/audio-formats.ts takes the media type from the extension, never from S3
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'python3-boto3=1.26.27+*' python3-botocore python3-s3transfer python3-jmespath python3-dateutil python3-urllib3 \
  python3-six python3-requests python3-chardet python3-idna python3-certifi python3-charset-normalizer 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

# A bucket with a small and a large object, both with metadata. Notes how a copy is requested.
cat > s3.mjs <<'END'
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  await request.toArray();
  const { 'x-amz-copy-source': source, 'content-type': type, 'x-amz-meta-speaker': speaker } = request.headers;
  const name = request.url.includes('large') ? 'large' : 'small';
  if (request.method === 'HEAD') {
    response.setHeader('content-length', name === 'large' ? 20_000_000 : 1000).setHeader('content-type', 'audio/wav');
    return response.setHeader('x-amz-meta-speaker', 'Alice').setHeader('etag', '"0"').end();
  }
  if (request.method === 'POST' && request.url.includes('uploads')) {
    appendFileSync('copies', `${name}: new object in parts, type ${type}, speaker ${speaker}\n`);
    return response.end('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
  }
  if (request.method === 'POST') {
    return response.end('<CompleteMultipartUploadResult><ETag>"0"</ETag></CompleteMultipartUploadResult>');
  }
  if (request.url.includes('partNumber')) return response.end('<CopyPartResult><ETag>"0"</ETag></CopyPartResult>');
  const directive = request.headers['x-amz-metadata-directive'] ?? 'none';
  appendFileSync('copies', `${name}: copy of ${source}, directive ${directive}\n`);
  response.end('<CopyObjectResult><ETag>"0"</ETag></CopyObjectResult>');
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1
PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -c "
import boto3
s3 = boto3.client('s3', endpoint_url='http://127.0.0.1:$(cat port)')
for name in 'small', 'large':
    s3.copy({'Bucket': 'voices', 'Key': f'{name}.wav'}, 'voices', f'copy/{name}.wav')
"
cat copies
diff copies - <<'END'
small: copy of voices/small.wav, directive none
large: new object in parts, type undefined, speaker undefined
END
