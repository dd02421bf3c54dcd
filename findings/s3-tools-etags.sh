#!/usr/bin/env bash
# One file of 20 MiB gets four ETags from six uploaders: aws-cli and boto3 send parts of 8 MiB, s3cmd of 15, the SDK's lib-storage of 5, and
# rclone and s4cmd send one request. None but lib-storage sends a checksum that S3 would keep, so nothing tells that the objects are the same.
# version: aws-cli 2.9.19, boto3 1.26.27, s3cmd 2.3.0, s4cmd 2.1.0, rclone 1.60.1 (Debian 12), @aws-sdk/lib-storage 3.1169.0
# our code: voice-folder/s3/twins.ts takes an ETag for a hint only; cli/drop/content.ts uses parts of 8 MiB
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0 @aws-sdk/lib-storage@3.1169.0
apt-get download -qq 'awscli=2.9.19-*' 's3cmd=2.3.0-*' 's4cmd=2.1.0+*' 'rclone=1.60.1+*' 'python3-boto3=1.26.27+*' python3-botocore \
  python3-s3transfer python3-awscrt python3-colorama python3-docutils python3-distro python3-jmespath python3-prompt-toolkit \
  python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib python3-dateutil python3-urllib3 python3-six python3-cryptography \
  python3-cffi-backend python3-roman python3-magic python3-requests python3-chardet python3-idna python3-certifi \
  python3-charset-normalizer python3-tz 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

# Notes each upload's ETag, made as S3 does, and the checksums that were sent.
cat > s3.mjs <<'END'
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const md5 = (bytes) => createHash('md5').update(bytes).digest();
const uploads = new Map();
const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://s3');
  const body = Buffer.concat(await request.toArray());
  const tool = url.pathname.split('/')[2];
  const [part, id] = [url.searchParams.get('partNumber'), url.searchParams.get('uploadId')];
  const checksum =
    request.headers['x-amz-checksum-algorithm'] ??
    Object.keys(request.headers).find((name) => name.startsWith('x-amz-checksum-'));
  const note = (etag, kept) => appendFileSync('uploads', `${tool} ${etag} ${kept ?? 'no checksum'}\n`);
  if (request.method === 'POST' && url.searchParams.has('uploads')) {
    uploads.set(tool, { parts: [], checksum });
    return response.end(`<InitiateMultipartUploadResult><UploadId>${tool}</UploadId></InitiateMultipartUploadResult>`);
  }
  if (request.method === 'POST') {
    const { parts, checksum: kept } = uploads.get(id);
    note(`${md5(Buffer.concat(parts)).toString('hex')}-${parts.length}`, kept);
    return response.end('<CompleteMultipartUploadResult><Key>k</Key><ETag>"1"</ETag></CompleteMultipartUploadResult>');
  }
  if (request.method === 'PUT' && body.length > 0) {
    const digest = md5(body);
    response.setHeader('etag', `"${digest.toString('hex')}"`);
    if (part) uploads.get(id).parts[part - 1] = digest;
    else note(digest.toString('hex'), checksum);
    return response.end();
  }
  if (request.method === 'HEAD') return response.writeHead(404).end();
  response.end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
host=127.0.0.1:$(cat port)

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export PYTHONPATH=$dir/usr/lib/python3/dist-packages
head -c 20971520 /dev/zero | tr '\0' s >one.wav
python=/usr/bin/python3
{
  $python usr/bin/aws --endpoint-url "http://$host" s3 cp one.wav s3://voices/aws-cli/one.wav
  $python -c "import boto3; boto3.client('s3', endpoint_url='http://$host').upload_file('one.wav', 'voices', 'boto3/one.wav')"
  $python usr/bin/s3cmd --host="$host" --host-bucket="$host" --no-ssl put one.wav s3://voices/s3cmd/one.wav
  $python usr/bin/s4cmd --endpoint-url "http://$host" put one.wav s3://voices/s4cmd/one.wav
  usr/bin/rclone copyto one.wav ":s3,provider=Other,env_auth,endpoint='http://$host':voices/rclone/one.wav" --s3-no-head
} >log 2>&1 || cat log
cat > upload.mjs <<'END'
import { createReadStream } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
const client = new S3Client({ endpoint: process.argv[2], region: 'us-east-1', forcePathStyle: true });
const params = { Bucket: 'voices', Key: 'lib-storage/one.wav', Body: createReadStream('one.wav') };
await new Upload({ client, params }).done();
END
node upload.mjs "http://$host"
cat uploads
diff uploads - <<'END'
aws-cli 79d9cda436de9b689886a061e4bba378-3 no checksum
boto3 79d9cda436de9b689886a061e4bba378-3 no checksum
s3cmd fb8bd8d87787d6fa465e81e2fcb0733d-2 no checksum
s4cmd afa11974c014f59ae4e6a31ffb422b68 no checksum
rclone afa11974c014f59ae4e6a31ffb422b68 no checksum
lib-storage d95ebeece7f721cd727df56bc03b343a-4 CRC32
END
