import { createHash } from 'node:crypto';
import {
  type IDataObject,
  type IExecuteFunctions,
  type INodeExecutionData,
  NodeApiError,
  NodeOperationError,
} from 'n8n-workflow';
import { buildCloneRequest } from '../../../../shared/clone-request.ts';
import { hintsAt } from '../../../../shared/hints.ts';
import type { Voice } from '../../../../shared/voice.ts';
import { sendThroughN8n } from '../send-through-n8n.ts';
import { readParameters } from './clone-parameters.ts';
import { explainOutcome } from './explain-outcome.ts';
import { dataOf, failureError, inputError, noVoice } from './failure.ts';
import { type Call, type Cloned, once } from './once.ts';
import { checkSamples, readSample } from './read-sample.ts';
import { takesAllItems } from './voices-to-make.ts';
import { hashOf, storedSamples } from './stored-samples.ts';
import { isTool } from './tool-call.ts';

/**
 * The Clone operation: makes one voice per input item, or one from all items, and returns one output item per
 * voice.
 *
 * @throws {NodeOperationError} if parameters or samples are invalid; nothing was sent for that item.
 * @throws {NodeApiError} if the API did not return voices.
 */
export async function cloneVoices(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
  const indexes = context.getInputData().map((_, index) => index);
  let together: boolean;
  try {
    assertClones(context);
    together = takesAllItems(context);
  } catch (thrown) {
    const error = asNodeError(context, thrown, 0);
    if (!context.continueOnFail()) throw error;
    // If this threw, n8n would pass the input on as if each item had succeeded.
    return indexes.map((item) => failedItem(error, [{ item }]));
  }
  const hints = new Set<string>();
  const output: INodeExecutionData[] = [];
  const made: Voice[] = [];
  const names: (string | undefined)[] = [];
  const groups = together ? [indexes] : indexes.map((index) => [index]);
  for (const itemIndexes of groups) {
    const itemIndex = itemIndexes[0] ?? 0;
    const pairedItem = itemIndexes.map((item) => ({ item }));
    try {
      const { voices, failure } = await once(context, itemIndex, () =>
        prepareCall(context, itemIndexes, hints),
      );
      if (failure) throw failureError(context.getNode(), itemIndex, failure);
      made.push(...voices);
      names.push(voices[0]?.name);
      output.push(...voices.map((voice) => ({ json: voice as IDataObject, pairedItem })));
    } catch (thrown) {
      const error = asNodeError(context, thrown, itemIndex);
      if (!context.continueOnFail()) throw withPosition(context, withVoicesBefore(error, made));
      output.push(failedItem(error, pairedItem));
    }
  }
  const shown = [...hintsAtItems(context, together, names), ...hints].slice(0, MAX_HINTS);
  context.addExecutionHints(...shown.map((message) => ({ message, type: 'warning' as const })));
  return output;
}

/** A generated workflow may name an operation that does not exist; this one costs money. */
function assertClones(context: IExecuteFunctions): void {
  for (const [name, expected] of [
    ['resource', 'voice'],
    ['operation', 'clone'],
  ] as const) {
    const value: unknown = context.getNodeParameter(name, 0, expected);
    if (value === expected) continue;
    throw inputError(context, 0, {
      message: `This node has no ${name} ${JSON.stringify(value)}`,
      description: `Its only ${name} is ${JSON.stringify(expected)}.`,
    });
  }
}

