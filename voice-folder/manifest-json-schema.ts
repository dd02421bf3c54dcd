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
  const { properties, required = [] } = jsonSchema();
  const rows = Object.entries(properties).map(
    ([name, field]) =>
      `| \`${name}\` | ${valuesOf(field)} | ${field.description}${required.includes(name) ? '. **Required**' : ''} |`,
  );
  const fields = ['| field | value | |', '|---|---|---|', ...rows].join('\n');
  const known = `The locales: ${locales.map((locale) => `\`${locale}\``).join(', ')}.`;
  return `${fields}\n\n${known}`;
}

function jsonSchema() {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input' });
  const properties = Object.entries(schema.properties as Record<string, Field>).map(([name, field]) => {
    const { description, ofItem } = descriptions[name as keyof typeof descriptions];
    return [
      name,
      { ...field, ...(ofItem && { items: { ...field.items, description: ofItem } }), description },
    ];
  });
  return {
    title: 'Callers voice clone manifest',
    ...schema,
    properties: Object.fromEntries(properties) as Record<string, Field>,
  };
}

/** Not in the schema itself, which the function and the n8n node carry with them. */
const descriptions: Record<keyof typeof manifestSchema.shape, { description: string; ofItem?: string }> = {
  name: { description: 'Name of the voice' },
  description: { description: 'Description of the voice' },
  providerType: { description: 'The voice provider' },
  supportedLocales: { description: 'Locales that the voice supports', ofItem: 'A locale such as en-US' },
  subAccounts: { description: 'Whether sub-accounts are enabled; API default false' },
  stability: { description: 'Stability of the voice, 0 to 1' },
  similarityBoost: { description: 'Similarity to the samples, 0 to 1' },
  speed: { description: 'Speed of speech: -1 is slowest, 0 normal, 1 fastest' },
  supportsAllLanguages: { description: 'Whether the voice supports all languages; API default false' },
  subOrganizationId: {
    description: 'Sub-organization that gets the voice; must belong to the API key’s organization',
  },
  files: {
    description:
      'Names of the samples, relative to the folder. Default: every audio file in the folder, in name order',
    ofItem: 'Name of a sample, relative to the folder',
  },
  $schema: { description: 'URL of this JSON Schema, for editors; otherwise ignored' },
};

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
