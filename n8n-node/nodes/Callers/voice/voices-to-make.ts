import type { IExecuteFunctions } from 'n8n-workflow';
import { shorten } from '../../../../shared/shorten.ts';
import { inputError } from './failure.ts';

/**
 * Whether the files of all items become one voice. Decides how many voices are billed, so a value that is not
 * known, or that differs between items, is refused.
 *
 * @throws {NodeOperationError}
 */
export function takesAllItems(context: IExecuteFunctions): boolean {
  const values = context.getInputData().map((_, index) => context.getNodeParameter('voicesToMake', index));
  const isKnown = (value: unknown) => value === 'eachItem' || value === 'allItems';
  const index = values.findIndex((each) => each !== values[0] || !isKnown(each));
  if (index < 0) return values[0] === 'allItems';
  const value = shorten(JSON.stringify(values[index]) ?? 'nothing', 60);
  throw inputError(context, index, {
    message: isKnown(values[index])
      ? 'Voices to Make must be the same for all items'
      : `Voices to Make has an unknown value: ${value}`,
    description:
      'Choose "One Voice per Item" (eachItem) or "One Voice From All Items" (allItems): it decides how many voices are billed.',
  });
}
