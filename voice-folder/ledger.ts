import * as z from 'zod/v4-mini';
import type { CloneOutcome } from '../shared/outcome.ts';
import type { Voice } from '../shared/voice.ts';
import { errorOf, type Fault, type ResultError } from './errors.ts';
import { type Drop, dropSchema, type EarlierDrop, type FinalResult, finalResultSchema } from './result.ts';
import type { StoredResult } from './s3/result-file.ts';
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
 *
 * an upload older than a recorded one ──▶ ignored: the newer upload supersedes it
 * succeeded | failed | unknown, same upload ──▶ report it again
 * succeeded, newer upload with the same fingerprint ──▶ report it for the newer upload
 * failed | unknown, likewise, result shown before that upload ──▶ claimed: a person asked to try again
 * failed | unknown, likewise, result not shown before ──▶ report it for the newer upload
 * ```
 */
export type Ledger = z.output<typeof ledgerSchema>;
export type Attempt = z.output<typeof attemptSchema>;
export type Ended = z.output<typeof endedSchema>;

const attemptSchema = z.object({
  state: z.enum(['claimed', 'posting']),
  /** Unique per delivery: identifies a delivery's own write if S3's answer was lost. */
  owner: z.string(),
  /** By S3's clock. The owner's invocation has ended by then. */
  leaseUntil: z.iso.datetime(),
  /** The number of this attempt to send the samples, from 1. */
  number: z.int(),
  /** When the first attempt began. */
  since: z.iso.datetime(),
  /** What is being sent, and therefore reported, even if the folder changes meanwhile. */
  drop: z.extend(dropSchema, { fingerprint: z.string() }),
});

const endedSchema = z.object({
  /** The attempt's owner; missing if nothing was sent. */
  owner: z.optional(z.string()),
  result: finalResultSchema,
  /** The result was published, although `result.json` could not be written. */
  published: z.optional(z.literal(true)),
});

export const ledgerSchema = z.object({
  attempt: z.optional(attemptSchema),
  /** Ordered by when each was last reported. */
  ended: z.array(endedSchema),
});

export const emptyLedger: Ledger = { ended: [] };

/** A message about an upload, when the ledger is checked. All times are S3's. */
export interface Delivery {
  owner: string;
  upload: string;
  uploadedAt: Date;
  now: Date;
  /** When this invocation has certainly ended. */
  leaseUntil: Date;
  /** What the folder contains; missing if it cannot be sent as it is. */
  drop?: CompleteDrop | undefined;
  /** The current `result.json`. */
  shown: StoredResult | undefined;
}

export type CompleteDrop = Drop & { fingerprint: string };

/** The outcome of an attempt; `refused` if sending revealed a sample that must not be sent. */
export type AttemptOutcome =
  | CloneOutcome
  | { kind: 'notSent'; reason: 'sample' | 'S3 outage' | 'overtaken'; message: string; name?: string }
  | { kind: 'refused'; error: ResultError };

export type Decision =
  /** Write the ledger, then send. */
  | { kind: 'claim'; ledger: Ledger; attempt: Attempt }
  /** Write the ledger, which now ends an attempt whose owner died, and decide again. */
  | { kind: 'conclude'; ledger: Ledger }
  /** Write the ledger, if given, then report the result. Nothing is sent. */
  | { kind: 'report'; ledger?: Ledger; result: FinalResult }
  /** The ledger allows this drop, but the folder cannot be sent as it is. */
  | { kind: 'proceed' }
  /** Another attempt is running: check again later. */
  | { kind: 'defer' }
  /** A newer upload was handled. */
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
  const { drop, upload, now } = delivery;
  if (uploadsIn(ledger).some((other) => isNewerUpload(other, upload))) return { kind: 'superseded' };
  if (attempt) {
    if (isLive(attempt, now)) return { kind: 'defer' };
    if (attempt.state === 'posting') {
      return { kind: 'conclude', ledger: conclude(ledger, attempt, endingOf(ownerDied), now) };
    }
    if (attempt.number >= MAX_ATTEMPTS) {
      return { kind: 'conclude', ledger: conclude(ledger, attempt, endingOf(gaveUp), now) };
    }
    // The claim for these samples was granted before; retrying it needs no new request from a person.
    if (drop?.fingerprint === attempt.drop.fingerprint) return claim(ledger, drop, delivery);
  }
  const answered = ledger.ended.findLast(({ result }) => result.upload === upload);
  if (answered) return { kind: 'report', result: answered.result };
  if (!drop) return { kind: 'proceed' };
  const before = ledger.ended.findLast(({ result }) => result.fingerprint === drop.fingerprint);
  if (!before || isAskedFor(before.result, delivery)) return claim(ledger, drop, delivery);
  return reportAgain(ledger, before, drop);
}

/**
 * The last safe point: once written, a voice may exist. Undefined if another owner has taken over the
 * attempt.
 */
export function markPosting(ledger: Ledger, { owner }: Attempt): Ledger | undefined {
  const { attempt } = ledger;
  return attempt?.owner === owner ? { ...ledger, attempt: { ...attempt, state: 'posting' } } : undefined;
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
  outcome: AttemptOutcome,
  now: Date,
  retryWithinSeconds: number,
): Ledger {
  const ending = endOf(outcome, attempt, now, retryWithinSeconds);
  if (ledger.attempt?.owner !== attempt.owner) {
    return ledger.ended.some(({ owner }) => owner === attempt.owner)
      ? correct(ledger, attempt, ending ?? endingOf({ code: 'GAVE_UP', attempts: attempt.number }), now)
      : addKnowledge(ledger, attempt, ending, now);
  }
  if (ending) return conclude(ledger, withHints(ledger.attempt, attempt.drop), ending, now);
  const isWaitedFor = outcome.kind === 'notSent' && WAITED_FOR.has(outcome.reason);
  // A busy API, or a network that is down, does not count as a failed attempt.
  const number = isWaitedFor ? attempt.number - 1 : attempt.number;
  return { ...ledger, attempt: { ...attempt, state: 'claimed', number, leaseUntil: LEASE_OVER } };
}

/** Adds what was found out while sending. */
function withHints(attempt: Attempt, { hints }: Drop): Attempt {
  return hints ? { ...attempt, drop: { ...attempt.drop, hints } } : attempt;
}

/** The ledger after a drop failed before sending. This also ends an earlier attempt, whose lease is over. */
export function withFailure(ledger: Ledger, drop: Drop, error: ResultError, now: Date): Ledger {
  const result: FinalResult = { status: 'failed', error, ...drop, finishedAt: now.toISOString() };
  return bounded({ ended: [...ledger.ended, { result }] });
}

/** The result of an attempt; undefined while it may be retried. */
export function resultOfAttempt(ledger: Ledger, { owner }: Attempt): FinalResult | undefined {
  return ledger.ended.findLast((ended) => ended.owner === owner)?.result;
}

/** Whether the ledger notes that a result was published. */
export function isPublished({ ended }: Ledger, result: FinalResult): boolean {
  return ended.some((each) => each.published && isResultOf(each, result));
}

/** Notes that a result was published, for when `result.json` cannot say so. */
export function withPublished(ledger: Ledger, result: FinalResult): Ledger {
  const ended = ledger.ended.map((each) =>
    isResultOf(each, result) ? { ...each, published: true as const } : each,
  );
  return { ...ledger, ended };
}

function isResultOf({ result }: Ended, { upload, finishedAt }: FinalResult): boolean {
  return result.upload === upload && result.finishedAt === finishedAt;
}

/** Adds the folder's other drops that made, or may have made, a voice: a newer result must not hide them. */
export function withEarlier(ledger: Ledger, result: FinalResult): FinalResult {
  const earlier = ledger.ended
    .map((ended) => ended.result)
    .filter(
      ({ status, upload, finishedAt }) =>
        status !== 'failed' && (upload !== result.upload || finishedAt !== result.finishedAt),
    )
    .slice(-MAX_EARLIER)
    .toReversed()
    .map(earlierDrop);
  return earlier.length === 0 ? result : { ...result, earlier };
}

const MAX_EARLIER = 10;

function earlierDrop(result: FinalResult): EarlierDrop {
  const { upload, fingerprint, finishedAt } = result;
  const when = { upload, fingerprint, finishedAt };
  return result.status === 'succeeded'
    ? {
        status: 'succeeded',
        ...when,
        voices: result.voices.map(({ id, voiceId, name }) => ({ id, voiceId, name })),
      }
    : { status: 'unknown', ...when };
}

/** Whether the owner of an attempt may still be alive. */
function isLive({ leaseUntil }: Attempt, now: Date): boolean {
  return now.getTime() < Date.parse(leaseUntil);
}

function uploadsIn({ attempt, ended }: Ledger): string[] {
  const uploads = ended.map(({ result }) => result.upload);
  return attempt ? [...uploads, attempt.drop.upload] : uploads;
}

/**
 * Whether a person asked to try again, knowing the outcome: `result.json` showed it before the upload. S3's
 * times are in whole seconds; nobody reads a result and uploads again within one second.
 */
function isAskedFor(before: FinalResult, { shown, uploadedAt }: Delivery): boolean {
  if (before.status === 'succeeded' || !shown?.result || !('finishedAt' in shown.result)) return false;
  const { status, finishedAt } = shown.result;
  const saysSo = status === before.status && finishedAt === before.finishedAt;
  return saysSo && inSeconds(shown.lastModified) < inSeconds(uploadedAt);
}

function inSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

function claim(ledger: Ledger, drop: CompleteDrop, { owner, now, leaseUntil }: Delivery): Decision {
  const before = ledger.attempt;
  const isSameDrop = before?.drop.fingerprint === drop.fingerprint;
  const isSameUpload = before?.drop.upload === drop.upload;
  const attempt: Attempt = {
    state: 'claimed',
    owner,
    leaseUntil: leaseUntil.toISOString(),
    number: isSameDrop ? before.number + 1 : 1,
    since: isSameUpload ? before.since : now.toISOString(),
    drop,
  };
  return { kind: 'claim', attempt, ledger: { ...ledger, attempt } };
}

/** Records a newer upload of the same samples; otherwise it could later be mistaken for a new drop. */
function reportAgain(ledger: Ledger, before: Ended, drop: CompleteDrop): Decision {
  const result: FinalResult = { ...before.result, ...drop };
  const { published: _, ...unpublished } = before;
  const ended = [...ledger.ended.filter((each) => each !== before), { ...unpublished, result }];
  return { kind: 'report', ledger: bounded({ ...ledger, ended }), result };
}

type Ending = { status: 'succeeded'; voices: Voice[] } | { status: 'failed' | 'unknown'; error: ResultError };

function conclude({ ended }: Ledger, { owner, drop }: Attempt, ending: Ending, now: Date): Ledger {
  const result: FinalResult = { ...ending, ...drop, finishedAt: now.toISOString() };
  return bounded({ ended: [...ended, { owner, result }] });
}

/** Replaces the `unknown` of a delivery that presumed the owner dead. */
function correct(ledger: Ledger, { owner }: Attempt, ending: Ending, now: Date): Ledger {
  const wrong = ledger.ended.find((ended) => ended.owner === owner && ended.result.status === 'unknown');
  if (!wrong || ending.status === 'unknown') return ledger;
  const { samples, ignored, hints, manifest, fingerprint, subOrganizationId, upload, requestId } =
    wrong.result;
  const drop = { samples, ignored, hints, manifest, fingerprint, subOrganizationId, upload, requestId };
  const right: Ended = { owner, result: { ...ending, ...drop, finishedAt: now.toISOString() } };
  return { ...ledger, ended: ledger.ended.map((ended) => (ended === wrong ? right : ended)) };
}

/**
 * Another attempt replaced this one before it had sent everything; record only a voice, or a possible one.
 */
function addKnowledge(ledger: Ledger, attempt: Attempt, ending: Ending | undefined, now: Date): Ledger {
  if (!ending || ending.status === 'failed') return ledger;
  return { ...conclude(ledger, attempt, ending, now), ...(ledger.attempt && { attempt: ledger.attempt }) };
}

/** Undefined if the attempt may be retried. */
function endOf(
  outcome: AttemptOutcome,
  attempt: Attempt,
  now: Date,
  retryWithinSeconds: number,
): Ending | undefined {
  switch (outcome.kind) {
    case 'cloned':
      return { status: 'succeeded', voices: outcome.voices };
    case 'refused':
      return { status: 'failed', error: outcome.error };
    case 'rejected':
      return rejected(outcome);
    case 'unknown':
      return unknown(outcome);
    case 'notSent':
      return giveUpOn(outcome, attempt, now, retryWithinSeconds);
  }
}

/** What passes by itself, so that only time ends it. */
const WAITED_FOR = new Set(['busy', 'unreachable', 'S3 outage']);

function giveUpOn(
  outcome: Extract<AttemptOutcome, { kind: 'notSent' }>,
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
      return isInTime() ? undefined : endingOf({ code: 'SAMPLE_UNREADABLE', name: outcome.name }, answer);
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
    case 'overtaken':
      return number < MAX_ATTEMPTS ? undefined : endingOf(gaveUp, answer);
  }
}

const gaveUp: Fault = { code: 'GAVE_UP', attempts: MAX_ATTEMPTS };
const ownerDied: Fault = {
  code: 'OUTCOME_UNKNOWN',
  why: 'the function was stopped while waiting for Callers',
};

function endingOf(fault: Fault, answer?: Pick<ResultError, 'httpStatus' | 'apiMessage' | 'reason'>): Ending {
  return {
    status: fault.code === 'OUTCOME_UNKNOWN' || fault.code === 'INVALID_RESPONSE' ? 'unknown' : 'failed',
    error: errorOf(fault, answer),
  };
}

function rejected({ status, message }: Extract<CloneOutcome, { kind: 'rejected' }>): Ending {
  const isKeyRejected = status === 401 || status === 403;
  return endingOf(isKeyRejected ? { code: 'API_KEY_REJECTED' } : { code: 'API_REJECTED', message }, {
    httpStatus: status,
    apiMessage: message,
  });
}

function unknown({ reason, status, message, body = '' }: Extract<CloneOutcome, { kind: 'unknown' }>): Ending {
  const answer = status === undefined ? {} : { httpStatus: status };
  return reason === 'invalid-response'
    ? endingOf({ code: 'INVALID_RESPONSE' }, { ...answer, apiMessage: body })
    : endingOf({ code: 'OUTCOME_UNKNOWN', why: message }, answer);
}

/** Each drop reads and writes its folder's ledger; up to this size that takes negligible time. */
const MAX_LEDGER_BYTES = 200 * 1024;
/** How many recent drops keep their samples; older drops never appear in a result again with theirs. */
const ENDED_WITH_SAMPLES = 2;

/**
 * Keeps the ledger within its size limit by dropping the least important: samples of old drops, then
 * failures, then the oldest drops. Leaves room for about 350 voices per folder.
 */
function bounded(ledger: Ledger): Ledger {
  const ended = ledger.ended.map((each, index) =>
    index < ledger.ended.length - ENDED_WITH_SAMPLES ? withoutSamples(each) : each,
  );
  const sizes = new Map(ended.map((each) => [each, JSON.stringify(each).length + 1]));
  let size = [...sizes.values()].reduce((sum, each) => sum + each, 0);
  while (size > MAX_LEDGER_BYTES && ended.length > ENDED_WITH_SAMPLES) {
    const failure = ended.findIndex(({ result }) => result.status === 'failed');
    const isOld = failure >= 0 && failure < ended.length - ENDED_WITH_SAMPLES;
    const [forgotten] = ended.splice(isOld ? failure : 0, 1);
    size -= (forgotten && sizes.get(forgotten)) ?? 0;
  }
  return { ...ledger, ended };
}

function withoutSamples(ended: Ended): Ended {
  const { samples: _, ignored: __, hints: ___, ...result } = ended.result;
  return { ...ended, result };
}
