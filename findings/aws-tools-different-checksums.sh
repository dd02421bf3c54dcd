#!/usr/bin/env bash
# Two tools of AWS give S3 different checksums of the same file by default: aws-cli a CRC64NVME, the JavaScript SDK a CRC-32, for parts too. S3
# keeps the one that was sent, so checksums do not tell whether two uploads are the same, and older tools send none (s3-tools-etags).
# version: aws-cli 2.23.6 (Debian 13), @aws-sdk/client-s3 and lib-storage 3.1169.0
# our code: voice-folder/identity.ts takes checksums for hints; the function hashes the recordings as it sends them
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0 @aws-sdk/lib-storage@3.1169.0

# Debian 13's packages from this machine's mirror, with lists of their own. They bring their Python and C library.
mkdir -p lists/partial
touch status
site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site trixie main" >trixie.list
apt=(apt-get -qq -o "Dir::Etc::sourcelist=$dir/trixie.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$dir/lists"
  -o "Dir::State::status=$dir/status" -o "Dir::Cache=$dir" -o Acquire::Languages=none)
"${apt[@]}" update 2>/dev/null
"${apt[@]}" download awscli=2.23.6-1 python3-awscrt python3-colorama python3-cryptography python3-cffi-backend python3-bcrypt \
  python3-dateutil python3-distro python3-docutils python3-roman python3-jmespath python3-prompt-toolkit python3-wcwidth \
  python3-ruamel.yaml python3-ruamel.yaml.clib python3-urllib3 python3-six python3-zipp python3-pyasn1 python3.13-minimal \
  libpython3.13-minimal libpython3.13-stdlib libc6 libssl3t64 libffi8 libexpat1 zlib1g libgcc-s1 libbz2-1.0 liblzma5 libuuid1 \
  libzstd1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > s3.mjs <<'END'
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const [, , tool, file] = request.url.split(/[/?]/);
  const { headers } = request;
  const isPart = request.url.includes('partNumber');
  response.setHeader('etag', '"0"');
  if (request.method === 'POST' && body.length > 0) {
    return response.end('<CompleteMultipartUploadResult><ETag>"0"</ETag></CompleteMultipartUploadResult>');
  }
  const checksum =
    headers['x-amz-checksum-algorithm'] ?? Object.keys(headers).find((name) => name.startsWith('x-amz-checksum-'));
  if (!isPart) appendFileSync('uploads', `${tool} ${file}: ${checksum}\n`);
  response.end('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
endpoint=http://127.0.0.1:$(cat port)

unset AWS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
head -c 20971520 /dev/zero >large.wav
head -c 1000 /dev/zero >small.wav
libraries=$dir/usr/lib/x86_64-linux-gnu
cat > upload.mjs <<'END'
import { readFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
const [, , endpoint, file] = process.argv;
const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true });
await new Upload({ client, params: { Bucket: 'voices', Key: `sdk/${file}`, Body: readFileSync(file) } }).done();
END
for file in small.wav large.wav; do
  PYTHONHOME=$dir/usr PYTHONPATH=$dir/usr/lib/python3/dist-packages "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" \
    usr/bin/python3.13 usr/bin/aws --endpoint-url "$endpoint" s3 cp --quiet $file "s3://voices/aws-cli/$file"
  node upload.mjs "$endpoint" $file 2>/dev/null
done
cat uploads
diff uploads - <<'END'
aws-cli small.wav: x-amz-checksum-crc64nvme
sdk small.wav: x-amz-checksum-crc32
aws-cli large.wav: CRC64NVME
sdk large.wav: CRC32
END
