import { VISIBLE_ASCII } from '../../shared/visible-ascii.ts';
import { parseJson } from './parse-json.ts';

/** What a stored text is, if it is not an API key. Never contains the text. */
export interface NoApiKey {
  found?: string;
}

/**
 * Extracts the API key from a stored text, in the forms in which people store keys:
 *
 * | form | |
 * |---|---|
 * | the key | visible ASCII; with or without quotes |
 * | JSON | with the field `apiKey`, `api_key` or `CALLERS_API_KEY` |
 * | a line of a `.env` file | `CALLERS_API_KEY=…` |
 */
export function apiKeyIn(stored: string): string | NoApiKey {
  const text = stored.trim();
  if (text === '') return {};
  const json = parseJson(text);
  if (typeof json === 'object' && json !== null) return apiKeyInObject(json);
  const unquoted = typeof json === 'string' ? json : (/^'(.*)'$/.exec(text)?.[1] ?? text);
  const key = (/^(?:export\s+)?\w*api_?key\s*=\s*(.*)$/i.exec(unquoted)?.[1] ?? unquoted).trim();
  // Of a line with quotes, or JSON in JSON, as some tools store it.
  if (key !== text && /^["'{]/.test(key)) return apiKeyIn(key);
  if (key === '') return {};
  // As PowerShell 5 passes JSON to programs.
  if (key.startsWith('{')) return { found: 'text in braces that is not JSON' };
  if (VISIBLE_ASCII.test(key)) return key;
  return {
    found: /\s/.test(key) ? 'text with spaces or line breaks' : 'text with characters that no key has',
  };
}

function apiKeyInObject(json: object): string | NoApiKey {
  const fields = Object.entries(json);
  const keys = fields.filter(([name]) => /^(callers)?apikey$/i.test(name.replaceAll(/[_-]/g, '')));
  // The deployment leaves null where a person is to store the key.
  const [, value] = keys.find(([, each]) => each !== null) ?? [];
  if (typeof value === 'string') return apiKeyIn(value);
  if (value !== undefined) return { found: 'JSON whose apiKey is not text' };
  if (keys.length > 0) return {};
  // Does not name the fields: a key that was typed into the wrong column is one.
  return {
    found: `JSON with ${fields.length === 1 ? 'one field, but not' : `${fields.length} fields, but no`} apiKey`,
  };
}
