import { randomUUID } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { S3Client } from '@aws-sdk/client-s3';
import { buildCloneRequest } from '../../shared/clone-request.ts';
import { errorOf, type ResultError } from '../../voice-folder/errors.ts';
import {
  type Attempt,
  type AttemptOutcome,
  decide,
  type Decision,
  type Delivery,
  resultOfAttempt,
  withEarlier,
  withFailure,
} from '../../voice-folder/ledger.ts';
import { readLedger, type StoredLedger, writeLedger } from '../../voice-folder/ledger-file.ts';
import { type CompleteFolder, lookAtFolder, type VoiceFolder } from '../../voice-folder/look-at-folder.ts';
import { ledgerOf, type ObjectName, resultOf } from '../../voice-folder/names.ts';
import type { Drop, FinalResult, Result } from '../../voice-folder/result.ts';
import {
  isSame,
  type KnownResult,
  readResult,
  type StoredResult,
  writeResult,
} from '../../voice-folder/result-file.ts';
import { hasStatus } from '../../voice-folder/s3-json.ts';
import type { ManifestUpload } from '../../voice-folder/upload.ts';
import type { ApiKeySource } from './api-key.ts';
import { SECONDS_OF_A_REQUEST } from './aws-requests.ts';
import { type Claim, takeClaim } from './claim.ts';
import type { Config } from './config.ts';
import { SECONDS_TO_CONCLUDE } from './redelivery.ts';
import { SampleError } from './multipart.ts';
import type { Publish } from './results-topic.ts';
import type { S3Clock } from './s3-clock.ts';
import { samplesIn } from './s3-samples.ts';
import type { sendCloneRequest, SendOutcome } from './send-clone-request.ts';

/** The dependencies of an invocation. */
export interface Invocation {
  s3: S3Client;
  /** S3's time, the only clock that is compared with times from S3 or other hosts. */
  clock: S3Clock;
  config: Config;
  apiKey: ApiKeySource;
  logger: Logger;
  metrics: Metrics;
  requestId: string;
  /** Seconds until Lambda ends this invocation. */
  secondsLeft: () => number;
  /** Makes the API call. */
  send: typeof sendCloneRequest;
  /** Publishes to the results topic. */
  publish: Publish;
  /** Waits, in milliseconds. */
  sleep: (milliseconds: number) => Promise<unknown>;
}

/** Done, or to be checked again: after `seconds`, if known. */
export type Progress = { kind: 'done' } | { kind: 'deferred'; reason: string; seconds?: number };

/** Allows for S3's clock having whole seconds, and for the latency of its answers. */
const LEASE_MARGIN_SECONDS = 10;

/** The state of one delivery for one folder. */
interface Work {
  upload: ManifestUpload;
  folder: VoiceFolder;
  ledgerName: ObjectName;
  /** `result.json` when this delivery began. */
  shown: StoredResult | undefined;
  report: (result: Result) => Promise<void>;
  invocation: Invocation;
}

/**
 * Advances one drop as far as possible: reads the folder and its ledger, clones the voice at most once, and
 * writes `result.json`. Idempotent for the same upload.
 *
 * @throws {Error} errors of S3 and Secrets Manager; the message is then redelivered.
 */
