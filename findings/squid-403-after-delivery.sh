#!/usr/bin/env bash
# Squid answers `403 Forbidden` to a POST that its backend has received completely and answered with `201`, if the answer is larger than `reply_body_max_size`, or of a type that
# `http_reply_access` denies: the limits read as if they were about answers only, but a client takes 403 for a request that was refused, and repeats it once it has access.
# version: squid 5.7 (Debian 12)
# our code: shared/outcome.ts takes only a late one for unknown; docs/reliability.md tells of it
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
# Squid reads its files as nobody.
chmod 755 .
apt-get download -qq 'squid=5.7-*' 'squid-common=5.7-*' squid-langpack libecap3 libnetfilter-conntrack3 libnfnetlink0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

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
const made = JSON.stringify([{ id: 'voice-1', name: 'Amelia', description: 'a'.repeat(2_000) }]);
let received;
const backend = createServer(async (incoming, answer) => {
  received = (await buffer(incoming)).length;
  answer.writeHead(201, { 'content-type': 'application/json', 'content-length': made.length }).end(made);
}).listen(0, '127.0.0.1');
await once(backend, 'listening');

const limits = {
  'no limit': '',
  'reply_body_max_size 1 KB': 'reply_body_max_size 1 KB',
  'http_reply_access deny JSON': 'acl json rep_mime_type ^application/json\nhttp_reply_access deny json',
};
for (const [name, limit] of Object.entries(limits)) {
  const spare = createTcpServer().listen(0, '127.0.0.1');
  await once(spare, 'listening');
  const { port } = spare.address();
  spare.close();
  writeFileSync('squid.conf', `http_port 127.0.0.1:${port} accel defaultsite=voices no-vhost
cache_peer 127.0.0.1 parent ${backend.address().port} 0 no-query originserver
http_access allow all
${limit}
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
  const squid = spawn('usr/sbin/squid', ['-N', '-n', `finding${port}`, '-f', `${dir}/squid.conf`], { stdio: 'ignore' });
  while (!(await new Promise((isUp) => {
    connect(port, '127.0.0.1', () => isUp(true)).on('error', () => isUp(false)).unref();
  }))) await wait(100);
  received = 0;
  const post = request({ host: '127.0.0.1', port, path: '/voices', method: 'POST', agent: false, headers: { 'content-length': SIZE } });
  post.end(Buffer.alloc(SIZE));
  const [answer] = await once(post, 'response');
  const body = String(await buffer(answer));
  console.log(`${name}: backend received ${received} bytes and said 201; squid says ${answer.statusCode}, ${body.includes('voice-1') ? 'with' : 'without'} the voice`);
  squid.kill('SIGKILL');
}
process.exit();
END
node post.mjs | tee seen
diff seen - <<'END'
no limit: backend received 1000000 bytes and said 201; squid says 201, with the voice
reply_body_max_size 1 KB: backend received 1000000 bytes and said 201; squid says 403, without the voice
http_reply_access deny JSON: backend received 1000000 bytes and said 201; squid says 403, without the voice
END
echo 'squid says 403 of what was delivered and answered'
