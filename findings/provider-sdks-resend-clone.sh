#!/usr/bin/env bash
# The official SDKs send a paid, non-idempotent voice clone again by themselves: both post it three times if the answer is 500, without an
# idempotency key, and Cartesia's also after 409 or a connection that closes without an answer. A `.wav` goes out as application/octet-stream.
# version: @elevenlabs/elevenlabs-js 2.73.0, @cartesia/cartesia-js 4.2.0
# our code: shared/outcome.ts never repeats a request that was whole, and counts a 5xx as unknown: the API may have cloned more than once
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @elevenlabs/elevenlabs-js@2.73.0 @cartesia/cartesia-js@4.2.0

cat > clone.cjs <<'END'
const http = require('node:http');
const fs = require('node:fs');
const { ElevenLabsClient } = require('@elevenlabs/elevenlabs-js');
const Cartesia = require('@cartesia/cartesia-js').default;

fs.writeFileSync('one.wav', Buffer.alloc(50_000));
let posts, answer;
const server = http.createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString('latin1');
  posts.push({
    whole: body.length === Number(request.headers['content-length']),
    type: /filename="one.wav"\r\nContent-Type: (.*)\r\n/.exec(body)?.[1],
    key: request.headers['idempotency-key'] ?? 'no key',
  });
  if (answer === 'closed') return request.socket.destroy();
  response.writeHead(answer, { 'content-type': 'application/json' }).end('{}');
});
server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const file = () => fs.createReadStream('one.wav');
  const eleven = new ElevenLabsClient({ apiKey: 'key', baseUrl: url });
  const cartesia = new Cartesia({ apiKey: 'key', baseURL: url });
  const clones = {
    elevenlabs: () => eleven.voices.ivc.create({ name: 'Alice', files: [file()] }),
    cartesia: () => cartesia.voices.clone({ name: 'Alice', language: 'en', clip: file() }),
  };
  for (const [name, clone] of Object.entries(clones)) {
    for (answer of [500, 409, 'closed']) {
      posts = [];
      await clone().catch(() => {});
      const kinds = new Set(posts.map(({ whole, type, key }) => `${whole ? 'whole' : 'cut'}, ${type}, ${key}`));
      console.log(`${name}, ${answer}: ${posts.length} (${[...kinds].join('; ')})`);
    }
  }
  process.exit();
});
END
node clone.cjs | tee seen
diff seen - <<'END'
elevenlabs, 500: 3 (whole, application/octet-stream, no key)
elevenlabs, 409: 1 (whole, application/octet-stream, no key)
elevenlabs, closed: 1 (whole, application/octet-stream, no key)
cartesia, 500: 3 (whole, application/octet-stream, no key)
cartesia, 409: 3 (whole, application/octet-stream, no key)
cartesia, closed: 3 (whole, application/octet-stream, no key)
END
