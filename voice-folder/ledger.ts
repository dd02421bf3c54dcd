import * as z from 'zod/v4-mini';
import { failures } from '../shared/failures.ts';
import type { CloneOutcome } from '../shared/outcome.ts';
import { voiceSchema } from '../shared/voice.ts';
import type { ApiAnswer, Failure, Fault } from './fault.ts';
import { asksAgain } from './mark.ts';
import type { ObjectName } from './names.ts';
import { type Drop, dropSchema, isFinal, type Result } from './result.ts';
import { isNewerUpload } from './upload.ts';

/**
 * The history of one voice folder: the running attempt, if any, and how each drop ended. It is a single
 * object in the state bucket, changed only by S3 conditional writes, so "was this upload handled?" and "were
 * these samples cloned?" are answered atomically.
 *
 * The API has no idempotency key and cannot be queried, so each step is recorded here before it is taken:
 *
 * ```
 * (none) ──▶ claimed                             the samples are streaming; the end of the body is held back
 * claimed | posting, lease live ──▶ defer        one attempt at a time per folder
 * claimed, lease over ──▶ claimed (number + 1)   no complete request was sent: safe; 5 attempts ──▶ failed GAVE_UP
 * claimed ──▶ posting                            recorded before the end of the body is sent: the last safe point
 * posting, lease over (its owner died) ──▶ unknown
 *
 * claimed | posting ──cloned──▶ succeeded
 * claimed | posting ──rejected, or a sample that must not be sent──▶ failed
 * claimed | posting ──unknown──▶ unknown
 * claimed | posting ──not sent──▶ claimed, lease over; too many attempts, or busy too long ──▶ failed
 * claimed ──the recordings are those of a drop that succeeded, or may have──▶ as that one
 * claimed ──the recordings are being sent from another folder──▶ claimed, lease over
 *
 * an upload older than a recorded one ──▶ ignored: the newer upload supersedes it
 * succeeded | failed | unknown, same upload ──▶ report it again
 * succeeded, newer upload of the same drop ──▶ report it for the newer upload
 * failed | unknown, likewise, result shown before that upload ──▶ claimed: a person asked to try again
 * failed | unknown, likewise, result not shown before ──▶ report it for the newer upload
 * any, an upload that asks for another voice after exactly this result ──▶ claimed
 * ```
 */
export type Ledger = z.output<typeof ledgerSchema>;
export type Attempt = z.output<typeof attemptSchema>;
export type Ended = z.output<typeof endedSchema>;
export type Ending = z.output<typeof endingSchema>;

/** A drop whose samples are all there. */
const completeDropSchema = z.extend(dropSchema, {
  fingerprint: z.string(),
  /** Where a voice would be made, and from how much sound (identity.ts). */
  shape: z.string(),
});

/** The result that a person has seen when they uploaded the manifest. */
const toldSchema = z.object({
  status: z.enum(['succeeded', 'failed', 'unknown']),
  finishedAt: z.string(),
  clonedFrom: z.optional(z.string()),
});

const attemptSchema = z.object({
  state: z.enum(['claimed', 'posting']),
  /** Unique per delivery: identifies a delivery's own write if S3's answer was lost. */
  owner: z.string(),
  /** By S3's clock. The owner's invocation has ended by then. */
  leaseUntil: z.iso.datetime(),
  /** The number of this attempt to send the samples, from 1. */
  number: z.int(),
  /**
   * When the wait for the API, S3 or the network began: with the first attempt, or the first after an owner died or
   * another folder's drop of the same recordings ended.
   */
  since: z.iso.datetime(),
  /** What is being sent, and therefore reported, even if the folder changes meanwhile. */
  drop: completeDropSchema,
  /** The hash of the recordings (identity.ts), once all their bytes have passed, also in an earlier attempt. */
  recordings: z.optional(z.string()),
  /** The outcome that the person knew. */
  told: z.optional(toldSchema),
  /** The person asked for another voice of recordings that were cloned. */
  again: z.optional(z.literal(true)),
});

const endingSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('succeeded'), voices: z.array(voiceSchema) }),
  z.object({
    status: z.enum(['failed', 'unknown']),
    fault: z.custom<Fault>((fault) => typeof fault === 'object' && fault !== null && 'code' in fault),
    /** What Callers, AWS or the network said. */
    answer: z.optional(
      z.object({
        httpStatus: z.optional(z.number()),
        apiMessage: z.optional(z.string()),
        reason: z.optional(z.string()),
      }),
    ),
  }),
]);

const endedSchema = z.object({
  /** The attempt's owner; missing if nothing was sent. */
  owner: z.optional(z.string()),
  drop: z.extend(dropSchema, { shape: z.optional(z.string()) }),
  recordings: z.optional(z.string()),
  ending: endingSchema,
  finishedAt: z.iso.datetime(),
  /** The folder whose drop of the same recordings had this outcome; nothing was sent from this one. */
  clonedFrom: z.optional(z.string()),
  /** The person had asked for another voice; who tries again still does. */
  again: z.optional(z.literal(true)),
  /** The result was published, although `result.json` could not be written. */
  published: z.optional(z.literal(true)),
});

export const ledgerSchema = z.object({
  attempt: z.optional(attemptSchema),
  /** Ordered by when each was last reported. */
  ended: z.array(endedSchema),
});

export const emptyLedger: Ledger = { ended: [] };

export type CompleteDrop = z.output<typeof completeDropSchema>;

/** A message about an upload, when the ledger is checked. All times are S3's. */
export interface Delivery {
  owner: string;
  manifest: ObjectName;
  /** The manifest's user metadata. */
  metadata: Record<string, string>;
  upload: string;
  uploadedAt: Date;
  /** Whether a copy made the upload, which is no answer to an `unknown` outcome. */
  isCopy: boolean;
  now: Date;
  /** When this invocation has certainly ended. */
  leaseUntil: Date;
  /** What the folder contains; missing if it cannot be sent as it is. */
  drop?: CompleteDrop | undefined;
  /** The current `result.json`; undefined if there is none of this folder. */
  shown: { result?: Result | undefined; lastModified: Date } | undefined;
}

/** Why the function itself did not complete a request. */
export type Withheld =
  | { kind: 'notSent'; reason: 'sample' | 'S3 outage' | 'withheld'; message: string; name?: string }
  /** Sending revealed a sample that must not be sent. */
  | ({ kind: 'refused' } & Failure)
  /** The recordings are those of an earlier drop, of this folder or another. */
  | { kind: 'same'; ended: Ended; clonedFrom?: string }
  /** The same recordings are being sent from another folder. */
  | { kind: 'running'; retryAfterSeconds: number; recordings?: string };

export type Decision =
  /** Write the ledger, then send. */
  | { kind: 'claim'; ledger: Ledger; attempt: Attempt }
  /** Write the ledger, which now ends an attempt whose owner died, report that, and decide again. */
  | { kind: 'conclude'; ledger: Ledger; ended: Ended }
  /** Write the ledger, if given, then report. Nothing is sent. */
  | { kind: 'report'; ledger?: Ledger; ended: Ended }
  /** The ledger allows this drop, but the folder cannot be sent as it is. */
  | { kind: 'proceed' }
  /** Another attempt is running: check again later. */
  | { kind: 'defer' }
  /** This upload was handled, or a newer one. */
  | { kind: 'superseded' };

/** In the past by any clock. */
const LEASE_OVER = new Date(0).toISOString();

/** Total attempts after crashes, an unreachable API or unreadable samples. */
const MAX_ATTEMPTS = 5;
/** Total attempts if the API closes the connection midway: it probably does so on purpose. */
const MAX_CLOSED_CONNECTIONS = 3;

