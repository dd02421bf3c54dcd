import * as z from 'zod/v4-mini';

/**
 * A cloned voice as the API returns it. An `id` and a `name` are enough: without them the answer would be
 * `unknown`, although the voice exists. Undocumented fields are kept: they cost nothing and a user may need
 * them.
 */
export const voiceSchema = z.looseObject({
  id: z.string().check(z.minLength(1)),
  name: z.string(),
  voiceId: z.optional(z.string()),
  isMultilingual: z.optional(z.boolean()),
  supportedLocales: z.optional(z.array(z.string())),
  ttsClient: z.optional(z.string()),
  organizationId: z.nullish(z.string()),
  settings: z.nullish(z.record(z.string(), z.unknown())),
});

/** Some of a voice's fields. */
const fieldsSchema = z.partial(voiceSchema);

/** A cloned voice. */
export type Voice = z.output<typeof voiceSchema>;

/** Far more than any settings need. Deeper nesting may be too large, or impossible, to serialize again. */
const MAX_LEVELS = 32;

/**
 * The voices in an answer, which is documented as a list of the new ones. A voice is paid for, whatever surrounds it: it is
 * accepted without a list, in an object as gateways wrap answers, and beside values that are no voices. Omits fields that
 * contradict the documentation, and those that nest too deeply.
 */
export function voicesIn(answer: unknown): Voice[] {
  const values = [answer].flat() as (Partial<Voice> | null)[];
  return values.flatMap((value) => {
    // A large answer of other values would take seconds.
    if (!value?.id && !value?.data) return [];
    const { data: voice } = voiceSchema.safeParse(withoutOddFields(value));
    const voices = voice ? [voice] : value.data ? voicesIn(value.data) : [];
    // An error may have an ID and a name as well, but no provider's ID.
    return voices.filter(({ voiceId }) => voiceId || !isError(value));
  });
}

function isError(value: object): boolean {
  return Object.entries(value).some((field) => ERROR.test(field.join('=')));
}

const ERROR = /^((status_?)?(code)?=[45]\d\d$|success=f|errors?=(?!false$|0$).)/i;

function withoutOddFields(voice: object): unknown {
  return Object.fromEntries(
    Object.entries(voice)
      .map(([field, value]): [string, unknown] => [
        field,
        // JSON rounds larger numbers, and a wrong ID is worse than none.
        field === 'id' && Number.isSafeInteger(value) ? String(value) : value,
      ])
      .filter(
        ([field, value]) =>
          !nestsDeeper(value, MAX_LEVELS) && fieldsSchema.safeParse({ [field]: value }).success,
      ),
  );
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => nestsDeeper(each, levels - 1));
}
