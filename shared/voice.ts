import * as z from 'zod/v4-mini';

/**
 * A cloned voice as the API answers it. Fields that the documentation does not list are kept: they cost nothing
 * and someone may need them. What is documented as optional may also be null.
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

/** Far more than any settings need; what nests deeper cannot be written down again in a sensible size, or at all. */
const MAX_LEVELS = 32;

/** The documented answer: the voices that were made. An answer without any voice is not one. */
export const clonedVoicesSchema = z.array(voiceSchema).check(
  z.minLength(1),
  z.refine((voices) => !nestsDeeper(voices, MAX_LEVELS), { error: `nests deeper than ${MAX_LEVELS} levels` }),
);

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => nestsDeeper(each, levels - 1));
}
