#!/usr/bin/env bash
# lighttpd, h2o and Caddy end a chunked answer that their backend broke off as if it were complete: half a recording, or half of an API's JSON, arrives as a whole answer, which
# lighttpd even declares with its length. HAProxy, nginx and Apache break off too. An answer with a Content-Length all six break off.
# version: lighttpd 1.4.69, h2o 2.2.5, caddy 2.6.2, haproxy 2.6.12, nginx 1.22.1, apache2 2.4.71 (Debian 12)
# our code: shared/outcome.ts counts a 2xx without voices as unknown, never as cloned
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'lighttpd=1.4.69-*' 'h2o=2.2.5+*' 'libh2o0.13=2.2.5+*' 'libh2o-evloop0.13=2.2.5+*' libwslay1 'haproxy=2.6.12-*' liblua5.3-0 libopentracing-c-wrapper0 \
  libopentracing1 'nginx=1.22.1-*' 'apache2-bin=2.4.*' libapr1 libaprutil1 'caddy=2.6.2-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu XDG_CONFIG_HOME=$dir XDG_DATA_HOME=$dir

cat > get.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const dir = process.cwd();
// Answers with the first half of a recording of 200,000 bytes, and breaks off.
const backend = createServer(({ url }, response) => {
  response.writeHead(200, url === '/declared' ? { 'content-length': 200_000 } : {});
  response.write(Buffer.alloc(100_000), () => setTimeout(() => response.destroy(), 200));
}).listen(0, '127.0.0.1');
await once(backend, 'listening');
const to = `127.0.0.1:${backend.address().port}`;

const proxies = {
  lighttpd: (port) => {
    const [host, backendPort] = to.split(':');
    writeFileSync('lighttpd.conf', `server.document-root = "${dir}"
server.bind = "127.0.0.1"
server.port = ${port}
server.modules = ("mod_proxy")
proxy.server = ("" => (("host" => "${host}", "port" => ${backendPort})))
`);
    return ['usr/sbin/lighttpd', '-D', '-f', 'lighttpd.conf', '-m', `${dir}/usr/lib/lighttpd`];
  },
  h2o: (port) => {
    writeFileSync('h2o.yaml', `listen: { host: 127.0.0.1, port: ${port} }
user: ${process.env.USER ?? 'root'}
hosts: { default: { paths: { /: { proxy.reverse.url: "http://${to}/" } } } }
`);
    return ['usr/bin/h2o', '-c', 'h2o.yaml', '-m', 'worker'];
  },
  Caddy: (port) => {
    writeFileSync('Caddyfile', `{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  reverse_proxy ${to}
}
`);
    return ['usr/bin/caddy', 'run', '--config', 'Caddyfile', '--adapter', 'caddyfile'];
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
  nginx: (port) => {
    const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`);
    writeFileSync('nginx.conf', `pid ${dir}/nginx.pid;
daemon off;
events {}
http {
  access_log off;
  ${folders.join(' ')}
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://${to}; proxy_http_version 1.1; } }
}
`);
    return ['usr/sbin/nginx', '-c', `${dir}/nginx.conf`, '-e', `${dir}/nginx.log`];
  },
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
};
async function fetchRecording(port, path) {
  const [response] = await once(get({ host: '127.0.0.1', port, path }), 'response');
  let bytes = 0;
  const end = await new Promise((done) => {
    response.on('data', ({ length }) => (bytes += length)).on('error', ({ code }) => done(code)).on('end', () => done('end'));
  });
  const declared = response.headers['content-length'];
  return `${bytes} bytes${declared ? ` of ${declared}` : ''}, ${end === 'end' && response.complete ? 'complete' : 'broken off'}`;
}
for (const [name, configure] of Object.entries(proxies)) {
  const spare = createTcpServer().listen(0, '127.0.0.1');
  await once(spare, 'listening');
  const { port } = spare.address();
  spare.close();
  const [program, ...args] = configure(port);
  const proxy = spawn(program, args, { stdio: 'ignore' });
  while (!(await new Promise((isUp) => {
    const socket = connect(port, '127.0.0.1', () => isUp(true)).on('error', () => isUp(false));
    socket.unref();
  }))) await wait(100);
  console.log(`${name}: chunked ${await fetchRecording(port, '/chunked')}; declared ${await fetchRecording(port, '/declared')}`);
  proxy.kill();
  await once(proxy, 'exit');
}
process.exit();
END
node get.mjs | tee seen
diff seen - <<'END'
lighttpd: chunked 100000 bytes of 100000, complete; declared 100000 bytes of 200000, broken off
h2o: chunked 100000 bytes, complete; declared 100000 bytes of 200000, broken off
Caddy: chunked 100000 bytes, complete; declared 100000 bytes of 200000, broken off
HAProxy: chunked 100000 bytes, broken off; declared 100000 bytes of 200000, broken off
nginx: chunked 100000 bytes, broken off; declared 100000 bytes of 200000, broken off
Apache: chunked 100000 bytes, broken off; declared 100000 bytes of 200000, broken off
END
