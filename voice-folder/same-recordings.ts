import { endingOf, ownerDied } from './ending.ts';
import { isLive, isSameDrop, wasTold } from './ledger.ts';
import type { Attempt, Ended, Ledger } from './ledger-schema.ts';

/** The ledger of a folder that claimed the same shape. */
export interface LedgerOfFolder {
  /** `s3://bucket/folder/` */
  folder: string;
  /** Undefined if it cannot be read. */
  ledger: Ledger | undefined;
}

/** What is known of the recordings that an attempt is about to send. */
export type Sameness =
  | { kind: 'new' }
  /** They were cloned, or may have been, by this folder's earlier drop, or by another folder's (`clonedFrom`). */
  | { kind: 'same'; ended: Ended; clonedFrom?: string }
  /** Another folder is sending them right now, or what may be them. */
  | { kind: 'running'; recordings?: string };

/**
 * Compares an attempt's recordings with those of earlier drops of the same shape, so that the same recordings are paid
 * for once, even if a folder was renamed, copied or encrypted again.
 *
 * - Cloned: the attempt ends with that voice, unless the person asked for another.
 * - Unknown, or its owner died when a voice may have been made: unknown, unless this folder's own result said so and the
 *   person uploaded again; not if that is only what another folder learned from this one.
 * - Being sent, perhaps: wait; what was read is remembered, so that it is not sent again to find that out. Whoever claims
 *   after this attempt sees it.
 * - Failed, or never completely sent: new.
 * - Unreadable: it may have been cloned, so unknown.
 *
 * @param recordings the hash of what was read (identity.ts); undefined while it streams: then only equal fingerprints
 *   count, and what is known of them
 */
export function compareRecordings(
  attempt: Attempt,
  own: { folder: string; ledger: Ledger },
  others: readonly LedgerOfFolder[],
  recordings: string | undefined,
  now: Date,
): Sameness {
  const read = recordings ?? recordingsOfEqual(attempt, [own, ...others]);
  const isSame: IsSame = (drop, known) =>
    isSameDrop(drop, attempt.drop) ||
    (drop.shape === attempt.drop.shape && known !== undefined && known === read);
  const running = others.some(({ ledger }) => {
    const other = ledger?.attempt;
    if (!other || !isLive(other, now)) return false;
    // All bytes of this attempt have passed; those of the other may turn out to be the same.
    const mayBeSame = recordings !== undefined && other.recordings === undefined;
    return mayBeSame ? other.drop.shape === attempt.drop.shape : isSame(other.drop, other.recordings);
  });
  const wait = { kind: 'running' as const, ...(recordings !== undefined && { recordings }) };
  if (attempt.again) return running ? wait : { kind: 'new' };

  const known = others.flatMap((other) => inOther(other, attempt, own.folder, isSame, now));
  const all = [...inOwn(own.ledger, attempt.told, isSame), ...known];
  const cloned = all.find(({ ended }) => ended.ending.status === 'succeeded');
  if (cloned) return cloned;
  if (running) return wait;
  const unknown = all.find((each) => !wasToldOf(each, own.ledger, attempt.told, isSame));
  return unknown ?? { kind: 'new' };
}

type Same = Extract<Sameness, { kind: 'same' }>;

/** Whether a drop surely has the recordings of the attempt, by what is known of both. */
type IsSame = (drop: Ended['drop'], recordings: string | undefined) => boolean;

/** The hash of an attempt's recordings if those of an equal drop have been read. */
function recordingsOfEqual(
  { drop }: Attempt,
  folders: readonly Pick<LedgerOfFolder, 'ledger'>[],
): string | undefined {
  const all = folders.flatMap(({ ledger }) => ledger?.ended ?? []);
  return all.find((each) => each.recordings !== undefined && isSameDrop(each.drop, drop))?.recordings;
}

