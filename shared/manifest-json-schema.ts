import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod/v4-mini';
import { locales } from './locales.ts';
import { manifestSchema } from './manifest.ts';

interface Field {
  type?: string;
  description?: string;
  enum?: string[];
  items?: Field;
  minLength?: number;
  minimum?: number;
  maximum?: number;
}

const MANIFEST_PAGE = new URL('../docs/manifest.md', import.meta.url);
const TABLE = /(<!-- fields, by npm run schema -->\n)[^]*(\n<!-- end of fields -->)/;

/** The manifest's rules as JSON Schema, so that editors complete and check `manifest.json`. */
export function manifestJsonSchema(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}

/** `docs/manifest.md`, with every field as the schema has it. */
export function manifestPage(): string {
  const { properties = {}, required = [] } = jsonSchema();
  const rows = Object.entries(properties).map(
    ([name, field]) =>
      `| \`${name}\` | ${valuesOf(field as Field)} | ${(field as Field).description}${required.includes(name) ? '. **Required**' : ''} |`,
  );
  const fields = ['| field | value | |', '|---|---|---|', ...rows].join('\n');
  const known = `The locales: ${locales.map((locale) => `\`${locale}\``).join(', ')}.`;
  return readFileSync(MANIFEST_PAGE, 'utf8').replace(TABLE, `$1${fields}\n\n${known}$2`);
}

function jsonSchema() {
  return {
    title: 'Callers voice clone manifest',
    ...z.toJSONSchema(manifestSchema, { io: 'input' }),
  };
}

function valuesOf({ type, enum: values, items, minLength, minimum, maximum }: Field): string {
  if (values) {
    return values.length > 10
      ? `one of ${values.length} locales`
      : values.map((value) => `\`${value}\``).join(', ');
  }
  if (items) return `list of ${items.enum ? 'locales' : 'texts'}`;
  if (type === 'boolean') return '`true` or `false`';
  if (type === 'number') return `${minimum} to ${maximum}`;
  return minLength === undefined ? 'text' : `text of ${minLength} characters and more`;
}

if (import.meta.main) {
  writeFileSync(new URL('../manifest.schema.json', import.meta.url), manifestJsonSchema());
  writeFileSync(MANIFEST_PAGE, manifestPage());
}
