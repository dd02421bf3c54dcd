import type { S3Client } from '@aws-sdk/client-s3';
import {
  afterRequest,
  type Attempt,
  type AttemptOutcome,
  type Ledger,
  markPosting,
} from '../../voice-folder/ledger.ts';
import { type StoredLedger, updateLedger, writeLedger } from '../../voice-folder/ledger-file.ts';
import type { ObjectName } from '../../voice-folder/names.ts';
import type { S3Clock } from './s3-clock.ts';

/** Another invocation has taken the attempt over: what is being sent must not arrive whole. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';

  constructor() {
    super('another invocation has taken over');
  }
}

/** An invocation's claim on a folder, from the write that takes it to the one that says how it ended. */
export interface Claim {
  attempt: Attempt;
  /**
   * Writes that a voice may exist from now on; once, however often it is called.
   *
   * @throws {Overtaken} when the attempt is somebody else's by now; whatever S3 throws
   */
  post(): Promise<void>;
  /** Writes how the request ended, and gives back the ledger. Safe to be called again when it failed. */
  end(outcome: AttemptOutcome, now: Date, retryWithinSeconds: number): Promise<Ledger>;
}

/** Takes the claim if the ledger is still as it was; otherwise gives back the ledger as it is now. */
export async function takeClaim(
  { s3, clock }: { s3: S3Client; clock: S3Clock },
  name: ObjectName,
  { ledger, attempt }: { ledger: Ledger; attempt: Attempt },
  was: StoredLedger,
): Promise<{ claim: Claim } | { lostTo: StoredLedger }> {
  const taken = await writeLedger(s3, name, ledger, was);
  if (!taken.written) return { lostTo: taken.stored };
  let { stored } = taken;
  let posting: Promise<void> | undefined;

  async function post(): Promise<void> {
    const posted = await updateLedger(s3, name, stored, (found) => markPosting(found, attempt));
    if (!posted) throw new Overtaken();
    stored = posted;
    // This host may have been frozen since: others then took it for dead, and told a person so.
    if (clock.now() >= new Date(attempt.leaseUntil)) throw new Overtaken();
  }

  return {
    claim: {
      attempt,
      post: () => (posting ??= post()),
      async end(outcome, now, retryWithinSeconds) {
        // An answer may come while it is being written. What became of it shows when the ledger is written next.
        await posting?.catch(() => {});
        const change = (found: Ledger) => afterRequest(found, attempt, outcome, now, retryWithinSeconds);
        stored = (await updateLedger(s3, name, stored, change)) ?? stored;
        return stored.ledger;
      },
    },
  };
}
