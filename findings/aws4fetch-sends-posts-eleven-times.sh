#!/usr/bin/env bash
# aws4fetch, with which workers at the edge reach S3 and other APIs, sends a POST up to eleven times if the answer is 429 or 5xx, though that may have come after the work was done: its `fetch`
# looks at the status only, not at the method. What cost money once costs it eleven times. Errors of the network it does not try again.
# version: aws4fetch 1.0.20
# our code: shared/outcome.ts counts a 5xx after the end of the body as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws4fetch@1.0.20
cat > see.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { AwsClient } from 'aws4fetch';

const requests = {};
const server = createServer(async (request, response) => {
  await request.toArray();
  const status = request.url.slice(1);
  requests[status] = (requests[status] ?? 0) + 1;
  if (status === 'closed') return response.destroy();
  response.writeHead(Number(status)).end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = new AwsClient({ accessKeyId: 'id', secretAccessKey: 'key', service: 'execute-api', region: 'us-east-1', initRetryMs: 1 });
for (const status of ['400', '409', '429', '500', '503', '504', 'closed']) {
  await client.fetch(`http://127.0.0.1:${server.address().port}/${status}`, { method: 'POST', body: 'a recording' }).catch(() => {});
  console.log(`${status}: ${requests[status]}`);
}
server.close();
END
node see.mjs | tee seen
diff seen - <<'END'
400: 1
409: 1
429: 11
500: 11
503: 11
504: 11
closed: 1
END
echo 'aws4fetch 1.0.20 sends a POST again'
