#!/usr/bin/env bash
# formidable refuses a whole form, with its recordings, if one optional file field was left empty, which browsers send as `filename=""` with no bytes: 400, "file size should be greater than 0".
# multer leaves the field out and hands on the rest. `allowEmptyFiles: true` is not enough (`minFileSize: 0` is needed too), and lets an empty recording through as well.
# version: formidable 3.5.4, multer 2.5.0
# our code: functions/clone-voice/send/multipart.ts sends no empty part: voice-folder/judge-samples.ts says EMPTY_SAMPLE before
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts formidable@3.5.4 multer@2.5.0

cat > parse.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import formidable from 'formidable';
import multer from 'multer';

const withFormidable = (options) => async (request) => {
  const [, files] = await formidable(options).parse(request);
  return Object.values(files).flat().map(({ originalFilename, size }) => [originalFilename, size]);
};
const parsers = {
  'formidable': withFormidable({}),
  'formidable, allowEmptyFiles': withFormidable({ allowEmptyFiles: true }),
  'formidable, allowEmptyFiles and minFileSize 0': withFormidable({ allowEmptyFiles: true, minFileSize: 0 }),
  'multer': async (request, response) => {
    await new Promise((done, fail) => multer().any()(request, response, (error) => (error ? fail(error) : done())));
    return request.files.map(({ originalname, size }) => [originalname, size]);
  },
};
let parse;
const server = createServer(async (request, response) => {
  try {
    response.end(JSON.stringify(await parse(request, response)));
  } catch (error) {
    response.writeHead(error.httpCode ?? 500).end(error.message);
  }
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const part = (head, body) => `--end\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
const take = part('name="files"; filename="take.wav"\r\nContent-Type: audio/wav', 'R'.repeat(1000));
// What a browser sends for <input type="file" name="cover"> in which nothing was chosen.
const nothing = part('name="cover"; filename=""\r\nContent-Type: application/octet-stream', '');
const headers = { 'content-type': 'multipart/form-data; boundary=end' };
for (const [name, parser] of Object.entries(parsers)) {
  parse = parser;
  const answer = await fetch(`http://127.0.0.1:${server.address().port}`, { method: 'POST', headers, body: `${take}${nothing}--end--\r\n` });
  console.log(`${name}: ${answer.status} ${await answer.text()}`);
}
process.exit();
END
node parse.mjs | tee seen
diff seen - <<'END'
formidable: 400 options.allowEmptyFiles is false, file size should be greater than 0
formidable, allowEmptyFiles: 400 options.minFileSize (1 bytes) inferior, received 0 bytes of file data
formidable, allowEmptyFiles and minFileSize 0: 200 [["",0],["take.wav",1000]]
multer: 200 [["take.wav",1000]]
END
echo 'formidable refuses a form in which one file field is empty'
