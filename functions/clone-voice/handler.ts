import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { deliver } from './deliver.ts';
import type { Invocation, Progress } from './invocation.ts';
import { sendCloneRequest } from './send/send-clone-request.ts';
import { createApiKeySource } from './api-key.ts';
import { answerTimeout } from './aws-requests.ts';
import { createHasConditionalWrites } from './has-conditional-writes.ts';
import { type Config, readConfig } from './config.ts';
import { createPublish } from './results-topic.ts';
import { createS3Clock, type S3Clock, setByAnswersTo } from './s3-clock.ts';
import { backoffSeconds } from './redelivery.ts';
import { METRICS_NAMESPACE } from './metrics.ts';
import { manifestUploadsIn } from './upload-events.ts';
import { createVisibility, type Visibility } from './visibility.ts';
import { expectOwner } from '../../voice-folder/s3/quick-requests.ts';
import type { ManifestUpload } from '../../voice-folder/upload.ts';

/** The handler that Lambda invokes. */
export type CloneVoiceHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** What tests replace. */
export interface HandlerOptions {
  /** This host's time, for caching the API key. */
  now?: () => Date;
  /** S3's time. @default - set by the `Date` header of S3's answers */
  clock?: S3Clock;
  /** How many milliseconds S3 may pause while it sends an object. @default 45000 */
  s3SocketTimeout?: number;
}

/**
 * The Lambda function: clones the voices of the folders whose manifest uploads the event reports. Accepts S3
 * events from an SQS queue, with `ReportBatchItemFailures`.
 *
 * @throws {Error} if the environment is invalid, or the event does not come from a queue
 */
export function createHandler(
  environment: Record<string, string | undefined> = process.env,
  { now = () => new Date(), clock = createS3Clock(), s3SocketTimeout = 45_000 }: HandlerOptions = {},
): CloneVoiceHandler {
  const always = partsFor(readConfig(environment), environment, { now, clock, s3SocketTimeout });
  const { config, logger, metrics } = always;
  const visibility = createVisibility(config);

  return async (event, context) => {
    logger.addContext(context);
    const invocation: Invocation = {
      ...always,
      requestId: context.awsRequestId,
      secondsLeft: () => context.getRemainingTimeInMillis() / 1000,
    };
    try {
      if (!isQueueEvent(event)) throw new Error(NOT_FROM_A_QUEUE);
      const batchItemFailures = [];
      for (const record of event.Records) {
        const isDone = await finish(record, { invocation, visibility, now });
        if (!isDone) batchItemFailures.push({ itemIdentifier: record.messageId });
      }
      return { batchItemFailures };
    } finally {
      logger.resetKeys();
      if (metrics.hasStoredMetrics()) {
        passLogFilter(metrics, environment['AWS_LAMBDA_LOG_LEVEL'], now());
        metrics.publishStoredMetrics();
      }
    }
  };
}

/** What all invocations share. */
function partsFor(
  config: Config,
  environment: Record<string, string | undefined>,
  { now, clock, s3SocketTimeout }: Required<HandlerOptions>,
): Omit<Invocation, 'requestId' | 'secondsLeft'> {
  const s3 = new S3Client({
    // Samples are pinned by ETag and their length is verified; a checksum would cost as much CPU as sending.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { ...answerTimeout, socketTimeout: s3SocketTimeout },
  });
  setByAnswersTo(s3, clock);
  const hasConditionalWrites = createHasConditionalWrites(s3);
  if (config.bucketOwner !== undefined) expectOwner(s3, config.bucketOwner);
  // Metrics are per function, so that several pipelines in one account do not mix theirs.
  const serviceName = environment['AWS_LAMBDA_FUNCTION_NAME'] ?? 'clone-voice';
  return {
    s3,
    clock,
    config,
    apiKey: createApiKeySource(config.apiKey, () => now().getTime()),
    logger: new Logger({ serviceName }),
    metrics: new Metrics({ namespace: METRICS_NAMESPACE, serviceName }),
    hasConditionalWrites,
    send: sendCloneRequest,
    publish: createPublish(config.resultTopicArn),
    sleep,
  };
}