export async function cloneFolder(upload: ManifestUpload, invocation: Invocation): Promise<Progress> {
  const { s3, clock, config, requestId } = invocation;
  const ledgerName = ledgerOf(config.stateBucket, upload);
  const [folder, read] = await Promise.all([
    lookAtFolder(s3, upload, { now: () => clock.now(), requestId, rules: config }),
    readLedger(s3, ledgerName),
  ]);
  const shown = folder.hasResult ? await readResult(s3, resultOf(upload)) : undefined;
  const work: Work = { upload, folder, ledgerName, shown, report: reporter(upload, shown, s3), invocation };
  let stored = read;
  /** Whether this delivery recorded how another attempt ended. */
  let concluded = false;
  for (;;) {
    const decision = decide(stored.ledger, deliveryOf(work));
    switch (decision.kind) {
      case 'superseded':
        return duplicate(work);
      case 'defer':
        return { kind: 'deferred', reason: 'another delivery is processing it' };
      case 'conclude': {
        const write = await writeLedger(s3, ledgerName, decision.ledger, stored);
        ({ stored } = write);
        concluded ||= write.written;
        break;
      }
      case 'report': {
        if (decision.ledger) {
          const write = await writeLedger(s3, ledgerName, decision.ledger, stored);
          ({ stored } = write);
          if (!write.written) break;
        }
        if (concluded) return announce(decision.result, stored, work);
        // Do not write an old result into a folder that was deleted.
        const show = folder.kind === 'withdrawn' ? () => Promise.resolve() : work.report;
        const told = await tell(withEarlier(stored.ledger, decision.result), work, show);
        return told.kind === 'done' ? duplicate(work) : told;
      }
      case 'proceed': {
        const ended = await waitOrFail(stored, work);
        if ('progress' in ended) return ended.progress;
        ({ stored } = ended);
        break;
      }
      case 'claim': {
        const ended = await sendDrop(decision, stored, work);
        if ('progress' in ended) return ended.progress;
        ({ stored } = ended);
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

/** Writes results sequentially; each write starts from what the previous one stored. */
function reporter(upload: ManifestUpload, shown: StoredResult | undefined, s3: S3Client): Work['report'] {
  let known: KnownResult | undefined = shown;
  let last: Promise<unknown> = Promise.resolve();
  return (result) => {
    const write = last.then(async () => {
      known = await writeResult(s3, resultOf(upload), result, known);
    });
    last = write.catch(() => {});
    return write;
  };
}

/** Handles a folder that cannot be sent as it is. Returns the ledger if another delivery has changed it. */
async function waitOrFail(
  stored: StoredLedger,
  work: Work,
): Promise<{ progress: Progress } | { stored: StoredLedger }> {
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
    await report({ status: 'waiting', message, missing, until: deadline.toISOString(), ...drop });
    return { progress: { kind: 'deferred', reason: 'samples are missing' } };
  }
  return fail(drop, folder.error, stored, work);
}

/** Ends a drop without sending it. Returns the ledger if another delivery has changed it. */
async function fail(
  drop: Drop,
  error: ResultError,
  stored: StoredLedger,
  work: Work,
): Promise<{ progress: Progress } | { stored: StoredLedger }> {
  const { s3, clock } = work.invocation;
  const ledger = withFailure(stored.ledger, drop, error, clock.now());
  const write = await writeLedger(s3, work.ledgerName, ledger, stored);
  if (!write.written) return { stored: write.stored };
  const result = ledger.ended.at(-1)?.result;
  return { progress: result ? await announce(result, write.stored, work) : { kind: 'done' } };
}

/**
 * Sends a drop under a claim. Writes to S3 overlap with sending, so that only the end of the body waits for
 * S3:
 * - the claim is written while the connection and the first samples are opened
 * - `result.json` is written while the samples stream
 * - `posting` is written while the last samples leave
 *
 * Returns the ledger if another delivery has changed it.
 */
async function sendDrop(
  decision: Extract<Decision, { kind: 'claim' }>,
  stored: StoredLedger,
  work: Work,
): Promise<{ progress: Progress } | { stored: StoredLedger }> {
  const { folder, ledgerName, report, invocation } = work;
  const { clock, config, logger } = invocation;
  if (folder.kind !== 'complete') throw new Error('Only a complete folder is claimed');
  // Before claiming, because the key may be missing or slow to read.
  const key = await invocation.apiKey.get();
  if (key === undefined) return fail(folder.drop, errorOf({ code: 'NO_API_KEY' }), stored, work);
  const needed = config.cloneTimeoutSeconds + SECONDS_TO_CONCLUDE;
  if (invocation.secondsLeft() < needed) {
    throw new Error(
      `Only ${Math.floor(invocation.secondsLeft())} seconds are left, too few to start: the function's timeout must ` +
        `exceed CLONE_TIMEOUT_SECONDS (${config.cloneTimeoutSeconds}) by at least ${SECONDS_TO_CONCLUDE}`,
    );
  }
  const taking = takeClaim(invocation, ledgerName, decision, stored);
  const sending = call(key, taking, folder, work);
  const taken = await taking.catch(async (error: unknown) => {
    await sending;
    throw error;
  });
  if ('lostTo' in taken) {
    await sending;
    return { stored: taken.lostTo };
  }
  const { claim } = taken;
  const cloning = report(cloningResult(claim.attempt)).catch((error: unknown) => {
    logger.warn('Could not write result.json during the clone', { error });
  });
  const outcome = await sending;
  const ledger = await untilDeadline(invocation, () =>
    claim.end(outcome, clock.now(), config.completeWithinSeconds),
  );
  await cloning;
  const result = resultOfAttempt(ledger, claim.attempt);
  if (result) {
    const untilShown = (shown: Result) => untilDeadline(invocation, () => report(shown));
    return { progress: await announce(result, { ledger }, work, untilShown) };
  }
  const seconds = 'retryAfterSeconds' in outcome ? outcome.retryAfterSeconds : undefined;
  return {
    progress: {
      kind: 'deferred',
      reason: 'the request was not sent',
      ...(seconds !== undefined && { seconds }),
    },
  };
}

function cloningResult({ drop, since }: Attempt): Result {
  return { status: 'cloning', message: 'The voice is being cloned.', since, ...drop };
}

/**
 * Makes the API call. If the key is rejected and the secret has changed since, retries once with the new key.
 */
async function call(
  key: string,
  taking: ReturnType<typeof takeClaim>,
  folder: CompleteFolder,
  { upload, invocation }: Work,
): Promise<AttemptOutcome> {
  const { s3, clock, config, logger, metrics, apiKey, send, secondsLeft } = invocation;
  const { settings, subOrganizationId } = folder.manifest;
  const claimed = taking.then((taken): Claim => {
    if ('lostTo' in taken) throw new Error('the claim is somebody else’s');
    return taken.claim;
  });
  claimed.catch(() => {});
  const callWith = (currentKey: string): Promise<SendOutcome> =>
    send(
      buildCloneRequest({
        apiUrl: config.apiUrl,
        apiKey: currentKey,
        ...(subOrganizationId !== undefined && { subOrganizationId }),
        settings,
        samples: samplesIn(s3, upload, folder.samples),
      }),
      {
        timeoutSeconds: Math.min(config.cloneTimeoutSeconds, secondsLeft() - SECONDS_TO_CONCLUDE),
        mayBegin: claimed,
        mayEnd: async () => (await claimed).post(),
      },
    );
  const start = clock.now();
  let outcome = await callWith(key);
  if (outcome.kind === 'rejected' && (outcome.status === 401 || outcome.status === 403)) {
    const newKey = await apiKey.getInsteadOf(key).catch((error: unknown) => {
      logger.warn('Could not read the secret again', { error });
    });
    if (newKey !== undefined) outcome = await callWith(newKey);
  }
  // If the claim was lost, nothing was sent.
  if (!(await claimed.catch(() => undefined))) return outcome;
  metrics.addMetric('CloneDuration', MetricUnit.Milliseconds, clock.now().getTime() - start.getTime());
  metrics.addMetric('SampleBytes', MetricUnit.Bytes, sum(folder.samples.map(({ size }) => size)));
  // Logged before any write can fail: a paid voice must be findable.
  logger.info('The API call has ended', { outcome });
  return outcome.kind === 'notSent' && outcome.reason === 'sample'
    ? sampleOutcome(outcome, folder, clock.now())
    : outcome;
}

/** Distinguishes a sample that must not be sent from one that could not be read. */
function sampleOutcome(
  outcome: Extract<SendOutcome, { reason: 'sample' }>,
  { deadline }: CompleteFolder,
  now: Date,
): AttemptOutcome {
  const { error } = outcome;
  if (error instanceof SampleError && error.code !== 'WRONG_LENGTH') {
    const { code, sampleName: name, found } = error;
    return { kind: 'refused', error: errorOf({ code, name, found }) };
  }
  const changed = hasStatus(error, 412) || hasStatus(error, 404);
  return changed && now >= deadline
    ? { kind: 'refused', error: errorOf({ code: 'SAMPLE_CHANGED' }) }
    : outcome;
}

/** Reports how a drop ended, and records metrics. */
async function announce(
  ended: FinalResult,
  { ledger }: Pick<StoredLedger, 'ledger'>,
  work: Work,
  show = work.report,
): Promise<Progress> {
  const { clock, logger, metrics } = work.invocation;
  const result = withEarlier(ledger, ended);
  const told = await tell(result, work, show);
  const metric = { succeeded: 'Cloned', failed: 'Failed', unknown: 'Unknown' }[result.status];
  metrics.addMetric(metric, MetricUnit.Count, 1);
  if (result.status === 'succeeded') {
    const milliseconds = clock.now().getTime() - work.upload.uploadedAt.getTime();
    metrics.addMetric('TimeToVoice', MetricUnit.Seconds, Math.max(0, milliseconds) / 1000);
    logger.info('The voice was cloned', { voices: result.voices });
  } else {
    metrics.addMetric(result.error.code, MetricUnit.Count, 1);
    logger.warn('The voice was not cloned', { status: result.status, error: result.error });
  }
  return told;
}

/**
 * Publishes a result, then writes it to `result.json`. A result in `result.json` has therefore been
 * published; after a crash in between, the next delivery publishes it again. If publishing fails,
 * `result.json` gets `published: false`, and the message is redelivered until it succeeds or reaches the
 * dead-letter queue.
 */
async function tell(
  result: FinalResult,
  { upload, shown, invocation }: Work,
  show: Work['report'],
): Promise<Progress> {
  const isPublished =
    (shown?.result && isSame(shown.result, result)) ||
    (await invocation.publish(result, upload.bucket).then(
      () => true,
      (error: unknown) => {
        invocation.logger.error('Could not publish to the results topic; will retry', { error });
        return false;
      },
    ));
  await show(isPublished ? result : { ...result, published: false });
  return isPublished ? { kind: 'done' } : { kind: 'deferred', reason: 'the result was not published' };
}

function duplicate({ invocation: { logger, metrics } }: Work): Progress {
  logger.info('This drop was already handled');
  metrics.addMetric('Duplicate', MetricUnit.Count, 1);
  return { kind: 'done' };
}

/** Retries an action while time is left: after the API call, recording the outcome is what matters most. */
async function untilDeadline<Value>(invocation: Invocation, action: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (invocation.secondsLeft() < SECONDS_OF_A_REQUEST) throw error;
      invocation.logger.warn('Could not record the outcome; retrying', { error });
      await invocation.sleep(1_000);
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