/** Decides what a delivery may do, given the folder's ledger. */
export function decide(ledger: Ledger, delivery: Delivery): Decision {
  const { attempt } = ledger;
  const { drop, upload, now, shown } = delivery;
  if (uploadsIn(ledger).some((other) => isNewerUpload(other, upload))) return { kind: 'superseded' };
  if (attempt) {
    if (isLive(attempt, now)) return { kind: 'defer' };
    if (attempt.state === 'posting') return conclude(ledger, attempt, ownerDied, now);
    if (attempt.number >= MAX_ATTEMPTS) return conclude(ledger, attempt, endingOf(gaveUp), now);
    // The claim for these samples was granted before; retrying it needs no new request from a person.
    if (drop && isSameDrop(attempt.drop, drop)) return claim(ledger, drop, delivery);
  }
  const answered = ledger.ended.findLast((ended) => ended.drop.upload === upload);
  if (answered) return { kind: 'report', ended: answered };
  // The ledger was lost or restored from a backup, but not what became of this upload.
  if (shown?.result && isFinal(shown.result) && shown.result.upload === upload) return { kind: 'superseded' };
  if (!drop) return { kind: 'proceed' };
  const before = ledger.ended.findLast((ended) => isSameDrop(ended.drop, drop));
  const mayBegin = !before || wasTold(before, toldBy(delivery)) || isAskedAgain(ledger, delivery);
  return mayBegin ? claim(ledger, drop, delivery) : reportAgain(ledger, before, drop);
}

/**
 * The last safe point: once written, a voice may exist. Undefined if another owner has taken over the
 * attempt.
 */
export function markPosting(ledger: Ledger, { owner }: Attempt, recordings: string): Ledger | undefined {
  const { attempt } = ledger;
  if (attempt?.owner !== owner) return undefined;
  return { ...ledger, attempt: { ...attempt, state: 'posting', recordings } };
}

/**
 * The ledger after an attempt's request has ended. An unsent request may be retried, up to the limits on
 * attempts and time. If another delivery presumed the owner dead and recorded `unknown`, the owner's outcome
 * replaces that.
 *
 * @param retryWithinSeconds how long a drop may be deferred while the API is busy
 */
export function afterRequest(
  ledger: Ledger,
  attempt: Attempt,
  outcome: CloneOutcome | Withheld,
  now: Date,
  retryWithinSeconds: number,
): Ledger {
  const ending = endOf(outcome, attempt, now, retryWithinSeconds);
  const clonedFrom = outcome.kind === 'same' ? outcome.clonedFrom : undefined;
  if (ledger.attempt?.owner !== attempt.owner) {
    // Nothing was sent, so there is nothing to add.
    if (outcome.kind === 'same' || outcome.kind === 'running') return ledger;
    return ledger.ended.some(({ owner }) => owner === attempt.owner)
      ? correct(ledger, attempt, ending ?? endingOf({ code: 'GAVE_UP', attempts: attempt.number }), now)
      : addKnowledge(ledger, attempt, ending, now);
  }
  if (outcome.kind === 'same' && clonedFrom === undefined) {
    return moveToEnd(ledger, outcome.ended, attempt.drop);
  }
  if (ending)
    return conclude(ledger, withHints(ledger.attempt, attempt.drop), ending, now, clonedFrom).ledger;
  // Neither a busy API, nor a network that is down, nor another folder's drop counts as a failed attempt.
  const isWaitedFor =
    outcome.kind === 'running' || (outcome.kind === 'notSent' && WAITED_FOR.has(outcome.reason));
  const number = isWaitedFor ? attempt.number - 1 : attempt.number;
  const since = outcome.kind === 'running' ? now.toISOString() : attempt.since;
  const recordings = (outcome.kind === 'running' && outcome.recordings) || attempt.recordings;
  return {
    ...ledger,
    attempt: {
      ...attempt,
      state: 'claimed',
      number,
      since,
      leaseUntil: LEASE_OVER,
      ...(recordings !== undefined && { recordings }),
    },
  };
}

