import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

/**
 * Converts text to what a field takes: expressions return text from tables, forms and models. Takes what can
 * mean only one thing; more forgiving than the manifest of a voice folder, which people write for this
 * purpose. Other values are returned as they are, for the schema to reject.
 */
export function valueFor({ type, options = [] }: INodeProperties, value: unknown): unknown {
  const given = typeof value === 'string' ? value.trim() : value;
  if (type === 'number') return numberIn(given);
  if (type === 'boolean') return flags.get(String(given).toLowerCase()) ?? given;
  const choices = options as INodePropertyOptions[];
  if (type === 'options') return optionIn(choices, given);
  if (type === 'multiOptions') return unique(listOf(given).map((each) => optionIn(choices, each)));
  return typeof given === 'number' || typeof given === 'bigint' ? String(given) : given;
}

const flags = new Map([
  ...['true', 'yes', 'y', 'on', '1'].map((text) => [text, true] as const),
  ...['false', 'no', 'n', 'off', '0'].map((text) => [text, false] as const),
]);

/** Also takes a decimal comma, as in `0,75`. */
function numberIn(given: unknown): unknown {
  if (typeof given !== 'string' || given === '') return given;
  const number = Number(given.replace(/^(-?\d*),(\d+)$/, '$1.$2'));
  return Number.isNaN(number) ? given : number;
}

/** The parts of a list: JSON, or text separated by commas, semicolons or line breaks. Empty parts are omitted. */
function listOf(given: unknown): unknown[] {
  const parts = [given]
    .flat()
    .flatMap((part: unknown) => (typeof part === 'string' ? partsOf(part) : [part]));
  return parts
    .map((part) => (typeof part === 'string' ? part.trim() : part))
    .filter((part) => part !== '' && part !== null);
}

function unique(values: unknown[]): unknown[] {
  return [...new Set(values)];
}

function partsOf(text: string): unknown[] {
  if (text.trim().startsWith('[')) {
    try {
      return [JSON.parse(text) as unknown].flat();
    } catch {
      // Not JSON.
    }
  }
  return text.split(/[,;\n]/);
}

/** The option with this value or name, however it is written: `en_gb` is `en-GB`, `elevenlabs` is `ELEVENLABS`. */
function optionIn(options: INodePropertyOptions[], given: unknown): unknown {
  if (typeof given !== 'string') return given;
  const plain = (text: unknown) =>
    String(text)
      .toLowerCase()
      .replaceAll(/[\s_-]/g, '');
  const found = options.find(({ name, value }) => [name, value].some((text) => plain(text) === plain(given)));
  return found?.value ?? given;
}
