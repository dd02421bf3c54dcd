#!/usr/bin/env bash
# wget sends a POST up to twenty times: if the server received all of it and closed without an answer, or answered too late (`--timeout`), it tries
# again, with longer and longer waits, as it does for downloads. After an answer of 503 it does not.
# version: wget 1.21.3 (Debian 12)
# our code: shared/outcome.ts counts a close and a timeout after the end of the body as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'wget=1.21.3-*' libpsl5 libuuid1 libidn2-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > api.mjs <<'END'
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const size = body.length === Number(request.headers['content-length']) ? 'whole' : 'cut';
  appendFileSync('posts', `${request.method} ${size}\n`);
  if (request.url === '/closes') request.socket.destroy();
  if (request.url === '/503') response.writeHead(503).end();
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node api.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH HOME=$dir
usr/bin/wget --version | head -1
head -c 1000000 /dev/zero >clone.form
clone() {
  : >posts
  usr/bin/wget -q -O answer --header 'Content-Type: multipart/form-data; boundary=x' --post-file=clone.form "${@:2}" \
    "http://127.0.0.1:$(cat port)/$1" && code=0 || code=$?
  echo "$* : exit code $code, $(sort posts | uniq -c | xargs)"
}
{
  clone closes --waitretry=0
  clone silent --waitretry=0 --timeout=0.5
  clone 503 --waitretry=0
} | tee seen
diff seen - <<'END'
closes --waitretry=0 : exit code 4, 20 POST whole
silent --waitretry=0 --timeout=0.5 : exit code 4, 20 POST whole
503 --waitretry=0 : exit code 8, 1 POST whole
END
