#!/usr/bin/env bash
# smart_open stores half of a file if the program that writes it fails: `with open('s3://…/manifest.json', 'w')` in text, or in whatever ends with .gz, uploads on an exception what there is, and S3 reports a new object. In
# bytes ('wb') it gives up the upload, as one expects, and the bucket has no object.
# version: python3-smart-open 5.2.1, boto3 1.26.27 (Debian 12)
# our code: the function reports half a manifest as INVALID_MANIFEST (voice-folder/fault.ts), and its next upload clones
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'python3-smart-open=5.2.1-*' 'python3-boto3=1.26.27*' python3-botocore python3-s3transfer python3-jmespath python3-urllib3 python3-six python3-dateutil python3-requests python3-certifi \
  python3-chardet python3-charset-normalizer python3-idna 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

# What smart_open needs of S3.
cat > s3.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const { pathname, searchParams } = new URL(request.url, 'http://s3');
  const xml = (text) => response.setHeader('content-type', 'application/xml').end(text);
  if (searchParams.has('uploads')) return xml('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
  if (request.method === 'POST') {
    console.log(`stored ${pathname}`);
    return xml('<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>');
  }
  if (request.method === 'DELETE') console.log(`gave up ${pathname}`);
  if (request.method === 'PUT' && pathname.endsWith('.json')) console.log(`${pathname}: ${body}`);
  response.setHeader('etag', '"e"').end();
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs > seen &
server=$!
until [ -s port ]; do sleep 0.1; done

cat > write.py <<'END'
import sys
import boto3
from smart_open import open

s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id='id', aws_secret_access_key='secret')
for name, mode, part in (('manifest.json', 'w', '{"name": "Alice", '), ('one.wav', 'wb', b'RIFF'), ('one.wav.gz', 'wb', b'RIFF')):
    try:
        with open(f's3://voices/{name}', mode, transport_params={'client': s3}) as file:
            file.write(part)
            raise RuntimeError('the recorder was unplugged')
    except RuntimeError:
        pass
END
env -u AWS_CA_BUNDLE HOME="$dir" PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 write.py "http://127.0.0.1:$(cat port)"
cat seen
diff seen - <<'END'
/voices/manifest.json: {"name": "Alice", 
stored /voices/manifest.json
gave up /voices/one.wav
stored /voices/one.wav.gz
END
echo 'half of a manifest was stored'
