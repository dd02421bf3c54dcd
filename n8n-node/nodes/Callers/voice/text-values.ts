import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { textOf } from '../../../credentials/credential-text.ts';

/**
 * Converts text to what a field takes: expressions return text from tables, forms and models. Takes what can
 * mean only one thing; more forgiving than the manifest of a voice folder, which people write for this
 * purpose. Other values are returned as they are, for the schema to reject.
 */
export function valueFor({ type, typeOptions, options = [] }: INodeProperties, value: unknown): unknown {
  const choices = options as INodePropertyOptions[];
  if (type === 'multiOptions') return optionsIn(choices, value);
  // A cell of a table may be a list, such as that of a lookup.
  const [cell, ...others] = [value].flat();
  const only = others.length === 0 ? plainValue(cell) : value;
  if (type === 'string') return textIn(only, typeOptions?.rows !== undefined);
  const given = typeof only === 'string' ? textOf(only) : only;
  if (isNothing(given)) return '';
  if (type === 'number') return numberIn(given);
  if (type === 'boolean') return TRUE.test(String(given)) || (FALSE.test(String(given)) ? false : given);
  return optionIn(choices, given) ?? given;
}

/** What JSON has for it: text, for a date of n8n (Luxon) or a database, or an identifier of MongoDB. */
function plainValue(value: unknown): unknown {
  const { toJSON } = Object(value) as { toJSON?: unknown };
  return typeof toJSON === 'function' ? (toJSON.call(value) as unknown) : value;
}

/** Databases, templates and Python write an empty cell like this. */
function isNothing(given: unknown): boolean {
  return /^\s*((null|undefined|none|nan)\s*)*$/i.test(String(given));
}

/** A number beyond 2^53 has lost digits before it arrives here, which would make it another identifier. */
function textIn(given: unknown, hasLines: boolean): unknown {
  if (typeof given === 'bigint' || (typeof given === 'number' && Math.abs(given) <= Number.MAX_SAFE_INTEGER))
    return String(given);
  if (typeof given !== 'string') return given;
  if (isNothing(given)) return '';
  return hasLines ? given.trim() : given.trim().replaceAll(/[\t\n\v\f\r]+/g, ' ');
}

const TRUE = /^(true|yes|y|t|on|1|1\.0)$/i;
const FALSE = /^(false|no|n|f|off|0|0\.0)$/i;

/** Also takes a decimal comma, as in `0,75`, but not `1,000`, which may be a thousand; and any dash as the minus. */
function numberIn(given: unknown): unknown {
  if (typeof given !== 'string' || /^\D?[1-9]\d*,\d{3}$/.test(given)) return given;
  const number = Number(given.replace(/^[\u2212\p{Pd}]/u, '-').replace(/^([-+]?\d*),(\d+)$/, '$1.$2'));
  return Number.isNaN(number) ? given : number;
}

/** The options in a list, each once; a part with spaces is several options if each of its words is one. */
function optionsIn(options: INodePropertyOptions[], value: unknown): unknown[] {
  const found = listOf(value, /[,;|/\t\n\u3001\uff0c\uff1b]/).flatMap((part) => {
    const words = String(part)
      .split(/\s+/)
      .map((word) => optionIn(options, word));
    return optionIn(options, part) ?? (words.includes(undefined) ? part : words);
  });
  return [...new Set(found)];
}

/** The parts of a list: JSON, or text with separators. Empty parts are omitted. */
export function listOf(given: unknown, separators: RegExp): unknown[] {
  return [given]
    .flat(Infinity)
    .flatMap((part: unknown) => (typeof part === 'string' ? partsOf(part, separators) : [part]))
    .map((part) => (typeof part === 'string' ? part.trim() : part))
    .filter((part) => !isNothing(part));
}

function partsOf(text: string, separators: RegExp): unknown[] {
  if (text.trim().startsWith('[')) {
    try {
      return [JSON.parse(text) as unknown].flat();
    } catch {
      // Not JSON.
    }
  }
  return text.split(separators);
}

/**
 * The value of the option with this value or name, however it is written: `en_gb` is `en-GB`, `elevenlabs` is
 * `ELEVENLABS`. Also with what lists in text leave around it, as in `['en-GB'`, and with dashes that look alike.
 */
function optionIn(options: INodePropertyOptions[], given: unknown): unknown {
  if (typeof given !== 'string') return undefined;
  const plain = (text: unknown) =>
    String(text)
      .toLowerCase()
      .replaceAll(/[\s_\p{Pd}\p{Ps}\p{Pe}\p{Cf}"'’“”]/gu, '');
  const wanted = plain(given);
  return options.find(({ name, value }) => [name, value].some((text) => plain(text) === wanted))?.value;
}
