#!/usr/bin/env bash
# lighttpd answers `404 Not Found` to a POST that its backend has received completely and begun to answer with `200`, if the rest of the answer is late (`read-timeout`): a client that takes
# 404 for a wrong address corrects it and sends the request again. If the backend began with `201` or `202`, lighttpd breaks off after that status, and if it has said nothing, it says 504.
# version: lighttpd 1.4.69 (Debian 12)
# our code: shared/outcome.ts counts a 404 that is not Callers' own, and comes long after the end of the body, as unknown
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'lighttpd=1.4.69-*' 2>/dev/null
dpkg-deb -x lighttpd_*.deb .

cat > post.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

const SIZE = 1_000_000;
const dir = process.cwd();
let begins, received;
const backend = createServer(async (incoming, response) => {
  received.push((await buffer(incoming)).length);
  if (begins !== 'no status') response.writeHead(begins, { 'content-length': 200 }).write('[{"id":"voice-1",');
}).listen(0, '127.0.0.1');
await once(backend, 'listening');
const spare = createTcpServer().listen(0, '127.0.0.1');
await once(spare, 'listening');
const { port } = spare.address();
spare.close();
writeFileSync('lighttpd.conf', `server.document-root = "${dir}"
server.bind = "127.0.0.1"
server.port = ${port}
server.modules = ("mod_proxy")
server.upload-dirs = ("${dir}")
proxy.server = ("" => (("host" => "127.0.0.1", "port" => ${backend.address().port}, "read-timeout" => 2)))
`);
const lighttpd = spawn('usr/sbin/lighttpd', ['-D', '-f', 'lighttpd.conf', '-m', `${dir}/usr/lib/lighttpd`], { stdio: 'ignore' });
while (!(await new Promise((isUp) => {
  connect(port, '127.0.0.1', () => isUp(true)).on('error', () => isUp(false)).unref();
}))) await wait(100);
for (begins of [200, 201, 202, 'no status']) {
  received = [];
  const post = request({ host: '127.0.0.1', port, path: '/voices', method: 'POST', agent: false, headers: { 'content-length': SIZE } });
  post.end(Buffer.alloc(SIZE));
  const [answer] = await once(post, 'response');
  const end = await buffer(answer).then(() => 'complete', () => 'broken off');
  console.log(`backend received ${received} bytes and began with ${begins}: ${answer.statusCode}, ${end}`);
}
lighttpd.kill();
process.exit();
END
node post.mjs | tee seen
diff seen - <<'END'
backend received 1000000 bytes and began with 200: 404, complete
backend received 1000000 bytes and began with 201: 201, broken off
backend received 1000000 bytes and began with 202: 202, broken off
backend received 1000000 bytes and began with no status: 504, complete
END
echo 'lighttpd says 404 of what was delivered and begun to be answered'
