import { count } from '../output.ts';
import type { Problem } from './checked-folder.ts';

/** How many errors and warnings there are, such as `1 error, 2 warnings`. */
export function countProblems(problems: readonly Pick<Problem, 'severity'>[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const found = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ];
  return found.join(', ') || 'no problems';
}