/** Adds what was found out while sending. */
function withHints(attempt: Attempt, { hints }: Drop): Attempt {
  return hints ? { ...attempt, drop: { ...attempt.drop, hints } } : attempt;
}

/** The ledger after a drop failed before sending. This also ends an earlier attempt, whose lease is over. */
export function withFailure(ledger: Ledger, drop: Drop, { fault, answer }: Failure, now: Date): Ledger {
  const ended: Ended = { drop, ending: endingOf(fault, answer), finishedAt: now.toISOString() };
  return { ended: [...ledger.ended, ended] };
}

/** How an attempt ended; undefined while it may be retried. */
export function endOfAttempt({ ended }: Ledger, { owner, drop }: Attempt): Ended | undefined {
  return ended.findLast((each) => each.owner === owner || each.drop.upload === drop.upload);
}

/** Whether the ledger notes that a result was published. */
export function isPublished({ ended }: Ledger, result: PublishedResult): boolean {
  return ended.some((each) => each.published && isResultOf(each, result));
}

/** Notes that a result was published, for when `result.json` cannot say so. */
export function withPublished(ledger: Ledger, result: PublishedResult): Ledger {
  const ended = ledger.ended.map((each) =>
    isResultOf(each, result) ? { ...each, published: true as const } : each,
  );
  return { ...ledger, ended };
}

type PublishedResult = { upload: string; finishedAt: string };

function isResultOf(ended: Ended, { upload, finishedAt }: PublishedResult): boolean {
  return ended.drop.upload === upload && ended.finishedAt === finishedAt;
}

/** Whether two drops surely have the same recordings and settings. */
export function isSameDrop(
  one: { fingerprint?: string | undefined; shape?: string | undefined },
  other: { fingerprint: string; shape: string },
): boolean {
  return one.shape === other.shape && one.fingerprint === other.fingerprint;
}

/** Whether the owner of an attempt may still be alive. */
export function isLive({ leaseUntil }: Attempt, now: Date): boolean {
  return now.getTime() < Date.parse(leaseUntil);
}

/** Whether a person asked to try again, knowing how these recordings ended. */
export function wasTold({ ending, finishedAt }: Ended, told: Attempt['told']): boolean {
  return ending.status !== 'succeeded' && told?.status === ending.status && told.finishedAt === finishedAt;
}

function uploadsIn({ attempt, ended }: Ledger): string[] {
  const uploads = ended.map(({ drop }) => drop.upload);
  return attempt ? [...uploads, attempt.drop.upload] : uploads;
}

/** S3's times are in whole seconds, so two of them are more than one second apart only from a difference of two. */
const SECONDS_TO_READ = 2;

/** The outcome that `result.json` showed before the upload. */
function toldBy({ shown, uploadedAt, isCopy }: Delivery): Attempt['told'] {
  if (!shown?.result || !('finishedAt' in shown.result)) return undefined;
  // No person need have read the outcome, and there may be a voice.
  if (isCopy && shown.result.status === 'unknown') return undefined;
  if (inSeconds(uploadedAt) - inSeconds(shown.lastModified) < SECONDS_TO_READ) return undefined;
  const { status, finishedAt, clonedFrom } = shown.result;
  return { status, finishedAt, ...(clonedFrom !== undefined && { clonedFrom }) };
}

/** Whether the upload asks for another voice after the folder's last result. */
function isAskedAgain({ ended }: Ledger, { manifest, metadata }: Delivery): boolean {
  const last = ended.at(-1);
  return (
    last !== undefined &&
    asksAgain(metadata, manifest, { upload: last.drop.upload, finishedAt: last.finishedAt })
  );
}

function inSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

