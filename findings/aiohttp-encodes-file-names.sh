#!/usr/bin/env bash
# aiohttp percent-encodes a file's whole name in a form, spaces and commas too, which no parser takes back: `Jürgen, take 2.wav` arrives as
# `J%C3%BCrgen%2C%20take%202.wav`. requests sends the name as it is.
# version: python3-aiohttp 3.8.4, python3-requests 2.28.1 (Debian 12), multer 2.5.0
# our code: functions/clone-voice/send/multipart.ts escapes only quotes and control characters, as browsers do
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts multer@2.5.0
apt-get download -qq 'python3-aiohttp=3.8.4-*' python3-multidict python3-yarl python3-async-timeout python3-attr python3-frozenlist \
  python3-aiosignal 'python3-requests=2.28.1+*' python3-urllib3 python3-chardet python3-idna python3-certifi \
  python3-charset-normalizer python3-six 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > api.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import multer from 'multer';

const server = createServer(async (request, response) => {
  await new Promise((done) => multer({ defParamCharset: 'utf8' }).any()(request, response, done));
  response.end(request.files[0].originalname);
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node api.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

cat > send.py <<'END'
import asyncio, sys
import aiohttp, requests

url, name = sys.argv[1], 'Jürgen, take 2.wav'
open(name, 'wb').write(bytes(100))


async def send():
    form = aiohttp.FormData()
    form.add_field('files', open(name, 'rb'))
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        return await answer.text()


print('aiohttp:', asyncio.run(send()))
print('requests:', requests.post(url, files={'files': open(name, 'rb')}).content.decode())
END
PYTHONPATH=$dir/usr/lib/python3/dist-packages PYTHONUTF8=1 /usr/bin/python3 send.py "http://127.0.0.1:$(cat port)" | tee seen
diff seen - <<'END'
aiohttp: J%C3%BCrgen%2C%20take%202.wav
requests: Jürgen, take 2.wav
END
