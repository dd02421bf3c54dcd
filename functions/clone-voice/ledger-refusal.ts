import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Fault } from '../../voice-folder/fault.ts';
import { endingOf } from '../../voice-folder/ending.ts';
import { emptyLedger, type Ended } from '../../voice-folder/ledger-schema.ts';
import { isFinal } from '../../voice-folder/result.ts';
import { reportedResult } from '../../voice-folder/reported-result.ts';
import type { LedgerRefused } from '../../voice-folder/s3/ledger-file.ts';
import { reasonOf, refusalOf } from '../../voice-folder/s3/refusal.ts';
import { announce, duplicate, isUnwritable } from './announce.ts';
import type { Invocation, Progress, Work } from './invocation.ts';

const CODE = 'LEDGER_REFUSED';

/** Notes, for its alarm, that S3 refuses to record an outcome. */
export function noteRefusal(refused: LedgerRefused, { logger, metrics }: Invocation): void {
  logger.error('S3 refuses the ledger, so the outcome is not recorded', { error: refused });
  metrics.addMetric(CODE, MetricUnit.Count, 1);
}

/** Whether an earlier delivery of this upload reported that S3 refuses the ledger, which ended the drop. */
export function wasToldOfRefusal({ shown, upload }: Work): boolean {
  const result = shown?.result;
  return (
    result?.upload === upload.sequencer &&
    'error' in result &&
    result.error.code === CODE &&
    result.published !== false
  );
}

/**
 * Ends a drop whose ledger S3 refuses: without it, nothing may be sent. `result.json` is written first, because the ledger
 * cannot note that the result was published, and people should get only one email.
 *
 * @throws {LedgerRefused} if the ledger is damaged, S3 refuses `result.json` too, or an earlier delivery may still be sending:
 *   the message goes on to the dead-letter queue, which has an alarm
 */
export async function tellOfRefusal(refused: LedgerRefused, work: Work): Promise<Progress> {
  const progress = await tell(refused, work);
  if (refused.isDamaged) throw refused;
  return progress;
}

async function tell(refused: LedgerRefused, work: Work): Promise<Progress> {
  const { folder, shown, upload, report, invocation } = work;
  if (folder.kind === 'withdrawn') return { kind: 'done' };
  const now = invocation.clock.now();
  const result = shown?.result;
  if (shown && result?.upload === upload.sequencer) {
    if (isFinal(result) && result.published !== false) return duplicate(work);
    if (result.status === 'cloning' && now.getTime() < shown.lastModified.getTime() + LONGEST_INVOCATION)
      throw refused;
  }
  const { isDamaged, cause } = refused;
  const ended: Ended = {
    drop: folder.drop,
    ending: endingOf(
      { code: CODE, because: becauseOf(refused) },
      isDamaged ? undefined : { reason: reasonOf(cause) },
    ),
    finishedAt: now.toISOString(),
  };
  await report({ ...reportedResult(ended, emptyLedger, result), published: false }).catch(
    (error: unknown) => {
      throw isUnwritable(error) ? refused : error;
    },
  );
  return announce(ended, emptyLedger, work);
}

/** In milliseconds: Lambda's limit, and a margin. */
const LONGEST_INVOCATION = 16 * 60_000;

function becauseOf({ cause, isDamaged }: LedgerRefused): Extract<Fault, { code: typeof CODE }>['because'] {
  if (isDamaged) return 'damage';
  const refusal = refusalOf(cause);
  const because = refusal && 'because' in refusal ? refusal.because : 'refusal';
  return because === 'permission' || because === 'KMS permission' ? because : 'refusal';
}
