#!/usr/bin/env bash
# s3cmd writes the login name, group and their numbers of whoever uploads into the metadata of each object by default, with the times when the file was
# last read and changed: everybody who may read the recordings, and every copy of them, has these. aws-cli writes none, rclone the time of change.
# version: s3cmd 2.3.0, aws-cli 2.9.19, rclone 1.60.1 (Debian 12)
# our code: none: cli/retry/command.ts keeps it with the rest of the metadata of a manifest
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'awscli=2.9.19-*' 's3cmd=2.3.0-*' 'rclone=1.60.1+*' python3-awscrt python3-colorama python3-docutils \
  python3-distro python3-jmespath python3-prompt-toolkit python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib \
  python3-dateutil python3-urllib3 python3-six python3-cryptography python3-cffi-backend python3-roman python3-magic 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > s3.mjs <<'END'
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  const metadata = Object.entries(request.headers).filter(([name]) => name.startsWith('x-amz-meta-'));
  if (request.method === 'PUT') appendFileSync('metadata', metadata.map((pair) => pair.join(' ')).join() || 'none');
  if (request.method === 'HEAD') return response.writeHead(404).end();
  if (request.method === 'PUT') return response.setHeader('etag', etag).end();
  response.end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
host=127.0.0.1:$(cat port)

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true RCLONE_CONFIG=/dev/null
export PYTHONPATH=$dir/usr/lib/python3/dist-packages
mkdir alice
echo sound >alice/one.wav
upload() {
  : >metadata
  "${@:2}" >>log 2>&1 || { cat log; exit 1; }
  # Keeps the names of s3cmd's fields, and the values only if they are of this user.
  sed -E "s/(uname|gname|uid|gid):($(id -un)|$(id -gn)|$(id -u)|$(id -g))/\1:mine/g; s/([a-z0-9]+):[^m][^/]*/\1/g; s/mtime [0-9.]+/mtime/; s/^/$1: /; s/$/\n/" metadata
}
{
  upload s3cmd /usr/bin/python3 usr/bin/s3cmd --host="$host" --host-bucket="$host" --no-ssl put alice/one.wav s3://voices/alice/one.wav
  upload rclone usr/bin/rclone copy --s3-no-head alice ":s3,provider=Other,env_auth,endpoint='http://$host':voices/alice"
  upload aws-cli /usr/bin/python3 usr/bin/aws --endpoint-url "http://$host" s3 cp alice/one.wav s3://voices/alice/one.wav
} | tee seen
diff seen - <<'END'
s3cmd: x-amz-meta-s3cmd-attrs atime/ctime/gid:mine/gname:mine/md5/mode/mtime/uid:mine/uname:mine
rclone: x-amz-meta-mtime
aws-cli: none
END
