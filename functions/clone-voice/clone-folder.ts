import { randomUUID } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { buildCloneRequest } from '../../shared/clone-request.ts';
import { SampleError } from './multipart.ts';
import type { sendCloneRequest, SendOutcome } from './send-clone-request.ts';
import type { ApiKeySource } from './api-key.ts';
import { SECONDS_OF_A_REQUEST } from './aws-requests.ts';
import {
  type CallOutcome,
  type Claim,
  type Claimed,
  claimSchema,
  type Decision,
  type Delivery,
  onDelivery,
  onOutcome,
  post,
} from './claim.ts';
import { type Config, SECONDS_TO_CONCLUDE } from './config.ts';
import {
  type Drop,
  type FinalResult,
  readResult,
  type Result,
  settles,
  writeResult,
} from '../../voice-folder/result.ts';
import { type ResultError } from '../../voice-folder/errors.ts';
import { errorOf } from '../../voice-folder/errors.ts';
import { samplesIn } from './s3-samples.ts';
import { getObject, hasStatus, putJsonIf, type Stored } from '../../voice-folder/s3-json.ts';
import { type ObjectName } from '../../voice-folder/names.ts';
import type { ManifestUpload } from '../../voice-folder/upload.ts';
import {
  claimOf,
  claimsFolderOf,
  type CompleteFolder,
  lookAtFolder,
} from '../../voice-folder/look-at-folder.ts';
import { resultOf } from '../../voice-folder/names.ts';

/** What an invocation works with. */
export interface Invocation {
  s3: S3Client;
  config: Config;
  apiKey: ApiKeySource;
  logger: Logger;
  metrics: Metrics;
  requestId: string;
  now: () => Date;
  /** When Lambda ends this invocation. */
  deadline: Date;
  /** Makes the API call. */
  send: typeof sendCloneRequest;
  /** Waits that many milliseconds. */
  sleep: (milliseconds: number) => Promise<unknown>;
}

/** Done for good, or to be looked at again: after that many seconds where it is known how many. */
export type Progress = { kind: 'done' } | { kind: 'deferred'; reason: string; seconds?: number };

/** By how much the clocks of two Lambda hosts may differ. */
const CLOCK_SKEW_SECONDS = 10;

/**
 * Brings one drop as far as it goes now: looks at the folder, clones the voice at most once, and writes
 * `result.json`. Doing it again for the same upload changes nothing.
 *
 * @throws {Error} what S3 or Secrets Manager throw; the message then comes again.
 */
export async function cloneFolder(upload: ManifestUpload, invocation: Invocation): Promise<Progress> {
  const { s3, logger, now } = invocation;
  const known = await readResult(s3, resultOf(upload));
  if (settles(known, upload.upload)) return duplicate(invocation);
  const report = (result: Result) => writeResult(s3, resultOf(upload), result, known);

  const folder = await lookAtFolder(s3, upload, { ...invocation, rules: invocation.config, now: now() });
  if (folder.kind === 'withdrawn') {
    logger.info('The manifest was deleted: there is nothing to do');
    return { kind: 'done' };
  }
  const earlier =
    folder.hasClaims && (await earlierClaimOfDrop(upload, deliveryOf(upload, folder, invocation), s3));
  if (earlier) return settle(earlier, report, invocation);
  switch (folder.kind) {
    case 'unusable':
      return conclude(failedResult(folder, now()), report, invocation);
    case 'incomplete': {
      if (now() >= folder.deadline) return conclude(failedResult(folder, now()), report, invocation);
      const { missing, waitSeconds: seconds, deadline, drop } = folder;
      // A folder that only has to settle does so in a moment: nobody needs to be told.
      if (seconds > 0) return { kind: 'deferred', reason: 'the folder still changes', seconds };
      const told = known?.result?.status === 'waiting' && known.result.upload === upload.upload;
      if (!told) {
        const message = 'Waiting until the samples are uploaded.';
        await report({ status: 'waiting', message, missing, until: deadline.toISOString(), ...drop });
      }
      return { kind: 'deferred', reason: 'samples are missing' };
    }
    case 'complete':
      return cloneOnce(upload, folder, report, invocation);
  }
}

type Report = (result: Result) => Promise<void>;

