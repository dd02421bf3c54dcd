import type { S3Client } from '@aws-sdk/client-s3';
import { recordingsOf } from '../../voice-folder/identity.ts';
import {
  folderUrl,
  ledgerOf,
  manifestAt,
  type ObjectName,
  sameShapeOf,
  type StatePlace,
} from '../../voice-folder/names.ts';
import { compareRecordings, type LedgerOfFolder, type Sameness } from '../../voice-folder/same-recordings.ts';
import { LedgerRefused, readLedger } from '../../voice-folder/s3/ledger-file.ts';
import { noteFolder } from '../../voice-folder/s3/same-shape-file.ts';
import type { Claim } from './claim.ts';
import type { S3Clock } from './s3-clock.ts';

/** The recordings are not new, so the request must not be completed. */
export class NotNew extends Error {
  override readonly name = 'NotNew';
  readonly sameness: Exclude<Sameness, { kind: 'new' }>;

  constructor(sameness: NotNew['sameness']) {
    super('the same recordings were sent before');
    this.sameness = sameness;
  }
}

/** Keeps recordings from being paid for twice, whatever their folder is called. */
export interface RecordingsGate {
  /** Resolves with the claim; after an earlier attempt has read the recordings, only once they are known to be new. */
  mayBegin: Promise<unknown>;
  /** Rejects with {@link NotNew} as soon as that is certain, before they were sent; otherwise never settles. */
  stop: Promise<never>;
  /** What is certain before they were sent, once the other folders were looked at. */
  known: Promise<NotNew | undefined>;
  /**
   * To be awaited when all bytes have passed.
   *
   * @returns the hash of the recordings (voice-folder/identity.ts)
   * @throws {NotNew} if they were sent before, or are being sent; also S3's errors
   */
  pass(digests: readonly string[]): Promise<string>;
}

/**
 * Notes in the list of this shape that the folder has claimed it, and looks at the other folders that did. This happens while the
 * samples stream, so it takes no extra time.
 *
 * @param claimed resolves when the claim is written, which must come first (see `noteFolder`)
 */
export function openRecordingsGate(
  { s3, clock, place }: { s3: S3Client; clock: S3Clock; place: StatePlace },
  manifest: ObjectName,
  claimed: Promise<Claim>,
): RecordingsGate {
  const folder = folderUrl(manifest);
  const looked = claimed.then(async (claim) => {
    const list = sameShapeOf(place, manifest.bucket, claim.attempt.drop.shape);
    const folders = await noteFolder(s3, list, folder);
    return Promise.all(folders.map((other) => readOther(s3, place, other)));
  });
  const judge = async (others: readonly LedgerOfFolder[], recordings?: string): Promise<void> => {
    const claim = await claimed;
    const own = { folder, ledger: claim.ledger() };
    const sameness = compareRecordings(claim.attempt, own, others, recordings, clock.now());
    if (sameness.kind !== 'new') throw new NotNew(sameness);
  };
  const known = looked
    .then(async (others) => judge(others, (await claimed).attempt.recordings))
    .then(
      () => undefined,
      (error: unknown) => (error instanceof NotNew ? error : undefined),
    );
  const stop = new Promise<never>((_, reject) => {
    void known.then((notNew) => notNew && reject(notNew));
  });
  stop.catch(() => {});
  const mayBegin = claimed.then(async ({ attempt }) => {
    const notNew = attempt.recordings === undefined ? undefined : await known;
    if (notNew) throw notNew;
  });
  mayBegin.catch(() => {});
  return {
    mayBegin,
    stop,
    known,
    async pass(digests) {
      // What was being sent then may have ended by now, and its lease, too.
      const others = (await looked).map(async (other) =>
        other.ledger?.attempt ? readOther(s3, place, other.folder) : other,
      );
      const recordings = recordingsOf(digests);
      await judge(await Promise.all(others), recordings);
      return recordings;
    },
  };
}

async function readOther(s3: S3Client, place: StatePlace, folder: string): Promise<LedgerOfFolder> {
  try {
    const { ledger } = await readLedger(s3, ledgerOf(place, manifestAt(folder)));
    return { folder, ledger };
  } catch (error) {
    if (error instanceof LedgerRefused) return { folder, ledger: undefined };
    throw error;
  }
}
