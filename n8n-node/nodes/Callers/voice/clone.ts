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
 * The Clone operation: makes one voice per input item, or one from all items, and returns one output item per
 * voice.
 *
 * @throws {NodeOperationError} if parameters or samples are invalid; nothing was sent for that item.
 * @throws {NodeApiError} if the API did not return voices.
 */
export async function cloneVoices(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
  const indexes = context.getInputData().map((_, index) => index);
  const together = takesAllItems(context);
  if (together && context.getNode().executeOnce) {
    context.addExecutionHints({
      message:
        'This node is set to Execute Once, so n8n passes it only the first item. To make a voice from the files of all items, turn that setting off.',
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
 * The error data that a workflow can branch on. It must be the item's only field, `error`: with other fields,
 * or with the error object itself, n8n keeps only the message or treats the item as a success.
 */
function failureJson(error: NodeApiError | NodeOperationError): IDataObject {
  const failure = failureIn(error);
  if (!failure) return { message: error.message, voiceMayExist: false, code: 'INVALID_INPUT' };
  const { message, voiceMayExist, code, httpCode } = failure;
  return { message, voiceMayExist, code, ...(httpCode && { status: Number(httpCode) }) };
}

/** How many voices a message lists; the error's data contains all. */
const MAX_NAMED = 20;

/**
 * Lists the voices already made in the error, because n8n drops the output of a failed node. Running all
 * items again would pay for these voices twice.
 */
function withVoicesBefore<E extends NodeApiError | NodeOperationError>(error: E, made: Voice[]): E {
  if (made.length === 0) return error;
  const voices = made.map(({ name, id, voiceId }) => ({ name, id, voiceId }));
  const named = voices.slice(0, MAX_NAMED).map(({ name, id }) => `"${name}" (${id})`);
  const rest = voices.length > MAX_NAMED ? ` and ${voices.length - MAX_NAMED} more` : '';
  const these = failureIn(error)?.voiceMayExist
    ? 'Voices already made for earlier items'
    : 'No voice was made for this item. Voices already made for earlier items';
  error.message = `${error.message}. ${these}: ${named.join(', ')}${rest}`;
  error.description = `When you run this again, omit the items that already have voices. ${error.description ?? ''}`;
  error.context['data'] = { voicesMadeBefore: voices };
  return error;
}

/**
 * Warns if one speaker's files, one per item, made several voices: intended ones would have different names.
 */
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

/** Wraps other errors, so that n8n shows them with their item. */
function asNodeError(
  context: IExecuteFunctions,
  thrown: unknown,
  itemIndex: number,
): NodeApiError | NodeOperationError {
  if (thrown instanceof NodeApiError || thrown instanceof NodeOperationError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new NodeOperationError(context.getNode(), error, { itemIndex });
}
