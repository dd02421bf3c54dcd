import { writeFileSync } from 'node:fs';
import * as z from 'zod/v4';
import { manifestSchema } from './manifest.ts';

/** The manifest's rules as JSON Schema, so that editors complete and check `manifest.json`. */
export function manifestJsonSchema(): string {
  const schema = {
    title: 'Callers voice clone manifest',
    ...z.toJSONSchema(manifestSchema, { io: 'input' }),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

if (import.meta.main) {
  writeFileSync(new URL('../manifest.schema.json', import.meta.url), manifestJsonSchema());
}
