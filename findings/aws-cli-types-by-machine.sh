#!/usr/bin/env bash
# aws-cli takes the Content-Type of a recording from Python, which reads the machine's /etc/mime.types: the same `aws s3 cp` stores a FLAC, M4A or Ogg as audio/… where Debian's media-types is
# installed, and without a type in a slim container (S3 then says binary/octet-stream), and calls an Opus audio/ogg here and audio/opus there. A browser's WebM is a video in both.
# version: aws-cli 2.9.19, Python 3.11.2, media-types 10.0.0 (Debian 12)
# our code: shared/audio-formats.ts takes the media type from the extension, never from S3
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'awscli=2.9.19-*' 'media-types=10.0.0*' python3-awscrt python3-colorama python3-docutils \
  python3-distro python3-jmespath python3-prompt-toolkit python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib \
  python3-dateutil python3-urllib3 python3-six python3-cryptography python3-cffi-backend python3-roman 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > s3.mjs <<'END'
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  appendFileSync('types', `${request.url.split('.')[1]} ${request.headers['content-type'] ?? 'none'}\n`);
  response.setHeader('etag', `"${createHash('md5').update(body).digest('hex')}"`).end();
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
mkdir alice installed slim
for format in wav mp3 m4a flac ogg opus webm amr; do echo sound >alice/take.$format; done
# Python loads this at its start: the files that it knows are those of the other machine.
echo "import mimetypes; mimetypes.knownfiles[:] = ['$dir/etc/mime.types']" >installed/sitecustomize.py
echo 'import mimetypes; mimetypes.knownfiles[:] = []' >slim/sitecustomize.py
for machine in installed slim; do
  : >types
  PYTHONPATH=$dir/$machine:$dir/usr/lib/python3/dist-packages /usr/bin/python3 usr/bin/aws --endpoint-url "http://127.0.0.1:$(cat port)" s3 cp --recursive alice s3://voices/alice >log 2>&1 || { cat log; exit 1; }
  sort types >$machine.types
done
join installed.types slim.types | while read -r format installed slim; do
  echo "$format: $installed$([ "$installed" = "$slim" ] || echo ", without the list $slim")"
done | tee seen
diff seen - <<'END'
amr: audio/AMR, without the list none
flac: audio/flac, without the list none
m4a: audio/mp4, without the list none
mp3: audio/mpeg
ogg: audio/ogg, without the list none
opus: audio/ogg, without the list audio/opus
wav: audio/x-wav
webm: video/webm
END
echo 'the type depends on the machine'
