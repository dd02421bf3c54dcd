#!/usr/bin/env bash
# rclone sends nothing for an unchanged file, but if only its time changed (`touch`, a restored backup), it copies the object onto itself to
# note the time: S3 reports that as ObjectCreated:Copy, with a newer sequencer and the same ETag, like a new upload of the manifest.
# version: rclone 1.60.1 (Debian 12)
# our code: voice-folder/ledger.ts takes no copy of a manifest for a request to try again after an unknown outcome
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'rclone=1.60.1+dfsg-2+b*' 2>/dev/null
dpkg-deb -x rclone_*.deb .

# As much of S3 as rclone needs to upload a file and look at it again.
cat > s3.mjs <<'END'
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

let object;
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const source = request.headers['x-amz-copy-source'];
  if (request.method === 'PUT') {
    appendFileSync('puts', source ? `PUT, copied from ${source}\n` : `PUT of ${body.length} bytes\n`);
    const etag = source ? object.etag : `"${createHash('md5').update(body).digest('hex')}"`;
    object = { etag, size: source ? object.size : body.length, mtime: request.headers['x-amz-meta-mtime'] };
    response.setHeader('etag', etag);
    return response.end(source && `<CopyObjectResult><ETag>${etag}</ETag></CopyObjectResult>`);
  }
  if (request.method === 'HEAD') {
    if (!object || !request.url.endsWith('manifest.json')) return response.writeHead(404).end();
    response.setHeader('last-modified', new Date().toUTCString()).setHeader('etag', object.etag);
    response.setHeader('x-amz-meta-mtime', object.mtime).setHeader('content-length', object.size);
    return response.end();
  }
  const listed = object && `<Contents><Key>alice/manifest.json</Key><Size>${object.size}</Size><ETag>${object.etag}</ETag>
    <LastModified>${new Date().toISOString()}</LastModified></Contents>`;
  response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${listed ?? ''}</ListBucketResult>`);
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

mkdir alice
echo '{"name": "Alice"}' >alice/manifest.json
drop() {
  echo "$1:" >>puts
  env -u AWS_CA_BUNDLE HOME="$dir" usr/bin/rclone copy alice \
    ":s3,provider=Other,access_key_id=id,secret_access_key=key,endpoint='http://127.0.0.1:$(cat port)':voices/alice" 2>>log || cat log
}
drop first
drop unchanged
touch -d 2026-01-02 alice/manifest.json
drop touched
cat puts
diff puts - <<'END'
first:
PUT of 18 bytes
unchanged:
touched:
PUT, copied from voices/alice/manifest.json
END
