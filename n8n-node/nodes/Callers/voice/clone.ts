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
import { failureIn } from './failure.ts';
import { oncePerItem } from './once.ts';
import { takesAllItems } from './samples-from.ts';
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
  const together = takesAllItems(context);
  if (together && context.getNode().executeOnce) {
    context.addExecutionHints({
      message:
        'This node is set to Execute Once, with which n8n gives it the first item only. For a voice from the files of all items, switch that off in the settings of the node.',
      type: 'warning',
    });
  }
  const output: INodeExecutionData[] = [];
  const made: Voice[] = [];
  for (const itemIndexes of together ? [indexes] : indexes.map((index) => [index])) {
    const pairedItem = itemIndexes.map((item) => ({ item }));
    try {
      const voices = await oncePerItem(context, itemIndexes[0] ?? 0, () => cloneVoice(context, itemIndexes));
      made.push(...voices);
      output.push(...voices.map((voice) => ({ json: voice as IDataObject, pairedItem })));
    } catch (thrown) {
      const error = asNodeError(context, thrown, itemIndexes[0] ?? 0);
      if (!context.continueOnFail()) throw withVoicesBefore(error, made);
      output.push({ json: { error: failureJson(error) }, pairedItem });
    }
  }
  hintAtSameNames(context, made);
  return output;
}

/**
 * What a workflow reads of an error, to branch on. It has to be the value of `error` alone: where an item has other
 * fields or the error itself, n8n leaves nothing but the message, or takes the item for a success.
 */
function failureJson(error: NodeApiError | NodeOperationError): IDataObject {
  const failure = failureIn(error);
  if (!failure) return { message: error.message, voiceMayExist: false, code: 'INVALID_INPUT' };
  const { message, voiceMayExist, code, httpCode } = failure;
  return { message, voiceMayExist, code, ...(httpCode && { status: Number(httpCode) }) };
}

/** How many voices a message names; the error's data has them all. */
const MAX_NAMED = 20;

/**
 * n8n drops the output of a node that fails. The voices of the items before are paid for, and whoever runs all items
 * again pays for them once more: so the error names them.
 */
function withVoicesBefore<E extends NodeApiError | NodeOperationError>(error: E, made: Voice[]): E {
  if (made.length === 0) return error;
  const voices = made.map(({ name, id, voiceId }) => ({ name, id, voiceId }));
  const named = voices.slice(0, MAX_NAMED).map(({ name, id }) => `"${name}" (${id})`);
  const rest = voices.length > MAX_NAMED ? ` and ${voices.length - MAX_NAMED} more` : '';
  const these = failureIn(error)?.voiceMayExist
    ? 'The items before this one have their voices'
    : 'No voice was made for this item; the items before it have theirs';
  error.message = `${error.message}. ${these}: ${named.join(', ')}${rest}`;
  error.description = `When you run this again, leave out the items that have their voices. ${error.description ?? ''}`;
  error.context['data'] = { voicesMadeBefore: voices };
  return error;
}

/** Several files of one speaker, one in each item, make several voices; who wanted that gives them different names. */
function hintAtSameNames(context: IExecuteFunctions, made: readonly Voice[]): void {
  const names = made.map(({ name }) => name.trim());
  const most = Math.max(0, ...names.map((name) => names.filter((each) => each === name).length));
  if (takesAllItems(context) || most < 2) return;
  context.addExecutionHints({
    message: `${most} items became ${most} voices of the same name, and each is billed. To make one voice from all files, set "Voices to Make" to "One Voice From All Items".`,
    type: 'warning',
  });
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
