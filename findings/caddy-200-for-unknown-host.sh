#!/usr/bin/env bash
# Caddy answers a POST for a host name that it does not serve with 200 and an empty body, not with an error: a clone through a gateway whose
# name was changed looks accepted.
# version: caddy 2.6.2 (Debian 12)
# our code: shared/outcome.ts counts a 2xx without voices as unknown, never as cloned
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$caddy" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'caddy=2.6.2-*' 2>/dev/null
dpkg-deb -x caddy_*.deb .

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
printf '{\n  admin off\n}\nhttp://api.test:%s {\n  respond "voices" 201\n}\n' "$port" >Caddyfile
HOME=$dir usr/bin/caddy run --config Caddyfile 2>log &
caddy=$!
ask() {
  curl -s --retry 20 --retry-connrefused --retry-delay 1 -o body -w '%{http_code}' -H "Host: $1:$port" -d form "http://127.0.0.1:$port/"
  echo ", $(wc -c <body) bytes, for $1"
}
{ ask api.test; ask old.test; } | tee seen
diff seen - <<'END'
201, 6 bytes, for api.test
200, 0 bytes, for old.test
END