function claim(ledger: Ledger, drop: CompleteDrop, delivery: Delivery): Decision {
  const { owner, now, leaseUntil } = delivery;
  const before = ledger.attempt;
  const isSame = before !== undefined && isSameDrop(before.drop, drop);
  const told = toldBy(delivery) ?? (isSame ? before.told : undefined);
  const again =
    isAskedAgain(ledger, delivery) ||
    (isSame && before.again === true) ||
    ledger.ended.some((ended) => ended.again && isSameDrop(ended.drop, drop) && wasTold(ended, told));
  const attempt: Attempt = {
    state: 'claimed',
    owner,
    leaseUntil: leaseUntil.toISOString(),
    number: isSame ? before.number + 1 : 1,
    // The lease of an owner that died is no wait for the API, S3 or the network.
    since:
      before?.drop.upload === drop.upload && before.leaseUntil === LEASE_OVER
        ? before.since
        : now.toISOString(),
    drop,
    ...(isSame && before.recordings !== undefined && { recordings: before.recordings }),
    ...(told && { told }),
    ...(again && { again }),
  };
  return { kind: 'claim', attempt, ledger: { ...ledger, attempt } };
}

/** Records a newer upload of the same samples; otherwise it could later be mistaken for a new drop. */
function reportAgain(ledger: Ledger, before: Ended, drop: CompleteDrop): Decision {
  const ended = { ...before, drop };
  return { kind: 'report', ledger: moveToEnd(ledger, before, drop, ledger.attempt), ended };
}

function moveToEnd({ ended }: Ledger, before: Ended, drop: CompleteDrop, attempt?: Attempt): Ledger {
  // Old ones have no owner, and S3's time is in whole seconds.
  const others = ended.filter(
    ({ drop: { upload }, finishedAt, owner }) =>
      upload !== before.drop.upload || finishedAt !== before.finishedAt || owner !== before.owner,
  );
  const { published: _, ...unpublished } = before;
  return { ...(attempt && { attempt }), ended: [...others, { ...unpublished, drop }] };
}

function conclude(
  { ended }: Ledger,
  { owner, drop, recordings, again }: Attempt,
  ending: Ending,
  now: Date,
  clonedFrom?: string,
): Extract<Decision, { kind: 'conclude' }> {
  const last: Ended = {
    owner,
    drop,
    ...(recordings !== undefined && { recordings }),
    ending,
    finishedAt: now.toISOString(),
    ...(clonedFrom !== undefined && { clonedFrom }),
    ...(again && { again }),
  };
  return { kind: 'conclude', ledger: { ended: [...ended, last] }, ended: last };
}

/** Replaces the `unknown` of a delivery that presumed the owner dead. */
function correct(ledger: Ledger, { owner }: Attempt, ending: Ending, now: Date): Ledger {
  const wrong = ledger.ended.find((ended) => ended.owner === owner && ended.ending.status === 'unknown');
  if (!wrong || ending.status === 'unknown') return ledger;
  const right: Ended = { ...wrong, ending, finishedAt: now.toISOString() };
  return { ...ledger, ended: ledger.ended.map((ended) => (ended === wrong ? right : ended)) };
}

/**
 * Another attempt replaced this one before it had sent everything; record only a voice, or a possible one.
 */
function addKnowledge(ledger: Ledger, attempt: Attempt, ending: Ending | undefined, now: Date): Ledger {
  if (!ending || ending.status === 'failed') return ledger;
  const { ended } = conclude(ledger, attempt, ending, now).ledger;
  return { ...ledger, ended };
}

/** Undefined if the attempt may be retried. */
function endOf(
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

/** What passes by itself, so that only time ends it. */
const WAITED_FOR = new Set(['busy', 'unreachable', 'S3 outage']);

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

const gaveUp: Fault = { code: 'GAVE_UP', attempts: MAX_ATTEMPTS };

/** The end of an attempt whose owner died when a voice may have been made. */
export const ownerDied: Ending = {
  status: 'unknown',
  fault: { code: 'OUTCOME_UNKNOWN', cause: { kind: 'stopped' } },
};

/** @param answer what Callers answered, if anything */
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
