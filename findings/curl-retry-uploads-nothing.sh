#!/usr/bin/env bash
# `ffmpeg … | curl --retry 2 -T - URL` stores an empty recording, with exit code 0, if the first try is answered with 503: curl cannot read the pipe again, sends nothing, and takes the answer for success. It does so with
# `-T <(ffmpeg …)` too. In a form (`-F files=@-`) and with `--data-binary @-` it sends all again, and after a redirect it says that it cannot.
# version: curl 7.88.1 (Debian 12)
# our code: the function reports EMPTY_SAMPLE; drop sends files only
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'curl=7.88.1-*' 'libcurl4=7.88.1-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > store.mjs <<'END'
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

// Too busy for the first try.
let tries = 0;
const server = createServer(async (request, response) => {
  const bytes = Buffer.concat(await request.toArray()).length;
  if (request.method === 'DELETE') {
    tries = 0;
    return response.end();
  }
  tries += 1;
  appendFileSync('seen-tries', `${bytes > 100_000 ? 'a form of all' : bytes}\n`);
  if (tries > 1) return response.end();
  response.writeHead(request.url === '/moved' ? 307 : 503, { location: '/there' }).end();
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node store.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu HOME=$dir no_proxy=127.0.0.1
url=http://127.0.0.1:$(cat port)
record() { head -c 100000 /dev/zero; }
upload() { usr/bin/curl -s -f --retry 2 --retry-delay 1 "$@"; }
look() {
  usr/bin/curl -s -X DELETE "$url"
  : >seen-tries
  "${@:2}" && code=0 || code=$?
  echo "$1: exit code $code, bytes: $(paste -sd, seen-tries)"
}
from_pipe() { record | upload -T - "$url/take.wav"; }
from_process() { upload -T <(record) "$url/take.wav"; }
data() { record | upload --data-binary @- "$url/take.wav"; }
form() { record | upload -F 'files=@-;filename=take.wav' "$url/clone"; }
redirected() { record | upload -L -T - "$url/moved"; }
from_file() { record >take.wav && upload -T take.wav "$url/take.wav"; }
{
  look '-T -' from_pipe
  look '-T <(…)' from_process
  look '-T take.wav' from_file
  look '--data-binary @-' data
  look '-F files=@-' form
  look '-T - after a redirect' redirected
} | tee seen
diff seen - <<'END'
-T -: exit code 0, bytes: 100000,0
-T <(…): exit code 0, bytes: 100000,0
-T take.wav: exit code 0, bytes: 100000,100000
--data-binary @-: exit code 0, bytes: 100000,100000
-F files=@-: exit code 0, bytes: a form of all,a form of all
-T - after a redirect: exit code 65, bytes: 100000
END
echo 'stored with success: nothing'
