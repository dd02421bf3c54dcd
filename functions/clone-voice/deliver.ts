import { randomUUID } from 'node:crypto';
import type { Failure, Fault } from '../../voice-folder/fault.ts';
import { shapeOf } from '../../voice-folder/identity.ts';
import { countVoices, encodeLedger } from '../../voice-folder/ledger-format.ts';
import type { FolderObject } from '../../voice-folder/judge-folder.ts';
import {
  decide,
  type Decision,
  type Delivery,
  isPublished,
  isResultOf,
  wasTold,
  withFailure,
} from '../../voice-folder/ledger.ts';
import type { Ended, Ledger } from '../../voice-folder/ledger-schema.ts';
import { ledgerOf, resultOf } from '../../voice-folder/names.ts';
import { reportedResult } from '../../voice-folder/reported-result.ts';
import { type Drop, isFinal } from '../../voice-folder/result.ts';
import {
  LedgerRefused,
  readLedger,
  type StoredLedger,
  writeLedger,
} from '../../voice-folder/s3/ledger-file.ts';
import { lookAtFolder } from '../../voice-folder/s3/look-at-folder.ts';
import { unlessRefused } from '../../voice-folder/s3/refusal.ts';
import { readResult, type StoredResult } from '../../voice-folder/s3/result-file.ts';
import { isNewerUpload, type ManifestUpload } from '../../voice-folder/upload.ts';
import { announce, duplicate, isUnwritable, notePublished, publishAndShow, reporter } from './announce.ts';
import { attemptToClone } from './attempt.ts';
import { tellOfRefusal, wasToldOfRefusal } from './ledger-refusal.ts';
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
  const ledgerName = ledgerOf(config, upload);
  const [folder, read] = await Promise.all([
    lookAtFolder(s3, upload, { now: () => clock.now(), requestId, rules: config }),
    readLedger(s3, ledgerName).catch((error: unknown) => {
      if (error instanceof LedgerRefused) return error;
      throw error;
    }),
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
  const isDamaged = read instanceof LedgerRefused && read.isDamaged;
  if (wasToldOfRefusal(work) && !isDamaged) return duplicate(work);
  try {
    if (read instanceof LedgerRefused) throw read;
    return await advance(read, work);
  } catch (error) {
    if (!(error instanceof LedgerRefused)) throw error;
    return tellOfRefusal(error, work);
  }
}

async function advance(read: StoredLedger, work: Work): Promise<Progress> {
  await announceUntold(read.ledger, work);
  let stored = read;
  /** How another delivery's attempt ended, which this one recorded and has not announced yet. */
  let concluded: Ended | undefined;
  for (;;) {
    const decision = decide(stored.ledger, deliveryOf(work));
    if (concluded && !isReportOf(concluded, decision)) {
      // The folder has moved on, so its result is about something else.
      await announce(concluded, stored.ledger, work, () => Promise.resolve());
      concluded = undefined;
    }
    const step = await nextStep(decision, stored, concluded !== undefined, work);
    if ('progress' in step) return step.progress;
    ({ stored } = step);
    if (step.concluded) ({ concluded } = step);
  }
}

/**
 * Reads `result.json`. If S3 refuses to return it, it is replaced without a comparison, and counts as never seen.
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

/**
 * Announces the unknown end of an earlier drop that its invocation recorded and could not show, before the folder moves on
 * to another.
 */
async function announceUntold(ledger: Ledger, work: Work): Promise<void> {
  const last = ledger.ended.at(-1);
  if (!last || last.ending.status !== 'unknown' || last.published) return;
  if (!isNewerUpload(work.upload.sequencer, last.drop.upload)) return;
  // It was shown to who tries again.
  if (wasTold(last, ledger.attempt?.told)) return;
  const shown = work.shown?.result;
  if (shown && isFinal(shown) && isResultOf(last, shown)) return;
  await announce(last, ledger, work, () => Promise.resolve());
  await notePublished(reportedResult(last, ledger), work);
}

function isReportOf({ owner, finishedAt }: Ended, decision: Decision): boolean {
  return (
    decision.kind === 'report' && decision.ended.owner === owner && decision.ended.finishedAt === finishedAt
  );
}

/** The delivery has ended, or the ledger has changed. */
type Step = { progress: Progress } | { stored: StoredLedger; concluded?: Ended };

async function nextStep(
  decision: Decision,
  stored: StoredLedger,
  isConcluded: boolean,
  work: Work,
): Promise<Step> {
  switch (decision.kind) {
    case 'superseded':
      return { progress: duplicate(work) };
    case 'defer':
      return { progress: { kind: 'deferred', reason: 'another delivery is processing it' } };
    case 'conclude': {
      const write = await writeLedger(work.invocation.s3, work.ledgerName, decision.ledger, stored);
      return { stored: write.stored, ...(write.written && { concluded: decision.ended }) };
    }
    case 'report':
      return reportEnded(decision, stored, isConcluded, work);
    case 'proceed':
      return waitOrFail(stored, work);
    case 'claim':
      return clone(decision, stored, work);
  }
}

/** Reports how the drop ended: for the first time if this delivery concluded it. */
async function reportEnded(
  decision: Extract<Decision, { kind: 'report' }>,
  stored: StoredLedger,
  isConcluded: boolean,
  work: Work,
): Promise<Step> {
  let { ledger } = stored;
  if (decision.ledger) {
    const write = await writeLedger(work.invocation.s3, work.ledgerName, decision.ledger, stored);
    if (!write.written) return { stored: write.stored };
    ({ ledger } = write.stored);
  }
  if (isConcluded) return { progress: await announce(decision.ended, ledger, work) };
  const result = reportedResult(decision.ended, ledger, work.shown?.result);
  // Do not write an old result into a folder that was deleted.
  const show = work.folder.kind === 'withdrawn' ? () => Promise.resolve() : work.report;
  const progress = await publishAndShow(
    result,
    work,
    show,
    decision.isPublished ?? isPublished(ledger, result),
  );
  return { progress: progress.kind === 'done' ? duplicate(work) : progress };
}

/** Attempts to clone the voice, and reports the outcome. */
async function clone(
  decision: Extract<Decision, { kind: 'claim' }>,
  stored: StoredLedger,
  work: Work,
): Promise<Step> {
  const { folder, invocation } = work;
  if (folder.kind !== 'complete') throw new Error('Only a complete folder is claimed');
  const { text, hasRoom } = encodeLedger(decision.ledger);
  if (!hasRoom) {
    const fault: Fault = { code: 'TOO_LARGE', voices: countVoices(stored.ledger) };
    return fail(folder.drop, { fault }, stored, work);
  }
  const end = await attemptToClone({ ...decision, text }, stored, folder, work);
  switch (end.kind) {
    case 'lost':
      return { stored: end.stored };
    case 'impossible':
      return fail(folder.drop, end, stored, work);
    case 'deferred':
      return { progress: end };
    case 'ended': {
      const untilShown: Work['report'] = (shown) =>
        untilDeadline(invocation, () => work.report(shown), isUnwritable);
      return { progress: await announce(end.ended, end.ledger, work, untilShown) };
    }
  }
}

function deliveryOf({ upload, folder, shown, invocation }: Work): Delivery {
  const { clock, config, secondsLeft } = invocation;
  const now = clock.now();
  return {
    owner: randomUUID(),
    manifest: upload,
    metadata: folder.metadata,
    upload: upload.sequencer,
    uploadedAt: folder.sourceUploadedAt ?? upload.uploadedAt,
    isCopy: upload.isCopy,
    now,
    leaseUntil: new Date(now.getTime() + (secondsLeft() + LEASE_MARGIN_SECONDS) * 1000),
    drop:
      folder.kind === 'complete'
        ? { ...folder.drop, shape: shapeOf(config, folder.manifest, folder.samples) }
        : undefined,
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
        if (!isUnwritable(error)) throw error;
        logger.warn('Could not write result.json while waiting', { error });
      },
    );
    return { progress: { kind: 'deferred', reason: 'samples are missing' } };
  }
  return fail(drop, folder, stored, work);
}

/** Ends a drop without sending it. */
async function fail(drop: Drop, failure: Failure, stored: StoredLedger, work: Work): Promise<Step> {
  const { s3, clock } = work.invocation;
  const ledger = withFailure(stored.ledger, drop, failure, clock.now());
  const write = await writeLedger(s3, work.ledgerName, ledger, stored);
  if (!write.written) return { stored: write.stored };
  const ended = ledger.ended.at(-1);
  return { progress: ended ? await announce(ended, ledger, work) : { kind: 'done' } };
}
