#!/usr/bin/env bash
# A backend that answers 401 before it has read a large POST, and closes a second later, is a 502 behind Apache and h2o and a 503 with
# `Retry-After` behind Varnish: they go on sending, and forget the answer when that fails. HAProxy passes on the 401.
# version: apache2 2.4.71, h2o 2.2.5, varnish 7.1.1, haproxy 2.6.12 (Debian 12)
# our code: shared/outcome.ts counts a 5xx before the end of the body as not sent, and tries it again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'apache2-bin=2.4.*' libapr1 libaprutil1 'h2o=2.2.5*' 'haproxy=2.6.12-*' liblua5.3-0 \
  libopentracing-c-wrapper0 libopentracing1 'varnish=7.1.1-*' libvarnishapi3 libjemalloc2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/usr/lib/x86_64-linux-gnu/varnish

cat > post.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const SIZE = 30_000_000;
const dir = process.cwd();
const backend = createServer((incoming, response) => {
  response.writeHead(401, { 'content-length': 2 });
  response.write('{}');
  setTimeout(() => incoming.socket.destroy(), 1000);
}).listen(0, '127.0.0.1');
await once(backend, 'listening');
const to = `127.0.0.1:${backend.address().port}`;

const proxies = {
  Apache: (port) => {
    const load = (name) => `LoadModule ${name}_module ${dir}/usr/lib/apache2/modules/mod_${name}.so`;
    writeFileSync('apache.conf', `${['mpm_event', 'proxy', 'proxy_http', 'authz_core'].map(load).join('\n')}
ServerRoot ${dir}
ServerName localhost
DefaultRuntimeDir ${dir}
PidFile ${dir}/apache.pid
ErrorLog ${dir}/apache.log
Listen 127.0.0.1:${port}
ProxyPass / http://${to}/
`);
    return ['usr/sbin/apache2', '-X', '-f', `${dir}/apache.conf`];
  },
  h2o: (port) => {
    writeFileSync('h2o.conf', `listen: { host: 127.0.0.1, port: ${port} }
hosts: { default: { paths: { /: { proxy.reverse.url: "http://${to}/" } } } }
`);
    return ['usr/bin/h2o', '-c', 'h2o.conf'];
  },
  Varnish: (port) => {
    const files = ['-n', `${dir}/varnish`, '-T', 'none', '-s', 'malloc,50m'];
    return ['usr/sbin/varnishd', '-F', '-j', 'none', ...files, '-a', `127.0.0.1:${port}`, '-b', to];
  },
  HAProxy: (port) => {
    writeFileSync('haproxy.cfg', `defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen proxy
  bind 127.0.0.1:${port}
  server backend ${to}
`);
    return ['usr/sbin/haproxy', '-f', 'haproxy.cfg'];
  },
};
for (const [name, configure] of Object.entries(proxies)) {
  const spare = createTcpServer().listen(0, '127.0.0.1');
  await once(spare, 'listening');
  const { port } = spare.address();
  spare.close();
  const [program, ...args] = configure(port);
  const proxy = spawn(program, args, { stdio: 'ignore' });
  while (!(await new Promise((isUp) => {
    connect(port, '127.0.0.1', () => isUp(true)).on('error', () => isUp(false)).unref();
  }))) await wait(100);
  const post = request({ host: '127.0.0.1', port, agent: false, method: 'POST', headers: { 'content-length': SIZE } });
  // Proxies reset the connection after their answer.
  post.on('error', () => {}).on('socket', (socket) => socket.on('error', () => {}));
  post.end(Buffer.alloc(SIZE));
  const [response] = await once(post, 'response');
  response.on('error', () => {});
  console.log(`${name}: ${response.statusCode}, Retry-After ${response.headers['retry-after']}`);
  post.destroy();
  proxy.kill();
  await once(proxy, 'exit');
}
process.exit();
END
node post.mjs | tee seen
diff seen - <<'END'
Apache: 502, Retry-After undefined
h2o: 502, Retry-After undefined
Varnish: 503, Retry-After 5
HAProxy: 401, Retry-After undefined
END
