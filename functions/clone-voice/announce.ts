import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { withPublished } from '../../voice-folder/ledger.ts';
import type { Ended, Ledger } from '../../voice-folder/ledger-schema.ts';
import { resultOf } from '../../voice-folder/names.ts';
import { reportedResult } from '../../voice-folder/reported-result.ts';
import type { FinalResult } from '../../voice-folder/result.ts';
import { readLedger, updateLedger } from '../../voice-folder/s3/ledger-file.ts';
import { isFinalAnswer } from '../../voice-folder/s3/refusal.ts';
import {
  isSame,
  type KnownResult,
  ResultContended,
  type StoredResult,
  writeResult,
} from '../../voice-folder/s3/result-file.ts';
import type { ManifestUpload } from '../../voice-folder/upload.ts';
import type { Invocation, Progress, Work } from './invocation.ts';

/** Reports how a drop ended: publishes it, shows it, logs it and counts it. */
export async function announce(
  ended: Ended,
  ledger: Ledger,
  work: Work,
  show: Work['report'] = work.report,
): Promise<Progress> {
  const { clock, logger, metrics } = work.invocation;
  const result = reportedResult(ended, ledger, work.shown?.result);
  const progress = await publishAndShow(result, work, show);
  // It was announced when it was shown.
  if (result.status !== ended.ending.status) return progress;
  const isNew = ended.clonedFrom === undefined;
  const metric = { succeeded: isNew ? 'Cloned' : 'Duplicate', failed: 'Failed', unknown: 'Unknown' }[
    result.status
  ];
  metrics.addMetric(metric, MetricUnit.Count, 1);
  if (result.status === 'succeeded') {
    const milliseconds = clock.now().getTime() - work.upload.uploadedAt.getTime();
    metrics.addMetric('TimeToVoice', MetricUnit.Seconds, Math.max(0, milliseconds) / 1000);
    logger.info(isNew ? 'The voice was cloned' : 'The voice was cloned before', {
      voices: result.voices,
      ...(!isNew && { clonedFrom: ended.clonedFrom }),
    });
  } else {
    metrics.addMetric(result.error.code, MetricUnit.Count, 1);
    logger.warn('The voice was not cloned', { status: result.status, error: result.error });
  }
  return progress;
}

/**
 * Publishes a result, then writes it to `result.json`. A result in `result.json` has therefore been
 * published; after a crash in between, the next delivery publishes it again. If publishing fails,
 * `result.json` gets `published: false`, and the message is redelivered until it succeeds or reaches the
 * dead-letter queue. If S3 refuses `result.json`, or somebody else keeps writing it, the ledger notes that the result was
 * published: it is one email, not one for each delivery.
 *
 * @param wasPublished whether the ledger says so
 */
export async function publishAndShow(
  result: FinalResult,
  work: Work,
  show: Work['report'],
  wasPublished = false,
): Promise<Progress> {
  const { upload, shown, invocation } = work;
  const { logger, metrics } = invocation;
  const isPublished =
    wasPublished ||
    (shown?.result && isSame(shown.result, result)) ||
    (await invocation.publish(result, upload.bucket).then(
      () => true,
      (error: unknown) => {
        logger.error('Could not publish to the results topic; will retry', { error });
        return false;
      },
    ));
  try {
    await show(isPublished ? result : { ...result, published: false });
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    logger.error('Could not write result.json', { error });
    metrics.addMetric('ResultUnwritable', MetricUnit.Count, 1);
    if (isPublished && !wasPublished) await notePublished(result, work);
  }
  return isPublished ? { kind: 'done' } : { kind: 'deferred', reason: 'the result was not published' };
}

/** Whether `result.json` cannot be written until a person changes something. */
export function isUnwritable(error: unknown): boolean {
  return error instanceof ResultContended || isFinalAnswer(error);
}

/** Notes in the ledger that a result was published, for when `result.json` cannot say so. */
export async function notePublished(
  result: FinalResult,
  { ledgerName, invocation: { s3 } }: Work,
): Promise<void> {
  const known = await readLedger(s3, ledgerName);
  await updateLedger(s3, ledgerName, known, (ledger) => withPublished(ledger, result));
}

/** Ends the delivery of a drop that was already handled. */
export function duplicate({ invocation: { logger, metrics } }: Work): Progress {
  logger.info('This drop was already handled');
  metrics.addMetric('Duplicate', MetricUnit.Count, 1);
  return { kind: 'done' };
}

/** Writes results sequentially; each write starts from what the previous one stored. */
export function reporter(
  upload: ManifestUpload,
  shown: StoredResult | undefined,
  { s3, config }: Invocation,
): Work['report'] {
  let known: KnownResult | undefined = shown;
  let last: Promise<unknown> = Promise.resolve();
  return (result) => {
    const write = last.then(async () => {
      known = await writeResult(s3, resultOf(upload), result, known, config.encryption);
    });
    last = write.catch(() => {});
    return write;
  };
}
