import * as z from 'zod/v4-mini';
import { capitalized } from '../shared/capitalized.ts';
import { type DropFailureCode, type FailureFacts, failures } from '../shared/failures.ts';
import { type ApiAnswer, apiAnswerFields } from './api-answer.ts';
import { explain } from './explanations.ts';
import type { Fault } from './fault.ts';

/** The error in `result.json`. */
export const errorSchema = z.object({
  code: z.custom<DropFailureCode>((code) => typeof code === 'string'),
  /** What happened and what to do next, for the person who dropped the folder. */
  message: z.string(),
  /** The problems in the manifest. */
  issues: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  ...apiAnswerFields,
});

/**
 * The error in `result.json` for a fault: what happened, whether a voice may exist, and what to do.
 *
 * @param answer what the API, AWS or the network said, if anything
 */
export function errorOf(fault: Fault, answer: ApiAnswer = {}): z.output<typeof errorSchema> {
  const { status, subject, predicate, remedy: usual } = explain(fault);
  const remedy = answer.httpStatus === TOO_LARGE ? 'use fewer or shorter samples' : usual;
  const advice =
    status === 'unknown'
      ? `A voice may have been made. Check your voices in Callers, and ${TRY_AGAIN} only if the voice is not there.`
      : `${capitalized(remedy ? `${remedy}, then ${TRY_AGAIN}` : TRY_AGAIN)}.`;
  const { mayBeSent }: FailureFacts = failures[fault.code];
  const isCertain = status === 'failed' && !mayBeSent;
  return {
    code: fault.code,
    message: `${subject} ${predicate}. ${isCertain ? 'No voice was made. ' : ''}${advice}`,
    ...(fault.code === 'INVALID_MANIFEST' && { issues: [...fault.issues] }),
    ...answer,
  };
}

/** The status for a body that is too large, from Callers or a server before it. */
const TOO_LARGE = 413;

const TRY_AGAIN = 'upload manifest.json again';
