#!/usr/bin/env bash
# npm 10 obeys a `libc` that only package-lock.json states, but drops it when it writes the lock again, and from then on installs the package for
# the other C library; npm 11 keeps it (npm-libc).
# version: npm 10.9.9
# our code: package-lock.json says that the Node of npm ci needs glibc; test/supply-chain.test.ts fails if somebody's npm 10 dropped that
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts npm@10.9.9

other=$(node -p 'process.report.getReport().header.glibcVersionRuntime ? "musl" : "glibc"')
run() { node "$dir/node_modules/npm/bin/npm-cli.js" "$@" --silent --no-audit --no-fund --ignore-scripts; }
look() {
  echo "$1: is-odd $([ -d node_modules/is-odd ] && echo installed || echo left out)," \
    "libc in the lock: $(grep -q '"libc"' package-lock.json && echo yes || echo no)"
}
mkdir project
cd project
echo '{ "name": "project", "version": "1.0.0", "optionalDependencies": { "is-odd": "3.0.1" } }' >package.json
run install
node -e "
const { readFileSync, writeFileSync } = require('node:fs');
const lock = JSON.parse(readFileSync('package-lock.json'));
lock.packages['node_modules/is-odd'].libc = ['$other'];
writeFileSync('package-lock.json', JSON.stringify(lock));"
rm -rf node_modules
{
  run ci
  look ci
  run install is-number@7.0.0
  look 'install of another package'
  run ci
  look 'ci again'
} | tee "$dir/seen"
diff "$dir/seen" - <<'END'
ci: is-odd left out, libc in the lock: yes
install of another package: is-odd left out, libc in the lock: no
ci again: is-odd installed, libc in the lock: no
END