/** The same recordings in an earlier drop of this folder, unless the person was told and uploaded them again. */
function inOwn(ledger: Ledger, told: Attempt['told'], isSame: IsSame): Same[] {
  const ended = lastIn(ledger, isSame);
  const isNews = ended && !wasTold(ended, told) && !unknownBeforeFailure(ledger, told)(ended);
  return isNews ? [{ kind: 'same', ended }] : [];
}

/** The same recordings in another folder, unless that is only what it learned from this one. */
function inOther(
  { folder, ledger }: LedgerOfFolder,
  attempt: Attempt,
  ownFolder: string,
  isSame: IsSame,
  now: Date,
): Same[] {
  const ended = ledger
    ? (deadIn(ledger, isSame, now) ?? lastIn(ledger, isSame))
    : unreadable(folder, attempt);
  const isEcho = ended?.clonedFrom === ownFolder && isUnknown(ended);
  return ended && !isEcho ? [{ kind: 'same', ended, clonedFrom: ended.clonedFrom ?? folder }] : [];
}

/** Whether a result of this folder told the person of it: each was shown before the next was recorded. */
function wasToldOf({ ended, clonedFrom }: Same, own: Ledger, told: Attempt['told'], isSame: IsSame): boolean {
  const isBeforeFailure = unknownBeforeFailure(own, told);
  return own.ended.some(
    (each) =>
      (told?.status === 'unknown' || isBeforeFailure(each)) &&
      clonedFrom !== undefined &&
      each.clonedFrom === clonedFrom &&
      isSame(each.drop, each.recordings) &&
      // Not of what the other folder sent since.
      (ended.clonedFrom !== undefined ||
        Date.parse(ended.finishedAt) < Date.parse(each.finishedAt) + CLOCKS_DIFFER),
  );
}

/** In milliseconds: S3's times are in whole seconds. Nobody acts on a result sooner. */
const CLOCKS_DIFFER = 2_000;

/** The last of the same drops that made a voice, or may have. */
function lastIn({ ended }: Ledger, isSame: IsSame): Ended | undefined {
  return ended.findLast(
    ({ drop, recordings, ending }) => ending.status !== 'failed' && isSame(drop, recordings),
  );
}

/**
 * Which unknown ends came before a failure of the same drop that the person was told of: before they tried again, they had
 * been told of those, too.
 */
function unknownBeforeFailure({ ended }: Ledger, told: Attempt['told']): (end: Ended) => boolean {
  const failure = ended.findLast((each) => each.ending.status === 'failed' && wasTold(each, told));
  return (end) =>
    isUnknown(end) &&
    failure !== undefined &&
    end.drop.shape === failure.drop.shape &&
    end.drop.fingerprint === failure.drop.fingerprint &&
    ended.indexOf(end) < ended.indexOf(failure);
}

function isUnknown({ ending }: Ended): boolean {
  return ending.status === 'unknown';
}

/** The end of an attempt whose owner died when a voice may have been made; the folder's next delivery will record it. */
function deadIn({ attempt }: Ledger, isSame: IsSame, now: Date): Ended | undefined {
  if (attempt?.state !== 'posting' || isLive(attempt, now)) return undefined;
  const { drop, recordings } = attempt;
  if (!isSame(drop, recordings)) return undefined;
  const leaseUntil = new Date(attempt.leaseUntil);
  // A lease that ends later is a wrong clock's: nobody knows when the owner died, but it is long ago.
  const finishedAt = (leaseUntil < now ? leaseUntil : new Date(0)).toISOString();
  return { drop, ending: ownerDied, finishedAt, ...(recordings !== undefined && { recordings }) };
}

function unreadable(folder: string, { drop }: Attempt): Ended {
  const cause = { kind: 'same recordings', folder, isReadable: false } as const;
  return {
    drop,
    ending: endingOf({ code: 'OUTCOME_UNKNOWN', cause }),
    finishedAt: new Date(0).toISOString(),
  };
}
