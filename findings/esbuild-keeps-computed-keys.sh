#!/usr/bin/env bash
# esbuild removes an unused object literal, but keeps one whose computed key is a constant that it does not inline. The AWS SDK writes the
# schemas of all its operations with such keys, and a bundle keeps them all.
# version: esbuild 0.28.2
# our code: functions/bundle.ts writes the keys out before esbuild sees them
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
# Its program is in an optional dependency, which needs no install script.
npm install --silent --no-audit --no-fund --ignore-scripts esbuild@0.28.2

cat > input.js <<'END'
const _hQ = 'httpQuery';
const plain = { httpQuery: 'unused' };
const computed = { [_hQ]: [_hQ, 'unused'] };
export const used = 1;
END
node_modules/.bin/esbuild input.js --bundle --format=esm --minify-syntax --minify-whitespace | tee output.js
for name in plain computed; do
  echo "$name: $(grep -q "$name" output.js && echo kept || echo removed)"
done | tee seen
diff seen - <<'END'
plain: removed
computed: kept
END
