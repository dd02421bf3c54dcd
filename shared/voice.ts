import * as z from 'zod/v4-mini';

/**
 * A cloned voice as the API returns it. Undocumented fields are kept: they cost nothing and a user may need
 * them. Fields documented as optional may also be null.
 */
export const voiceSchema = z.looseObject({
  id: z.string(),
  voiceId: z.string(),
  name: z.string(),
  isMultilingual: z.boolean(),
  supportedLocales: z.array(z.string()),
  ttsClient: z.string(),
  organizationId: z.nullish(z.string()),
  settings: z.nullish(z.record(z.string(), z.unknown())),
});

export type Voice = z.output<typeof voiceSchema>;

/** Far more than any settings need. Deeper nesting may be too large, or impossible, to serialize again. */
const MAX_LEVELS = 32;

/** The documented answer: a list of the new voices. An empty list is invalid. */
export const clonedVoicesSchema = z.array(voiceSchema).check(
  z.minLength(1),
  z.refine((voices) => !nestsDeeper(voices, MAX_LEVELS), { error: `nests deeper than ${MAX_LEVELS} levels` }),
);

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => nestsDeeper(each, levels - 1));
}
