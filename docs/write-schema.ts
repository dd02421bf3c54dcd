import { readFileSync, writeFileSync } from 'node:fs';
import { fieldTable, manifestJsonSchema } from '../voice-folder/manifest-json-schema.ts';

const SCHEMA = new URL('../manifest.schema.json', import.meta.url);
const PAGE = new URL('./manifest.md', import.meta.url);
const TABLE = /(<!-- fields, by npm run schema -->\n)[^]*(\n<!-- end of fields -->)/;

/** `docs/manifest.md`, with every field as the schema has it. */
export function manifestPage(): string {
  return readFileSync(PAGE, 'utf8').replace(TABLE, `$1${fieldTable()}$2`);
}

if (import.meta.main) {
  writeFileSync(SCHEMA, manifestJsonSchema());
  writeFileSync(PAGE, manifestPage());
}