async function cloneOnce(
  upload: ManifestUpload,
  folder: CompleteFolder,
  report: Report,
  invocation: Invocation,
): Promise<Progress> {
  const { s3, config } = invocation;
  // Before anything is claimed: it may not be there, and reading it may take its time.
  const key = await invocation.apiKey.get();
  if (secondsLeft(invocation) < config.cloneTimeoutSeconds + SECONDS_TO_CONCLUDE) {
    throw new Error(
      `${Math.floor(secondsLeft(invocation))} seconds are too few to begin: the function's timeout must exceed ` +
        `CLONE_TIMEOUT_SECONDS (${config.cloneTimeoutSeconds}) by ${SECONDS_TO_CONCLUDE} and more`,
    );
  }
  const claimName = claimOf(upload, folder.drop.fingerprint);
  const taken = await takeClaim(claimName, deliveryOf(upload, folder, invocation), s3);
  if (taken.kind !== 'claim') return settle(taken, report, invocation);

  const posting = post(taken.claim);
  const written = await putJsonIf(s3, claimName, posting, taken);
  if (!written.written) return settle({ kind: 'defer' }, report, invocation);

  const outcome = await call(upload, key, folder, invocation);
  const next = onOutcome(
    posting,
    outcome,
    deliveryOf(upload, folder, invocation),
    config.completeWithinSeconds,
  );
  const noted = await untilDeadline(invocation, () => putJsonIf(s3, claimName, next, written));
  if (!noted.written) {
    // Only by deleting the claim, or by a clock that is wrong. The result is still worth more than nothing.
    invocation.logger.error('The claim was changed by somebody else during the call', { claim: next });
  }
  if (next.state !== 'claimed') {
    return untilDeadline(invocation, () => conclude(next.result, report, invocation));
  }
  const seconds = 'retryAfterSeconds' in outcome ? outcome.retryAfterSeconds : undefined;
  return { kind: 'deferred', reason: 'the request was not sent', ...(seconds !== undefined && { seconds }) };
}

/** What there is to do when nothing is to be sent. */
type Settled = Exclude<Decision, { kind: 'claim' }>;
type Taken = Settled | { kind: 'claim'; claim: Claimed; etag: string };

async function settle(decision: Settled, report: Report, invocation: Invocation): Promise<Progress> {
  switch (decision.kind) {
    case 'defer':
      return { kind: 'deferred', reason: 'another delivery is at work on it' };
    case 'conclude':
      return conclude(decision.claim.result, report, invocation);
    case 'report':
      await report(decision.result);
      return duplicate(invocation);
  }
}

function deliveryOf(
  upload: ManifestUpload,
  { drop }: { drop: Drop },
  { now, deadline }: Invocation,
): Delivery {
  return {
    owner: randomUUID(),
    drop,
    uploadedAt: upload.uploadedAt,
    now: now(),
    leaseUntil: new Date(deadline.getTime() + CLOCK_SKEW_SECONDS * 1000),
  };
}

/** Takes the claim, or finds out why not. The first look is the attempt to create it, which mostly succeeds. */
async function takeClaim(name: ObjectName, delivery: Delivery, s3: S3Client): Promise<Taken> {
  let stored: StoredClaim | undefined;
  for (;;) {
    const decision = onDelivery(stored?.claim, delivery);
    if (decision.kind === 'defer' || decision.kind === 'report') return decision;
    const write = await putJsonIf(s3, name, decision.claim, stored);
    if (write.written) return decision.kind === 'claim' ? { ...decision, etag: write.etag } : decision;
    stored = write.found && parseClaim(name, write.found);
  }
}

/**
 * The same upload may have been taken up before with other samples: somebody replaced or deleted one while the message
 * was on its way again. If a voice may have been made then, it must not be made once more now.
 */
async function earlierClaimOfDrop(
  upload: ManifestUpload,
  delivery: Delivery,
  s3: S3Client,
): Promise<Settled | undefined> {
  const { bucket } = upload;
  const { fingerprint } = delivery.drop;
  const own = fingerprint && claimOf(upload, fingerprint).key;
  const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: claimsFolderOf(upload) });
  for await (const { Contents = [] } of pages) {
    for (const { Key: key = '', LastModified } of Contents) {
      // A claim of this upload cannot be older than the upload.
      const before = (LastModified?.getTime() ?? 0) < upload.uploadedAt.getTime() - CLOCK_SKEW_SECONDS * 1000;
      if (key === own || before) continue;
      const found = await getObject(s3, { bucket, key });
      if (!found) continue;
      const stored = parseClaim({ bucket, key }, found);
      if (stored.claim.upload !== upload.upload) continue;
      const decision = onDelivery(stored.claim, delivery);
      if (decision.kind === 'claim') continue; // Nothing was sent.
      if (decision.kind !== 'conclude') return decision;
      const { written } = await putJsonIf(s3, { bucket, key }, decision.claim, stored);
      return written ? decision : { kind: 'defer' };
    }
  }
  return undefined;
}

