#!/usr/bin/env bash
# Swagger UI's client sends an array in a multipart form in two ways: files as repeated fields, but strings as one field, joined with commas. "Try it
# out" of two locales therefore sends `supportedLocales=en,fr`, which is no locale; OpenAPI's default is a part for each.
# version: swagger-client 3.37.3
# our code: shared/clone-request.ts repeats the field for each locale
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts swagger-client@3.37.3

cat > try.cjs <<'END'
const { createServer } = require('node:http');
const SwaggerClient = require('swagger-client');

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  const parts = body.matchAll(/name="(\w+)"(?:; filename="([^"]+)"\r\nContent-Type: .*)?\r\n\r\n(.*)\r\n/g);
  for (const [, field, file, text] of parts) console.log(file ? `${field}: file ${file}` : `${field}: ${text}`);
  response.end();
});
server.listen(0, '127.0.0.1', async () => {
  const list = (items) => ({ type: 'array', items });
  const properties = { files: list({ type: 'string', format: 'binary' }), supportedLocales: list({ type: 'string' }) };
  const requestBody = { content: { 'multipart/form-data': { schema: { type: 'object', properties } } } };
  const post = { operationId: 'clone', requestBody, responses: { 200: { description: 'cloned' } } };
  const spec = {
    openapi: '3.0.3', info: { title: 'Voices', version: '1' }, paths: { '/voice-clone': { post } },
    servers: [{ url: `http://127.0.0.1:${server.address().port}` }],
  };
  const client = await SwaggerClient({ spec });
  const files = ['one.wav', 'two.wav'].map((name) => new File(['sound'], name));
  await client.execute({ operationId: 'clone', requestBody: { files, supportedLocales: ['en', 'fr'] } });
  process.exit();
});
END
node try.cjs | tee seen
diff seen - <<'END'
files: file one.wav
files: file two.wav
supportedLocales: en,fr
END
