import type { IExecuteFunctions } from 'n8n-workflow';

/** Whether the files of all items become one voice. */
export function takesAllItems(context: IExecuteFunctions): boolean {
  return context.getNodeParameter('samplesFrom', 0) === 'allItems';
}

/** Says that no voice was made, and whether that concerns only this item. */
export function noVoice(context: IExecuteFunctions): string {
  return `No voice was made${takesAllItems(context) ? '' : ' for this item'}.`;
}
