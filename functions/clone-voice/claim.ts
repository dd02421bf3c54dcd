import type { S3Client } from '@aws-sdk/client-s3';
import type { Hint } from '../../shared/hints.ts';
import type { CloneOutcome } from '../../shared/outcome.ts';
import type { Withheld } from '../../voice-folder/ending.ts';
import { afterRequest, markPosting } from '../../voice-folder/ledger.ts';
import type { Attempt, Ledger } from '../../voice-folder/ledger-schema.ts';
import type { ObjectName } from '../../voice-folder/names.ts';
import {
  LedgerRefused,
  type StoredLedger,
  updateLedger,
  writeLedger,
} from '../../voice-folder/s3/ledger-file.ts';
import type { S3Clock } from './s3-clock.ts';

/** Another invocation has taken over the attempt, so the request must not be completed. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';

  constructor() {
    super('another invocation has taken over');
  }
}

/** An invocation's claim on a folder, from the write that takes it to the write that records the outcome. */
export interface Claim {
  attempt: Attempt;
  /** The ledger as last seen. */
  ledger: () => Ledger;
  /**
   * Records that a voice may exist from now on. Each request needs its own: the host may have been frozen since the one
   * before.
   *
   * @param recordings the hash of what was read (voice-folder/identity.ts)
   * @throws {Overtaken} if another owner has taken over the attempt, the lease is over, or the request has ended; also S3's errors
   */
  post(recordings: string): Promise<void>;
  /**
   * Records the outcome of the request, with hints at the samples, and returns the ledger. Can be repeated if it fails.
   *
   * @throws {Unrecorded} if S3 refuses the ledger; also S3's other errors
   */
  end(
    outcome: CloneOutcome | Withheld,
    now: Date,
    retryWithinSeconds: number,
    hints: readonly Hint[],
  ): Promise<Ledger>;
}

/** An outcome cannot be recorded; `ledger` is what should have been stored. */
export class Unrecorded extends LedgerRefused {
  readonly ledger: Ledger;

  constructor(refused: LedgerRefused, ledger: Ledger) {
    const { message, cause, isDamaged } = refused;
    super(message, { cause, isDamaged });
    this.ledger = ledger;
  }
}

/**
 * Takes the claim if the ledger has not changed; otherwise returns the current ledger. `text` is the ledger as it is stored.
 */
export async function takeClaim(
  { s3, clock }: { s3: S3Client; clock: S3Clock },
  name: ObjectName,
  { ledger, attempt, text }: { ledger: Ledger; attempt: Attempt; text: string },
  was: StoredLedger,
): Promise<{ claim: Claim } | { lostTo: StoredLedger }> {
  const taken = await writeLedger(s3, name, ledger, was, text);
  if (!taken.written) return { lostTo: taken.stored };
  let { stored } = taken;
  /** With the recordings that were read, once they are known. */
  let current = attempt;
  let posting: Promise<void> | undefined;
  let isEnding = false;

  async function post(recordings: string): Promise<void> {
    // The request was stopped while other folders were looked at.
    if (isEnding) throw new Overtaken();
    current = { ...attempt, recordings };
    const posted = await updateLedger(s3, name, stored, (found) => markPosting(found, attempt, recordings));
    if (!posted) throw new Overtaken();
    stored = posted;
    // If this host was frozen past its lease, another delivery may already have reported it as dead.
    if (clock.now() >= new Date(attempt.leaseUntil)) throw new Overtaken();
  }

  return {
    claim: {
      attempt,
      ledger: () => stored.ledger,
      post: (recordings) => (posting = post(recordings)),
      async end(outcome, now, retryWithinSeconds, hints) {
        isEnding = true;
        // The answer may arrive before `post` is done. Ignore its errors: the next write to the ledger shows
        // its result.
        await posting?.catch(() => {});
        const sent =
          hints.length > 0 ? { ...current, drop: { ...current.drop, hints: [...hints] } } : current;
        const change = (found: Ledger) => afterRequest(found, sent, outcome, now, retryWithinSeconds);
        const update = updateLedger(s3, name, stored, change).catch((error: unknown) => {
          throw error instanceof LedgerRefused ? new Unrecorded(error, change(stored.ledger)) : error;
        });
        stored = (await update) ?? stored;
        return stored.ledger;
      },
    },
  };
}
