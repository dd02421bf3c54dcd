import * as z from 'zod/v4-mini';
import type { CloneOutcome, NotSent } from '../../shared/outcome.ts';
import type { SendOutcome } from './send-clone-request.ts';
import type { Voice } from '../../shared/voice.ts';
import { type Drop, type FinalResult, finalResultSchema } from '../../voice-folder/result.ts';
import { isNewerUpload } from '../../voice-folder/upload.ts';
import { errorOf, type Fault, type ResultError } from '../../voice-folder/errors.ts';

/**
 * The state machine that keeps a drop from being paid for twice. The API has no idempotency key and cannot be
 * asked what it did, so each step is written to S3, conditionally, before it is taken:
 *
 * ```
 * (none) ──▶ claimed {owner, lease, attempt}
 * claimed, lease live ──▶ defer
 * claimed, lease over ──▶ claimed (attempt + 1)              nothing was sent: safe; after 5 attempts ──▶ failed
 * claimed ──▶ posting                                        written before the first byte is sent
 * posting ──cloned──▶ succeeded
 * posting ──rejected, or a sample that must not be sent──▶ failed
 * posting ──not sent──▶ claimed with its lease over, and defer; given up ──▶ failed
 * posting ──unknown──▶ unknown
 * posting, lease live ──▶ defer
 * posting, lease over (its owner died) ──▶ unknown
 * succeeded ──▶ report it again
 * failed | unknown ──▶ report it again; uploaded again after it ended ──▶ claimed (a person asked to try again)
 * ```
 */
export type Claim = z.output<typeof claimSchema>;
export type Claimed = Extract<Claim, { state: 'claimed' }>;
export type Posting = Extract<Claim, { state: 'posting' }>;
export type Concluded = Exclude<Claim, Claimed | Posting>;

const lease = {
  upload: z.string(),
  /** Unique for each delivery: tells one's own write from another's when S3's answer to it was lost. */
  owner: z.string(),
  /** The owner is certainly dead after this time. */
  leaseUntil: z.iso.datetime(),
  attempt: z.int(),
  /** When the first of these attempts began. */
  since: z.iso.datetime(),
};

export const claimSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('claimed'), ...lease }),
  z.object({ state: z.literal('posting'), ...lease }),
  z.object({
    state: z.enum(['succeeded', 'failed', 'unknown']),
    upload: z.string(),
    result: finalResultSchema,
  }),
]);

/** A message that asks for a drop to be cloned, at the moment of looking at the claim. */
export interface Delivery {
  owner: string;
  drop: Drop;
  uploadedAt: Date;
  now: Date;
  /** When this function is certainly over. */
  leaseUntil: Date;
}

/** What came of the API call; `refused` when a sample turned out, on the way, to be one that must not be sent. */
export type CallOutcome = SendOutcome | { kind: 'refused'; error: ResultError };

export type Decision =
  /** Write the claim, then post. */
  | { kind: 'claim'; claim: Claimed }
  /** Someone else is at it: look again later. */
  | { kind: 'defer' }
  /** Write the claim, then report its result: nothing is to be sent. */
  | { kind: 'conclude'; claim: Concluded }
  /** It has ended before: report its result. */
  | { kind: 'report'; result: FinalResult };

/** A crash, an API out of reach or a sample that cannot be read is tried this often altogether. */
const MAX_ATTEMPTS = 5;
/** An API that closes the connection in the middle does so for a reason: twice again is enough. */
const MAX_CLOSED_CONNECTIONS = 3;

/** What a delivery may do, given the claim that it found. */
export function onDelivery(claim: Claim | undefined, delivery: Delivery): Decision {
  if (!claim) return { kind: 'claim', claim: claimFor(delivery) };
  switch (claim.state) {
    case 'claimed':
      if (isLive(claim, delivery)) return { kind: 'defer' };
      if (claim.attempt >= MAX_ATTEMPTS)
        return {
          kind: 'conclude',
          claim: conclude(claim, delivery, { status: 'failed', error: errorOf(gaveUp) }),
        };
      return { kind: 'claim', claim: claimFor(delivery, claim) };
    case 'posting':
      if (isLive(claim, delivery)) return { kind: 'defer' };
      return {
        kind: 'conclude',
        claim: conclude(claim, delivery, { status: 'unknown', error: errorOf(ownerDied) }),
      };
    case 'succeeded':
      return report(claim, delivery);
    case 'failed':
    case 'unknown':
      return isUploadedAfter(claim, delivery)
        ? { kind: 'claim', claim: claimFor(delivery) }
        : report(claim, delivery);
  }
}

/** The last safe point: once this is written, a voice may exist. */
export function post(claim: Claimed): Posting {
  return { ...claim, state: 'posting' };
}

/**
 * The claim after the API call. For a call that was not sent it is free again, unless it was tried often or long
 * enough.
 *
 * @param retryWithinSeconds how long a drop may be put off because the API is busy
 */
