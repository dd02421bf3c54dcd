import type { Issue } from '../shared/clone-settings.ts';
import { type DropFailureCode, type FailureFacts, failures } from '../shared/failures.ts';
import { explain } from './explanations.ts';
import type { ApiAnswer, Fault } from './fault.ts';

/** The error in `result.json`. */
export interface ResultError {
  code: DropFailureCode;
  /** What happened and what to do next, for the person who dropped the folder. */
  message: string;
  /** The problems in the manifest. */
  issues?: Issue[] | undefined;
  /** HTTP status of the API's answer. */
  httpStatus?: number | undefined;
  /** What the API said. */
  apiMessage?: string | undefined;
  /** What S3, Secrets Manager or the network said. */
  reason?: string | undefined;
}

/**
 * The error in `result.json` for a fault: what happened, whether a voice may exist, and what to do.
 *
 * @param answer what the API, AWS or the network said, if anything
 */
export function errorOf(fault: Fault, answer: ApiAnswer = {}): ResultError {
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

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
