#!/usr/bin/env bash
# Cartesia's SDK sends a voice clone without its recording if that is a Blob, as `response.blob()` returns it: its types accept one, but a Blob without a
# name is taken for an object without fields. A Response with the same bytes is sent, as `unknown_file`.
# version: @cartesia/cartesia-js 4.2.0, typescript 6.0.3
# our code: n8n-node/nodes/Callers/form-body.ts makes a file with a name and a type of every recording
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @cartesia/cartesia-js@4.2.0 typescript@6.0.3 @types/node@24.13.6

cat > clone.ts <<'END'
import { createServer } from 'node:http';
import Cartesia from '@cartesia/cartesia-js';

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  const parts = Array.from(body.matchAll(/name="(\w+)"(?:; filename="(\w+)")?/g), ([, field, file]) => (file ? `${field} (${file})` : field));
  response.setHeader('x-parts', parts.join(', ')).setHeader('content-type', 'application/json').end('{}');
});
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as { port: number };
  const client = new Cartesia({ apiKey: 'key', baseURL: `http://127.0.0.1:${port}` });
  const clip = await new Response('sound').blob();
  for (const [what, sent] of [['Blob', { clip }], ['Response', { clip: new Response(clip) }]] as const) {
    const { response } = await client.voices.clone({ name: 'Alice', language: 'en', ...sent }).withResponse();
    console.log(`${what}: ${response.status}, parts ${response.headers.get('x-parts')}`);
  }
  process.exit();
});
END
node_modules/.bin/tsc --strict --module nodenext --target es2023 --types node --skipLibCheck --outDir out clone.ts && echo 'types: accepted' >seen
node "$(find out -name 'clone.*js')" >>seen
cat seen
diff seen - <<'END'
types: accepted
Blob: 200, parts name, language
Response: 200, parts name, language, clip (unknown_file)
END
