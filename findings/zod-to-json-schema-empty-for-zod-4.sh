#!/usr/bin/env bash
# zod-to-json-schema turns a schema of zod 4 into a JSON Schema without fields, and does not complain: a model that gets it for a tool learns of no parameter, and ajv accepts
# every manifest. zod 4's own `z.toJSONSchema` throws for a schema of zod 3. The two meet often: `npm install zod` brings 4, while `zod/v3` and n8n's zod are 3.
# version: zod-to-json-schema 3.25.2, zod 4.6.7 and 3.25.76, ajv 8.20.0
# our code: voice-folder/manifest-json-schema.ts uses zod's own
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts zod-to-json-schema@3.25.2 zod@4.6.7 zod3@npm:zod@3.25.76 ajv@8.20.0

cat > see.mjs <<'END'
import { Ajv } from 'ajv';
import * as zod4 from 'zod';
import { zodToJsonSchema } from 'zod-to-json-schema';
import * as v3 from 'zod/v3';
import * as zod3 from 'zod3';

const manifest = (z) => z.object({ name: z.string().min(5), speed: z.number().optional() });
const see = (what, convert) => {
  try {
    const schema = convert();
    const accepts = new Ajv({ strict: false, meta: false, validateSchema: false }).compile(schema);
    console.log(`${what}: fields ${Object.keys(schema.properties ?? {}).join(', ') || 'none'}; accepts {}: ${accepts({})}`);
  } catch ({ name }) {
    console.log(`${what}: ${name}`);
  }
};
see('zod-to-json-schema, zod 3', () => zodToJsonSchema(manifest(zod3)));
see("zod-to-json-schema, zod 4's zod/v3", () => zodToJsonSchema(manifest(v3)));
see('zod-to-json-schema, zod 4', () => zodToJsonSchema(manifest(zod4)));
see('z.toJSONSchema, zod 4', () => zod4.toJSONSchema(manifest(zod4)));
see('z.toJSONSchema, zod 3', () => zod4.toJSONSchema(manifest(zod3)));
END
node see.mjs | tee seen
diff seen - <<'END'
zod-to-json-schema, zod 3: fields name, speed; accepts {}: false
zod-to-json-schema, zod 4's zod/v3: fields name, speed; accepts {}: false
zod-to-json-schema, zod 4: fields none; accepts {}: true
z.toJSONSchema, zod 4: fields name, speed; accepts {}: false
z.toJSONSchema, zod 3: TypeError
END
echo 'the JSON Schema of a zod 4 schema is empty'
