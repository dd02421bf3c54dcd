import {
  type IExecuteFunctions,
  type IHttpRequestOptions,
  type IN8nHttpFullResponse,
  NodeApiError,
} from 'n8n-workflow';
import { apiMessage } from '../../../shared/api-message.ts';
import type { CloneRequest } from '../../../shared/clone-request.ts';
import { type Answer, type CloneOutcome, type Interruption, outcomeOf } from '../../../shared/outcome.ts';
import { redact } from '../../../shared/redact.ts';
import type { Voice } from '../../../shared/voice.ts';
import { formBody } from './form-body.ts';
import { type Failure, mayHaveCloned } from './voice/once.ts';
import type { StoredSample } from './voice/stored-samples.ts';

export interface SendOptions {
  /** The item that errors are shown with. */
  itemIndex: number;
  /** Time limit for the whole call. */
  timeoutSeconds: number;
}

/**
 * Sends the request once, through n8n's HTTP client: it adds the credential, goes through the user's proxy and stops
 * when the execution is cancelled.
 *
 * @throws {NodeApiError} that says whether a voice may exist, and what to do.
 * @throws {NodeOperationError} when a sample could not be read.
 */
export async function sendCloneRequest(
  context: IExecuteFunctions,
  request: CloneRequest<StoredSample>,
  { itemIndex, timeoutSeconds }: SendOptions,
): Promise<Voice[]> {
  const { apiKey } = await context.getCredentials<{ apiKey: string }>('callersApi', itemIndex);
  const { form, progress } = formBody(request.parts, context.getNode());
  const deadline = Date.now() + timeoutSeconds * 1000;
  const options: IHttpRequestOptions = {
    method: request.method,
    url: request.url,
    headers: { ...request.headers, Accept: 'application/json' },
    body: form,
    // The answer is handed over as soon as it begins, also while the samples are still on their way: the API has then
    // seen enough, and what becomes of the connection afterwards must not hide what it said.
    encoding: 'stream',
    returnFullResponse: true,
    ignoreHttpStatusErrors: true,
    // The key must not travel elsewhere. Besides, n8n keeps the whole body in memory when it may have to send it again.
    disableFollowRedirect: true,
    timeout: timeoutSeconds * 1000,
  };
  const answer = await exchange(context, options, deadline, apiKey);
  if (answer.kind === 'none' && progress.sampleError) throw progress.sampleError;
  const outcome = outcomeOf(answer, progress.taken);
  if (outcome.kind === 'cloned') return outcome.voices;
  const failure = explain(outcome, answer, timeoutSeconds);
  if (outcome.kind === 'unknown') throw mayHaveCloned(context.getNode(), itemIndex, failure);
  // Made of texts alone: an error of the HTTP client holds the whole request, with the key.
  throw new NodeApiError(context.getNode(), { ...failure }, { ...failure, itemIndex });
}

/** Sends, and reads the answer to its end. */
async function exchange(
  context: IExecuteFunctions,
  options: IHttpRequestOptions,
  deadline: number,
  apiKey: string,
): Promise<Answer> {
  let response: IN8nHttpFullResponse;
  try {
    const { helpers } = context;
    response = (await helpers.httpRequestWithAuthentication.call(
      context,
      'callersApi',
      options,
    )) as IN8nHttpFullResponse;
  } catch (error) {
    return { kind: 'none', ...interruptionBy(error) };
  }
  const retryAfter = response.headers['retry-after'];
  const { text, error } = await readText(response.body as AnswerBody, deadline);
  return {
    kind: 'answered',
    status: response.statusCode,
    body: redact(text, apiKey),
    ...(typeof retryAfter === 'string' && { retryAfter }),
    ...(error !== undefined && { brokeOff: interruptionBy(error) }),
  };
}

type AnswerBody = AsyncIterable<Uint8Array> & { destroy(error?: Error): unknown };

const MAX_ANSWER_BYTES = 1024 * 1024;

/** n8n's time limit ends with the first byte of the answer; this one goes on to the last. */
async function readText(body: AnswerBody, deadline: number): Promise<{ text: string; error?: unknown }> {
  const timeLimit = AbortSignal.timeout(Math.max(1, deadline - Date.now()));
  timeLimit.addEventListener('abort', () => body.destroy(new Error('timeout')));
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_ANSWER_BYTES) break;
    }
    return { text };
  } catch (error) {
    return { text, error };
  }
}

