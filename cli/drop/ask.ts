import { canAsk, exitCodes, ProgramError } from '../output.ts';
import { BILLED, needsConsent } from './effect.ts';
import type { DropOptions } from './options.ts';
import type { PlannedFolder } from './plan-folder.ts';

/**
 * Asks before a folder that has a voice gets another one.
 *
 * @returns why nothing is uploaded: the user did not agree to pay for another voice
 */
export async function askFor(
  planned: readonly PlannedFolder[],
  { json }: DropOptions,
  interrupted: AbortSignal,
): Promise<ProgramError | undefined> {
  const count = planned.filter(({ effect }) => needsConsent(effect)).length;
  if (count === 0) return undefined;
  const refusal = (message: string) =>
    new ProgramError(`${message}, so nothing was uploaded`, exitCodes.notMade, { code: 'NEEDS_CONSENT' });
  if (json || !canAsk()) {
    return refusal(`it would get another voice, ${BILLED}; confirm that with --yes, or see --dry-run`);
  }
  const { default: confirm } = await import('@inquirer/confirm');
  const message = count === 1 ? 'Make another voice?' : `Make another voice of ${count} folders?`;
  const isAgreed = await confirm(
    { message, default: false },
    { output: process.stderr, signal: interrupted },
  ).catch(() => false);
  return isAgreed ? undefined : refusal('it would get another voice, which you declined');
}
