import * as z from 'zod/v4-mini';
import type { CloneOutcome } from '../shared/outcome.ts';
import type { Voice } from '../shared/voice.ts';
import { errorOf, type Fault, type ResultError } from './errors.ts';
import { type Drop, dropSchema, type EarlierDrop, type FinalResult, finalResultSchema } from './result.ts';
import type { StoredResult } from './result-file.ts';
import { isNewerUpload } from './upload.ts';

/**
 * All that was done for one voice folder: the attempt that runs, if any, and how each drop ended. It is one object in
 * the state bucket, written only with S3's conditional writes, so that "was this upload taken up?" and "were these
 * samples cloned?" are answered at one moment.
 *
 * The API has no idempotency key and cannot be asked what it did, so each step is written here before it is taken:
 *
 * ```
 * (none) ──▶ claimed                                the samples are streaming, but for the end of the body
 * claimed | posting, lease live ──▶ defer           one attempt at a time for each folder
 * claimed, lease over ──▶ claimed (number + 1)      nothing whole was sent: safe; after 5 attempts ──▶ failed GAVE_UP
 * claimed ──▶ posting                               written before the end of the body is sent: the last safe point
 * posting, lease over (its owner died) ──▶ unknown
 *
 * claimed | posting ──cloned──▶ succeeded
 * claimed | posting ──rejected, or a sample that must not be sent──▶ failed
 * claimed | posting ──unknown──▶ unknown
 * claimed | posting ──not sent──▶ claimed, lease over; tried too often, or busy too long ──▶ failed
 *
 * an upload older than one that is here ──▶ nothing: the newer one speaks for the folder
 * succeeded | failed | unknown, same upload ──▶ report it again
 * succeeded, a newer upload with the same fingerprint ──▶ report it for the newer upload
 * failed | unknown, likewise, and the person was told before that upload ──▶ claimed: a person asked to try again
 * failed | unknown, likewise, and the person was not told ──▶ report it for the newer upload
 * ```
 */
export type Ledger = z.output<typeof ledgerSchema>;
export type Attempt = z.output<typeof attemptSchema>;
export type Ended = z.output<typeof endedSchema>;

const attemptSchema = z.object({
  state: z.enum(['claimed', 'posting']),
  /** Unique for each delivery: tells one's own write from another's when S3's answer to it was lost. */
  owner: z.string(),
  /** By S3's clock. After this time the owner's invocation is over. */
  leaseUntil: z.iso.datetime(),
  /** How often these samples were tried to be sent, from 1. */
  number: z.int(),
  /** When the first of these attempts began. */
  since: z.iso.datetime(),
  /** What is being sent, which is what will be reported, whatever the folder holds by then. */
  drop: z.extend(dropSchema, { fingerprint: z.string() }),
});

const endedSchema = z.object({
  /** Who sent it; missing when nothing was to be sent. */
  owner: z.optional(z.string()),
  result: finalResultSchema,
});

export const ledgerSchema = z.object({
  attempt: z.optional(attemptSchema),
  /** In the order in which they were told last. */
  ended: z.array(endedSchema),
});

export const emptyLedger: Ledger = { ended: [] };

/** A message about an upload, at the moment of looking at the ledger. All times are S3's. */
export interface Delivery {
  owner: string;
  upload: string;
  uploadedAt: Date;
  now: Date;
  /** When this invocation is certainly over. */
  leaseUntil: Date;
  /** What the folder holds; missing when it cannot be sent as it is. */
  drop?: CompleteDrop | undefined;
  /** What `result.json` says. */
  shown: StoredResult | undefined;
}

export type CompleteDrop = Drop & { fingerprint: string };

/** What came of a request; `refused` when a sample turned out, on the way, to be one that must not be sent. */
export type AttemptOutcome =
  | CloneOutcome
  | { kind: 'notSent'; reason: 'sample' | 'overtaken'; message: string }
  | { kind: 'refused'; error: ResultError };

