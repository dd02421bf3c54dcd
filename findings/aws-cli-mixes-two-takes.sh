#!/usr/bin/env bash
# aws-cli and boto3 make one file of two takes, with exit code 0, if a recording above 8 MiB is replaced while they transfer it: to upload, they open the file anew for each part (an editor that
# saves puts another one in its place), to download, they ask for each part of whatever object is there by then.
# version: aws-cli 2.9.19, boto3 1.26.27 (Debian 12)
# our code: cli/drop/upload-file.ts opens a recording once and sees whether it changes; functions/clone-voice/send/s3-samples.ts asks for the ETag that was judged
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'awscli=2.9.19-*' 'python3-boto3=1.26.27+*' 'python3-botocore=1.29.27+*' python3-s3transfer python3-awscrt python3-colorama python3-docutils \
  python3-distro python3-jmespath python3-prompt-toolkit python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib python3-dateutil python3-urllib3 python3-six \
  python3-cryptography python3-cffi-backend python3-roman python3-requests python3-certifi python3-chardet python3-idna 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

# As much of S3 as this needs. While the first part of a take is under way, another take gets its name.
cat > s3.mjs <<'END'
import { createHash } from 'node:crypto';
import { appendFileSync, copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const takes = ['A', 'B'].map((letter) => {
  const sound = readFileSync(`${letter}.wav`);
  return { sound, etag: `"${createHash('md5').update(sound).digest('hex')}"` };
});
const downloads = {};
const parts = {};
const server = createServer(async (request, response) => {
  const { method, headers, url } = request;
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const key = pathname.slice('/voices/'.length);
  response.setHeader('content-type', 'application/xml');
  if (key.startsWith('download/') && (method === 'HEAD' || method === 'GET')) {
    const { sound, etag } = takes[downloads[key] ? 1 : 0];
    if (headers['if-match'] && headers['if-match'] !== etag) return response.writeHead(412).end();
    const [, from, to] = /(\d+)-(\d*)/.exec(headers.range ?? '0-') ?? [];
    const body = sound.subarray(Number(from), to ? Number(to) + 1 : sound.length);
    const end = Number(from) + body.length - 1;
    response.writeHead(headers.range ? 206 : 200, {
      etag, 'content-length': body.length, 'last-modified': 'Sat, 28 Nov 2026 09:00:00 GMT', 'content-type': 'audio/wav',
      ...(headers.range && { 'content-range': `bytes ${from}-${end}/${sound.length}` }),
    });
    if (method === 'GET') downloads[key] = true;
    return response.end(method === 'GET' ? body : undefined);
  }
  const body = Buffer.concat(await request.toArray());
  if (method === 'HEAD') return response.writeHead(404).end();
  if (method === 'PUT') {
    (parts[key] ??= {})[searchParams.get('partNumber')] = [body.at(0), body.at(-1)];
    copyFileSync('B.wav', 'saved');
    renameSync('saved', 'take.wav');
    return response.setHeader('etag', `"${createHash('md5').update(body).digest('hex')}"`).end();
  }
  if (searchParams.has('uploads')) return response.end('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
  const sound = [...new Set(Object.values(parts[key]).flat())].map((byte) => String.fromCharCode(byte));
  appendFileSync('uploads', `${key}: ${sound.join(' and ')}\n`);
  response.end('<CompleteMultipartUploadResult><ETag>"0-1"</ETag></CompleteMultipartUploadResult>');
});
server.listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
# Twelve parts: aws-cli sends ten at once.
for letter in A B; do head -c 96M /dev/zero | tr '\0' $letter >$letter.wav; done
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
endpoint=http://127.0.0.1:$(cat port)

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export PYTHONPATH=$dir/usr/lib/python3/dist-packages
cat > boto.py <<'END'
import sys
import boto3
s3 = boto3.client('s3', endpoint_url=sys.argv[1])
if sys.argv[2] == 'upload':
    s3.upload_file('take.wav', 'voices', 'upload/boto3')
else:
    s3.download_file('voices', 'download/boto3', 'boto3.wav')
END
for tool in aws-cli boto3; do
  cp A.wav take.wav
  if [ $tool = boto3 ]; then
    /usr/bin/python3 boto.py "$endpoint" upload
    /usr/bin/python3 boto.py "$endpoint" download
  else
    /usr/bin/python3 usr/bin/aws --endpoint-url "$endpoint" s3 cp --quiet take.wav s3://voices/upload/aws-cli
    /usr/bin/python3 usr/bin/aws --endpoint-url "$endpoint" s3 cp --quiet s3://voices/download/aws-cli aws-cli.wav
  fi
  echo "download/$tool: $(tr -s AB <$tool.wav | fold -w 1 | sort -u | paste -sd, | sed 's/,/ and /')" >>downloads
done
sort uploads downloads | tee seen
diff seen - <<'END'
download/aws-cli: A and B
download/boto3: A and B
upload/aws-cli: A and B
upload/boto3: A and B
END
echo 'one file of two takes'