/** Reads what decides the voice. What can fail without the API is checked when the call is sent. */
async function prepareCall(
  context: IExecuteFunctions,
  itemIndexes: readonly number[],
  hints: Set<string>,
): Promise<Call> {
  const itemIndex = itemIndexes[0] ?? 0;
  const { timeoutSeconds, apiKey, ...parameters } = await readParameters(context, itemIndex);
  const samples = await storedSamples(context, itemIndexes);
  const credential = context.getNode().credentials?.['callersApi']?.id;
  const contentOf = (files: string[]) =>
    createHash('sha256')
      // A person who retries an execution may have renewed the credential's key. Only a tool serves several clients.
      .update(JSON.stringify([isTool(context) ? apiKey : credential, parameters, files]))
      .digest('hex');
  return {
    content: contentOf(samples.map(({ identity }) => identity)),
    hashed: async () => contentOf(await Promise.all(samples.map((sample) => hashOf(context, sample)))),
    async send(): Promise<Cloned> {
      try {
        await checkSamples(context, samples);
        const files = samples.map((sample) => ({ ...sample, read: () => readSample(context, sample) }));
        const request = buildCloneRequest({ ...parameters, samples: files });
        const sent = await sendThroughN8n(context, request, { itemIndex, timeoutSeconds });
        if (sent.kind === 'fileFailed') throw sent.error;
        // What `result.json` says of samples, as the voice may be poor.
        const heard = samples.map(({ name, media = {} }) => ({ name, media }));
        for (const { message } of hintsAt(parameters.settings.providerType, heard)) hints.add(message);
        const { outcome, said, isWhole } = sent;
        if (outcome.kind === 'cloned') return { voices: outcome.voices };
        return {
          failure: explainOutcome(outcome, {
            said,
            timeoutSeconds,
            apiUrl: parameters.apiUrl,
            noVoice: isWhole ? '' : noVoice(context),
          }),
        };
      } finally {
        for (const sample of samples) sample.close();
      }
    },
  };
}

/**
 * An item that failed. `error` must be its only field: with other fields, or with the error object itself, n8n
 * keeps only the message or treats the item as a success.
 */
function failedItem(
  thrown: NodeApiError | NodeOperationError,
  pairedItem: { item: number }[],
): INodeExecutionData {
  return { json: { error: dataOf(thrown) }, pairedItem };
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
  // About a request that was sent, its own message says what is known.
  const these = `${error instanceof NodeApiError ? '' : 'No voice was made for this item. '}Voices already made for earlier items`;
  error.message = `${error.message}. ${these}: ${named.join(', ')}${rest}`;
  error.description = `When you run this again, omit the items that already have voices. ${error.description ?? ''}`;
  error.context['data'] = { voicesMadeBefore: voices };
  return error;
}

/**
 * If there are several items, n8n adds `[item 1]` to the message of the second, which its panels number 2. What
 * the API says of all items together concerns none of them.
 */
function withPosition<E extends NodeApiError | NodeOperationError>(context: IExecuteFunctions, error: E): E {
  const of = context.getInputData().length;
  if (error instanceof NodeApiError && takesAllItems(context)) delete error.context['itemIndex'];
  const index: unknown = error.context['itemIndex'];
  if (of > 1 && typeof index === 'number')
    error.description =
      `${error.description ?? ''} This is item ${index + 1} of ${of}: in "[item ${index}]", n8n counts from 0.`.trim();
  return error;
}

/** More than anyone reads; there can be hundreds of items. */
const MAX_HINTS = 50;

/**
 * Hints if Execute Once left only one of all items, or if one speaker's files, one per item, made several voices: intended
 * ones would have different names.
 */
function hintsAtItems(
  context: IExecuteFunctions,
  together: boolean,
  names: readonly (string | undefined)[],
): string[] {
  if (together)
    return context.getNode().executeOnce
      ? [
          'This node is set to Execute Once, so n8n passes it only the first item. To make a voice from the files of all items, turn that setting off.',
        ]
      : [];
  const most = Math.max(...names.map((name) => names.filter((each) => each === name).length));
  return most > 1
    ? [
        `${most} items became ${most} voices of the same name, and each is billed. To make one voice from all files, set "Voices to Make" to "One Voice From All Items".`,
      ]
    : [];
}

/** Wraps other errors, so that n8n shows them with their item. */
function asNodeError(
  context: IExecuteFunctions,
  thrown: unknown,
  itemIndex: number,
): NodeApiError | NodeOperationError {
  if (thrown instanceof NodeApiError || thrown instanceof NodeOperationError) return thrown;
  return new NodeOperationError(context.getNode(), thrown as Error, { itemIndex });
}
