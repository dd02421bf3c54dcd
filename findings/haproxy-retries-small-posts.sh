#!/usr/bin/env bash
# HAProxy's `retry-on` repeats a POST like any request, but only if it fits into one buffer (16 KB): a text that is to be spoken is sent, and paid, four times if the backend had all of it
# and closed, was slow or answered 500, a recording once. A test with a file of one size shows nothing about the other.
# version: haproxy 2.6.12 (Debian 12)
# our code: shared/outcome.ts counts what such a proxy answers after the end of the body as unknown
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'haproxy=2.6.12-*' liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

cat > post.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

let received, how;
const backend = createServer(async (incoming, response) => {
  let bytes = 0;
  for await (const { length } of incoming) bytes += length;
  received.push(bytes);
  if (how === 'closes') incoming.socket.destroy();
  else if (how === 'is slow') setTimeout(() => response.end(), 5000);
  else response.writeHead(500).end();
}).listen(0, '127.0.0.1');
await once(backend, 'listening');
const spare = createTcpServer().listen(0, '127.0.0.1');
await once(spare, 'listening');
const { port } = spare.address();
spare.close();
writeFileSync('haproxy.cfg', `defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 1s
listen proxy
  bind 127.0.0.1:${port}
  retry-on all-retryable-errors
  server backend 127.0.0.1:${backend.address().port}
`);
const haproxy = spawn('usr/sbin/haproxy', ['-f', 'haproxy.cfg'], { stdio: 'ignore' });
while (!(await new Promise((isUp) => {
  connect(port, '127.0.0.1', () => isUp(true)).on('error', () => isUp(false)).unref();
}))) await wait(100);
for (how of ['closes', 'is slow', 'answers 500']) {
  for (const size of [200, 15_000, 20_000, 1_000_000]) {
    received = [];
    const sent = request({ port, agent: false, method: 'POST', headers: { 'content-length': size } }).end(Buffer.alloc(size));
    const [{ statusCode }] = await once(sent, 'response');
    console.log(`backend ${how}: ${statusCode}, ${[...new Set(received)]} bytes came ${received.length === 1 ? 'once' : `${received.length} times`}`);
  }
}
haproxy.kill();
process.exit();
END
node post.mjs | tee seen
diff seen - <<'END'
backend closes: 502, 200 bytes came 4 times
backend closes: 502, 15000 bytes came 4 times
backend closes: 502, 20000 bytes came once
backend closes: 502, 1000000 bytes came once
backend is slow: 504, 200 bytes came 4 times
backend is slow: 504, 15000 bytes came 4 times
backend is slow: 504, 20000 bytes came once
backend is slow: 504, 1000000 bytes came once
backend answers 500: 500, 200 bytes came 4 times
backend answers 500: 500, 15000 bytes came 4 times
backend answers 500: 500, 20000 bytes came once
backend answers 500: 500, 1000000 bytes came once
END
echo 'HAProxy repeats small POSTs and no large ones'