function interruptionBy(error: unknown): Interruption {
  const { code, message } = rootOf(error);
  if (code === 'ERR_CANCELED') return { reason: 'cancelled', message };
  if (message.includes('timeout')) return { reason: 'timeout', message };
  const isClosed = code === 'ECONNRESET' || code === 'EPIPE' || message === 'aborted';
  return { reason: isClosed ? 'closed' : 'unreachable', message };
}

/** What the editor shows of an outcome without a voice: what happened, whether a voice may exist, and what to do. */
function explain(
  outcome: Exclude<CloneOutcome, { kind: 'cloned' }>,
  answer: Answer,
  timeoutSeconds: number,
): Failure {
  const said = answer.kind === 'answered' ? apiMessage(answer.body) : '';
  const { message, advice = '' } = interrupted(outcome, timeoutSeconds) ?? answered(outcome, said);
  const consequence =
    outcome.kind === 'unknown'
      ? 'A voice may have been made all the same: look at your voices in Callers, and run this again only if it is not there.'
      : 'No voice was made.';
  return {
    message,
    description: `${consequence} ${advice}`.trim(),
    ...(outcome.status !== undefined && { httpCode: String(outcome.status) }),
  };
}

interface Explanation {
  message: string;
  advice?: string;
}

function answered(outcome: Exclude<CloneOutcome, { kind: 'cloned' }>, said: string): Explanation {
  const quoted = said ? `Callers said: ${said}` : '';
  const { status } = outcome;
  if (outcome.kind === 'notSent' && outcome.reason === 'busy') {
    const { retryAfterSeconds: seconds } = outcome;
    const wait = seconds === undefined ? 'in a few minutes' : `in ${seconds} seconds`;
    return { message: `Callers is too busy: try again ${wait}`, advice: quoted };
  }
  if (outcome.kind !== 'rejected') {
    const isNonsense = outcome.reason === 'invalid-response';
    return {
      message: isNonsense
        ? 'Callers answered with something else than voices'
        : `Callers failed with an error of its own (${status})`,
      advice: quoted,
    };
  }
  switch (status) {
    case 401:
      return {
        message: 'Callers rejected the API key',
        advice: `Check the key in the credential. ${quoted}`,
      };
    case 403:
      return {
        message: 'Callers does not allow this API key to clone the voice',
        advice: `Check the key in the credential and, if you use one, the Sub-Organization ID. ${quoted}`,
      };
    case 409:
      return {
        message: said ? `Callers rejected the request: ${said}` : 'Callers rejected the request',
        advice: `Look at your voices in Callers first: there may be one already. ${quoted}`,
      };
    case 413:
      return {
        message: 'The audio samples are too large for Callers',
        advice: `Use fewer or shorter ones. ${quoted}`,
      };
    default:
      return {
        message: said ? `Callers rejected the request: ${said}` : 'Callers rejected the request',
        advice: quoted,
      };
  }
}

function interrupted(
  outcome: Exclude<CloneOutcome, { kind: 'cloned' }>,
  timeoutSeconds: number,
): Explanation | undefined {
  switch (outcome.kind !== 'rejected' && outcome.reason) {
    case 'cancelled':
      return { message: 'The execution was cancelled' };
    case 'timeout':
      return {
        message: `Callers did not answer within ${timeoutSeconds} seconds`,
        advice: 'For more time, add the option Timeout to this node.',
      };
    case 'closed':
      return outcome.kind === 'unknown'
        ? { message: 'Callers closed the connection without an answer' }
        : {
            message: 'Callers closed the connection before it had all samples',
            advice: 'Usually the API key is wrong, or the samples are too large.',
          };
    case 'unreachable':
      return { message: 'Callers could not be reached', advice: outcome.message };
    default:
      return undefined;
  }
}

/** The error that n8n and its HTTP client have wrapped, as far as it is of use. */
function rootOf(error: unknown): { code?: string; message: string } {
  const { cause, code, message } = error as { cause?: unknown; code?: unknown; message?: unknown };
  const inner = cause instanceof Error ? rootOf(cause) : undefined;
  const own = typeof code === 'string' ? code : undefined;
  const best = own ?? inner?.code;
  return { ...(best !== undefined && { code: best }), message: inner?.message ?? String(message) };
}
