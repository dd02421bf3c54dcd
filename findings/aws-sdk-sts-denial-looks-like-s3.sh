#!/usr/bin/env bash
# When STS denies the role of a profile, `s3.send()` rejects with `AccessDenied` and status 403, as for a denied object: nothing in the error but the
# prose of its message says that S3 was never asked.
# version: @aws-sdk/client-s3 3.1169.0
# our code: cli/s3/credentials.ts turns errors into its own before they leave the credential provider
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0

mkdir -p home/.aws
cat > home/.aws/config <<'END'
[profile keys]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
[profile role]
role_arn = arn:aws:iam::111122223333:role/voices
source_profile = keys
END
cat > get.mjs <<'END'
import { createServer } from 'node:http';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';

let s3Requests = 0;
const error = '<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized.</Message></Error>';
const server = createServer((request, response) => {
  request.resume();
  if (request.method === 'GET') s3Requests++;
  response.writeHead(403).end(request.method === 'GET' ? error : `<ErrorResponse>${error}</ErrorResponse>`);
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
process.env.HOME = `${process.cwd()}/home`;
process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${server.address().port}`;
for (const profile of ['role', 'keys']) {
  const client = new S3Client({ region: 'us-east-1', profile, forcePathStyle: true, maxAttempts: 1 });
  const caught = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'key' })).catch((thrown) => thrown);
  const { name, $metadata, $fault } = caught;
  console.log(`${profile}: ${name} ${$metadata.httpStatusCode} ${$fault}, requests to S3: ${s3Requests}`);
}
server.close();
server.closeAllConnections();
END
seen=$(node get.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = 'role: AccessDenied 403 client, requests to S3: 0
keys: AccessDenied 403 client, requests to S3: 1' ]
