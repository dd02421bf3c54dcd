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
  const [first, ...others] = values.length > 0 ? values : ['eachItem'];
  const wrong = [first, ...others].findIndex((value) => value !== 'eachItem' && value !== 'allItems');
  const different = values.findIndex((value) => value !== first);
  if (wrong < 0 && different < 0) return first === 'allItems';
  const index = Math.max(wrong, different);
  const value = shorten(JSON.stringify(values[index]) ?? 'nothing', 60);
  throw inputError(context, index, {
    message:
      wrong >= 0
        ? `Voices to Make has an unknown value: ${value}`
        : 'Voices to Make must be the same for all items',
    description:
      'No voice was made. Choose "One Voice per Item" (eachItem) or "One Voice From All Items" (allItems) in Voices to Make: it decides how many voices are billed.',
  });
}

/** Says that no voice was made, and whether that concerns only this item. */
export function noVoice(context: IExecuteFunctions): string {
  const isAll = context.getNodeParameter('voicesToMake', 0) === 'allItems';
  return `No voice was made${isAll ? '' : ' for this item'}.`;
}
