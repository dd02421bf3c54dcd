#!/usr/bin/env bash
# One date in the schema of one tool makes a server of the MCP SDK list no tool at all: the tool can be registered and called, but `tools/list` answers every client with
# "Date cannot be represented in JSON Schema". `z.coerce.date()` does the same, and so does a transform in an `outputSchema`, though not in an `inputSchema`.
# version: @modelcontextprotocol/sdk 1.32.2, zod 4.6.7
# our code: none: an MCP server of one's own has to pass dates as text
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @modelcontextprotocol/sdk@1.32.2 zod@4.6.7

cat > see.mjs <<'END'
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod';

const text = z.string().transform((value) => value.trim());
const tools = {
  'a text in inputSchema': { inputSchema: { made: z.string() } },
  'a transform in inputSchema': { inputSchema: { made: text } },
  'a transform in outputSchema': { outputSchema: { made: text } },
  'a date in outputSchema': { outputSchema: { made: z.date() } },
  'a coerced date in inputSchema': { inputSchema: { made: z.coerce.date() } },
};
const made = '2026-01-02T00:00:00Z';
for (const [what, schemas] of Object.entries(tools)) {
  const server = new McpServer({ name: 'voices', version: '1.0.0' });
  server.registerTool('clone_voice', { inputSchema: { name: z.string() } }, async () => ({ content: [] }));
  server.registerTool('find_voices', schemas, async () => ({ content: [], structuredContent: { made: what.includes('date') ? new Date(made) : made } }));
  const client = new Client({ name: 'agent', version: '1.0.0' });
  const [serverSide, clientSide] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
  const called = await client.callTool({ name: 'find_voices', arguments: { made } });
  const listed = await client.listTools().then(({ tools: list }) => `lists ${list.length} tools`, ({ message }) => `lists none (${message})`);
  console.log(`${what}: ${called.isError ? 'fails' : 'can be called'}, ${listed}`);
}
END
node see.mjs | tee seen
diff seen - <<'END'
a text in inputSchema: can be called, lists 2 tools
a transform in inputSchema: can be called, lists 2 tools
a transform in outputSchema: can be called, lists none (MCP error -32603: Transforms cannot be represented in JSON Schema)
a date in outputSchema: can be called, lists none (MCP error -32603: Date cannot be represented in JSON Schema)
a coerced date in inputSchema: can be called, lists none (MCP error -32603: Date cannot be represented in JSON Schema)
END
echo 'one tool hides all'
