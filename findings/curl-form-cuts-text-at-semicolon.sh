#!/usr/bin/env bash
# curl's `-F` looks for options in the text of a field: of `description=calm; warm` it sends only `calm`, of text in quotes only what they hold, and `@` or
# `<` in front send a file. With `-s` it does not say so. `--form-string` sends the text as it is.
# version: curl 7.88.1 (Debian 12)
# our code: none: people try the API with curl before they write a manifest
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'curl=7.88.1-*' 'libcurl4=7.88.1-*' libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libbrotli1 libsasl2-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > api.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  response.end(/\r\n\r\n([^]*)\r\n--/.exec(body)[1]);
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node api.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

post() { env "LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu" usr/bin/curl -s "$@" "http://127.0.0.1:$(cat port)/"; }
for text in 'calm; warm' '"calm", she said' 'Alice, "the voice"; take 2' ' calm'; do
  echo "[$text] -F: [$(post -F "description=$text")], --form-string: [$(post --form-string "description=$text")]"
done | tee seen
diff seen - <<'END'
[calm; warm] -F: [calm], --form-string: [calm; warm]
["calm", she said] -F: [calm], --form-string: ["calm", she said]
[Alice, "the voice"; take 2] -F: [Alice, "the voice"], --form-string: [Alice, "the voice"; take 2]
[ calm] -F: [calm], --form-string: [ calm]
END
