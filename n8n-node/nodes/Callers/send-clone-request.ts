import {
  type IExecuteFunctions,
  type IHttpRequestOptions,
  type IN8nHttpFullResponse,
  NodeApiError,
} from 'n8n-workflow';
import { apiMessage } from '../../../shared/api-message.ts';
import type { CloneRequest } from '../../../shared/clone-request.ts';
import { redact } from '../../../shared/redact.ts';
import { parseRetryAfter } from '../../../shared/retry-after.ts';
import { clonedVoicesSchema, type Voice } from '../../../shared/voice.ts';
import { type FormBody, formBody } from './form-body.ts';
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
  const result = await exchange(context, options, deadline);
  if ('error' in result && progress.sampleError) throw progress.sampleError;
  const outcome =
    'error' in result
      ? explainFailure(result.error, progress, timeoutSeconds)
      : explainAnswer({ ...result, text: redact(result.text, apiKey) }, progress);
  if (outcome.kind === 'cloned') return outcome.voices;
  // Made of texts alone: an error of the HTTP client holds the whole request, with the key.
  const { kind, ...failure } = outcome;
  if (kind === 'unknown') throw mayHaveCloned(context.getNode(), itemIndex, failure);
  throw new NodeApiError(context.getNode(), { ...failure }, { ...failure, itemIndex });
}

interface Answer {
  status: number;
  retryAfter?: string;
  text: string;
}

/** `failed` made no voice; nobody knows after `unknown`. */
type Outcome = { kind: 'cloned'; voices: Voice[] } | ({ kind: 'failed' | 'unknown' } & Failure);

/** Sends, and reads the answer to its end. */
async function exchange(
  context: IExecuteFunctions,
  options: IHttpRequestOptions,
  deadline: number,
): Promise<Answer | { error: unknown }> {
  try {
    const { helpers } = context;
    const response = (await helpers.httpRequestWithAuthentication.call(
      context,
      'callersApi',
      options,
    )) as IN8nHttpFullResponse;
    const retryAfter = response.headers['retry-after'];
    return {
      status: response.statusCode,
      text: await readText(response.body as AnswerBody, deadline),
      ...(typeof retryAfter === 'string' && { retryAfter }),
    };
  } catch (error) {
    return { error };
  }
}

type AnswerBody = AsyncIterable<Uint8Array> & { destroy(error?: Error): unknown };

const MAX_ANSWER_BYTES = 1024 * 1024;

/** n8n's time limit ends with the first byte of the answer; this one goes on to the last. */
async function readText(body: AnswerBody, deadline: number): Promise<string> {
  const timeLimit = AbortSignal.timeout(Math.max(1, deadline - Date.now()));
  timeLimit.addEventListener('abort', () => body.destroy(new Error('timeout')));
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) break;
  }
  return text;
}

function explainAnswer({ status, text, retryAfter }: Answer, progress: FormBody['progress']): Outcome {
  const said = apiMessage(text);
  const quoted = said ? `Callers said: ${said}` : '';
  const failed = (message: string, advice = '') => ({
    ...noVoice(message, `${advice} ${quoted}`),
    httpCode: String(status),
  });
  const unknown = (message: string) => ({ ...perhapsVoice(message, quoted), httpCode: String(status) });

  if (status >= 200 && status < 300) {
    const voices = parseVoices(text);
    return voices ? { kind: 'cloned', voices } : unknown('Callers answered with something else than voices');
  }
  if (status === 401) return failed('Callers rejected the API key', 'Check the key in the credential.');
  if (status === 403) {
    return failed(
      'Callers does not allow this API key to clone the voice',
      'Check the key in the credential and, if you use one, the Sub-Organization ID.',
    );
  }
  if (status === 413)
    return failed('The audio samples are too large for Callers', 'Use fewer or shorter ones.');
  if (status === 429 || status === 503) {
    const seconds = parseRetryAfter(retryAfter);
    const wait = seconds === undefined ? 'in a few minutes' : `in ${seconds} seconds`;
    return failed(`Callers is too busy: try again ${wait}`);
  }
  if (status < 500)
    return failed(said ? `Callers rejected the request: ${said}` : 'Callers rejected the request');
  const message = `Callers failed with an error of its own (${status})`;
  return progress.taken ? unknown(message) : failed(message);
}

function explainFailure(error: unknown, { taken }: FormBody['progress'], timeoutSeconds: number): Outcome {
  const { code, message } = rootOf(error);
  const interrupted = taken ? perhapsVoice : noVoice;
  if (code === 'ERR_CANCELED') return interrupted('The execution was cancelled');
  if (message.includes('timeout')) {
    return interrupted(
      `Callers did not answer within ${timeoutSeconds} seconds`,
      'For more time, add the option Timeout to this node.',
    );
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return taken
      ? perhapsVoice('Callers closed the connection without an answer')
      : noVoice(
          'Callers closed the connection before it had all samples',
          'Usually the API key is wrong, or the samples are too large.',
        );
  }
  return noVoice('Callers could not be reached', message);
}

function noVoice(message: string, advice = ''): Outcome & Failure {
  return { kind: 'failed', message, description: `No voice was made. ${advice}`.trim() };
}

function perhapsVoice(message: string, advice = ''): Outcome & Failure {
  const look =
    'A voice may have been made all the same: look at your voices in Callers, and run this again only if it is not there.';
  return { kind: 'unknown', message, description: `${look} ${advice}`.trim() };
}

/** The error that n8n and its HTTP client have wrapped, as far as it is of use. */
function rootOf(error: unknown): { code?: string; message: string } {
  const { cause, code, message } = error as { cause?: unknown; code?: unknown; message?: unknown };
  const inner = cause instanceof Error ? rootOf(cause) : undefined;
  const own = typeof code === 'string' ? code : undefined;
  const best = own ?? inner?.code;
  return { ...(best !== undefined && { code: best }), message: inner?.message ?? String(message) };
}

function parseVoices(text: string): Voice[] | undefined {
  try {
    return clonedVoicesSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
