import * as z from 'zod/v4';

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
  organizationId: z.string().nullish(),
  settings: z.record(z.string(), z.unknown()).nullish(),
});

export type Voice = z.output<typeof voiceSchema>;

/** The documented answer: the voices that were made. An answer without any voice is not one. */
export const clonedVoicesSchema = z.array(voiceSchema).min(1);
