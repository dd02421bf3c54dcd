#!/usr/bin/env bash
# rclone downloads straight into the final name: if it is stopped, a cut recording stays under the name of the
# whole one, with a new time, and a folder that is copied from a bucket to be dropped again holds half a take.
# version: rclone 1.60.1 (Debian 12)
# our code: `check` says TRUNCATED; voice-folder/ignored-files.ts knows unfinished downloads only by names such as `.part`
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'rclone=1.60.1+dfsg-2+b*' 2>/dev/null
dpkg-deb -x rclone_*.deb .

# A bucket with one recording of 3 MB, of which a slow network delivers the first.
cat > s3.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  if (!request.url.includes('one.wav')) {
    if (request.method === 'HEAD') return response.writeHead(404).end();
    return response.end(`<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>alice/one.wav</Key>
      <Size>3000000</Size><ETag>"0"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>`);
  }
  response.setHeader('etag', '"0"').setHeader('last-modified', 'Thu, 01 Jan 2026 00:00:00 GMT');
  response.setHeader('content-length', 3_000_000);
  if (request.method === 'HEAD') return response.end();
  response.write(Buffer.alloc(1_000_000));
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

env -u AWS_CA_BUNDLE HOME="$dir" usr/bin/rclone copy \
  ":s3,provider=Other,access_key_id=id,secret_access_key=key,endpoint='http://127.0.0.1:$(cat port)':voices/alice" alice 2>log &
rclone=$!
until [ -n "$(find alice -size +1k 2>/dev/null)" ]; do sleep 0.1; done
kill -KILL "$rclone"
wait "$rclone" 2>/dev/null || true
seen="$(ls alice), $([ "$(stat -c %s alice/one.wav)" -lt 3000000 ] && echo cut)"
echo "left after rclone was stopped: $seen"
[ "$seen" = 'one.wav, cut' ]
