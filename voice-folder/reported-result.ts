import { errorOf } from './errors.ts';
import type { Ended, Ledger } from './ledger.ts';
import type { EarlierDrop, FinalResult } from './result.ts';

/** Puts the end of a drop into words, with the folder's other drops that made, or may have made, a voice. */
export function reportedResult(ended: Ended, ledger: Ledger): FinalResult {
  const { shape: _, ...drop } = ended.drop;
  const { ending, finishedAt, clonedFrom } = ended;
  const earlier = earlierDrops(ended, ledger);
  const about = {
    ...drop,
    finishedAt,
    ...(clonedFrom !== undefined && { clonedFrom }),
    ...(earlier.length > 0 && { earlier }),
  };
  return ending.status === 'succeeded'
    ? { status: ending.status, voices: ending.voices, ...about }
    : { status: ending.status, error: errorOf(ending.fault, ending.answer), ...about };
}

const MAX_EARLIER = 10;

/** A newer result must not hide them. Newest first. */
function earlierDrops({ drop, finishedAt }: Ended, { ended }: Ledger): EarlierDrop[] {
  return ended
    .filter(
      (each) =>
        each.ending.status !== 'failed' &&
        (each.drop.upload !== drop.upload || each.finishedAt !== finishedAt),
    )
    .slice(-MAX_EARLIER)
    .toReversed()
    .map(earlierDrop);
}

function earlierDrop({ drop: { upload, fingerprint }, ending, finishedAt }: Ended): EarlierDrop {
  const when = { upload, ...(fingerprint !== undefined && { fingerprint }), finishedAt };
  return ending.status === 'succeeded'
    ? {
        status: 'succeeded',
        ...when,
        voices: ending.voices.map(({ id, voiceId, name }) => ({
          id,
          ...(voiceId !== undefined && { voiceId }),
          name,
        })),
      }
    : { status: 'unknown', ...when };
}
