#!/usr/bin/env bash
# `requests.post(files=…)` names a file but sends no media type for it: formidable then reads the recording as a text field, decoded as UTF-8,
# and finds no file at all; multer and busboy call it text/plain. curl's `-F` sends application/octet-stream for every recording.
# version: python3-requests 2.28.1 (Debian 12), formidable 3.5.4, multer 2.5.0
# our code: functions/clone-voice/send/multipart.ts gives every part the media type of its extension
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts formidable@3.5.4 multer@2.5.0
apt-get download -qq 'python3-requests=2.28.1+*' python3-urllib3 python3-chardet python3-idna python3-certifi \
  python3-charset-normalizer python3-six 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > api.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import formidable from 'formidable';
import multer from 'multer';

const described = ({ mimetype, size }) => `file ${mimetype} of ${size} bytes`;
const server = createServer(async (request, response) => {
  const [client, parser] = request.url.slice(1).split('/');
  const said = [];
  if (parser === 'multer') {
    await new Promise((done) => multer().any()(request, response, done));
    said.push(...request.files.map(described));
  } else {
    const [fields, files] = await formidable().parse(request);
    said.push(...Object.values(files).flat().map(described));
    said.push(...Object.values(fields).flat().map((text) => `field of ${text.length} characters`));
  }
  response.end(`${client} to ${parser}: ${said}\n`);
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node api.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
api=http://127.0.0.1:$(cat port)

# The header of a WAV file, and samples that are no UTF-8.
{ printf 'RIFF'; head -c 40 /dev/zero; head -c 1000 /dev/zero | tr '\0' '\377'; } >one.wav
for parser in multer formidable; do
  PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -c "
import requests
print(requests.post('$api/requests/$parser', files={'files': open('one.wav', 'rb')}).text, end='')"
  curl -s -F files=@one.wav "$api/curl/$parser"
done | tee seen
diff seen - <<'END'
requests to multer: file text/plain of 1044 bytes
curl to multer: file application/octet-stream of 1044 bytes
requests to formidable: field of 1044 characters
curl to formidable: file application/octet-stream of 1044 bytes
END