export type Decision =
  /** Write the ledger, then send. */
  | { kind: 'claim'; ledger: Ledger; attempt: Attempt }
  /** Write the ledger, which now says how an attempt ended whose owner did not, and decide anew. */
  | { kind: 'conclude'; ledger: Ledger }
  /** Write the ledger if it is given, then report the result: nothing is to be sent. */
  | { kind: 'report'; ledger?: Ledger; result: FinalResult }
  /** Nothing stands against this drop, but the folder cannot be sent as it is. */
  | { kind: 'proceed' }
  /** Another attempt is under way: look again later. */
  | { kind: 'defer' }
  /** A newer upload was taken up. */
  | { kind: 'superseded' };

/** Past for every clock. */
const LEASE_OVER = new Date(0).toISOString();

/** A crash, an API out of reach or a sample that cannot be read is tried this often altogether. */
const MAX_ATTEMPTS = 5;
/** An API that closes the connection in the middle does so for a reason: twice again is enough. */
const MAX_CLOSED_CONNECTIONS = 3;

/** What a delivery may do, given the folder's ledger. */
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
    // It was let in before, so nobody has to be asked again.
    if (drop?.fingerprint === attempt.drop.fingerprint) return claim(ledger, drop, delivery);
  }
  const answered = ledger.ended.findLast(({ result }) => result.upload === upload);
  if (answered) return { kind: 'report', result: answered.result };
  if (!drop) return { kind: 'proceed' };
  const before = ledger.ended.findLast(({ result }) => result.fingerprint === drop.fingerprint);
  if (!before || isAskedFor(before.result, delivery)) return claim(ledger, drop, delivery);
  return reportAgain(ledger, before, drop);
}

/** The last safe point: once this is written, a voice may exist. Undefined when the attempt is somebody else's by now. */
export function markPosting(ledger: Ledger, { owner }: Attempt): Ledger | undefined {
  const { attempt } = ledger;
  return attempt?.owner === owner ? { ...ledger, attempt: { ...attempt, state: 'posting' } } : undefined;
}

/**
 * The ledger once the request of an attempt is over. What was not sent is free to be tried again, unless it was tried
 * often or long enough. The owner of an attempt that somebody else has concluded as `unknown`, taking it for dead,
 * knows better: what it knows takes that place.
 *
 * @param retryWithinSeconds how long a drop may be put off because the API is busy
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
  if (ending) return conclude(ledger, ledger.attempt, ending, now);
  const isBusy = outcome.kind === 'notSent' && outcome.reason === 'busy';
  // Being told to wait is no failed attempt.
  const number = isBusy ? attempt.number - 1 : attempt.number;
  return { ...ledger, attempt: { ...attempt, state: 'claimed', number, leaseUntil: LEASE_OVER } };
}

/** The ledger when a drop ends that is not sent. An attempt that came before it has ended, too: its lease is over. */
export function withFailure(ledger: Ledger, drop: Drop, error: ResultError, now: Date): Ledger {
  const result: FinalResult = { status: 'failed', error, ...drop, finishedAt: now.toISOString() };
  return bounded({ ended: [...ledger.ended, { result }] });
}

/** What became of an attempt by this ledger; undefined while it is to be tried again. */
export function resultOfAttempt(ledger: Ledger, { owner }: Attempt): FinalResult | undefined {
  return ledger.ended.findLast((ended) => ended.owner === owner)?.result;
}

/** The result with the other drops of the folder that made a voice, or may have: a newer result hides none of them. */
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
 * Whether a person asked again, knowing how it ended: `result.json` says so, and had said so before the upload. S3
 * gives its time in whole seconds; within one second nobody reads a result and uploads again.
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

/** The same samples as before for a newer upload; noted, or the newer upload could later be taken for new. */
function reportAgain(ledger: Ledger, before: Ended, drop: CompleteDrop): Decision {
  const result: FinalResult = { ...before.result, ...drop };
  const ended = [...ledger.ended.filter((each) => each !== before), { ...before, result }];
  return { kind: 'report', ledger: bounded({ ...ledger, ended }), result };
}

type Ending = { status: 'succeeded'; voices: Voice[] } | { status: 'failed' | 'unknown'; error: ResultError };

function conclude({ ended }: Ledger, { owner, drop }: Attempt, ending: Ending, now: Date): Ledger {
  const result: FinalResult = { ...ending, ...drop, finishedAt: now.toISOString() };
  return bounded({ ended: [...ended, { owner, result }] });
}

