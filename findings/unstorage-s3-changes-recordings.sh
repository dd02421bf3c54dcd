#!/usr/bin/env bash
# unstorage's S3 driver, as Nuxt and Nitro use it, changes recordings without an error: `setItem` with a Buffer stores JSON under the name of the recording, and a name with a colon or a question mark becomes
# another one (`take 10:30.wav` the file `30.wav` in a folder). `setItemRaw` keeps the bytes, but not the name.
# version: unstorage 1.17.6, aws4fetch 1.0.20
# our code: shared/not-audio.ts refuses text; check and the function report recordings in subfolders and without an extension as ignored
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts unstorage@1.17.6 aws4fetch@1.0.20
cat > see.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createStorage } from 'unstorage';
import s3Driver from 'unstorage/drivers/s3';

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  console.log(`${decodeURIComponent(request.url)}: ${body.toString('latin1').slice(0, 24)}`);
  response.end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const endpoint = `http://127.0.0.1:${server.address().port}`;
const driver = s3Driver({ endpoint, bucket: 'voices', region: 'us-east-1', accessKeyId: 'id', secretAccessKey: 'key' });
const storage = createStorage({ driver });
const recording = Buffer.from('RIFF....WAVEfmt ');
await storage.setItem('alice/take.wav', recording);
for (const name of ['take.wav', 'take 10:30.wav', 'ready?.wav']) await storage.setItemRaw(`alice/${name}`, recording);
server.close();
END
node see.mjs | tee seen
diff seen - <<'END'
/voices/alice/take.wav: {"type":"Buffer","data":
/voices/alice/take.wav: RIFF....WAVEfmt 
/voices/alice/take 10/30.wav: RIFF....WAVEfmt 
/voices/alice/ready: RIFF....WAVEfmt 
END
echo 'unstorage 1.17.6 changes content and names'
