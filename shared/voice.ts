import * as z from 'zod/v4-mini';

/** A documented field that is not what is documented counts as missing: the voice is paid for all the same. */
const ifValid = <Schema extends z.ZodMiniType>(schema: Schema) =>
  // oxlint-disable-next-line promise/valid-params -- zod's catch, not a promise's
  z.catch(z.optional(schema), undefined);

/**
 * A cloned voice as the API returns it. An `id` and a `name` are enough: without them the answer would be
 * `unknown`, although the voice exists. Undocumented fields are kept: they cost nothing and a user may need
 * them.
 */
export const voiceSchema = z.looseObject({
  id: z.string().check(z.minLength(1)),
  name: z.string(),
  voiceId: ifValid(z.string()),
  isMultilingual: ifValid(z.boolean()),
  supportedLocales: ifValid(z.array(z.string())),
  ttsClient: ifValid(z.string()),
  organizationId: ifValid(z.nullable(z.string())),
  settings: ifValid(z.nullable(z.record(z.string(), z.unknown()))),
});

export type Voice = z.output<typeof voiceSchema>;

/** Far more than any settings need. Deeper nesting may be too large, or impossible, to serialize again. */
const MAX_LEVELS = 32;

/** The documented answer: a list of the new voices. An empty list is invalid. Fields that nest too deeply are left out. */
export const clonedVoicesSchema = z.pipe(
  z.array(z.pipe(z.transform(withoutDeepFields), voiceSchema)).check(z.minLength(1)),
  z.transform((voices: Voice[]) => voices.map(withoutUndefined)),
);

function withoutDeepFields(voice: unknown): unknown {
  if (typeof voice !== 'object' || voice === null || Array.isArray(voice)) return voice;
  return Object.fromEntries(Object.entries(voice).filter(([, value]) => !nestsDeeper(value, MAX_LEVELS)));
}

function withoutUndefined(voice: Voice): Voice {
  return Object.fromEntries(Object.entries(voice).filter(([, value]) => value !== undefined)) as Voice;
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => nestsDeeper(each, levels - 1));
}
