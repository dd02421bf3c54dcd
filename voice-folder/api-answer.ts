import * as z from 'zod/v4-mini';

/** The fields of {@link ApiAnswer}, for the schemas of what contains them. */
export const apiAnswerFields = {
  /** HTTP status of the API's answer. */
  httpStatus: z.optional(z.number()),
  /** What the API said. */
  apiMessage: z.optional(z.string()),
  /** What S3, Secrets Manager or the network said. */
  reason: z.optional(z.string()),
};

/** The schema of an {@link ApiAnswer}. */
export const apiAnswerSchema = z.object(apiAnswerFields);

/** What the API, AWS or the network said. */
export type ApiAnswer = z.output<typeof apiAnswerSchema>;
