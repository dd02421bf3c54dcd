import { apiMessage, isJson, isPage } from './api-message.ts';
import { firstJsonIn } from './first-json.ts';
import { redact } from './redact.ts';
import { parseRetryAfter } from './retry-after.ts';
import { shorten } from './shorten.ts';
import { type Voice, voicesIn } from './voice.ts';

/** The raw answer to a clone request. */
export type Answer = Answered | ({ kind: 'none' } & Interruption);

interface Answered {
  kind: 'answered';
  status: number;
  /** The body, as far as it was received. */
  body: string;
  /** The API key, which the API may quote: it is removed from what is told, once the answer is understood. */
  secret?: string | undefined;
  /** Value of the `Retry-After` header. */
  retryAfter?: string | undefined;
  /** Why the body is incomplete, if it is. */
  brokeOff?: Interruption;
}

/** What the answer says to a person, without the API key; empty if nothing. */
export function saidIn(answer: Answer): string {
  return answer.kind === 'answered' ? apiMessage(redact(answer.body, answer.secret)) : '';
}

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
 * | `notSent` | no: the API never had the complete request, or declined it immediately (429) | yes |
 * | `unknown` | perhaps | no: a person has to check |
 */
export type CloneOutcome =
  | { kind: 'cloned'; status: number; voices: Voice[] }
  | { kind: 'rejected'; status: number; message: string; by: Refuser }
  | NotSent
  | { kind: 'unknown'; reason: UnknownReason; status?: number; message: string; body?: string };

/**
 * Who rejected a request: Callers; a proxy or firewall before it; or whatever is at the address, which is not
 * Callers'.
 */
export type Refuser = 'Callers' | 'proxy' | 'address';

/** The API never had the complete request, or declined it immediately. */
export type NotSent = { kind: 'notSent'; message: string; status?: number } & (
  | { reason: Interruption['reason'] | 'server-error' }
  | { reason: 'busy'; retryAfterSeconds?: number }
);

/** Why it is unknown whether a voice exists. */
export type UnknownReason = Interruption['reason'] | 'server-error' | 'invalid-response';

/**
 * Decides whether a voice may exist, for both the function and the n8n node:
 *
 * | answer | before the end of the body was sent | after |
 * |---|---|---|
 * | 2xx with voices | cloned | cloned |
 * | any other 2xx | unknown | unknown |
 * | 302, 303, 406, 408, 409, 424, every 5xx, an unregistered status | not sent (503: busy) | unknown |
 * | 429 | not sent, busy | the same within 5 seconds of the end, later unknown |
 * | other 3xx and 4xx | rejected | rejected; later than these 5 seconds unknown, if they are not Callers' own |
 * | none | not sent | unknown |
 *
 * Once the API can have the complete request, only it can say that it made no voice, and what answers may be
 * a proxy: Varnish delivers the whole POST, and answers 503 with `Retry-After` when the API is slow or hangs
 * up (findings/varnish-503-after-delivery.sh). By RFC 9110, section 15.6.4, a 503 was not
 * processed; neither header nor body distinguishes the two. 302 and 303 point to a result elsewhere, 406 may be
 * about the format of a result (frameworks notice that only when they write it), 409 about the voice that this
 * very request made, 424 about what the API called, a late 429 may be a provider's, or a gateway's that
 * tried again, and with a late 404, lighttpd means that the API broke off (findings/lighttpd-404-after-delivery.sh).
 *
 * @param bodySent whether the last byte of the body was handed to the connection
 * @param secondsSinceEnd seconds between that and the answer
 */
export function outcomeOf(answer: Answer, bodySent: boolean, secondsSinceEnd: number): CloneOutcome {
  if (answer.kind === 'none') {
    const { reason, message } = answer;
    return { kind: bodySent ? 'unknown' : 'notSent', reason, message };
  }
  const { status } = answer;
  if (status >= 200 && status < 300) return afterSuccess(answer);
  const message = saidIn(answer) || `status ${status}`;
  const isLate = bodySent && secondsSinceEnd > SECONDS_TO_DECLINE;
  if (status === 429 ? !isLate : status === 503 && !bodySent) {
    const retryAfterSeconds = parseRetryAfter(answer.retryAfter);
    return {
      kind: 'notSent',
      reason: 'busy',
      status,
      message,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    };
  }
  const by = refuser(status, answer.body);
  if (REFUSALS.test(String(status)) && (!isLate || by === 'Callers'))
    return { kind: 'rejected', status, message, by };
  return { kind: bodySent ? 'unknown' : 'notSent', reason: 'server-error', status, message };
}

/** What refuses a request without carrying it out says so immediately. */
const SECONDS_TO_DECLINE = 5;

/**
 * The statuses that say that the request was not carried out: those that are registered ("HTTP Status Code
 * Registry", IANA), without those in the table above.
 */
const REFUSALS = /^(30[014578]|40[0-57]|41[0-7]|42[1-3568]|431|451)$/;

/**
 * Who rejected a request. Callers answers with JSON, and names what it does not find. A web page is never its answer, nor is
 * a 403 without JSON, with which proxies refuse a host; a 401 without JSON may still be about the key.
 */
export function refuser(status: number, body: string): Refuser {
  if (WRONG_ADDRESS.test(`${status} ${isJson(body) ? apiMessage(body) : ''}`)) return 'address';
  const isProxy = status === 407 || isPage(body) || (status === 403 && !isJson(body));
  return isProxy ? 'proxy' : 'Callers';
}

/** What frameworks answer if they do not know an address; Amazon's API Gateway says 403. */
const WRONG_ADDRESS =
  /^(3|40[45] (|not found|method not allowed|cannot (post|get)\b.*)$|403 missing authentication token$)/i;

/** How many characters of an invalid answer are kept for a person to inspect. */
const MAX_KEPT_BODY = 2_000;

/** A shorter key may be a word of the answer, or in an ID: voices stay as they are. */
const SHORTEST_IN_VOICES = 8;

function afterSuccess({ status, body, secret = '', brokeOff }: Answered): CloneOutcome {
  const told = redact(body, secret);
  // Complete JSON was not cut off, even if the connection failed afterwards.
  const voices = parseVoices(secret.length < SHORTEST_IN_VOICES ? body : told);
  if (voices.length > 0) return { kind: 'cloned', status, voices };
  const { reason, message } = brokeOff ?? {
    reason: 'invalid-response',
    message: 'Callers’ answer contains no readable voices',
  };
  return { kind: 'unknown', reason, status, message, body: shorten(told, MAX_KEPT_BODY) };
}

/** A voice is paid for, whatever a proxy adds to the answer. */
function parseVoices(body: string): Voice[] {
  try {
    const answer: unknown = JSON.parse(body);
    // Some gateways encode JSON once more.
    return typeof answer === 'string' ? parseVoices(answer) : voicesIn(answer);
  } catch {
    const json = firstJsonIn(body);
    return json === body ? [] : parseVoices(json);
  }
}
