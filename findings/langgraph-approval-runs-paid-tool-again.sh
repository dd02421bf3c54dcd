#!/usr/bin/env bash
# If a model calls two tools at once and one of them asks a person for approval (`interrupt`), LangGraph's ToolNode runs the other one again when the person has answered:
# a voice is cloned and paid twice, and the model hears of the second only. createAgent, which gives each call a step of its own, runs it once.
# version: @langchain/langgraph 1.7.3, @langchain/core 1.4.0, langchain 1.5.14
# our code: n8n-node/nodes/Callers/voice/once.ts gives the same call the same voice, in n8n; a graph of one's own has to remember it itself
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @langchain/langgraph@1.7.3 @langchain/core@1.4.0 langchain@1.5.14 zod@4.6.7

cat > see.mjs <<'END'
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { Command, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { createAgent } from 'langchain';
import * as z from 'zod';

let clones = 0;
const schema = z.object({});
const clone = tool(async () => `voice ${(clones += 1)}`, { name: 'clone_voice', description: 'clones a voice', schema });
const email = tool(async () => interrupt('Send it?'), { name: 'send_email', description: 'sends an e-mail', schema });
const call = (id, name) => ({ id, name, args: {}, type: 'tool_call' });
const twoCalls = () => new AIMessage({ content: '', tool_calls: [call('1', 'clone_voice'), call('2', 'send_email')] });
class Model extends BaseChatModel {
  said = 0;
  _llmType() { return 'script'; }
  bindTools() { return this; }
  async _generate() { return { generations: [{ text: '', message: (this.said += 1) === 1 ? twoCalls() : new AIMessage('done') }] }; }
}
const graph = new StateGraph(MessagesAnnotation)
  .addNode('model', () => ({ messages: [twoCalls()] }))
  .addNode('tools', new ToolNode([clone, email]))
  .addEdge(START, 'model')
  .addEdge('model', 'tools');
const all = {
  ToolNode: graph.compile({ checkpointer: new MemorySaver() }),
  createAgent: createAgent({ model: new Model({}), tools: [clone, email], checkpointer: new MemorySaver() }),
};
for (const [name, agent] of Object.entries(all)) {
  clones = 0;
  const thread = { configurable: { thread_id: '1' } };
  await agent.invoke({ messages: [{ role: 'user', content: 'Clone my voice and write to Bob.' }] }, thread);
  const before = clones;
  const { messages } = await agent.invoke(new Command({ resume: 'yes' }), thread);
  const heard = messages.filter((each) => each.name === 'clone_voice').map((each) => each.content);
  console.log(`${name}: ${before} clone before the approval, ${clones} after it; the model hears of ${heard}`);
}
END
LANGSMITH_TRACING=false node see.mjs | tee seen
diff seen - <<'END'
ToolNode: 1 clone before the approval, 2 after it; the model hears of voice 2
createAgent: 1 clone before the approval, 1 after it; the model hears of voice 1
END
echo 'approval of one tool ran the other again'
