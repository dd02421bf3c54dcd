#!/usr/bin/env bash
# curl sends a POST again by itself if the server received all of it and closed a reused connection without an answer: two clones in one call make
# three voices. Above 1 MB it does not, because the 100 Continue that it then asks for counts as an answer; without that header it does.
# version: curl 7.88.1 (Debian 12)
# our code: functions/clone-voice/send/send-clone-request.ts sends once, whatever the connection; shared/outcome.ts counts such a close as unknown
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'curl=7.88.1-*' 'libcurl4=7.88.1-*' libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libbrotli1 libsasl2-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
curl=(env "LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu" usr/bin/curl)

# Answers the first POST, and closes when it has received any other.
cat > api.mjs <<'END'
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  if (request.url === '/first') return response.end();
  appendFileSync('posts', body.length === Number(request.headers['content-length']) ? ' whole' : ' cut');
  request.socket.destroy();
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node api.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
api=http://127.0.0.1:$(cat port)

"${curl[@]}" --version | head -1
head -c 500000 /dev/zero >short.wav
head -c 2000000 /dev/zero >long.wav
clone() {
  : >posts
  "${curl[@]}" -s -F files=@short.wav "$api/first" --next -s "${@:2}" "$api/clone" && code=0 || code=$?
  echo "$1: exit code $code, received$(cat posts)"
}
{
  clone 'below 1 MB' -F files=@short.wav
  clone 'above 1 MB' -F files=@long.wav
  clone 'above 1 MB, without Expect' -H Expect: -F files=@long.wav
} | tee seen
diff seen - <<'END'
below 1 MB: exit code 52, received whole whole
above 1 MB: exit code 52, received whole
above 1 MB, without Expect: exit code 52, received whole whole
END
