import { isResultOf } from './ledger.ts';
import type { Ended, Ledger } from './ledger-schema.ts';
import { errorOf } from './result-error.ts';
import { type EarlierDrop, type FinalResult, type Result, type VoicesMade, voicesOnlyIn } from './result.ts';

/**
 * Puts the end of a drop into words, with the folder's other drops that made, or may have made, a voice.
 *
 * @param shown what `result.json` says. If S3 refused to record a success, or the ledger was put back to an older version,
 *   only that has the voice, and it stays
 */
export function reportedResult(ended: Ended, ledger: Ledger, shown?: Result): FinalResult {
  const { drop, ending, finishedAt, clonedFrom } = ended;
  const earlier = earlierDrops(ended, ledger, shown);
  const about = {
    ...drop,
    finishedAt,
    ...(clonedFrom !== undefined && { clonedFrom }),
    ...(earlier.length > 0 && { earlier }),
  };
  if (shown?.status === 'succeeded' && ending.status === 'unknown' && isUnrecorded(shown, ended, ledger)) {
    const { upload, manifest, requestId } = drop;
    return { ...shown, upload, manifest, requestId };
  }
  return ending.status === 'succeeded'
    ? { status: ending.status, voices: ending.voices, ...about }
    : { status: ending.status, error: errorOf(ending.fault, ending.answer), ...about };
}

/** Whether a success is of the drop that ended as unknown, and of no other that ended. */
function isUnrecorded(
  { fingerprint, finishedAt }: Extract<Result, { status: 'succeeded' }>,
  { drop }: Ended,
  { ended }: Ledger,
): boolean {
  return drop.fingerprint === fingerprint && !ended.some((each) => each.finishedAt === finishedAt);
}

const MAX_EARLIER = 10;

/** A newer result must not hide them. Newest first. */
function earlierDrops(last: Ended, { ended }: Ledger, shown?: Result): EarlierDrop[] {
  const { drop, finishedAt } = last;
  const forgotten = voicesOnlyIn(shown, { ended: [...ended, last] });
  const known = ended
    .filter(
      (each) => each.ending.status !== 'failed' && !isResultOf(each, { upload: drop.upload, finishedAt }),
    )
    .slice(-MAX_EARLIER)
    .toReversed()
    .map(earlierDrop);
  return [...forgotten.map(withVoices), ...known].slice(0, MAX_EARLIER);
}

function earlierDrop({ drop, ending, finishedAt }: Ended): EarlierDrop {
  return ending.status === 'succeeded'
    ? withVoices({ ...drop, finishedAt, voices: ending.voices })
    : { status: 'unknown', ...inBrief({ ...drop, finishedAt }) };
}

function withVoices(made: VoicesMade): EarlierDrop {
  const voices = made.voices.map(({ id, voiceId, name }) => ({
    id,
    ...(voiceId !== undefined && { voiceId }),
    name,
  }));
  return { status: 'succeeded', ...inBrief(made), voices };
}

function inBrief({ upload, fingerprint, shape, finishedAt }: Omit<VoicesMade, 'voices'>) {
  return {
    upload,
    ...(fingerprint !== undefined && { fingerprint }),
    ...(shape !== undefined && { shape }),
    finishedAt,
  };
}
