#!/usr/bin/env bash
# nginx does not pass a POST that was sent on to the next server of an upstream, but `error_page 502 504 = @backup`, a usual way to name a backup, sends it to the second backend after the
# first had all of it and closed or was slow: two voices are made, and the client sees one 200. With a path instead of a name, the backup gets a GET with the same body.
# version: nginx 1.22.1 (Debian 12)
# our code: none: shared/outcome.ts counts a 5xx after the end of the body as unknown, but cannot see one that a proxy has replaced by 200
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'nginx=1.22.1-*' 2>/dev/null
dpkg-deb -x nginx_*.deb .

cat > post.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const SIZE = 1_000_000;
const dir = process.cwd();
let received, how;
const backend = async (name, answer) => {
  const server = createServer(async (request, response) => {
    let bytes = 0;
    for await (const { length } of request) bytes += length;
    received.push(`${name} ${request.method} of ${bytes} bytes`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${server.address().port}`;
};
const first = await backend('first', (request, response) => (how === 'closes' ? request.socket.destroy() : setTimeout(() => response.end(), 3000)));
const second = await backend('second', (_request, response) => response.end());
const spare = createTcpServer().listen(0, '127.0.0.1');
await once(spare, 'listening');
const { port } = spare.address();
spare.close();
mkdirSync('temp');
writeFileSync('nginx.conf', `daemon off;
master_process off;
pid ${dir}/pid;
events {}
http {
  access_log off;
  client_max_body_size 10m;
  client_body_temp_path ${dir}/temp/body;
  proxy_temp_path ${dir}/temp/proxy;
  fastcgi_temp_path ${dir}/temp/fastcgi;
  uwsgi_temp_path ${dir}/temp/uwsgi;
  scgi_temp_path ${dir}/temp/scgi;
  proxy_read_timeout 1s;
  upstream both { server ${first} max_fails=0; server ${second} backup; }
  server {
    listen 127.0.0.1:${port};
    location /upstream/ { proxy_pass http://both; }
    location /named/ { proxy_pass http://${first}; error_page 502 504 = @backup; }
    location /path/ { proxy_pass http://${first}; error_page 502 504 /backup; }
    location @backup { proxy_pass http://${second}; }
    location = /backup { proxy_pass http://${second}; }
  }
}
`);
const nginx = spawn('usr/sbin/nginx', ['-p', dir, '-c', `${dir}/nginx.conf`, '-e', `${dir}/error.log`], { stdio: 'ignore' });
while (!(await new Promise((isUp) => {
  connect(port, '127.0.0.1', () => isUp(true)).on('error', () => isUp(false)).unref();
}))) await wait(100);
for (const place of ['upstream', 'named', 'path']) {
  for (how of ['closes', 'is slow']) {
    received = [];
    const { status } = await fetch(`http://127.0.0.1:${port}/${place}/`, { method: 'POST', body: Buffer.alloc(SIZE) });
    console.log(`${place}, the first ${how}: ${status}, received ${received.join(', ')}`);
  }
}
nginx.kill();
process.exit();
END
node post.mjs | tee seen
diff seen - <<'END'
upstream, the first closes: 502, received first POST of 1000000 bytes
upstream, the first is slow: 504, received first POST of 1000000 bytes
named, the first closes: 200, received first POST of 1000000 bytes, second POST of 1000000 bytes
named, the first is slow: 200, received first POST of 1000000 bytes, second POST of 1000000 bytes
path, the first closes: 502, received first POST of 1000000 bytes, second GET of 1000000 bytes
path, the first is slow: 504, received first POST of 1000000 bytes, second GET of 1000000 bytes
END
echo 'nginx sent a POST to two backends, and answered 200'
