#!/usr/bin/env bash
# proxy-from-env, which axios and others use, gives a proxy without a scheme the scheme of the target: with HTTPS_PROXY=proxy:3128 it says
# https://proxy:3128, so that TLS is spoken to a proxy that curl and the AWS CLI reach over http.
# version: proxy-from-env 2.1.0, curl 7.88.1 (Debian 12)
# our code: cli/s3/transport.ts takes such a proxy for an HTTP proxy
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts proxy-from-env@2.1.0
apt-get download -qq curl=7.88.1-10+deb12u* libcurl4=7.88.1-10+deb12u*
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > ask.mjs <<'END'
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { getProxyForUrl } from 'proxy-from-env';

const server = createServer((socket) => {
  socket.once('data', (bytes) => {
    console.log(`curl begins with: ${bytes.toString('latin1').split(' ')[0]}`);
    socket.destroy();
  });
  socket.on('error', () => {});
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.env.HTTPS_PROXY = `127.0.0.1:${server.address().port}`;
console.log(`proxy-from-env says: ${getProxyForUrl('https://s3.example').replace(/\d+$/, 'PORT')}`);
await promisify(execFile)('./usr/bin/curl', ['-s', 'https://s3.example']).catch(() => {});
server.close();
END
lib=$(dirname "$(find usr/lib -name 'libcurl.so.4' | head -1)")
seen=$(LD_LIBRARY_PATH=$lib node ask.mjs)
echo "$seen"
[ "$seen" = 'proxy-from-env says: https://127.0.0.1:PORT
curl begins with: CONNECT' ]
