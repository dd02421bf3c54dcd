#!/usr/bin/env bash
# Before each upload of 2 MiB or more the AWS SDK waits up to six seconds for `100 Continue`: behind a server or proxy that ignores `Expect`, every part takes
# six seconds longer, and with a `requestTimeout` below that no part is ever sent, though the server is up. aws-cli waits for one second.
# version: @aws-sdk/client-s3 3.1169.0, aws-cli 2.9.19 (Debian 12)
# our code: cli/s3/watchdog.ts limits silence to a minute, so that such uploads are slow, but succeed
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0
apt-get download -qq 'awscli=2.9.19-*' python3-awscrt python3-colorama python3-docutils python3-distro python3-jmespath \
  python3-prompt-toolkit python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib python3-dateutil python3-urllib3 python3-six \
  python3-cryptography python3-cffi-backend python3-roman 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

# An S3 that ignores Expect, and notes how long it waited for the body.
cat > s3.mjs <<'END'
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const server = createServer((socket) => {
  let head = '', since, missing;
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    if (since === undefined) {
      head += bytes.toString('latin1');
      const end = head.indexOf('\r\n\r\n') + 4;
      if (end < 4) return;
      since = Date.now();
      missing = Number(/content-length: (\d+)/i.exec(head)[1]);
      bytes = bytes.subarray(bytes.length - (head.length - end));
      if (bytes.length === 0) return;
    }
    if (missing !== 0 && !socket.noted) {
      const expects = /expect: 100-continue/i.test(head) ? 'expects 100' : 'expects nothing';
      appendFileSync('waits', `${expects}, waits ${Math.round((Date.now() - since) / 1000)} s`);
      socket.noted = true;
    }
    missing -= bytes.length;
    if (missing === 0) socket.end('HTTP/1.1 200 OK\r\nETag: "0"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export PYTHONPATH=$dir/usr/lib/python3/dist-packages AWS_ENDPOINT_URL_S3=http://127.0.0.1:$(cat port)
cat > put.mjs <<'END'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
const [size, options] = process.argv.slice(2);
const client = new S3Client({ forcePathStyle: true, maxAttempts: 1, ...JSON.parse(options) });
const put = new PutObjectCommand({ Bucket: 'voices', Key: 'one.wav', Body: Buffer.alloc(Number(size)) });
await client.send(put).then(() => console.log('uploaded'), ({ name }) => console.log(name));
END
upload() {
  : >waits
  said=$("${@:2}" 2>/dev/null)
  echo "$1: $(cat waits)${said:+, $said}" | sed 's/: , /: never sent, /'
}
head -c 3000000 /dev/zero >one.wav
{
  upload 'SDK, 1 MB' node put.mjs 1000000 '{}'
  upload 'SDK, 3 MB' node put.mjs 3000000 '{}'
  upload 'SDK, 3 MB, requestTimeout 5 s' node put.mjs 3000000 '{"requestHandler":{"requestTimeout":5000,"throwOnRequestTimeout":true}}'
  upload 'SDK, 3 MB, expectContinueHeader false' node put.mjs 3000000 '{"expectContinueHeader":false}'
  upload 'aws-cli, 3 MB' /usr/bin/python3 usr/bin/aws --endpoint-url "$AWS_ENDPOINT_URL_S3" s3 cp --only-show-errors one.wav s3://voices/one.wav
} | tee seen
diff seen - <<'END'
SDK, 1 MB: expects nothing, waits 0 s, uploaded
SDK, 3 MB: expects 100, waits 6 s, uploaded
SDK, 3 MB, requestTimeout 5 s: never sent, TimeoutError
SDK, 3 MB, expectContinueHeader false: expects nothing, waits 0 s, uploaded
aws-cli, 3 MB: expects 100, waits 1 s
END
