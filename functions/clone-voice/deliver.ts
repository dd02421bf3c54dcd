import { randomUUID } from 'node:crypto';
import type { ResultError } from '../../voice-folder/errors.ts';
import { decide, type Delivery, isPublished, withEarlier, withFailure } from '../../voice-folder/ledger.ts';
import { ledgerOf, resultOf } from '../../voice-folder/names.ts';
import type { Drop } from '../../voice-folder/result.ts';
import { readLedger, type StoredLedger, writeLedger } from '../../voice-folder/s3/ledger-file.ts';
import { type FolderObject, lookAtFolder } from '../../voice-folder/s3/look-at-folder.ts';
import { isFinalAnswer, unlessRefused } from '../../voice-folder/s3/refusal.ts';
import { readResult, type StoredResult } from '../../voice-folder/s3/result-file.ts';
import type { ManifestUpload } from '../../voice-folder/upload.ts';
import { announce, duplicate, reporter, tell } from './announce.ts';
import { attemptToClone } from './attempt.ts';
import { type Invocation, type Progress, untilDeadline, type Work } from './invocation.ts';

/** Allows for S3's clock having whole seconds, and for the latency of its answers. */
const LEASE_MARGIN_SECONDS = 10;

/**
 * Advances one drop as far as possible: reads the folder and its ledger, clones the voice at most once, and
 * writes `result.json`. Idempotent for the same upload.
 *
 * @throws {Error} errors of S3 and Secrets Manager; the message is then redelivered.
 */
export async function deliver(upload: ManifestUpload, invocation: Invocation): Promise<Progress> {
  const { s3, clock, config, requestId } = invocation;
  const ledgerName = ledgerOf(config.stateBucket, upload);
  const [folder, read] = await Promise.all([
    lookAtFolder(s3, upload, { now: () => clock.now(), requestId, rules: config }),
    readLedger(s3, ledgerName),
  ]);
  const shown = await readShown(folder.listedResult, upload, invocation);
  const work: Work = {
    upload,
    folder,
    ledgerName,
    shown,
    report: reporter(upload, shown, invocation),
    invocation,
  };
  let stored = read;
  /** Whether this delivery recorded how another attempt ended. */
  let concluded = false;
  for (;;) {
    const step = await nextStep(stored, concluded, work);
    if ('progress' in step) return step.progress;
    ({ stored } = step);
    concluded ||= step.concluded === true;
  }
}

/**
 * Reads `result.json`. One that S3 does not give out is replaced without a comparison, and counts as if it had told nobody
 * anything.
 */
async function readShown(
  listed: FolderObject | undefined,
  upload: ManifestUpload,
  { s3, logger }: Invocation,
): Promise<StoredResult | undefined> {
  if (!listed) return undefined;
  const read = await unlessRefused(readResult(s3, resultOf(upload)));
  if (!read || !('refusal' in read)) return read;
  logger.warn('S3 does not let result.json be read, so it is replaced unseen', { refusal: read.refusal });
  return { etag: listed.etag, lastModified: listed.lastModified };
}

/** The delivery has ended, or the ledger has changed. */
type Step = { progress: Progress } | { stored: StoredLedger; concluded?: boolean };

async function nextStep(stored: StoredLedger, concluded: boolean, work: Work): Promise<Step> {
  const { folder, ledgerName, invocation } = work;
  const decision = decide(stored.ledger, deliveryOf(work));
  switch (decision.kind) {
    case 'superseded':
      return { progress: duplicate(work) };
    case 'defer':
      return { progress: { kind: 'deferred', reason: 'another delivery is processing it' } };
    case 'conclude': {
      const write = await writeLedger(invocation.s3, ledgerName, decision.ledger, stored);
      return { stored: write.stored, concluded: write.written };
    }
    case 'report': {
      let { ledger } = stored;
      if (decision.ledger) {
        const write = await writeLedger(invocation.s3, ledgerName, decision.ledger, stored);
        if (!write.written) return { stored: write.stored };
        ({ ledger } = write.stored);
      }
      if (concluded) return { progress: await announce(decision.result, ledger, work) };
      // Do not write an old result into a folder that was deleted.
      const show = folder.kind === 'withdrawn' ? () => Promise.resolve() : work.report;
      const told = await tell(
        withEarlier(ledger, decision.result),
        work,
        show,
        isPublished(ledger, decision.result),
      );
      return { progress: told.kind === 'done' ? duplicate(work) : told };
    }
    case 'proceed':
      return waitOrFail(stored, work);
    case 'claim': {
      if (folder.kind !== 'complete') throw new Error('Only a complete folder is claimed');
      const end = await attemptToClone(decision, stored, folder, work);
      switch (end.kind) {
        case 'lost':
          return { stored: end.stored };
        case 'impossible':
          return fail(folder.drop, end.error, stored, work);
        case 'not sent':
          return { progress: { ...end, kind: 'deferred', reason: 'the request was not sent' } };
        case 'ended': {
          const untilShown: Work['report'] = (shown) =>
            untilDeadline(invocation, () => work.report(shown), isFinalAnswer);
          return { progress: await announce(end.result, end.ledger, work, untilShown) };
        }
      }
    }
  }
}

function deliveryOf({ upload, folder, shown, invocation }: Work): Delivery {
  const now = invocation.clock.now();
  return {
    owner: randomUUID(),
    upload: upload.sequencer,
    uploadedAt: upload.uploadedAt,
    now,
    leaseUntil: new Date(now.getTime() + (invocation.secondsLeft() + LEASE_MARGIN_SECONDS) * 1000),
    drop: folder.kind === 'complete' ? folder.drop : undefined,
    shown,
  };
}

/** Handles a folder that cannot be sent as it is. */
async function waitOrFail(stored: StoredLedger, work: Work): Promise<Step> {
  const { folder, report, invocation } = work;
  const { clock, logger } = invocation;
  if (folder.kind === 'withdrawn' || folder.kind === 'complete') {
    logger.info('The manifest was deleted; nothing to do');
    return { progress: { kind: 'done' } };
  }
  const { drop } = folder;
  if (folder.kind === 'incomplete' && clock.now() < folder.deadline) {
    const { missing, waitSeconds: seconds, deadline } = folder;
    // A folder that only has to settle does so soon: no need to report it.
    if (seconds !== undefined) {
      return { progress: { kind: 'deferred', reason: 'the folder is still changing', seconds } };
    }
    const message = 'Waiting for the samples to be uploaded.';
    await report({ status: 'waiting', message, missing, until: deadline.toISOString(), ...drop }).catch(
      (error: unknown) => {
        if (!isFinalAnswer(error)) throw error;
        logger.warn('Could not write result.json while the folder waits', { error });
      },
    );
    return { progress: { kind: 'deferred', reason: 'samples are missing' } };
  }
  return fail(drop, folder.error, stored, work);
}

/** Ends a drop without sending it. */
async function fail(drop: Drop, error: ResultError, stored: StoredLedger, work: Work): Promise<Step> {
  const { s3, clock } = work.invocation;
  const ledger = withFailure(stored.ledger, drop, error, clock.now());
  const write = await writeLedger(s3, work.ledgerName, ledger, stored);
  if (!write.written) return { stored: write.stored };
  const result = ledger.ended.at(-1)?.result;
  return {
    progress: result ? await announce(result, write.stored.ledger, work) : { kind: 'done' },
  };
}
