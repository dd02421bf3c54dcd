#!/usr/bin/env bash
# The AWS SDK lends a client's `requestHandler` (its proxy, certificates and time limits) to STS for AssumeRole, but not to IAM Identity Center:
# behind a proxy, a profile with a role works and one with SSO does not.
# version: @aws-sdk/client-s3 3.1169.0
# our code: cli/s3/credentials.ts hands its transport to every client that credentials need
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0

mkdir -p home/.aws/sso/cache
cat > home/.aws/config <<'END'
[profile keys]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
[profile role]
role_arn = arn:aws:iam::111122223333:role/voices
source_profile = keys
[profile sso]
sso_session = company
sso_account_id = 111122223333
sso_role_name = Voices
[sso-session company]
sso_region = us-east-1
sso_start_url = https://company.example/start
END
cat > ask.mjs <<'END'
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const seen = [];
const server = createServer((request, response) => {
  seen.push(request.method);
  request.resume();
  response.writeHead(403).end('{"message":"No access"}');
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const url = `http://127.0.0.1:${server.address().port}`;
process.env.HOME = `${process.cwd()}/home`;
process.env.AWS_ENDPOINT_URL_STS = process.env.AWS_ENDPOINT_URL_SSO = url;
const session = createHash('sha1').update('company').digest('hex');
const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
writeFileSync(`home/.aws/sso/cache/${session}.json`, JSON.stringify({ accessToken: 'token', expiresAt }));

for (const profile of ['role', 'sso']) {
  const handler = new NodeHttpHandler();
  let lent = 0;
  const requestHandler = { ...handler, metadata: handler.metadata, handle: (...args) => (lent++, handler.handle(...args)) };
  const before = seen.length;
  const client = new S3Client({ region: 'us-east-1', profile, requestHandler, maxAttempts: 1 });
  await client.config.credentials().catch(() => {});
  console.log(`${profile}: ${seen.length - before} request, ${lent} of them through the client's handler`);
}
server.close();
server.closeAllConnections();
END
seen=$(node ask.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = "role: 1 request, 1 of them through the client's handler
sso: 1 request, 0 of them through the client's handler" ]
