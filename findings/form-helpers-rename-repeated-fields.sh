#!/usr/bin/env bash
# Helpers that make a form of an object rename a field that has several files: axios.postForm and object-to-formdata send `files[]`, needle sends
# `files[0]` and `files[1]`, in the order in which it happened to read them. An API that documents a repeated `files` finds none there. superagent repeats the name.
# version: axios 1.21.1, object-to-formdata 4.5.1, needle 3.5.0, superagent 10.4.2
# our code: shared/clone-request.ts repeats the names as documented
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts axios@1.21.1 object-to-formdata@4.5.1 needle@3.5.0 superagent@10.4.2

cat > post.mjs <<'END'
import { once } from 'node:events';
import { createReadStream, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import axios from 'axios';
import needle from 'needle';
import { serialize } from 'object-to-formdata';
import superagent from 'superagent';

const paths = ['one.wav', 'two.wav'];
for (const path of paths) writeFileSync(path, 'sound');
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  const names = Array.from(body.matchAll(/ name="([^"]+)"/g), ([, name]) => name);
  console.log(`${request.url.slice(1)}: ${names.toSorted().join(' ')}`); // needle's order changes.
  response.end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const api = `http://127.0.0.1:${server.address().port}`;
const supportedLocales = ['en', 'fr'];

await axios.postForm(`${api}/axios`, { files: paths.map((path) => createReadStream(path)), supportedLocales });
const blobs = paths.map((path) => new File(['sound'], path));
await fetch(`${api}/object-to-formdata`, { method: 'POST', body: serialize({ files: blobs, supportedLocales }) });
const files = paths.map((file) => ({ file, content_type: 'audio/wav' }));
await needle('post', `${api}/needle`, { files, supportedLocales }, { multipart: true });
await superagent.post(`${api}/superagent`).attach('files', paths[0]).attach('files', paths[1]).field({ supportedLocales });
process.exit();
END
node post.mjs | tee seen
diff seen - <<'END'
axios: files[] files[] supportedLocales[] supportedLocales[]
object-to-formdata: files[] files[] supportedLocales[] supportedLocales[]
needle: files[0] files[1] supportedLocales[0] supportedLocales[1]
superagent: files files supportedLocales supportedLocales
END
