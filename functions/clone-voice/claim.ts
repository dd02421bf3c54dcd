import * as z from 'zod/v4-mini';
import type { CloneOutcome, NotSent } from '../../shared/send-clone-request.ts';
import type { Voice } from '../../shared/voice.ts';
import { type Drop, type FinalResult, finalResultSchema, type ResultError } from './result.ts';
import { isNewerUpload } from './upload-events.ts';

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
export type CallOutcome = CloneOutcome | { kind: 'refused'; error: ResultError };

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
        return { kind: 'conclude', claim: conclude(claim, delivery, gaveUp()) };
      return { kind: 'claim', claim: claimFor(delivery, claim) };
    case 'posting':
      if (isLive(claim, delivery)) return { kind: 'defer' };
      return { kind: 'conclude', claim: conclude(claim, delivery, ownerDied()) };
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

const TRY_AGAIN = 'upload manifest.json again';

function giveUpOn(
  outcome: NotSent,
  claim: Posting,
  now: Date,
  retryWithinSeconds: number,
): ResultError | undefined {
  const details = {
    ...(outcome.status !== undefined && { httpStatus: outcome.status }),
    apiMessage: outcome.message,
  };
  if (isBusy(outcome)) {
    const nextTry = now.getTime() + (outcome.retryAfterSeconds ?? 0) * 1000;
    if (nextTry < Date.parse(claim.since) + retryWithinSeconds * 1000) return undefined;
    const wait = outcome.retryAfterSeconds ? ` It asks to wait ${outcome.retryAfterSeconds} seconds.` : '';
    return {
      code: 'RATE_LIMITED',
      message: `Callers is too busy to take the request.${wait} No voice was made: ${TRY_AGAIN} later.`,
      ...details,
    };
  }
  if (outcome.reason === 'closed') {
    if (claim.attempt < MAX_CLOSED_CONNECTIONS) return undefined;
    return {
      code: 'API_CLOSED_CONNECTION',
      message:
        'Callers closed the connection before the samples were sent. Usually the API key or the size of the ' +
        `samples is the reason. No voice was made: check both, then ${TRY_AGAIN}.`,
      ...details,
    };
  }
  return claim.attempt < MAX_ATTEMPTS ? undefined : { ...gaveUp().error, ...details };
}

function isBusy(outcome: NotSent): outcome is Extract<NotSent, { reason: 'rate-limited' | 'unavailable' }> {
  return outcome.reason === 'rate-limited' || outcome.reason === 'unavailable';
}

function gaveUp(): { status: 'failed'; error: ResultError } {
  return {
    status: 'failed',
    error: {
      code: 'GAVE_UP',
      message: `The request could not be sent in ${MAX_ATTEMPTS} attempts. No voice was made: ${TRY_AGAIN} to try anew.`,
    },
  };
}

function rejected(outcome: Extract<CloneOutcome, { kind: 'rejected' }>): Ending {
  const answer = { httpStatus: outcome.status, apiMessage: outcome.message };
  if (outcome.status === 401 || outcome.status === 403) {
    return {
      status: 'failed',
      error: {
        code: 'API_KEY_REJECTED',
        message:
          'Callers did not accept the API key, or the key may not use this sub-organization. No voice was made: ' +
          `have the stored key checked, then ${TRY_AGAIN}.`,
        ...answer,
      },
    };
  }
  return {
    status: 'failed',
    error: {
      code: 'API_REJECTED',
      message: `Callers did not accept the request: ${outcome.message}. No voice was made: correct it, then ${TRY_AGAIN}.`,
      ...answer,
    },
  };
}

const LOOK_FIRST = `A voice may have been made. Look at your voices in Callers, and ${TRY_AGAIN} only if the voice is not there.`;

function unknown(outcome: Extract<CloneOutcome, { kind: 'unknown' }>): Ending {
  const answer = outcome.status === undefined ? {} : { httpStatus: outcome.status };
  return outcome.reason === 'invalid-response'
    ? {
        status: 'unknown',
        error: {
          code: 'INVALID_RESPONSE',
          message: `Callers took the request, but its answer makes no sense. ${LOOK_FIRST}`,
          ...answer,
          apiMessage: outcome.body ?? '',
        },
      }
    : {
        status: 'unknown',
        error: {
          code: 'OUTCOME_UNKNOWN',
          message: `The samples were sent, but how it ended is not known: ${outcome.message}. ${LOOK_FIRST}`,
          ...answer,
        },
      };
}

function ownerDied(): Ending {
  return {
    status: 'unknown',
    error: {
      code: 'OUTCOME_UNKNOWN',
      message: `The function was stopped while it waited for Callers. ${LOOK_FIRST}`,
    },
  };
}
