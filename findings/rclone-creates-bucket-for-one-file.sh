#!/usr/bin/env bash
# To upload one file, such as a corrected manifest, rclone first creates the bucket that it uploads to, and says just "AccessDenied" if it may not, although
# it may write the object. A folder it uploads with the same rights, because it has listed the bucket. `--s3-no-check-bucket` leaves that out.
# version: rclone 1.60.1 (Debian 12)
# our code: none: cdk/grants.ts grants no s3:CreateBucket; whoever uploads one file with rclone needs the option
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'rclone=1.60.1+dfsg-2+b*' 2>/dev/null
dpkg-deb -x rclone_*.deb .

# An existing bucket in which objects may be written and read, and nothing else.
cat > s3.mjs <<'END'
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const objects = new Map();
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const [, key] = /^\/voices\/(.+?)(?:\?.*)?$/.exec(request.url) ?? [];
  if (!key && request.method === 'PUT') {
    appendFileSync('log', 'creates the bucket; ');
    return response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
  }
  if (!key) return response.end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
  if (request.method === 'PUT') {
    appendFileSync('log', 'writes the object; ');
    objects.set(key, { etag: `"${createHash('md5').update(body).digest('hex')}"`, size: body.length });
  }
  const object = objects.get(key);
  if (!object) return response.writeHead(404).end();
  response.setHeader('etag', object.etag).setHeader('last-modified', new Date().toUTCString());
  if (request.method === 'HEAD') response.setHeader('content-length', object.size);
  response.end();
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

mkdir alice
echo '{"name": "Alice"}' >alice/manifest.json
upload() {
  : >log
  env -u AWS_CA_BUNDLE HOME="$dir" RCLONE_CONFIG=/dev/null usr/bin/rclone copy --retries 1 "${@:2}" \
    ":s3,provider=Other,access_key_id=id,secret_access_key=key,endpoint='http://127.0.0.1:$(cat port)':voices/$1" 2>said && code=0 || code=$?
  echo "$* : $(cat log)exit code $code"
}
{
  upload folder alice
  upload file alice/manifest.json
  grep -m1 -o 'AccessDenied: .*' said
  upload option alice/manifest.json --s3-no-check-bucket
} | tee seen
diff seen - <<'END'
folder alice : writes the object; exit code 0
file alice/manifest.json : creates the bucket; exit code 1
AccessDenied: Access Denied
option alice/manifest.json --s3-no-check-bucket : writes the object; exit code 0
END
