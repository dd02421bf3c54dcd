import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { buildCloneRequest } from '../../shared/clone-request.ts';
import { type Hint, hintsAt } from '../../shared/hints.ts';
import type { Media } from '../../shared/media.ts';
import type { CloneOutcome } from '../../shared/outcome.ts';
import type { Failure } from '../../voice-folder/fault.ts';
import type { CompleteFolder } from '../../voice-folder/judge-folder.ts';
import { rejectsKey, type Withheld } from '../../voice-folder/ending.ts';
import { type Decision, endOfAttempt } from '../../voice-folder/ledger.ts';
import type { Attempt, Ended, Ledger } from '../../voice-folder/ledger-schema.ts';
import type { Result } from '../../voice-folder/result.ts';
import type { StoredLedger } from '../../voice-folder/s3/ledger-file.ts';
import { hasStatus, isOutage, reasonOf, refusalOf } from '../../voice-folder/s3/refusal.ts';
import { type Claim, Overtaken, takeClaim, Unrecorded } from './claim.ts';
import { noteRefusal } from './ledger-refusal.ts';
import { type Invocation, type Progress, untilDeadline, type Work } from './invocation.ts';
import { NotNew, openRecordingsGate } from './recordings-gate.ts';
import { unreadable } from './secret-refusal.ts';
import { SECONDS_TO_CONCLUDE } from './redelivery.ts';
import { SampleError } from './send/multipart.ts';
import { samplesIn, UnreadableSample } from './send/s3-samples.ts';
import type { Stopped } from './send/send-clone-request.ts';

/** How an attempt to clone a voice ended. */
export type AttemptEnd =
  /** Another delivery has changed the ledger. */
  | { kind: 'lost'; stored: StoredLedger }
  /** Nothing was claimed, because the request cannot be made. */
  | ({ kind: 'impossible' } & Failure)
  /** The request was not sent, and the claim is free again: another delivery may try. */
  | Extract<Progress, { kind: 'deferred' }>
  | { kind: 'ended'; ended: Ended; ledger: Ledger };

/**
 * Attempts to clone a voice under a claim. Requests to S3 overlap with sending, so that only the end of the body waits
 * for S3:
 * - the claim is written while the connection and the first samples are opened
 * - `result.json` is written, and other folders of the same shape are looked at, while the samples stream
 * - `posting` is written while the last samples leave
 *
 * @param decision with the ledger as it is stored
 * @throws {Error} if too little time is left to begin; also S3's and Secrets Manager's errors
 */
export async function attemptToClone(
  decision: Extract<Decision, { kind: 'claim' }> & { text: string },
  stored: StoredLedger,
  folder: CompleteFolder,
  work: Work,
): Promise<AttemptEnd> {
  const { ledgerName, report, invocation } = work;
  const { clock, config, logger } = invocation;
  // Before claiming, because the key may be missing or slow to read.
  const key = await invocation.apiKey.get().catch((error: unknown) => {
    if (clock.now() < folder.deadline) throw error;
    return unreadable(error, config.secretId, 'outage');
  });
  if (typeof key !== 'string') return { kind: 'impossible', ...key };
  if (!(await invocation.hasConditionalWrites(ledgerName))) {
    return { kind: 'impossible', fault: { code: 'UNSUITABLE_STORE' } };
  }
  requireTime(invocation);
  const taking = takeClaim(invocation, ledgerName, decision, stored);
  const media = new Map<string, Media>();
  const sending = call(key, taking, folder, media, work);
  const taken = await taking.catch(async (error: unknown) => {
    await sending;
    throw error;
  });
  if ('lostTo' in taken) {
    await sending;
    return { kind: 'lost', stored: taken.lostTo };
  }
  const { claim } = taken;
  const cloning = report(cloningResult(claim.attempt)).catch((error: unknown) => {
    logger.warn('Could not write result.json during the clone', { error });
  });
  const outcome = await sending;
  const end = () => claim.end(outcome, clock.now(), config.completeWithinSeconds, hintsOf(folder, media));
  const ledger = await untilDeadline(invocation, end, isUnrecorded).catch((error: unknown) => {
    // A known outcome is reported even if it cannot be recorded.
    if (!isUnrecorded(error) || !endOfAttempt(error.ledger, claim.attempt)) throw error;
    noteRefusal(error, invocation);
    return error.ledger;
  });
  await cloning;
  const ended = endOfAttempt(ledger, claim.attempt);
  if (ended) return { kind: 'ended', ended, ledger };
  const seconds = 'retryAfterSeconds' in outcome ? outcome.retryAfterSeconds : undefined;
  const reason =
    outcome.kind === 'running'
      ? 'the same recordings are being sent from another folder'
      : 'the request was not sent';
  return { kind: 'deferred', reason, ...(seconds !== undefined && { seconds }) };
}

function isUnrecorded(error: unknown): error is Unrecorded {
  return error instanceof Unrecorded;
}

/** Hints at the samples whose first bytes have passed; at their total only if all have. */
function hintsOf({ manifest, samples }: CompleteFolder, media: ReadonlyMap<string, Media>): Hint[] {
  return hintsAt(
    manifest.settings.providerType,
    samples.map(({ name }) => ({ name, media: media.get(name) ?? {} })),
  );
}

