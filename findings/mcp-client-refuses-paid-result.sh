#!/usr/bin/env bash
# Two halves of the MCP SDK disagree about a tool's result: its server accepts a field that `outputSchema` does not name, and one left to its default. Its
# client refuses both as "does not match", after the tool has run, but only if it has listed the tools before. A clone is paid for and its ID is lost.
# version: @modelcontextprotocol/sdk 1.32.2, zod 4.6.7
# our code: n8n-node/nodes/Callers/voice/once.ts returns the voice of such a call when it is made again; the tool declares no outputSchema
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @modelcontextprotocol/sdk@1.32.2 zod@4.6.7

cat > call.mjs <<'END'
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod';
let clones = 0;
const server = new McpServer({ name: 'voices', version: '1.0.0' });
const outputSchema = { voiceId: z.string(), locale: z.string().default('en') };
const register = (name, structuredContent) =>
  server.registerTool(name, { inputSchema: { name: z.string() }, outputSchema }, async () => {
    clones += 1;
    return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
  });
register('clone', { voiceId: 'voice-1', locale: 'en' });
register('clone_with_warnings', { voiceId: 'voice-2', locale: 'en', warnings: ['quiet'] });
register('clone_by_default', { voiceId: 'voice-3' });
const client = new Client({ name: 'agent', version: '1.0.0' });
const [serverSide, clientSide] = InMemoryTransport.createLinkedPair();
await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
const call = (name) =>
  client.callTool({ name, arguments: { name: 'Alice' } }).then(({ structuredContent }) => structuredContent.voiceId, ({ message }) => message.replace(/.*schema: /, ''));
const callAll = async () => {
  for (const name of ['clone', 'clone_with_warnings', 'clone_by_default']) console.log(`  ${name}: ${await call(name)}`);
};
console.log('tools not listed:');
await callAll();
await client.listTools();
console.log('tools listed:');
await callAll();
console.log(`clones made: ${clones}`);
END
node call.mjs | tee seen
diff seen - <<'END'
tools not listed:
  clone: voice-1
  clone_with_warnings: voice-2
  clone_by_default: voice-3
tools listed:
  clone: voice-1
  clone_with_warnings: data must NOT have additional properties
  clone_by_default: data must have required property 'locale'
clones made: 6
END
