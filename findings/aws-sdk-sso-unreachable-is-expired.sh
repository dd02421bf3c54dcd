#!/usr/bin/env bash
# If the AWS SDK cannot reach IAM Identity Center to renew an SSO session, it says that the token is expired and that one should sign in, and for the
# next 30 seconds it says so without a request: a network that is down looks like a person who is signed out.
# version: @aws-sdk/client-s3 3.1169.0
# our code: cli/s3/credentials.ts remembers the request that was not answered, and reports that
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0

mkdir -p home/.aws/sso/cache
cat > home/.aws/config <<'END'
[profile sso]
sso_session = company
sso_account_id = 111122223333
sso_role_name = Voices
[sso-session company]
sso_region = us-east-1
sso_start_url = https://company.example/start
END
cat > renew.mjs <<'END'
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';

let connections = 0;
const server = createServer((socket) => {
  connections++;
  socket.destroy();
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
process.env.HOME = `${process.cwd()}/home`;
process.env.AWS_ENDPOINT_URL_SSO_OIDC = `http://127.0.0.1:${server.address().port}`;
process.env.AWS_MAX_ATTEMPTS = '1';
const session = {
  accessToken: 'token',
  expiresAt: new Date(Date.now() - 60_000).toISOString(),
  clientId: 'id',
  clientSecret: 'secret',
  refreshToken: 'refresh',
};
const name = createHash('sha1').update('company').digest('hex');
writeFileSync(`home/.aws/sso/cache/${name}.json`, JSON.stringify(session));
for (const time of ['first', 'then']) {
  const client = new S3Client({ region: 'us-east-1', profile: 'sso' });
  const said = await client.config.credentials().catch(({ message }) => message.split('. ')[0]);
  console.log(`${time}: "${said}" after ${connections} connection`);
}
server.close();
END
seen=$(node renew.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = 'first: "Token is expired" after 1 connection
then: "Token is expired" after 1 connection' ]
