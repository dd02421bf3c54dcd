import { failures } from '../shared/failures.ts';
import type { CloneOutcome } from '../shared/outcome.ts';
import type { ApiAnswer } from './api-answer.ts';
import type { Failure, Fault } from './fault.ts';
import type { Attempt, Ended, Ending } from './ledger-schema.ts';

/** Why the function itself did not complete a request. */
export type Withheld =
  | { kind: 'notSent'; reason: 'sample' | 'S3 outage' | 'withheld'; message: string; name?: string }
  /** Sending revealed a sample that must not be sent. */
  | ({ kind: 'refused' } & Failure)
  /** The recordings are those of an earlier drop, of this folder or another. */
  | { kind: 'same'; ended: Ended; clonedFrom?: string }
  /** The same recordings are being sent from another folder. */
  | { kind: 'running'; retryAfterSeconds: number; recordings?: string };

/** Total attempts after crashes, an unreachable API or unreadable samples. */
export const MAX_ATTEMPTS = 5;
/** Total attempts if the API closes the connection midway: it probably does so on purpose. */
const MAX_CLOSED_CONNECTIONS = 3;

/**
 * How an outcome ends an attempt; undefined if the attempt may be retried.
 *
 * @param retryWithinSeconds how long a drop may be deferred while the API is busy
 */
export function endOf(
  outcome: CloneOutcome | Withheld,
  attempt: Attempt,
  now: Date,
  retryWithinSeconds: number,
): Ending | undefined {
  switch (outcome.kind) {
    case 'cloned':
      return { status: 'succeeded', voices: outcome.voices };
    case 'refused':
      return endingOf(outcome.fault, outcome.answer);
    case 'rejected':
      return rejected(outcome);
    case 'unknown':
      return unknown(outcome);
    case 'same':
      return sameEnding(outcome);
    case 'running':
      return undefined;
    case 'notSent':
      return giveUpOn(outcome, attempt, now, retryWithinSeconds);
  }
}

function sameEnding({ ended, clonedFrom }: Extract<Withheld, { kind: 'same' }>): Ending {
  const isElsewhere = clonedFrom !== undefined && ended.ending.status === 'unknown';
  if (!isElsewhere || isAboutSameRecordings(ended.ending)) return ended.ending;
  return endingOf({
    code: 'OUTCOME_UNKNOWN',
    cause: { kind: 'same recordings', folder: clonedFrom, isReadable: true },
  });
}

function isAboutSameRecordings(ending: Ending): boolean {
  return 'fault' in ending && 'cause' in ending.fault && ending.fault.cause.kind === 'same recordings';
}

/** What passes without help, so that only time ends it. */
export const WAITED_FOR = new Set(['busy', 'unreachable', 'S3 outage']);

function giveUpOn(
  outcome: Extract<CloneOutcome | Withheld, { kind: 'notSent' }>,
  { number, since }: Attempt,
  now: Date,
  retryWithinSeconds: number,
): Ending | undefined {
  const status = 'status' in outcome ? outcome.status : undefined;
  const { message } = outcome;
  const answer = status === undefined ? { reason: message } : { httpStatus: status, apiMessage: message };
  const isInTime = (seconds = 0) =>
    now.getTime() + seconds * 1000 < Date.parse(since) + retryWithinSeconds * 1000;
  switch (outcome.reason) {
    case 'busy': {
      const { retryAfterSeconds } = outcome;
      return isInTime(retryAfterSeconds)
        ? undefined
        : endingOf({ code: 'RATE_LIMITED', retryAfterSeconds }, answer);
    }
    case 'unreachable':
      return isInTime() ? undefined : endingOf({ code: 'GAVE_UP', isUnreachable: true }, answer);
    case 'S3 outage':
      if (isInTime()) return undefined;
      // Without a name, the state bucket failed.
      return outcome.name === undefined
        ? endingOf({ code: 'GAVE_UP', attempts: number }, answer)
        : endingOf({ code: 'SAMPLE_UNREADABLE', name: outcome.name }, answer);
    case 'sample':
      return number < MAX_ATTEMPTS
        ? undefined
        : endingOf({ code: 'SAMPLE_UNREADABLE', name: outcome.name }, answer);
    case 'closed':
      return number < MAX_CLOSED_CONNECTIONS
        ? undefined
        : endingOf({ code: 'API_CLOSED_CONNECTION' }, answer);
    case 'timeout':
    case 'cancelled':
    case 'server-error':
    case 'withheld':
      return number < MAX_ATTEMPTS ? undefined : endingOf(gaveUp, answer);
  }
}

/** The fault of a drop after the last attempt. */
export const gaveUp: Fault = { code: 'GAVE_UP', attempts: MAX_ATTEMPTS };

/** The end of an attempt whose owner died when a voice may have been made. */
export const ownerDied: Ending = {
  status: 'unknown',
  fault: { code: 'OUTCOME_UNKNOWN', cause: { kind: 'stopped' } },
};

/**
 * The ending for a fault.
 *
 * @param answer what Callers answered, if anything
 */
export function endingOf(fault: Fault, answer?: ApiAnswer): Ending {
  return { status: failures[fault.code].status, fault, ...(answer && { answer }) };
}

function rejected(outcome: Extract<CloneOutcome, { kind: 'rejected' }>): Ending {
  const { status, message, by } = outcome;
  const fault: Fault = rejectsKey(outcome)
    ? { code: 'API_KEY_REJECTED' }
    : { code: 'API_REJECTED', message, by };
  return endingOf(fault, {
    httpStatus: status,
    apiMessage: message,
  });
}

/** Whether Callers rejected the API key. */
export function rejectsKey(outcome: { kind: string; status?: number; by?: string }): boolean {
  const { kind, status, by } = outcome;
  return kind === 'rejected' && by === 'Callers' && (status === 401 || status === 403);
}

function unknown({ reason, status, message, body = '' }: Extract<CloneOutcome, { kind: 'unknown' }>): Ending {
  const answer = {
    ...(status !== undefined && { httpStatus: status }),
    ...(body !== '' && { apiMessage: body }),
  };
  return reason === 'invalid-response'
    ? endingOf({ code: 'INVALID_RESPONSE' }, answer)
    : endingOf({ code: 'OUTCOME_UNKNOWN', cause: { kind: 'answer', message } }, answer);
}
