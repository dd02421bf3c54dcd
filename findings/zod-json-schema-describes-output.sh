#!/usr/bin/env bash
# `z.toJSONSchema` describes what a schema returns, not what it takes: a field with a default is required, and unknown fields are forbidden, so that an editor or a model that is given the
# JSON Schema calls files wrong that the same schema accepts. With `io: 'input'` it agrees, but for `trim()`: five spaces are a name of five characters.
# version: zod 4.6.7, ajv 8.20.0
# our code: voice-folder/manifest-json-schema.ts asks for the input
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts zod@4.6.7 ajv@8.20.0

cat > see.mjs <<'END'
import Ajv from 'ajv/dist/2020.js';
import { z } from 'zod';
const manifest = z.object({ name: z.string().trim().min(5), language: z.string().default('en') });
const schemas = { 'by default': z.toJSONSchema(manifest), 'io: input': z.toJSONSchema(manifest, { io: 'input' }) };
const files = [{ name: 'Alice' }, { name: 'Alice', language: 'en', note: 'mine' }, { name: '     ' }];
for (const file of files) {
  const by = Object.entries(schemas).map(([name, schema]) => `${name} ${new Ajv().compile(schema)(file) ? 'right' : 'wrong'}`);
  console.log(`${JSON.stringify(file)}: zod ${manifest.safeParse(file).success ? 'right' : 'wrong'}; its JSON Schema ${by.join(', ')}`);
}
END
node see.mjs | tee seen
diff seen - <<'END'
{"name":"Alice"}: zod right; its JSON Schema by default wrong, io: input right
{"name":"Alice","language":"en","note":"mine"}: zod right; its JSON Schema by default wrong, io: input right
{"name":"     "}: zod wrong; its JSON Schema by default wrong, io: input right
END
