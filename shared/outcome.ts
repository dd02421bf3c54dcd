import { apiMessage } from './api-message.ts';
import { parseRetryAfter } from './retry-after.ts';
import { shorten } from './shorten.ts';
import { clonedVoicesSchema, type Voice } from './voice.ts';

/** The raw answer to a clone request. The API key is already redacted from the API's text. */
export type Answer =
  | {
      kind: 'answered';
      status: number;
      /** The body, as far as it was received. */
      body: string;
      /** Value of the `Retry-After` header. */
      retryAfter?: string | undefined;
      /** Why the body is incomplete, if it is. */
      brokeOff?: Interruption;
    }
  | ({ kind: 'none' } & Interruption);

/** How much of an answer's body is read: far more than voices take. */
export const MAX_ANSWER_BYTES = 1024 * 1024;

/** Why there is no complete answer. */
export interface Interruption {
  reason: 'timeout' | 'cancelled' | 'closed' | 'unreachable';
  message: string;
}

/**
 * The outcome of a clone request. The API offers no way to query it later, and a second request makes a
 * second voice, so what matters is whether a voice may exist:
 *
 * | kind | a voice exists | may be sent again |
 * |---|---|---|
 * | `cloned` | yes | no |
 * | `rejected` | no: the API said so | only after a change |
 * | `notSent` | no: the API never had the complete request, or declined to process it (429, 503) | yes |
 * | `unknown` | perhaps | no: a person has to check |
 */
export type CloneOutcome =
  | { kind: 'cloned'; status: number; voices: Voice[] }
  | { kind: 'rejected'; status: number; message: string }
  | NotSent
  | { kind: 'unknown'; reason: UnknownReason; status?: number; message: string; body?: string };

export type NotSent = { kind: 'notSent'; message: string; status?: number } & (
  | { reason: Interruption['reason'] | 'server-error' }
  | { reason: 'busy'; retryAfterSeconds?: number }
);

export type UnknownReason = Interruption['reason'] | 'server-error' | 'invalid-response';

/**
 * Decides whether a voice may exist, for both the function and the n8n node:
 *
 * | answer | before the end of the body was sent | after |
 * |---|---|---|
 * | 2xx with voices | cloned | cloned |
 * | any other 2xx, or a truncated one | unknown | unknown |
 * | 303, 408, a status outside HTTP's range, 5xx except 503 | not sent | unknown |
 * | 429, 503 | not sent, busy | not sent, busy |
 * | other 3xx and 4xx | rejected | rejected |
 * | none | not sent | unknown |
 *
 * Once the body was sent, 303 and 408 do not rule out that the work was done: 303 points to its result
 * elsewhere, 408 only means that the server stopped waiting (RFC 9110, sections 15.4.4 and 15.5.9). 503 and
 * 429 mean that it was not started (RFC 9110, section 15.6.4; RFC 6585, section 4). Statuses outside 100 to
 * 599 are invalid (RFC 9110, section 15).
 *
 * @param bodySent whether the last byte of the body was handed to the connection
 */
export function outcomeOf(answer: Answer, bodySent: boolean): CloneOutcome {
  if (answer.kind === 'none') {
    const { reason, message } = answer;
    return { kind: bodySent ? 'unknown' : 'notSent', reason, message };
  }
  const { status, body } = answer;
  const message = apiMessage(body) || `the API answered ${status}`;
  if (status >= 200 && status < 300) return afterSuccess(answer);
  if (status === 429 || status === 503) {
    const retryAfterSeconds = parseRetryAfter(answer.retryAfter);
    return {
      kind: 'notSent',
      reason: 'busy',
      status,
      message,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    };
  }
  const isRefusal = status >= 300 && status < 500 && status !== 303 && status !== 408;
  if (isRefusal) return { kind: 'rejected', status, message };
  return { kind: bodySent ? 'unknown' : 'notSent', reason: 'server-error', status, message };
}

/** How many characters of an invalid answer are kept for a person to inspect. */
const MAX_KEPT_BODY = 2_000;

function afterSuccess({ status, body, brokeOff }: Extract<Answer, { kind: 'answered' }>): CloneOutcome {
  const voices = brokeOff ? undefined : parseVoices(body);
  if (voices) return { kind: 'cloned', status, voices };
  const { reason, message } = brokeOff ?? {
    reason: 'invalid-response',
    message: 'the API’s answer is not the documented list of voices',
  };
  return { kind: 'unknown', reason, status, message, body: shorten(body, MAX_KEPT_BODY) };
}

function parseVoices(body: string): Voice[] | undefined {
  try {
    return clonedVoicesSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
