#!/usr/bin/env bash
# `exclude: ['*', '!index.js']` of a CDK asset leaves in what begins with a dot: the `.env` beside a function's code, with the API key, is deployed
# with it, to be read by all who may read the function. With `ignoreMode: IgnoreMode.GIT` the same patterns leave only index.js.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: cdk/function-files.ts also excludes `.*`
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

mkdir function
echo 'exports.handler = async () => "cloned";' >function/index.js
echo 'API_KEY=secret' >function/.env
echo 'notes' >function/notes.txt
cat > app.cjs <<'END'
const { readdirSync } = require('node:fs');
const { App, IgnoreMode, Stack } = require('aws-cdk-lib');
const { Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');
for (const ignoreMode of [undefined, IgnoreMode.GIT]) {
  const app = new App({ context: require('aws-cdk-lib/recommended-feature-flags.json') });
  const stack = new Stack(app, 'Test');
  const code = Code.fromAsset('function', { exclude: ['*', '!index.js'], ignoreMode });
  new Function(stack, 'Function', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code });
  const { directory } = app.synth();
  const [asset] = readdirSync(directory).filter((name) => name.startsWith('asset.'));
  console.log(`${ignoreMode ?? 'default'}: ${readdirSync(`${directory}/${asset}`).sort().join(' ')}`);
}
END
node app.cjs 2>/dev/null | tee seen
diff seen - <<'END'
default: .env index.js
git: index.js
END