/** Replaces the `unknown` of those who took the owner for dead. */
function correct(ledger: Ledger, { owner }: Attempt, ending: Ending, now: Date): Ledger {
  const wrong = ledger.ended.find((ended) => ended.owner === owner && ended.result.status === 'unknown');
  if (!wrong || ending.status === 'unknown') return ledger;
  const { samples, ignored, manifest, fingerprint, subOrganizationId, upload, requestId } = wrong.result;
  const drop = { samples, ignored, manifest, fingerprint, subOrganizationId, upload, requestId };
  const right: Ended = { owner, result: { ...ending, ...drop, finishedAt: now.toISOString() } };
  return { ...ledger, ended: ledger.ended.map((ended) => (ended === wrong ? right : ended)) };
}

/** Another attempt has taken the place of this one before it had sent everything; only a voice is worth noting. */
function addKnowledge(ledger: Ledger, attempt: Attempt, ending: Ending | undefined, now: Date): Ledger {
  if (!ending || ending.status === 'failed') return ledger;
  return { ...conclude(ledger, attempt, ending, now), ...(ledger.attempt && { attempt: ledger.attempt }) };
}

/** Undefined for what is to be tried again. */
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

function giveUpOn(
  outcome: Extract<AttemptOutcome, { kind: 'notSent' }>,
  { number, since }: Attempt,
  now: Date,
  retryWithinSeconds: number,
): Ending | undefined {
  const status = 'status' in outcome ? outcome.status : undefined;
  const answer = { ...(status !== undefined && { httpStatus: status }), apiMessage: outcome.message };
  switch (outcome.reason) {
    case 'busy': {
      const { retryAfterSeconds } = outcome;
      const nextTry = now.getTime() + (retryAfterSeconds ?? 0) * 1000;
      return nextTry < Date.parse(since) + retryWithinSeconds * 1000
        ? undefined
        : endingOf({ code: 'RATE_LIMITED', retryAfterSeconds }, answer);
    }
    case 'closed':
      return number < MAX_CLOSED_CONNECTIONS
        ? undefined
        : endingOf({ code: 'API_CLOSED_CONNECTION' }, answer);
    case 'unreachable':
    case 'timeout':
    case 'cancelled':
    case 'server-error':
    case 'sample':
    case 'overtaken':
      return number < MAX_ATTEMPTS ? undefined : endingOf(gaveUp, answer);
  }
}

const gaveUp: Fault = { code: 'GAVE_UP', attempts: MAX_ATTEMPTS };
const ownerDied: Fault = {
  code: 'OUTCOME_UNKNOWN',
  why: 'the function was stopped while it waited for Callers',
};

function endingOf(fault: Fault, answer?: Pick<ResultError, 'httpStatus' | 'apiMessage'>): Ending {
  return {
    status: fault.code === 'OUTCOME_UNKNOWN' || fault.code === 'INVALID_RESPONSE' ? 'unknown' : 'failed',
    error: errorOf(fault, answer),
  };
}

function rejected({ status, message }: Extract<CloneOutcome, { kind: 'rejected' }>): Ending {
  const isKeyRejected = status === 401 || status === 403;
  return endingOf(
    isKeyRejected
      ? { code: 'API_KEY_REJECTED' }
      : { code: 'API_REJECTED', message, mayExist: status === 409 },
    { httpStatus: status, apiMessage: message },
  );
}

function unknown({ reason, status, message, body = '' }: Extract<CloneOutcome, { kind: 'unknown' }>): Ending {
  const answer = status === undefined ? {} : { httpStatus: status };
  return reason === 'invalid-response'
    ? endingOf({ code: 'INVALID_RESPONSE' }, { ...answer, apiMessage: body })
    : endingOf({ code: 'OUTCOME_UNKNOWN', why: message }, answer);
}

/** A ledger is read and written with each drop of its folder: this much costs no time that anybody notices. */
const MAX_LEDGER_BYTES = 200 * 1024;
/** The samples of drops that ended longer ago are in no result that could still be written. */
const ENDED_WITH_SAMPLES = 2;

/**
 * Forgets what matters least when there is too much: samples of old drops, then failures, then the oldest. About 400
 * voices in one folder are remembered.
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
  const { samples: _, ignored: __, ...result } = ended.result;
  return { ...ended, result };
}
