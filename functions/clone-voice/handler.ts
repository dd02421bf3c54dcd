import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { S3Client } from '@aws-sdk/client-s3';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, S3Event, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { sendCloneRequest } from './send-clone-request.ts';
import { createApiKeySource } from './api-key.ts';
import { answerTimeout } from './aws-requests.ts';
import { cloneFolder, type Invocation, type Progress } from './clone-folder.ts';
import { type Config, readConfig } from './config.ts';
import { createPublish } from './results-topic.ts';
import { createS3Clock, type S3Clock, setByAnswersTo } from './s3-clock.ts';
import { backoffSeconds, SECONDS_TO_CONCLUDE } from './redelivery.ts';
import { METRICS_NAMESPACE } from './metrics.ts';
import { manifestUploadsIn } from './upload-events.ts';
import { type ManifestUpload } from '../../voice-folder/upload.ts';

export type CloneVoiceHandler = (
  event: SQSEvent | S3Event,
  context: Context,
) => Promise<SQSBatchResponse | void>;

export interface HandlerOptions {
  /** This host's time, by which the API key is kept for a while. */
  now?: () => Date;
  /** S3's time. @default - as S3's answers tell it */
  clock?: S3Clock;
  /** How long S3 may be silent in the middle of an object, in milliseconds. @default 45000 */
  s3SocketTimeout?: number;
}

/**
 * The Lambda function: clones the voices of the folders whose manifests the event tells of. Takes S3's events from
 * an SQS queue (with `ReportBatchItemFailures`), or from the bucket itself.
 *
 * @throws {Error} when the environment is invalid, or a bucket's own event could not be dealt with: Lambda then
 *   delivers it again.
 */
export function createHandler(
  environment: Record<string, string | undefined> = process.env,
  { now = () => new Date(), clock = createS3Clock(), s3SocketTimeout = 45_000 }: HandlerOptions = {},
): CloneVoiceHandler {
  const config = readConfig(environment);
  const s3 = new S3Client({
    // Samples are pinned by their ETag and their length is counted; a checksum on top costs as much CPU as sending.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { ...answerTimeout, socketTimeout: s3SocketTimeout },
  });
  setByAnswersTo(s3, clock);
  const apiKey = createApiKeySource(config.apiKey, () => now().getTime());
  // Each function has its own metrics, so that several pipelines in one account keep theirs apart.
  const serviceName = environment['AWS_LAMBDA_FUNCTION_NAME'] ?? 'clone-voice';
  const logger = new Logger({ serviceName });
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName });
  const publish = createPublish(config.resultTopicArn);
  const visibility = createVisibility(config);

  return async (event, context) => {
    logger.addContext(context);
    const invocation: Invocation = {
      s3,
      clock,
      config,
      apiKey,
      logger,
      metrics,
      requestId: context.awsRequestId,
      secondsLeft: () => context.getRemainingTimeInMillis() / 1000,
      send: sendCloneRequest,
      publish,
      sleep,
    };
    try {
      if (!isQueueEvent(event)) return await handleNotification(event, invocation);
      const failures = [];
      for (const record of event.Records) {
        const progress = await handleMessage(record, invocation);
        if (progress.kind === 'done') continue;
        metrics.addMetric('Deferred', MetricUnit.Count, 1);
        // The queue's own age of its oldest message leaves out what was received three times or more.
        metrics.addMetric('Waiting', MetricUnit.Seconds, secondsSinceSent(record, now()));
        logger.info('Deferred', { reason: progress.reason });
        await visibility.change(record, secondsUntilNext(progress, record), logger);
        failures.push({ itemIdentifier: record.messageId });
      }
      return { batchItemFailures: failures };
    } finally {
      logger.resetKeys();
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    }
  };
}

function isQueueEvent(event: SQSEvent | S3Event): event is SQSEvent {
  return Array.isArray(event.Records) && event.Records.some((record) => record.eventSource === 'aws:sqs');
}

type Handled = Progress | { kind: 'unreadable'; reason: string };

/**
 * A message that cannot be read comes back at once: it will be no more readable later, and a person should hear of it
 * soon. Others not before the backoff has passed, whatever the API asks for: the queue counts how often it hands out a
 * message, and must not give up before the function does.
 */
function secondsUntilNext(progress: Exclude<Handled, { kind: 'done' }>, record: SQSRecord): number {
  if (progress.kind === 'unreadable') return 0;
  return Math.max(progress.seconds ?? 0, backoffSeconds(Number(record.attributes.ApproximateReceiveCount)));
}

function secondsSinceSent({ attributes }: SQSRecord, now: Date): number {
  return Math.max(0, (now.getTime() - Number(attributes.SentTimestamp ?? now)) / 1000);
}

/** Deals with all uploads that a message tells of, even when one of them fails. */
async function handleMessage(record: SQSRecord, invocation: Invocation): Promise<Handled> {
  let uploads: ManifestUpload[];
  try {
    uploads = manifestUploadsIn(JSON.parse(record.body));
  } catch (error) {
    invocation.logger.error('The message cannot be read; it will end in the dead-letter queue', {
      error,
      messageId: record.messageId,
    });
    return { kind: 'unreadable', reason: 'the message cannot be read' };
  }
  let progress: Progress = { kind: 'done' };
  for (const upload of uploads) {
    const each = await handleUpload(upload, invocation).catch((error: unknown): Progress => {
      invocation.logger.error('The drop could not be dealt with; it will be tried again', { error });
      return { kind: 'deferred', reason: 'an error' };
    });
    if (each.kind === 'deferred') progress = each;
  }
  return progress;
}

/** An event of the bucket itself cannot be put off: waits as long as this invocation lasts. */
async function handleNotification(event: unknown, invocation: Invocation): Promise<void> {
  const { config, secondsLeft } = invocation;
  for (const upload of manifestUploadsIn(event)) {
    for (let looks = 1; ; looks++) {
      const progress = await handleUpload(upload, invocation);
      if (progress.kind === 'done') break;
      const seconds = progress.seconds ?? backoffSeconds(looks);
      if (secondsLeft() < seconds + config.cloneTimeoutSeconds + SECONDS_TO_CONCLUDE) {
        throw new Error(`${upload.key} has to wait: ${progress.reason}. Lambda will deliver the event again`);
      }
      await invocation.sleep(seconds * 1000);
    }
  }
}

function handleUpload(upload: ManifestUpload, invocation: Invocation): Promise<Progress> {
  invocation.logger.appendKeys({ bucket: upload.bucket, manifest: upload.key, upload: upload.sequencer });
  return cloneFolder(upload, invocation);
}

/** Has a message come again after a while of its own, instead of after the queue's visibility timeout. */
function createVisibility({ queueUrl }: Config) {
  let client: SQSClient | undefined;
  return {
    async change(record: SQSRecord, seconds: number, logger: Logger): Promise<void> {
      if (queueUrl === undefined) return;
      try {
        // Made on first use: most invocations never put anything off. Importing it only then would cost more than it
        // saves: what it shares with S3's client could not be tree-shaken in the bundle.
        client ??= new SQSClient({ requestHandler: answerTimeout });
        await client.send(
          new ChangeMessageVisibilityCommand({
            QueueUrl: queueUrl,
            ReceiptHandle: record.receiptHandle,
            VisibilityTimeout: Math.min(seconds, MAX_VISIBILITY_SECONDS),
          }),
        );
      } catch (error) {
        // The message then comes again after the queue's own time.
        logger.warn('The message could not be put off', { error });
      }
    },
  };
}

/** SQS keeps a message invisible for twelve hours at most. */
const MAX_VISIBILITY_SECONDS = 43_200;
