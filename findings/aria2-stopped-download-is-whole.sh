#!/usr/bin/env bash
# aria2 gives a recording above 5 MiB its final name and size before it downloads it: if the connection breaks or it is stopped, the take has its right length and a good header, and is silent from there on. Only a
# file beside it (`take.wav.aria2`) tells; the size and ffmpeg do not. A smaller recording is cut off. A second download of a take is a second file, `take.1.wav`.
# version: aria2 1.36.0 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: voice-folder/ignored-files.ts calls the recording beside such a file incomplete; check refuses it
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'aria2=1.36.0-*' 'libaria2-0=1.36.0-*' libc-ares2 libssh2-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

for seconds in 20 120; do ffmpeg -v error -f lavfi -i "sine=f=300:r=48000:d=$seconds" -bitexact whole-$seconds.wav; done
# A third of each recording, after which the connection closes; all of it from `whole`.
cat > server.mjs <<'END'
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const take = readFileSync(`whole-${request.url.match(/\d+/)[0]}.wav`);
  response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': take.length });
  if (request.url.startsWith('/whole')) return response.end(take);
  response.write(take.subarray(0, take.length / 3), () => setTimeout(() => response.destroy(), 300));
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node server.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

download() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/aria2c --no-conf --quiet --dir takes "http://127.0.0.1:$(cat port)/$1.wav"; }
of() { ffmpeg -v error -i "$1" -f s16le - 2>/dev/null | node -e '
  const raw = fs.readFileSync(0);
  let end = raw.length;
  while (end > 0 && raw[end - 1] === 0) end--;
  console.log(`${Math.round(raw.length / 96000)} s, heard until ${Math.round(end / 96000)}`)'; }
{
  for seconds in 20 120; do
    download cut-$seconds && code=0 || code=$?
    echo "$seconds s, cut off: exit code $code, $(of takes/cut-$seconds.wav) s, $([ "$(stat -c %s takes/cut-$seconds.wav)" = "$(stat -c %s whole-$seconds.wav)" ] && echo 'size of the whole' || echo smaller)"
  done
  download whole-20 && download whole-20
  echo "files: $(ls takes | xargs)"
} | tee seen
diff seen - <<'END'
20 s, cut off: exit code 8, 7 s, heard until 7 s, smaller
120 s, cut off: exit code 8, 120 s, heard until 40 s, size of the whole
files: cut-120.wav cut-120.wav.aria2 cut-20.wav cut-20.wav.aria2 whole-20.1.wav whole-20.wav
END
echo 'a third of the take has the size of all of it'
