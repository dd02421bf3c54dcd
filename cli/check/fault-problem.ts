import { explain } from '../../voice-folder/explanations.ts';
import type { Fault } from '../../voice-folder/fault.ts';
import type { Problem } from './checked-folder.ts';

/** Describes a fault as the rest of a sentence that starts with the file. */
export function problemOf(fault: Fault): Pick<Problem, 'severity' | 'code' | 'message' | 'suggestion'> {
  const { predicate, remedy } = explain(fault);
  return {
    severity: 'error',
    code: fault.code,
    message: predicate,
    ...(remedy !== undefined && { suggestion: remedy }),
  };
}