/**
 * Gives a line with metrics the level of Lambda's log filter. Lambda takes a line without level and timestamp for
 * INFO, and would drop the metrics with the filter at WARN ("Log-level filtering", AWS Lambda Developer Guide).
 */
function passLogFilter(metrics: Metrics, level: string | undefined, now: Date): void {
  if (!level) return;
  metrics.addMetadata('level', level);
  metrics.addMetadata('timestamp', now.toISOString());
}

/**
 * Called by the bucket itself, the function would have Lambda's two retries, after one and two minutes. If it died while
 * cloning, both would come before its lease is over, and the drop would be lost.
 */
const NOT_FROM_A_QUEUE =
  'This function takes S3 events only from an SQS queue, with ReportBatchItemFailures: let the bucket notify a queue, ' +
  'and the queue invoke the function';

function isQueueEvent(event: Partial<SQSEvent>): event is SQSEvent {
  return Array.isArray(event.Records) && event.Records.some((record) => record.eventSource === 'aws:sqs');
}

type Handled = Progress | { kind: 'unreadable'; reason: string };

/**
 * An unreadable message returns immediately: waiting does not help, and a person should learn of it soon. Other
 * messages wait for at least the backoff, even if the API allows less: each receive counts toward the queue's
 * `maxReceiveCount`, and the queue must not give up before the function does.
 */
function secondsUntilNext(progress: Exclude<Handled, { kind: 'done' }>, record: SQSRecord): number {
  if (progress.kind === 'unreadable') return 0;
  return Math.max(progress.seconds ?? 0, backoffSeconds(Number(record.attributes.ApproximateReceiveCount)));
}

/** By the queue's clock; now for an event that no queue has sent. */
function sentAt({ attributes }: SQSRecord, now: Date): number {
  return Number(attributes.SentTimestamp ?? now);
}

interface Handling {
  invocation: Invocation;
  visibility: Visibility;
  now: () => Date;
}

/** Whether a message is done with. Otherwise, it stays hidden in the queue until its next turn. */
async function finish(record: SQSRecord, { invocation, visibility, now }: Handling): Promise<boolean> {
  const { logger, metrics } = invocation;
  const sent = sentAt(record, now());
  const progress = await handleMessage(record, Math.max(now().getTime(), sent), invocation);
  if (progress.kind === 'done') return true;
  metrics.addMetric('Deferred', MetricUnit.Count, 1);
  // SQS's ApproximateAgeOfOldestMessage ignores messages that were received three times or more.
  metrics.addMetric('Waiting', MetricUnit.Seconds, Math.max(0, (now().getTime() - sent) / 1000));
  logger.info('Deferred', { reason: progress.reason });
  await visibility.change(record, secondsUntilNext(progress, record), logger);
  return false;
}

/** Handles all uploads in a message, even if one of them fails. */
async function handleMessage(record: SQSRecord, now: number, invocation: Invocation): Promise<Handled> {
  let uploads: ManifestUpload[];
  try {
    uploads = manifestUploadsIn(JSON.parse(record.body), now, invocation.config.prefix);
  } catch (error) {
    invocation.logger.error('The message is unreadable; it will go to the dead-letter queue', {
      error,
      messageId: record.messageId,
    });
    return { kind: 'unreadable', reason: 'the message is unreadable' };
  }
  let progress: Progress = { kind: 'done' };
  for (const upload of uploads) {
    const each = await handleUpload(upload, invocation).catch((error: unknown): Progress => {
      invocation.logger.error('Could not handle the drop; will retry', { error });
      return { kind: 'deferred', reason: 'an error' };
    });
    if (each.kind === 'deferred') progress = each;
  }
  return progress;
}

function handleUpload(upload: ManifestUpload, invocation: Invocation): Promise<Progress> {
  invocation.logger.appendKeys({ bucket: upload.bucket, manifest: upload.key, upload: upload.sequencer });
  return deliver(upload, invocation);
}
