#!/usr/bin/env bash
# axios-retry, whose default condition is called "network or idempotent request error", sends a POST four times if the connection closes without
# an answer: after a network error it does not look at the method. Only after a 5xx does it know that a POST is not idempotent.
# version: axios-retry 4.5.0, axios 1.21.1
# our code: shared/outcome.ts counts such a close as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts axios-retry@4.5.0 axios@1.21.1

cat > clone.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import axios from 'axios';
import axiosRetry from 'axios-retry';

let posts = [];
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  posts.push(body.length === Number(request.headers['content-length']) ? 'whole' : 'cut');
  if (request.url === '/closes') request.socket.destroy();
  else response.writeHead(Number(request.url.slice(1))).end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = axios.create({ baseURL: `http://127.0.0.1:${server.address().port}` });
axiosRetry(client);
for (const answer of ['closes', '503', '500']) {
  posts = [];
  const form = new FormData();
  form.append('files', new Blob([new Uint8Array(100_000)]), 'one.wav');
  const { code } = await client.post(`/${answer}`, form).catch((error) => error);
  console.log(`${answer}: ${code}, received ${posts.length} (${[...new Set(posts)]})`);
}
process.exit();
END
node clone.mjs | tee seen
diff seen - <<'END'
closes: ECONNRESET, received 4 (whole)
503: ERR_BAD_RESPONSE, received 1 (whole)
500: ERR_BAD_RESPONSE, received 1 (whole)
END
