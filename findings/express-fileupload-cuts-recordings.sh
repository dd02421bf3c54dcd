#!/usr/bin/env bash
# express-fileupload cuts a recording off at `limits.fileSize` and hands it on as if it were whole: the request succeeds, and the voice is made of the
# beginning of the take (only `truncated` tells, or the option `abortOnLimit`). It leaves out files beyond `limits.files`. multer, formidable and
# @fastify/multipart (`saveRequestFiles`; fastify-multipart-cuts-first-file has the other way) refuse.
# version: express-fileupload 1.5.2, multer 2.5.0, formidable 3.5.4, @fastify/multipart 10.1.9
# our code: none: a page that passes recordings on has to look at `truncated`; a cut WAV is TRUNCATED in `check`
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts express@5.2.1 express-fileupload@1.5.2 multer@2.5.0 formidable@3.5.4 fastify@5.8.2 @fastify/multipart@10.1.9

cat > see.mjs <<'END'
import { once } from 'node:events';
import fastifyMultipart from '@fastify/multipart';
import express from 'express';
import fileUpload from 'express-fileupload';
import fastify from 'fastify';
import formidable from 'formidable';
import multer from 'multer';

const fileSize = 100_000;
const listed = (files) => files.map(([name, size]) => `${name} of ${size} bytes`).join(', ');
const app = express();
const uploaded = (request, response) => response.send(listed([request.files.files].flat().map(({ name, data }) => [name, data.length])));
app.post('/express-fileupload-fileSize', fileUpload({ limits: { fileSize } }), uploaded);
app.post('/express-fileupload-files', fileUpload({ limits: { files: 1 } }), uploaded);
app.post('/multer', multer({ limits: { fileSize } }).any(), (request, response) => response.send(listed(request.files.map(({ originalname, size }) => [originalname, size]))));
app.post('/formidable', async (request, response) => {
  const [, files] = await formidable({ maxFileSize: fileSize }).parse(request);
  response.send(listed(Object.values(files).flat().map(({ originalFilename, size }) => [originalFilename, size])));
});
app.use((_error, _request, response, _next) => response.status(413).send('an error'));
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');

const other = fastify();
await other.register(fastifyMultipart, { limits: { fileSize } });
other.post('/@fastify/multipart', async (request) => listed((await request.saveRequestFiles()).map(({ filename, file }) => [filename, file.bytesRead])));
other.setErrorHandler((_error, _request, reply) => reply.code(413).send('an error'));
const fastifyUrl = await other.listen({ port: 0, host: '127.0.0.1' });

const expressUrl = `http://127.0.0.1:${server.address().port}`;
const ways = ['express-fileupload-fileSize', 'express-fileupload-files', 'multer', 'formidable'].map((name) => [name, expressUrl]);
for (const [name, url] of [...ways, ['@fastify/multipart', fastifyUrl]]) {
  const body = new FormData();
  for (const [file, size] of [['one.wav', 300_000], ['two.wav', 1000]]) body.append('files', new File([new Uint8Array(size)], file));
  const answer = await fetch(`${url}/${name}`, { method: 'POST', body });
  console.log(`${name}: ${answer.status}, ${await answer.text()}`);
}
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
express-fileupload-fileSize: 200, one.wav of 100000 bytes, two.wav of 1000 bytes
express-fileupload-files: 200, one.wav of 300000 bytes
multer: 413, an error
formidable: 413, an error
@fastify/multipart: 413, an error
END
echo 'express-fileupload passes on a third of a recording'
