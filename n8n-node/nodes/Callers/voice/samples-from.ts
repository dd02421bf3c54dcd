import type { IExecuteFunctions } from 'n8n-workflow';

/** Whether the files of all items become one voice. */
export function takesAllItems(context: IExecuteFunctions): boolean {
  return context.getNodeParameter('samplesFrom', 0) === 'allItems';
}

/** Says that there is no voice, and of what: the items before this one may have theirs. */
export function noVoice(context: IExecuteFunctions): string {
  return `No voice was made${takesAllItems(context) ? '' : ' for this item'}.`;
}
