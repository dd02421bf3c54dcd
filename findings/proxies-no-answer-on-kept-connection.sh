#!/usr/bin/env bash
# If the backend closes after it received a whole POST, HAProxy and Apache answer 502 on a client's new connection, but close a kept-alive
# one without any answer. That looks like an idle connection that had timed out, after which Node's documentation advises to send again.
# version: haproxy 2.6.12, apache2 2.4.71 (Debian 12)
# our code: shared/outcome.ts counts a connection that closes after the end of the body as unknown, and nothing sends it again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'haproxy=2.6.12-*' liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 'apache2-bin=2.4.*' libapr1 libaprutil1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

cat > post.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const SIZE = 1_000_000;
const dir = process.cwd();
let backendCloses, received;
const backend = createServer((incoming, response) => {
  let bytes = 0;
  incoming.on('data', ({ length }) => (bytes += length));
  incoming.on('end', () => {
    received = bytes;
    if (backendCloses) incoming.socket.destroy();
    else response.end();
  });
}).listen(0, '127.0.0.1');
await once(backend, 'listening');
const to = `127.0.0.1:${backend.address().port}`;

const proxies = {
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
    const modules = { mpm_event: 'mpm_event', proxy: 'proxy', proxy_http: 'proxy_http', authz_core: 'authz_core' };
    const load = (name) => `LoadModule ${name}_module ${dir}/usr/lib/apache2/modules/mod_${name}.so`;
    writeFileSync('apache.conf', `${Object.keys(modules).map(load).join('\n')}
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
for (const [name, configure] of Object.entries(proxies)) {
  for (const connection of ['new', 'kept-alive']) {
    const spare = createTcpServer().listen(0, '127.0.0.1');
    await once(spare, 'listening');
    const { port } = spare.address();
    spare.close();
    const [program, ...args] = configure(port);
    const proxy = spawn(program, args, { stdio: 'ignore' });
    while (!(await new Promise((isUp) => {
      connect(port, '127.0.0.1', () => isUp(true)).on('error', () => isUp(false)).unref();
    }))) await wait(100);
    const agent = new Agent({ keepAlive: true });
    const post = async () => {
      const sent = request({ port, agent, method: 'POST', headers: { 'content-length': SIZE } });
      sent.end(Buffer.alloc(SIZE));
      const answer = once(sent, 'response').then(([response]) => once(response.resume(), 'end').then(() => response));
      return answer.then(({ statusCode }) => statusCode, ({ code }) => `${code}, reusedSocket ${sent.reusedSocket}`);
    };
    backendCloses = false;
    if (connection === 'kept-alive') await post();
    backendCloses = true;
    received = 0;
    const answer = await post();
    console.log(`${name}, ${connection} connection: ${answer}, backend received ${received} of ${SIZE} bytes`);
    proxy.kill();
    await once(proxy, 'exit');
  }
}
process.exit();
END
node post.mjs | tee seen
diff seen - <<'END'
HAProxy, new connection: 502, backend received 1000000 of 1000000 bytes
HAProxy, kept-alive connection: ECONNRESET, reusedSocket true, backend received 1000000 of 1000000 bytes
Apache, new connection: 502, backend received 1000000 of 1000000 bytes
Apache, kept-alive connection: ECONNRESET, reusedSocket true, backend received 1000000 of 1000000 bytes
END
