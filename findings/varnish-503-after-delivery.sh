#!/usr/bin/env bash
# Varnish answers a POST that its backend has received completely with `503` and `Retry-After: 5` if the backend is slow, closes or breaks
# off: a client that believes RFC 9110 ("temporarily unable to handle the request") sends it again.
# version: varnish 7.1.1 (Debian 12)
# our code: shared/outcome.ts counts every 5xx after the end of the body as unknown, 503 too
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
# Varnish compiles its configuration with cc.
apt-get download -qq 'varnish=7.1.1-*' 'libvarnishapi3=7.1.1-*' libjemalloc2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/usr/lib/x86_64-linux-gnu/varnish

cat > post.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const SIZE = 3_000_000;
let backendDoes, received;
const backend = createServer((incoming, response) => {
  let bytes = 0;
  incoming.on('data', ({ length }) => (bytes += length));
  incoming.on('end', async () => {
    received.push(bytes);
    if (backendDoes === 'closes') incoming.socket.destroy();
    if (backendDoes === 'sends half a head') incoming.socket.end('HTTP/1.1 200 OK\r\nContent-Le');
    if (backendDoes === 'says 503') response.writeHead(503, { 'retry-after': 7 }).end();
  });
}).listen(0, '127.0.0.1');
await once(backend, 'listening');
const spare = createTcpServer().listen(0, '127.0.0.1');
await once(spare, 'listening');
const { port } = spare.address();
spare.close();
const varnish = spawn('usr/sbin/varnishd', [
  ...['-F', '-j', 'none', '-n', `${process.cwd()}/run`, '-T', 'none', '-s', 'malloc,50m'],
  ...['-a', `127.0.0.1:${port}`, '-b', `127.0.0.1:${backend.address().port}`, '-p', 'first_byte_timeout=2'],
], { stdio: 'ignore' });
while (!(await new Promise((isUp) => {
  const socket = connect(port, '127.0.0.1', () => isUp(true)).on('error', () => isUp(false));
  socket.unref();
}))) await wait(100);
for (backendDoes of ['is silent', 'closes', 'sends half a head', 'says 503']) {
  received = [];
  const post = request({ port, method: 'POST', headers: { 'content-length': SIZE } });
  post.end(Buffer.alloc(SIZE));
  const [{ statusCode, headers }] = await once(post, 'response');
  const bodies = received.map((bytes) => (bytes === SIZE ? 'whole' : bytes));
  console.log(`backend ${backendDoes}: ${statusCode}, Retry-After ${headers['retry-after']}, bodies: ${bodies}`);
}
varnish.kill();
await once(varnish, 'exit');
process.exit();
END
node post.mjs | tee seen
diff seen - <<'END'
backend is silent: 503, Retry-After 5, bodies: whole
backend closes: 503, Retry-After 5, bodies: whole
backend sends half a head: 503, Retry-After 5, bodies: whole
backend says 503: 503, Retry-After 7, bodies: whole
END