export function onOutcome(
  claim: Posting,
  outcome: CallOutcome,
  delivery: Delivery,
  retryWithinSeconds: number,
): Claimed | Concluded {
  switch (outcome.kind) {
    case 'cloned':
      return conclude(claim, delivery, { status: 'succeeded', voices: outcome.voices });
    case 'rejected':
      return conclude(claim, delivery, rejected(outcome));
    case 'refused':
      return conclude(claim, delivery, { status: 'failed', error: outcome.error });
    case 'unknown':
      return conclude(claim, delivery, unknown(outcome));
    case 'notSent': {
      const error = giveUpOn(outcome, claim, delivery.now, retryWithinSeconds);
      if (error) return conclude(claim, delivery, { status: 'failed', error });
      const free = release(claim, delivery.now);
      // Being told to wait is no failed attempt.
      return isBusy(outcome) ? { ...free, attempt: claim.attempt - 1 } : free;
    }
  }
}

/** Gives a claim up for whoever comes next, because nothing was sent. */
function release(claim: Posting, now: Date): Claimed {
  return { ...claim, state: 'claimed', leaseUntil: now.toISOString() };
}

function claimFor({ owner, drop, now, leaseUntil }: Delivery, previous?: Claimed): Claimed {
  return {
    state: 'claimed',
    upload: newest(drop.upload, previous?.upload),
    owner,
    leaseUntil: leaseUntil.toISOString(),
    attempt: (previous?.attempt ?? 0) + 1,
    since: previous?.since ?? now.toISOString(),
  };
}

type Ending = { status: 'succeeded'; voices: Voice[] } | { status: 'failed' | 'unknown'; error: ResultError };

function conclude(claim: Claimed | Posting, { drop, now }: Delivery, ending: Ending): Concluded {
  const upload = newest(drop.upload, claim.upload);
  const result: FinalResult = { ...ending, ...drop, upload, finishedAt: now.toISOString() };
  return { state: ending.status, upload, result };
}

function report({ result }: Concluded, { drop }: Delivery): Decision {
  return { kind: 'report', result: { ...result, upload: newest(drop.upload, result.upload) } };
}

function newest(upload: string, other: string | undefined): string {
  return other !== undefined && isNewerUpload(other, upload) ? other : upload;
}

/** Whether the owner of a claim may still be alive. */
export function isLive(claim: Claimed | Posting, { now }: Pick<Delivery, 'now'>): boolean {
  return now.getTime() < Date.parse(claim.leaseUntil);
}

/**
 * Whether a person asked again, knowing how it ended. The event must be a newer one, and its upload must have
 * happened after the end: two uploads in a row are no answer to an outcome that nobody had seen yet.
 */
function isUploadedAfter(claim: Concluded, { drop, uploadedAt }: Delivery): boolean {
  return (
    isNewerUpload(drop.upload, claim.upload) && uploadedAt.getTime() > Date.parse(claim.result.finishedAt)
  );
}

function giveUpOn(
  outcome: Extract<SendOutcome, { kind: 'notSent' }>,
  claim: Posting,
  now: Date,
  retryWithinSeconds: number,
): ResultError | undefined {
  const answer = {
    ...('status' in outcome && outcome.status !== undefined && { httpStatus: outcome.status }),
    apiMessage: outcome.message,
  };
  if (isBusy(outcome)) {
    const { retryAfterSeconds } = outcome;
    const nextTry = now.getTime() + (retryAfterSeconds ?? 0) * 1000;
    if (nextTry < Date.parse(claim.since) + retryWithinSeconds * 1000) return undefined;
    return errorOf({ code: 'RATE_LIMITED', retryAfterSeconds }, answer);
  }
  if (outcome.reason === 'closed') {
    return claim.attempt < MAX_CLOSED_CONNECTIONS
      ? undefined
      : errorOf({ code: 'API_CLOSED_CONNECTION' }, answer);
  }
  return claim.attempt < MAX_ATTEMPTS ? undefined : errorOf(gaveUp, answer);
}

function isBusy(
  outcome: Extract<SendOutcome, { kind: 'notSent' }>,
): outcome is Extract<NotSent, { reason: 'busy' }> {
  return outcome.reason === 'busy';
}

const gaveUp = { code: 'GAVE_UP', attempts: MAX_ATTEMPTS } as const;
const ownerDied = {
  code: 'OUTCOME_UNKNOWN',
  why: 'the function was stopped while it waited for Callers',
} as const;

function rejected({ status, message }: Extract<CloneOutcome, { kind: 'rejected' }>): Ending {
  const fault: Fault =
    status === 401 || status === 403 ? { code: 'API_KEY_REJECTED' } : { code: 'API_REJECTED', message };
  return { status: 'failed', error: errorOf(fault, { httpStatus: status, apiMessage: message }) };
}

function unknown({ reason, status, message, body = '' }: Extract<CloneOutcome, { kind: 'unknown' }>): Ending {
  const answer = status === undefined ? {} : { httpStatus: status };
  const error =
    reason === 'invalid-response'
      ? errorOf({ code: 'INVALID_RESPONSE' }, { ...answer, apiMessage: body })
      : errorOf({ code: 'OUTCOME_UNKNOWN', why: message }, answer);
  return { status: 'unknown', error };
}
