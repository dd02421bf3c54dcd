#!/usr/bin/env bash
# Varnish sends a POST without a body, as to start a job or to try it again, a second time by itself if it used the connection before and the backend closes it without an answer. With the usual
# `return (restart)` after a 5xx it repeats such a POST, too; one with a body, which it did not keep, becomes a 503 with `Retry-After: 5`, though the backend said 500 and why.
# version: varnish 7.1.1 (Debian 12)
# our code: shared/clone-request.ts always has a body; shared/outcome.ts counts every 5xx after the end of the body as unknown, 503 too
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
import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

let backendDoes, received, settled;
const backend = createServer(async (incoming, response) => {
  let bytes = 0;
  try {
    for await (const { length } of incoming) bytes += length;
  } catch {}
  if (incoming.url === '/hello') return response.end();
  if (bytes < incoming.headers['content-length']) return;
  received.push(bytes);
  if (backendDoes === 'closes') incoming.socket.end();
  else response.writeHead(500).end('the reason');
  settled();
}).listen(0, '127.0.0.1');
backend.keepAliveTimeout = 60_000;
await once(backend, 'listening');

const configurations = {
  'as it comes': '',
  restarts: 'sub vcl_deliver { if (resp.status >= 500 && req.restarts < 1) { return (restart); } }',
};
const cases = [
  ['as it comes', 'closes', 0, 2],
  ['as it comes', 'closes', 1000, 1],
  ['restarts', 'says 500', 0, 2],
  ['restarts', 'says 500', 1000, 1],
];
for (const [configuration, does, size, times] of cases) {
  const spare = createTcpServer().listen(0, '127.0.0.1');
  await once(spare, 'listening');
  const { port } = spare.address();
  spare.close();
  writeFileSync('proxy.vcl', `vcl 4.1; backend api { .host = "127.0.0.1"; .port = "${backend.address().port}"; .first_byte_timeout = 2s; } ${configurations[configuration]}`);
  const varnish = spawn('usr/sbin/varnishd', [
    ...['-F', '-j', 'none', '-n', `${process.cwd()}/run`, '-T', 'none', '-s', 'malloc,50m', '-a', `127.0.0.1:${port}`, '-f', `${process.cwd()}/proxy.vcl`],
  ], { stdio: 'ignore' });
  while (!(await new Promise((isUp) => {
    connect(port, '127.0.0.1', () => isUp(true)).on('error', () => isUp(false)).unref();
  }))) await wait(100);
  const post = async (path) => {
    const sent = request({ port, path, method: 'POST', headers: { 'content-length': size } }).end(Buffer.alloc(size));
    const [response] = await once(sent, 'response');
    return { response, text: `${Buffer.concat(await response.toArray())}` };
  };
  await post('/hello');
  backendDoes = does;
  received = [];
  const all = new Promise((resolve) => (settled = () => received.length === times && resolve()));
  const { response, text } = await post('/clone');
  await all;
  const reason = text === 'the reason' ? 'the reason' : 'no reason';
  console.log(`Varnish ${configuration}, backend ${does}: received POSTs of ${received.join(', ')} bytes; client got ${response.statusCode}, ${reason}, Retry-After ${response.headers['retry-after']}`);
  varnish.kill();
  await once(varnish, 'exit');
}
process.exit();
END
node post.mjs | tee seen
diff seen - <<'END'
Varnish as it comes, backend closes: received POSTs of 0, 0 bytes; client got 503, no reason, Retry-After 5
Varnish as it comes, backend closes: received POSTs of 1000 bytes; client got 503, no reason, Retry-After 5
Varnish restarts, backend says 500: received POSTs of 0, 0 bytes; client got 500, the reason, Retry-After undefined
Varnish restarts, backend says 500: received POSTs of 1000 bytes; client got 503, no reason, Retry-After 5
END
