import type { IExecuteFunctions, IHttpRequestOptions, IN8nHttpFullResponse } from 'n8n-workflow';
import type { CloneRequest } from '../../../shared/clone-request.ts';
import {
  type Answer,
  type CloneOutcome,
  type Interruption,
  MAX_ANSWER_BYTES,
  outcomeOf,
  saidIn,
} from '../../../shared/outcome.ts';
import { textOf } from '../../credentials/credential-text.ts';
import { connectionProblem, neverConnected, reasonOf } from './connection-problem.ts';
import { type FileToSend, type FormBody, formBody } from './form-body.ts';

/** For whom the request is sent, and how long it may take. */
export interface SendThroughN8nOptions {
  /** The item whose credential is used. */
  itemIndex: number;
  /** Time limit for the whole call. */
  timeoutSeconds: number;
}

/** What came of the request. */
export type Sent =
  | {
      kind: 'answered';
      outcome: CloneOutcome;
      /** What the answer says, possibly empty. */
      said: string;
      /** Whether the API can have the complete request. */
      isWhole: boolean;
    }
  /** A file threw while it was read, so the API never had the complete request. */
  | { kind: 'fileFailed'; error: Error };

/**
 * Sends the request once through n8n's HTTP client, which adds the credential, uses the user's proxy, and
 * stops if the execution is canceled.
 */
export async function sendThroughN8n(
  context: IExecuteFunctions,
  request: CloneRequest<FileToSend>,
  { itemIndex, timeoutSeconds }: SendThroughN8nOptions,
): Promise<Sent> {
  const { form, progress } = formBody(request.parts);
  const milliseconds = Math.ceil(Math.min(timeoutSeconds * 1000, MAX_MILLISECONDS));
  const options: IHttpRequestOptions = {
    method: request.method,
    url: request.url,
    headers: { ...request.headers, Accept: 'application/json' },
    body: form,
    // Delivers the answer as soon as it starts, even during the upload: an early answer must not be lost if
    // the connection fails afterwards.
    encoding: 'stream',
    returnFullResponse: true,
    ignoreHttpStatusErrors: true,
    // The API key must not be sent to another host. Also, with redirects n8n keeps the whole body in memory
    // to resend it.
    disableFollowRedirect: true,
    // Overrides n8n's default timeout.
    timeout: milliseconds,
  };
  const answer = await exchange(context, options, itemIndex, AbortSignal.timeout(milliseconds), progress);
  if (answer.kind === 'none' && progress.fileError !== undefined)
    return { kind: 'fileFailed', error: progress.fileError };
  const { takenAt } = progress;
  const isWhole = takenAt !== undefined;
  return {
    kind: 'answered',
    isWhole,
    outcome: outcomeOf(answer, isWhole, (performance.now() - (takenAt ?? 0)) / 1000),
    said: saidIn(answer),
  };
}

/** The maximum for timers: 24 days. */
const MAX_MILLISECONDS = 2 ** 31 - 1;

/** Sends the request and reads the complete answer. */
async function exchange(
  context: IExecuteFunctions,
  options: IHttpRequestOptions,
  itemIndex: number,
  timeLimit: AbortSignal,
  progress: FormBody['progress'],
): Promise<Answer> {
  const credential = await context.getCredentials('callersApi', itemIndex);
  const interruptionBy = (error: unknown) =>
    interruption(error, context.getExecutionCancelSignal(), timeLimit);
  let response: IN8nHttpFullResponse;
  try {
    response = (await context.helpers.httpRequestWithAuthentication.call(
      endingAt(timeLimit, context),
      'callersApi',
      options,
      // Otherwise n8n uses the first item's credential for all items.
      { credentialsDecrypted: { id: '', name: '', type: 'callersApi', data: credential } },
    )) as IN8nHttpFullResponse;
  } catch (error) {
    const { reason, message } = interruptionBy(error);
    if (neverConnected(error)) delete progress.takenAt;
    return {
      kind: 'none',
      reason,
      message: reason === 'unreachable' ? connectionProblem(error, options.url) : message,
    };
  }
  const retryAfter = response.headers['retry-after'];
  const { text, error } = await readText(response.body as AnswerBody, timeLimit);
  // Any other error is one of the compression, and what was read before it counts.
  const brokeOff = error === undefined ? undefined : interruptionBy(error);
  return {
    kind: 'answered',
    status: response.statusCode,
    body: text,
    secret: textOf(credential['apiKey']),
    ...(typeof retryAfter === 'string' && { retryAfter }),
    ...(brokeOff && brokeOff.reason !== 'unreachable' && { brokeOff }),
  };
}

/**
 * The context, with a cancel signal that also fires at the time limit. The client's own timeout restarts with
 * each byte in n8n 1 and early versions of 2, and n8n overwrites a signal in the request options.
 */
function endingAt(timeLimit: AbortSignal, context: IExecuteFunctions): IExecuteFunctions {
  const cancelled = context.getExecutionCancelSignal();
  const either = AbortSignal.any(cancelled ? [cancelled, timeLimit] : [timeLimit]);
  return Object.create(context, { getExecutionCancelSignal: { value: () => either } }) as IExecuteFunctions;
}

type AnswerBody = AsyncIterable<Uint8Array> & { destroy(error?: Error): unknown };

/** Applies the time limit to the whole answer; n8n's client stops observing signals at the first byte. */
async function readText(
  body: AnswerBody,
  timeLimit: AbortSignal,
): Promise<{ text: string; error?: unknown }> {
  const stop = () => void body.destroy(new Error('timeout'));
  if (timeLimit.aborted) stop();
  timeLimit.addEventListener('abort', stop);
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

function interruption(
  error: unknown,
  cancelled: AbortSignal | undefined,
  timeLimit: AbortSignal,
): Interruption {
  const { text: message } = reasonOf(error);
  if (cancelled?.aborted) return { reason: 'cancelled', message };
  if (timeLimit.aborted || message.includes('timeout of')) return { reason: 'timeout', message };
  const isClosed = !neverConnected(error) && /ECONNRESET|EPIPE|\baborted\b|socket hang up/.test(message);
  return { reason: isClosed ? 'closed' : 'unreachable', message };
}
