import { apiMessage } from './api-message.ts';
import { parseRetryAfter } from './retry-after.ts';
import { shorten } from './shorten.ts';
import { clonedVoicesSchema, type Voice } from './voice.ts';

/** What came back from a clone request. Texts of the API are without the API key already. */
export type Answer =
  | {
      kind: 'answered';
      status: number;
      /** The body as far as it came. */
      body: string;
      /** Value of the header `Retry-After`. */
      retryAfter?: string | undefined;
      /** Why the body broke off, if it did. */
      brokeOff?: Interruption;
    }
  | ({ kind: 'none' } & Interruption);

/** Why there is no whole answer. */
export interface Interruption {
  reason: 'timeout' | 'cancelled' | 'closed' | 'unreachable';
  message: string;
}

/**
 * What became of a clone request. The API cannot be asked afterwards, and a second request makes a second voice,
 * so the one thing that matters is whether a voice may exist:
 *
 * | kind | a voice exists | may be sent again |
 * |---|---|---|
 * | `cloned` | yes | no |
 * | `rejected` | no: the API said so | only after a change |
 * | `notSent` | no: the API never had the whole request, or refused to look at it (429, 503) | yes |
 * | `unknown` | perhaps | no: a person has to look |
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
 * Decides whether a voice may exist. Nothing else does, in the function or in the n8n node:
 *
 * | answer | before the end of the body was sent | after |
 * |---|---|---|
 * | 2xx with voices | cloned | cloned |
 * | any other 2xx, or one that breaks off | unknown | unknown |
 * | 303, 408, a status that HTTP does not have, 5xx but 503 | not sent | unknown |
 * | 429, 503 | not sent, busy | not sent, busy |
 * | other 3xx and 4xx | rejected | rejected |
 * | none | not sent | unknown |
 *
 * After the end, 303 and 408 do not deny that the work was done: 303 says that it is done and its result elsewhere, 408
 * only that the server stopped waiting (RFC 9110, sections 15.4.4 and 15.5.9). 503 and 429 say that it was not begun
 * (RFC 9110, section 15.6.4; RFC 6585, section 4). Statuses outside 100 to 599 do not exist (RFC 9110, section 15).
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

/** How much of an answer that makes no sense is kept for a person to look at. */
const MAX_KEPT_BODY = 2_000;

function afterSuccess({ status, body, brokeOff }: Extract<Answer, { kind: 'answered' }>): CloneOutcome {
  const voices = brokeOff ? undefined : parseVoices(body);
  if (voices) return { kind: 'cloned', status, voices };
  const { reason, message } = brokeOff ?? {
    reason: 'invalid-response',
    message: 'the API answered with something other than the voices that it documents',
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