/** @throws {Error} if the function's timeout is too short for the API's */
function requireTime({ config, secondsLeft }: Invocation): void {
  if (secondsLeft() >= config.cloneTimeoutSeconds + SECONDS_TO_CONCLUDE) return;
  throw new Error(
    `Only ${Math.floor(secondsLeft())} seconds are left, too few to start: the function's timeout must ` +
      `exceed CLONE_TIMEOUT_SECONDS (${config.cloneTimeoutSeconds}) by more than ${SECONDS_TO_CONCLUDE}`,
  );
}

function cloningResult({ drop, since }: Attempt): Result {
  return { status: 'cloning', message: 'The voice is being cloned.', since, ...drop };
}

/** Makes the API call, unless the claim is lost or the recordings are not new. */
async function call(
  key: string,
  taking: ReturnType<typeof takeClaim>,
  folder: CompleteFolder,
  media: Map<string, Media>,
  { upload, invocation }: Work,
): Promise<CloneOutcome | Withheld> {
  const { s3, clock, config, logger, metrics, send, secondsLeft } = invocation;
  const { settings, subOrganizationId } = folder.manifest;
  const claimed = taking.then((taken): Claim => {
    if ('lostTo' in taken) throw new Error('the claim is somebody else’s');
    return taken.claim;
  });
  claimed.catch(() => {});
  const gate = openRecordingsGate({ s3, clock, place: config }, upload, claimed);
  const samples = await samplesIn(s3, upload, folder.samples, (name, said) => media.set(name, said));
  const callWith = (currentKey: string): Promise<CloneOutcome | Stopped> =>
    send(
      buildCloneRequest({
        apiUrl: config.apiUrl,
        apiKey: currentKey,
        ...(subOrganizationId !== undefined && { subOrganizationId }),
        settings,
        samples,
      }),
      {
        timeoutSeconds: Math.min(config.cloneTimeoutSeconds, secondsLeft() - SECONDS_TO_CONCLUDE),
        mayBegin: gate.mayBegin,
        mayEnd: async (digests) => (await claimed).post(await gate.pass(digests)),
        stop: gate.stop,
      },
    );
  const start = clock.now();
  const outcome = await withCurrentKey(key, callWith, invocation);
  let end = outcome.kind === 'stopped' ? withheldBy(outcome, folder, clock.now()) : outcome;
  // If the claim was lost, nothing was sent.
  if (!(await claimed.catch(() => undefined))) return end;
  // If no voice was made, an earlier one of the same recordings counts, whatever kept the request from being sent.
  const isUnmade = ['notSent', 'rejected', 'refused'].includes(end.kind);
  const notNew = isUnmade ? await gate.known : undefined;
  if (notNew) end = sameAs(notNew);
  if (end.kind === 'same' || end.kind === 'running') {
    logger.info('The same recordings were sent before', { sameness: end });
    return end;
  }
  metrics.addMetric('CloneDuration', MetricUnit.Milliseconds, clock.now().getTime() - start.getTime());
  metrics.addMetric('SampleBytes', MetricUnit.Bytes, sum(folder.samples.map(({ size }) => size)));
  // Logged before any write can fail: a paid voice must be findable.
  logger.info('The API call has ended', { outcome });
  return end;
}

/** Calls with the key and, if Callers rejects it and the secret has changed since, once more with the new one. */
async function withCurrentKey(
  key: string,
  callWith: (key: string) => Promise<CloneOutcome | Stopped>,
  { apiKey, logger }: Invocation,
): Promise<CloneOutcome | Stopped> {
  const outcome = await callWith(key);
  if (!rejectsKey(outcome)) return outcome;
  const newKey = await apiKey.getInsteadOf(key).catch((error: unknown) => {
    logger.warn('Could not read the secret again', { error });
  });
  return newKey === undefined ? outcome : callWith(newKey);
}

function sameAs({ sameness }: NotNew): Withheld {
  return sameness.kind === 'same' ? sameness : { ...sameness, retryAfterSeconds: someSeconds() };
}

/** 5 to 15: of two folders that wait for each other, one comes back first. */
function someSeconds(): number {
  return 5 + Math.floor(Math.random() * 11);
}

/** Why the function stopped the request: recordings that are not new, a sample that must not be sent, or an outage. */
function withheldBy({ by, error }: Stopped, { deadline }: CompleteFolder, now: Date): Withheld {
  if (error instanceof NotNew) return sameAs(error);
  if (by === 'gate') {
    const isWaitedFor = isOutage(error) && !(error instanceof Overtaken);
    return { kind: 'notSent', reason: isWaitedFor ? 'S3 outage' : 'withheld', message: reasonOf(error) };
  }
  if (error instanceof SampleError && error.code !== 'WRONG_LENGTH') {
    const { code, sampleName: name, found } = error;
    return { kind: 'refused', fault: { code, name, found } };
  }
  if (!(error instanceof UnreadableSample)) {
    return { kind: 'notSent', reason: 'sample', message: reasonOf(error) };
  }
  const { sampleName: name, cause } = error;
  const refusal = refusalOf(cause);
  if (refusal) {
    const { reason, ...fault } = refusal;
    return { kind: 'refused', fault: { ...fault, name }, answer: { reason } };
  }
  const changed = hasStatus(cause, 412) || hasStatus(cause, 404);
  if (changed && now >= deadline) return { kind: 'refused', fault: { code: 'SAMPLE_CHANGED' } };
  return {
    kind: 'notSent',
    reason: isOutage(cause) ? 'S3 outage' : 'sample',
    name,
    message: reasonOf(cause),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
