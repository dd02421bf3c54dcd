#!/usr/bin/env bash
# `s3cmd mv` and `cp` within S3 copy an object, and then also write its access list: a bucket without ACLs, as S3's are by default, refuses that, and s3cmd says
# "Copy failed" of all that it has copied. A folder that "could not be renamed" is then in both places, complete, and in the new one makes a voice.
# version: s3cmd 2.3.0 (Debian 12)
# our code: voice-folder/same-recordings.ts finds the same recordings in the other folder, and reports the voice that was made of them
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 's3cmd=2.3.0-*' python3-dateutil python3-six python3-magic 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

# A bucket with two objects, whose ACLs can be read but not written.
cat > s3.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const keys = new Set(['alice/manifest.json', 'alice/one.wav']);
const server = createServer(async (request, response) => {
  await request.toArray();
  const { pathname, searchParams } = new URL(request.url, 'http://s3');
  const key = decodeURIComponent(pathname.slice('/voices/'.length));
  const answer = (status, xml) => response.writeHead(status, { 'content-type': 'application/xml' }).end(xml);
  if (searchParams.has('acl') && request.method === 'PUT') {
    return answer(400, '<Error><Code>AccessControlListNotSupported</Code><Message>The bucket does not allow ACLs</Message></Error>');
  }
  if (searchParams.has('acl')) {
    const owner = '<ID>owner</ID><DisplayName>owner</DisplayName>';
    return answer(200, `<AccessControlPolicy><Owner>${owner}</Owner><AccessControlList><Grant>
      <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${owner}</Grantee>
      <Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>`);
  }
  if (searchParams.has('location')) return answer(200, '<LocationConstraint/>');
  if (request.method === 'PUT') {
    keys.add(key);
    return answer(200, '<CopyObjectResult><ETag>"0"</ETag></CopyObjectResult>');
  }
  if (request.method === 'DELETE') return response.writeHead(204).end(String(keys.delete(key)));
  if (request.method === 'HEAD') return response.setHeader('content-length', 5).setHeader('etag', '"0"').end();
  const found = [...keys].filter((each) => each.startsWith(searchParams.get('prefix') ?? ''));
  const listed = found.map((each) => `<Contents><Key>${each}</Key><Size>5</Size><ETag>"0"</ETag><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>`);
  answer(200, `<ListBucketResult><IsTruncated>false</IsTruncated>${listed.join('')}</ListBucketResult>`);
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
host=127.0.0.1:$(cat port)

export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key PYTHONPATH=$dir/usr/lib/python3/dist-packages
s3cmd=(/usr/bin/python3 usr/bin/s3cmd --host="$host" --host-bucket="$host" --no-ssl)
"${s3cmd[@]}" mv --recursive s3://voices/alice/ s3://voices/alice-2026/ >said 2>&1 && code=0 || code=$?
{
  grep -oE 'Copy failed.*' said
  echo "exit code $([ $code = 0 ] && echo 0 || echo 'not 0')"
  for folder in alice alice-2026; do echo "$folder: $("${s3cmd[@]}" ls "s3://voices/$folder/" | sed 's#.*/##' | xargs)"; done
} | tee seen
diff seen - <<'END'
Copy failed for: 's3://voices/alice/manifest.json' (400 (AccessControlListNotSupported): The bucket does not allow ACLs)
Copy failed for: 's3://voices/alice/one.wav' (400 (AccessControlListNotSupported): The bucket does not allow ACLs)
exit code not 0
alice: manifest.json one.wav
alice-2026: manifest.json one.wav
END