interface StoredClaim {
  claim: Claim;
  etag: string;
}

/** @throws {Error} when it is no claim: then nobody knows what was sent, and a person has to look. */
function parseClaim({ key }: ObjectName, { body, etag }: Stored): StoredClaim {
  try {
    return { claim: claimSchema.parse(JSON.parse(new TextDecoder().decode(body))), etag };
  } catch (cause) {
    throw new Error(`${key} is not a claim that this function wrote`, { cause });
  }
}

/** Makes the API call; a key that is refused is tried once more if the secret has been changed since. */
async function call(
  upload: ManifestUpload,
  key: string,
  folder: CompleteFolder,
  invocation: Invocation,
): Promise<CallOutcome> {
  const { s3, config, logger, metrics, apiKey, now, send } = invocation;
  const { settings, subOrganizationId } = folder.manifest;
  const callWith = (currentKey: string): Promise<SendOutcome> =>
    send(
      buildCloneRequest({
        apiUrl: config.apiUrl,
        apiKey: currentKey,
        ...(subOrganizationId !== undefined && { subOrganizationId }),
        settings,
        samples: samplesIn(s3, upload, folder.samples),
      }),
      { timeoutSeconds: Math.min(config.cloneTimeoutSeconds, secondsLeft(invocation) - SECONDS_TO_CONCLUDE) },
    );
  const start = now();
  let outcome = await callWith(key);
  if (outcome.kind === 'rejected' && (outcome.status === 401 || outcome.status === 403)) {
    const newKey = await apiKey.getInsteadOf(key).catch((error: unknown) => {
      logger.warn('The secret could not be read again', { error });
    });
    if (newKey !== undefined) outcome = await callWith(newKey);
  }
  metrics.addMetric('CloneDuration', MetricUnit.Milliseconds, now().getTime() - start.getTime());
  metrics.addMetric('SampleBytes', MetricUnit.Bytes, sum(folder.samples.map(({ size }) => size)));
  // Before anything can go wrong with writing it down: a voice that was paid for must be findable.
  logger.info('The API call is over', { outcome });
  return outcome.kind === 'notSent' && outcome.reason === 'sample'
    ? sampleOutcome(outcome, folder, now())
    : outcome;
}

/** Tells a sample that must not be sent from one that could only not be read. */
function sampleOutcome(
  outcome: Extract<SendOutcome, { reason: 'sample' }>,
  { deadline }: CompleteFolder,
  now: Date,
): CallOutcome {
  const { error } = outcome;
  if (error instanceof SampleError && error.code === 'NOT_AUDIO') {
    const { sampleName: name, found } = error;
    return { kind: 'refused', error: errorOf({ code: 'NOT_AUDIO', name, found }) };
  }
  const changed = hasStatus(error, 412) || hasStatus(error, 404);
  if (changed && now >= deadline) {
    return { kind: 'refused', error: errorOf({ code: 'SAMPLE_CHANGED' }) };
  }
  return outcome;
}

async function conclude(
  result: FinalResult,
  report: Report,
  { logger, metrics }: Invocation,
): Promise<Progress> {
  await report(result);
  const metric = { succeeded: 'Cloned', failed: 'Failed', unknown: 'Unknown' }[result.status];
  metrics.addMetric(metric, MetricUnit.Count, 1);
  if (result.status === 'succeeded') logger.info('The voice was cloned', { voices: result.voices });
  else logger.warn('The voice was not cloned', { status: result.status, error: result.error });
  return { kind: 'done' };
}

function duplicate({ logger, metrics }: Invocation): Progress {
  logger.info('This drop has ended before');
  metrics.addMetric('Duplicate', MetricUnit.Count, 1);
  return { kind: 'done' };
}

function failedResult({ drop, error }: { drop: Drop; error: ResultError }, now: Date): FinalResult {
  return { status: 'failed', error, ...drop, finishedAt: now.toISOString() };
}

/** Repeats what fails while there is time: after the API call nothing is worth more than noting how it ended. */
async function untilDeadline<Value>(invocation: Invocation, action: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (secondsLeft(invocation) < SECONDS_OF_A_REQUEST) throw error;
      invocation.logger.warn('Writing down the outcome failed; trying again', { error });
      await invocation.sleep(1_000);
    }
  }
}

function secondsLeft({ deadline, now }: Invocation): number {
  return (deadline.getTime() - now().getTime()) / 1000;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
