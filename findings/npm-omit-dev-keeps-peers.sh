#!/usr/bin/env bash
# `npm ci --omit=dev` installs a devDependency that some installed package names as an optional peer, and installs the peers of workspaces; those it
# omits only if the workspace itself has them as devDependencies too.
# version: npm 11.19.1
# our code: cdk/package.json and cli/package.json repeat their peers as devDependencies, so that npm start installs a fifth
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts npm@11.19.1 --prefix tools
npm() { node "$dir/tools/node_modules/npm/bin/npm-cli.js" "$@"; }

omitted() { # FOLDER: whether is-number is left out by npm ci --omit=dev
  cd "$1"
  npm install --package-lock-only --silent --no-audit --no-fund
  npm ci --omit=dev --silent --no-audit --no-fund --ignore-scripts
  [ -d node_modules/is-number ] && echo installed || echo omitted
  cd ..
}
project() { # NAME WORKSPACE: a project with the devDependency is-number, and a workspace
  mkdir -p "$1/member"
  echo '{"private": true, "workspaces": ["member"], "devDependencies": {"is-number": "7.0.0"}}' > "$1/package.json"
  echo "$2" > "$1/member/package.json"
}

project without '{"name": "member", "version": "1.0.0"}'
project peer '{"name": "member", "version": "1.0.0", "peerDependencies": {"is-number": "*"}}'
project optional '{"name": "member", "version": "1.0.0", "peerDependencies": {"is-number": "*"}, "peerDependenciesMeta": {"is-number": {"optional": true}}}'
project both '{"name": "member", "version": "1.0.0", "peerDependencies": {"is-number": "*"}, "devDependencies": {"is-number": "7.0.0"}}'
seen=
for name in without peer optional both; do seen+="$name $(omitted "$name"); "; done
echo "a devDependency of the root, by what a workspace says of it: $seen"
[ "$seen" = 'without omitted; peer installed; optional installed; both omitted; ' ]
