import type { CloneOutcome } from '../shared/outcome.ts';
import { endingOf, endOf, gaveUp, MAX_ATTEMPTS, ownerDied, WAITED_FOR, type Withheld } from './ending.ts';
import type { Failure } from './fault.ts';
import type { Attempt, CompleteDrop, Ended, Ending, Ledger } from './ledger-schema.ts';
import { asksAgain, type ResultId, sawAnother, sawThis } from './mark.ts';
import type { ObjectName } from './names.ts';
import { type Drop, isFinal, type Result, voicesOnlyIn } from './result.ts';
import { isNewerUpload } from './upload.ts';

/*
 * The ledger is the history of one voice folder: the running attempt, if any, and how each drop ended. It is a single
 * object in the state bucket, changed only by S3 conditional writes, so "was this upload handled?" and "were
 * these samples cloned?" are answered atomically.
 *
 * The API has no idempotency key and cannot be queried, so each step is recorded here before it is taken:
 *
 * ```
 * (none) ──▶ claimed                             the samples are streaming; the end of the body is held back
 * claimed | posting, lease live ──▶ defer        one attempt at a time per folder; no lease is longer than 20 minutes
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
 * failed | unknown, the same, result shown before that upload ──▶ claimed: a person asked to try again
 * failed | unknown, the same, result not shown before ──▶ report it for the newer upload
 * any, an upload that asks for another voice after exactly this result ──▶ claimed
 * a voice of the same drop that only result.json knows ──▶ report it: the ledger was put back to an older version
 * ```
 */

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

/** What a delivery has to do. */
export type Decision =
  /** Write the ledger, then send. */
  | { kind: 'claim'; ledger: Ledger; attempt: Attempt }
  /** Write the ledger, which now ends an attempt whose owner died, report that, and decide again. */
  | { kind: 'conclude'; ledger: Ledger; ended: Ended }
  /** Write the ledger, if given, then report. Nothing is sent. */
  | { kind: 'report'; ledger?: Ledger; ended: Ended; isPublished?: true }
  /** The ledger allows this drop, but the folder cannot be sent as it is. */
  | { kind: 'proceed' }
  /** Another attempt is running: check again later. */
  | { kind: 'defer' }
  /** This upload was handled, or a newer one. */
  | { kind: 'superseded' };

/** In the past by any clock. */
const LEASE_OVER = new Date(0).toISOString();

