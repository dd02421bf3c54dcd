import {
  type IDataObject,
  type IExecuteFunctions,
  type INodeExecutionData,
  NodeApiError,
  NodeOperationError,
} from 'n8n-workflow';
import { buildCloneRequest } from '../../../../shared/clone-request.ts';
import type { Voice } from '../../../../shared/voice.ts';
import { sendCloneRequest } from '../send-clone-request.ts';
import { readParameters } from './clone-parameters.ts';
import { oncePerItem } from './once.ts';
import { checkSamples, storedSamples } from './stored-samples.ts';

/**
 * The Clone operation: one voice for each input item, or one for all of them together, and one output item for each
 * voice that the API answers.
 *
 * @throws {NodeOperationError} when parameters or samples are not right; nothing was sent for that item.
 * @throws {NodeApiError} when the API did not answer with voices.
 */
export async function cloneVoices(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
  const indexes = context.getInputData().map((_, index) => index);
  const together = context.getNodeParameter('samplesFrom', 0) === 'allItems';
  const output: INodeExecutionData[] = [];
  for (const itemIndexes of together ? [indexes] : indexes.map((index) => [index])) {
    const pairedItem = itemIndexes.map((item) => ({ item }));
    try {
      const voices = await oncePerItem(context, itemIndexes[0] ?? 0, () => cloneVoice(context, itemIndexes));
      output.push(...voices.map((voice) => ({ json: voice as IDataObject, pairedItem })));
    } catch (thrown) {
      const error = asNodeError(context, thrown, itemIndexes[0] ?? 0);
      if (!context.continueOnFail()) throw error;
      output.push({ json: { error: error.message }, error, pairedItem });
    }
  }
  return output;
}

async function cloneVoice(context: IExecuteFunctions, itemIndexes: readonly number[]): Promise<Voice[]> {
  const itemIndex = itemIndexes[0] ?? 0;
  const { timeoutSeconds, ...parameters } = await readParameters(context, itemIndex);
  const samples = await storedSamples(context, itemIndexes);
  try {
    await checkSamples(context, samples);
    const request = buildCloneRequest({ ...parameters, samples });
    return await sendCloneRequest(context, request, { itemIndex, timeoutSeconds });
  } finally {
    for (const sample of samples) sample.close();
  }
}

/** What n8n can show with the item that it belongs to. */
function asNodeError(
  context: IExecuteFunctions,
  thrown: unknown,
  itemIndex: number,
): NodeApiError | NodeOperationError {
  if (thrown instanceof NodeApiError || thrown instanceof NodeOperationError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new NodeOperationError(context.getNode(), error, { itemIndex });
}
