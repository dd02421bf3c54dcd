import * as z from 'zod/v4-mini';
import { locales } from '../shared/locales.ts';
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

/** The manifest's JSON Schema, with which editors complete and validate `manifest.json`. */
export function manifestJsonSchema(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}

/** The schema's fields as a Markdown table. */
export function fieldTable(): string {
  const { properties = {}, required = [] } = jsonSchema();
  const rows = Object.entries(properties).map(
    ([name, field]) =>
      `| \`${name}\` | ${valuesOf(field as Field)} | ${(field as Field).description}${required.includes(name) ? '. **Required**' : ''} |`,
  );
  const fields = ['| field | value | |', '|---|---|---|', ...rows].join('\n');
  const known = `The locales: ${locales.map((locale) => `\`${locale}\``).join(', ')}.`;
  return `${fields}\n\n${known}`;
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
  if (items) return `list of ${items.enum ? 'locales' : 'names'}`;
  if (type === 'boolean') return '`true` or `false`';
  if (type === 'number') return `${minimum} to ${maximum}`;
  return minLength === undefined ? 'text' : `text of at least ${minLength} characters`;
}
