#!/usr/bin/env bash
# CDK keeps the modes of a function's files in the zip that it uploads, but not in the asset's hash: code that was built with `umask 077` arrives
# readable by its owner only, which Lambda cannot load, and after `chmod` the hash is the same, so that the next deployment changes nothing.
# version: aws-cdk-lib 2.276.0, @aws-cdk/cdk-assets-lib 1.5.0 (with which the CDK's program uploads)
# our code: cdk/clone-function.ts makes the files readable for everybody, whatever the umask
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1 @aws-cdk/cdk-assets-lib@1.5.0

(umask 077 && mkdir function && echo 'exports.handler = async () => "cloned";' >function/index.js)
cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');
const { zipDirectory } = require('./node_modules/@aws-cdk/cdk-assets-lib/lib/private/archive.js');
const app = new App({ context: require('aws-cdk-lib/recommended-feature-flags.json'), outdir: process.argv[2] });
const stack = new Stack(app, 'Test');
const code = Code.fromAsset('function');
new Function(stack, 'Function', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code });
const assembly = app.synth();
const { S3Key } = Object.values(assembly.getStackByName('Test').template.Resources).find(({ Type }) => Type === 'AWS::Lambda::Function').Properties.Code;
console.log(S3Key.slice(0, 64));
zipDirectory(`${assembly.directory}/asset.${S3Key.slice(0, 64)}`, `${process.argv[2]}.zip`, () => {});
END
mode() { /usr/bin/python3 -c 'import sys, zipfile; print(oct(zipfile.ZipFile(sys.argv[1]).getinfo("index.js").external_attr >> 16 & 0o777))' "$1"; }
before=$(node app.cjs one 2>/dev/null)
chmod -R go+rX function
after=$(node app.cjs two 2>/dev/null)
{
  echo "in the zips: $(mode one.zip), after chmod $(mode two.zip)"
  [ "$before" = "$after" ] && echo 'hashes: the same' || echo 'hashes: two'
} | tee seen
diff seen - <<'END'
in the zips: 0o600, after chmod 0o644
hashes: the same
END