/** Decides what a delivery may do, given the folder's ledger. */
export function decide(ledger: Ledger, delivery: Delivery): Decision {
  const { attempt } = ledger;
  const { drop, upload, now, shown } = delivery;
  const answered = ledger.ended.findLast((ended) => ended.drop.upload === upload);
  const before = drop && ledger.ended.findLast((ended) => isSameDrop(ended.drop, drop));
  if (uploadsIn(ledger).some((other) => isNewerUpload(other, upload))) return { kind: 'superseded' };
  if (attempt) {
    if (isLive(attempt, now)) return { kind: 'defer' };
    if (attempt.state === 'posting') return conclude(ledger, attempt, ownerDied, now);
  }
  if (!answered && shown?.result && isFinal(shown.result)) {
    // The ledger was lost or put back to an older version, but not what became of this upload.
    if (shown.result.upload === upload) return { kind: 'superseded' };
    const voice = before ? undefined : voiceOnlyShown(ledger, delivery);
    if (voice) return { kind: 'report', ended: voice, isPublished: true };
  }
  if (attempt) {
    if (attempt.number >= MAX_ATTEMPTS) return conclude(ledger, attempt, endingOf(gaveUp), now);
    // The claim for these samples was granted before; retrying it needs no new request from a person.
    if (drop && isSameDrop(attempt.drop, drop)) return claim(ledger, drop, delivery);
  }
  if (answered) return { kind: 'report', ended: answered };
  if (!drop) return { kind: 'proceed' };
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
  if (ending) {
    const { recordings = outcome.kind === 'same' ? outcome.ended.recordings : undefined, ...found } =
      ledger.attempt;
    const last = withHints({ ...found, recordings }, attempt.drop);
    return conclude(ledger, last, ending, now, clonedFrom).ledger;
  }
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
export function isPublished({ ended }: Ledger, result: ResultId): boolean {
  return ended.some((each) => each.published && isResultOf(each, result));
}

/** Notes that a result was published, for when `result.json` cannot say so. */
export function withPublished(ledger: Ledger, result: ResultId): Ledger {
  const ended = ledger.ended.map((each) =>
    isResultOf(each, result) ? { ...each, published: true as const } : each,
  );
  return { ...ledger, ended };
}

/** Whether a result is about this end of a drop. Several may end at the same time, which is S3's, in whole seconds. */
export function isResultOf(ended: Ended, { upload, finishedAt }: ResultId): boolean {
  return ended.drop.upload === upload && ended.finishedAt === finishedAt;
}

/** Whether two drops surely have the same recordings and settings. */
export function isSameDrop(
  one: { fingerprint?: string | undefined; shape?: string | undefined },
  other: { fingerprint: string; shape: string },
): boolean {
  return one.shape === other.shape && one.fingerprint === other.fingerprint;
}

/**
 * Whether the owner of an attempt may still be alive. No owner has a longer lease than the longest: the clock of a store of
 * one's own may have been years ahead, and no folder may wait until then. If the owner is alive, it finds the ledger changed,
 * as after any lease.
 */
export function isLive({ leaseUntil }: Attempt, now: Date): boolean {
  const left = Date.parse(leaseUntil) - now.getTime();
  return left > 0 && left < LONGEST_LEASE;
}

/** In milliseconds: Lambda's limit of a quarter of an hour, and a margin. */
const LONGEST_LEASE = 20 * 60_000;

/** Whether a person asked to try again, knowing how these recordings ended. */
export function wasTold(ended: Ended, told: Attempt['told']): boolean {
  const { status } = ended.ending;
  return status !== 'succeeded' && told?.status === status && isResultOf(ended, told);
}

function uploadsIn({ attempt, ended }: Ledger): string[] {
  const uploads = ended.map(({ drop }) => drop.upload);
  return attempt ? [...uploads, attempt.drop.upload] : uploads;
}

/** S3's times are in whole seconds, so two of them are more than one second apart only from a difference of two. */
const SECONDS_TO_READ = 2;

/** The outcome that `result.json` showed before the upload. */
function toldBy({ shown, uploadedAt, isCopy, metadata, manifest }: Delivery): Attempt['told'] {
  if (!shown?.result || !isFinal(shown.result)) return undefined;
  // Perhaps nobody has read the outcome, and there may be a voice.
  if (shown.result.status === 'unknown' && (isCopy || sawAnother(metadata, manifest, shown.result)))
    return undefined;
  const isLater = inSeconds(uploadedAt) - inSeconds(shown.lastModified) >= SECONDS_TO_READ;
  if (!isLater && !sawThis(metadata, manifest, shown.result)) return undefined;
  const { status, upload, finishedAt } = shown.result;
  return { status, upload, finishedAt };
}

/** Whether the upload asks for another voice after the folder's last result. */
function isAskedAgain(ledger: Ledger, { manifest, metadata, shown }: Delivery): boolean {
  const last = ledger.ended.at(-1);
  const seen =
    voicesOnlyIn(shown?.result, ledger)[0] ??
    (last && { upload: last.drop.upload, finishedAt: last.finishedAt });
  return seen !== undefined && asksAgain(metadata, manifest, seen);
}

/** How these recordings became a voice that only `result.json` knows. It is not recorded: others can write that file. */
function voiceOnlyShown(ledger: Ledger, delivery: Delivery): Ended | undefined {
  const { drop, shown } = delivery;
  if (!drop || isAskedAgain(ledger, delivery)) return undefined;
  const made = voicesOnlyIn(shown?.result, ledger).find((each) => isSameDrop(each, drop));
  if (!made) return undefined;
  const { voices, finishedAt } = made;
  return { drop, ending: { status: 'succeeded', voices }, finishedAt };
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
