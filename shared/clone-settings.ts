import * as z from 'zod/v4-mini';
import { locales } from './locales.ts';
import { shorten } from './shorten.ts';
import { VISIBLE_ASCII } from './visible-ascii.ts';

/** Rejects placeholders of templates and stringified objects, which would be the name of a voice that is paid for. */
const filledIn = z.refine<string>((value) => !/\{\{.*?\}\}|\[object \w+\]/s.test(value), {
  error: 'must not contain {{ … }} or [object Object]',
});

/**
 * The voice's settings: the text fields of the API's request body, with the API's names and ranges
 * (docs.callers.ai, "Clone a new voice from audio samples"). Omitted fields are not sent, so the API's
 * defaults apply. Unknown keys are errors: a misspelled setting would otherwise be lost silently in a paid
 * call.
 */
export const cloneSettingsSchema = z.strictObject({
  name: text(
    // Counts code points, as the API does: an emoji is one character but two UTF-16 units.
    z.refine((name) => Array.from(name).length >= 5 && /[^\s\p{Cf}]/u.test(name), {
      error: 'must have at least 5 characters',
    }),
    filledIn,
  ).register(z.globalRegistry, { minLength: 5 }),
  description: z.optional(text(filledIn)),
  providerType: z.optional(oneOf(['ELEVENLABS', 'CARTESIA', 'GOOGLE_CLOUD'])),
  supportedLocales: z.optional(list(oneOf(locales))),
  subAccounts: z.optional(flag()),
  stability: z.optional(numberBetween(0, 1)),
  similarityBoost: z.optional(numberBetween(0, 1)),
  speed: z.optional(numberBetween(-1, 1)),
  supportsAllLanguages: z.optional(flag()),
});

/** The voice's settings; omitted fields are not sent. */
export type CloneSettings = z.output<typeof cloneSettingsSchema>;

/** The parameters of a clone, regardless of where the samples come from. */
export const cloneParametersSchema = z.extend(cloneSettingsSchema, {
  subOrganizationId: z.optional(
    text(
      z.regex(VISIBLE_ASCII, {
        error: 'must be an identifier of visible ASCII characters, without spaces',
      }),
    ),
  ),
});

/** A problem in user input: its path (`files[2]`; empty for the whole input) and how to fix it. */
export interface Issue {
  path: string;
  message: string;
  /** Marks problems that a caller with the original text can explain further. */
  code?: 'NOT_JSON' | 'UNKNOWN_FIELD';
}

/** All problems that zod found, each with a human-readable path. */
export function issuesOf(error: z.core.$ZodError): Issue[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: pathOf([...issue.path, key]),
          message: 'is not a known field',
          code: 'UNKNOWN_FIELD',
        }))
      : [{ path: pathOf(issue.path), message: issue.message }],
  );
}

/** A string, possibly empty. */
export function text(...checks: z.core.$ZodCheck<string>[]) {
  return (
    z
      .string({ error: orRequired('must be text') })
      // JSON can contain lone surrogates, which UTF-8 cannot encode (RFC 8259, section 8.2).
      .check(
        z.refine((value) => value.isWellFormed(), { error: 'must be Unicode text, without lone surrogates' }),
        ...checks,
      )
  );
}

/** A list without duplicates. */
export function list<Item extends z.ZodMiniType<string>>(
  item: Item,
  ...checks: z.core.$ZodCheck<z.output<Item>[]>[]
) {
  return z.array(item, { error: orRequired('must be a list') }).check(
    z.refine((values) => repeatedIn(values).length === 0, {
      error: ({ input }) => `must not contain duplicates: ${repeatedIn(input as unknown[]).join(', ')}`,
      // Also runs if an item is invalid, so that all problems are reported at once.
      when: ({ value }) => Array.isArray(value),
    }),
    ...checks,
  );
}

function repeatedIn(values: readonly unknown[]): string[] {
  const seen = new Set<unknown>();
  const repeated = values.filter((value) => seen.size === seen.add(value).size);
  return [...new Set(repeated)].filter((value) => typeof value === 'string').map(quote);
}

function butIs(input: unknown): string {
  return typeof input === 'string' ? `, not ${quote(input)}` : '';
}

function quote(value: string): string {
  return JSON.stringify(shorten(value, 60));
}

function oneOf<const Values extends readonly string[]>(values: Values) {
  const known = values.length > 10 ? 'one of the documented values' : `one of ${values.join(', ')}`;
  return z.enum(values, { error: orRequired((input) => `must be ${known}${butIs(input)}`) });
}

function flag() {
  return z.boolean({ error: orRequired('must be true or false, without quotes') });
}

function numberBetween(minimum: number, maximum: number) {
  const error = `must be a number from ${minimum} to ${maximum}`;
  return z
    .number({ error: orRequired(error) })
    .check(z.minimum(minimum, { error }), z.maximum(maximum, { error }));
}

function orRequired(error: string | ((input: unknown) => string)) {
  return ({ input }: { input?: unknown }) =>
    input === undefined ? 'is required' : typeof error === 'string' ? error : error(input);
}

function pathOf(path: PropertyKey[]): string {
  return path.reduce<string>(
    (start, key) =>
      typeof key === 'number' ? `${start}[${key}]` : start === '' ? String(key) : `${start}.${String(key)}`,
    '',
  );
}
