#!/usr/bin/env bash
# Powertools' `getSecret` and `getParameter` keep what they fetched by its name alone: within five seconds, the default, `VersionStage: 'AWSPENDING'`
# returns the current secret, so that the test of a rotation tests the old key, and `decrypt: true` the encrypted text that a call without it fetched.
# version: @aws-lambda-powertools/parameters 2.35.0, @aws-sdk/client-secrets-manager and client-ssm 3.1163.0
# our code: functions/clone-voice/api-key.ts asks Secrets Manager itself
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-lambda-powertools/parameters@2.35.0 @aws-sdk/client-secrets-manager@3.1163.0 @aws-sdk/client-ssm@3.1163.0

cat > parameters.mjs <<'END'
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
let requests = 0;
const server = createServer(async (request, response) => {
  requests += 1;
  const { SecretId, VersionStage = 'AWSCURRENT', WithDecryption } = await json(request);
  const answer = SecretId ? { SecretString: `key of ${VersionStage}` } : { Parameter: { Value: WithDecryption ? 'the key' : 'AQICAHh...' } };
  response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify(answer));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
Object.assign(process.env, { AWS_ENDPOINT_URL: `http://127.0.0.1:${server.address().port}`, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' });
const { getSecret } = await import('@aws-lambda-powertools/parameters/secrets');
const { getParameter } = await import('@aws-lambda-powertools/parameters/ssm');
const pending = { sdkOptions: { VersionStage: 'AWSPENDING' } };
console.log(`current: ${await getSecret('api-key')}`);
console.log(`pending: ${await getSecret('api-key', pending)}`);
console.log(`pending, fetched: ${await getSecret('api-key', { ...pending, forceFetch: true })}`);
console.log(`current again: ${await getSecret('api-key')}`);
console.log(`parameter: ${await getParameter('/api-key')}`);
console.log(`decrypted: ${await getParameter('/api-key', { decrypt: true })}`);
console.log(`requests: ${requests}`);
server.close();
END
node parameters.mjs 2>/dev/null | tee seen
diff seen - <<'END'
current: key of AWSCURRENT
pending: key of AWSCURRENT
pending, fetched: key of AWSPENDING
current again: key of AWSPENDING
parameter: AQICAHh...
decrypted: AQICAHh...
requests: 3
END
