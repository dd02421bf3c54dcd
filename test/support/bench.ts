import { createHash, randomUUID } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Context, SQSRecord } from 'aws-lambda';
import { type LocalAws, localAwsVariables, localCredentials, startLocalAws } from '../../emulators/aws.ts';
import { type CallersApiSimulator, startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import {
  type CloneVoiceHandler,
  createHandler,
  type HandlerOptions,
} from '../../functions/clone-voice/handler.ts';
import { createS3Clock } from '../../functions/clone-voice/s3-clock.ts';
import { encodeLedger } from '../../voice-folder/ledger-format.ts';
import type { Ledger } from '../../voice-folder/ledger-schema.ts';
import { getObject } from '../../voice-folder/s3/stored-object.ts';
import { readLedger } from '../../voice-folder/s3/ledger-file.ts';
import { ledgerOf } from '../../voice-folder/names.ts';
import { API_KEY } from './api-key.ts';
import { startKmsS3 } from './kms-s3.ts';
import { wav } from './wav.ts';
import { type S3Proxy, startS3Proxy } from './s3-proxy.ts';

/** A result as a person reads it. */
export interface ReadResult {
  status: string;
  upload: string;
  fingerprint?: string;
  requestId: string;
  finishedAt: string;
  clonedFrom?: string;
  missing?: string[];
  voices?: { id: string; name: string; [field: string]: unknown }[];
  samples?: { name: string; size: number; sameAs?: string }[];
  ignored?: { name: string; why: string }[];
  hints?: { name?: string; code: string; message: string }[];
  manifest: { key: string; etag: string };
  since?: string;
  earlier?: { status: string; upload: string; voices?: { id: string }[] }[];
  error?: {
    code: string;
    message: string;
    issues?: { path: string; message: string }[];
    httpStatus?: number;
    apiMessage?: string;
    reason?: string;
  };
}

/** The function’s handler among emulated services, with what tests do to them. */
export interface Bench {
  aws: LocalAws;
  /** Of S3. */
  endpoint: string;
  api: CallersApiSimulator;
  /** Between the handler and S3; the tests' own requests bypass it. */
  proxy: S3Proxy;
  s3: S3Client;
  sqs: SQSClient;
  put(key: string, body: string | Uint8Array, mediaType?: string): Promise<void>;
  remove(key: string): Promise<void>;
  /**
   * Uploads a folder, samples first, and returns the resulting message. Its WAV samples are like no other folder's: the
   * same recordings in two folders would be one voice.
   */
  drop(
    folder: string,
    manifest?: object | string,
    files?: Record<string, Uint8Array | string>,
    mediaType?: string,
  ): Promise<SQSRecord>;
  /** The next message about a manifest; skips messages that earlier tests left behind. */
  nextMessage(manifestKey: string): Promise<SQSRecord>;
  /** A separate function, like another execution environment. */
  handler(environment?: Record<string, string>, options?: HandlerOptions): CloneVoiceHandler;
  /** Delivers messages to a function. Returns the identifiers of those that failed. */
  deliver(records: SQSRecord | SQSRecord[], handler?: CloneVoiceHandler): Promise<string[]>;
  result(folder: string): Promise<ReadResult>;
  read(key: string): Promise<string | undefined>;
  keys(prefix?: string): Promise<string[]>;
  /** When an object was last written, by S3's clock; undefined when there is none. */
  head(key: string): Promise<{ lastModified: Date } | undefined>;
  /** What is in the state bucket. */
  stateKeys(): Promise<string[]>;
  /** The ledger of a folder; undefined when there is none. */
  ledger(folder: string): Promise<Ledger | undefined>;
  /** The ledger as it is stored. */
  storedLedger(folder: string): Promise<Uint8Array | undefined>;
  /** Replaces the ledger. */
  putLedger(folder: string, ledger: Ledger | string): Promise<void>;
  /** Messages that are in the queue, hidden or not. */
  queued(): Promise<{ visible: number; hidden: number }>;
  close(): Promise<void>;
}

/** A manifest with nothing but a name. */
export const manifest = { name: 'Amelia' };
/** Two samples, by name. */
export const files = { 'one.wav': wav(3_000), 'two.wav': wav(4_000) };
/** Larger than all buffers between the function and the API, so that an early end precedes the body's. */
export const largeFiles = () => ({ 'large.wav': wav(10_000_000) });

/**
 * Starts empty S3, SQS and API emulators on this machine, and the real handler in front of them.
 *
 * @param store `kms`: the buckets encrypt with a KMS key
 */
export async function startBench(store: 'plain' | 'kms' = 'plain'): Promise<Bench> {
  const aws = await startLocalAws();
  const api = await startCallersApiSimulator();
  const kms = store === 'kms' ? await startKmsS3(aws.endpoint) : undefined;
  const endpoint = kms?.url ?? aws.endpoint;
  const proxy = await startS3Proxy(endpoint);
  const client = { region: aws.region, credentials: localCredentials };
  const s3 = new S3Client({ ...client, endpoint });
  const sqs = new SQSClient({ ...client, endpoint: aws.endpoint });
  Object.assign(process.env, {
    ...localAwsVariables,
    AWS_ENDPOINT_URL_S3: proxy.url,
    AWS_ENDPOINT_URL_SQS: aws.endpoint,
    AWS_ENDPOINT_URL_SNS: aws.endpoint,
  });
  const environment = {
    CALLERS_API_URL: api.url,
    CALLERS_API_KEY: API_KEY,
    QUEUE_URL: aws.queueUrl,
    STATE_BUCKET: aws.stateBucket,
    RESULT_TOPIC_ARN: aws.resultTopicArn,
    SETTLE_SECONDS: '0',
  };
  let usual: CloneVoiceHandler | undefined;
  const ledgerName = (folder: string) =>
    ledgerOf(
      { stateBucket: aws.stateBucket, prefix: '' },
      { bucket: aws.bucket, key: `${folder}manifest.json` },
    );

  const bench: Bench = {
    aws,
    endpoint,
    api,
    proxy,
    s3,
    sqs,
    async put(key, body, mediaType) {
      const command = { Bucket: aws.bucket, Key: key, Body: Buffer.from(body), ContentType: mediaType };
      await s3.send(new PutObjectCommand(command));
    },
    async remove(key) {
      await s3.send(new DeleteObjectCommand({ Bucket: aws.bucket, Key: key }));
    },
    async drop(folder, content = manifest, samples = files, mediaType) {
      for (const [name, body] of Object.entries(samples))
        await bench.put(folder + name, spokenIn(folder, body), mediaType);
      const isRaw = typeof content === 'string' || content instanceof Uint8Array;
      await bench.put(`${folder}manifest.json`, isRaw ? content : JSON.stringify(content));
      return bench.nextMessage(`${folder}manifest.json`);
    },
    async nextMessage(manifestKey) {
      const command = new ReceiveMessageCommand({
        QueueUrl: aws.queueUrl,
        WaitTimeSeconds: 10,
        MessageSystemAttributeNames: ['All'],
      });
      for (;;) {
        const { Messages: [message] = [] } = await sqs.send(command);
        if (!message) throw new Error(`There is no message about ${manifestKey} in the queue`);
        const record = recordOf(message.Body ?? '', message);
        if (keyIn(record) === manifestKey) return record;
      }
    },
    handler: (own = {}, options = {}) => createHandler({ ...environment, ...own }, options),
    async deliver(records, handler = (usual ??= bench.handler())) {
      const response = await handler({ Records: [records].flat() }, context());
      return response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
    async result(folder) {
      const text = await bench.read(`${folder}result.json`);
      if (text === undefined) throw new Error(`There is no result.json in ${folder}`);
      return JSON.parse(text) as ReadResult;
    },
    async read(key) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: aws.bucket, Key: key }));
        return await Body?.transformToString();
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async keys(prefix = '') {
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: aws.bucket, Prefix: prefix }),
      );
      return Contents.map(({ Key = '' }) => Key);
    },
    head: (key) => getObject(s3, { bucket: aws.bucket, key }, Infinity),
    async stateKeys() {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: aws.stateBucket }));
      return Contents.map(({ Key = '' }) => Key);
    },
    async ledger(folder) {
      const { ledger, etag } = await readLedger(s3, ledgerName(folder));
      return etag === undefined ? undefined : ledger;
    },
    async storedLedger(folder) {
      return (await getObject(s3, ledgerName(folder), Infinity))?.body;
    },
    async putLedger(folder, ledger) {
      const { bucket: Bucket, key: Key } = ledgerName(folder);
      await s3.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body: typeof ledger === 'string' ? ledger : encodeLedger(ledger).text,
        }),
      );
    },
    async queued() {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: aws.queueUrl, AttributeNames: [...names] }),
      );
      return { visible: Number(Attributes[names[0]]), hidden: Number(Attributes[names[1]]) };
    },
    async close() {
      for (const key of await bench.keys()) {
        // As bytes: large samples take seconds as text.
        const stored = await getObject(s3, { bucket: aws.bucket, key }, Infinity);
        if (stored && Buffer.from(stored.body).includes(API_KEY))
          throw new Error(`The API key was written to ${key}`);
      }
      s3.destroy();
      sqs.destroy();
      await Promise.all([proxy.close(), kms?.close(), aws.close(), api.close()]);
    },
  };
  return bench;
}

/** The sample, if it is a WAV, as it sounds in one folder: with other last bytes. */
export function spokenIn(folder: string, sample: Uint8Array | string): Uint8Array | string {
  if (typeof sample === 'string' || sample.length < 100 || !Buffer.from(sample.subarray(0, 4)).equals(RIFF)) {
    return sample;
  }
  const own = Buffer.from(sample);
  createHash('sha256')
    .update(folder)
    .digest()
    .copy(own, own.length - 32);
  return own;
}

const RIFF = Buffer.from('RIFF');

/** Options of a function that runs this many seconds later by S3's clock. */
export function later(seconds: number): HandlerOptions {
  const clock = createS3Clock();
  return { clock: { ...clock, now: () => new Date(clock.now().getTime() + seconds * 1000) } };
}

/** The upload as S3 would report it two seconds later: S3's times are whole seconds. */
export function uploadedLater(record: SQSRecord): SQSRecord {
  const body = record.body.replace(
    /"eventTime":"([^"]+)"/,
    (_, time: string) => `"eventTime":"${new Date(Date.parse(time) + 2_000).toISOString()}"`,
  );
  return { ...record, body };
}

function keyIn({ body }: SQSRecord): string | undefined {
  const key: string | undefined = JSON.parse(body).Records?.[0]?.s3.object.key;
  return key && decodeURIComponent(key.replaceAll('+', ' '));
}

/** A message as Lambda hands it to the function. */
export function recordOf(body: string, received: Message = {}): SQSRecord {
  return {
    messageId: received.MessageId ?? randomUUID(),
    receiptHandle: received.ReceiptHandle ?? 'none',
    body,
    attributes: { ApproximateReceiveCount: '1', ...received.Attributes } as SQSRecord['attributes'],
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:clone-voice',
    awsRegion: 'us-east-1',
  };
}

/** The context of an invocation that has just begun. The default is a function with a timeout of 15 minutes. */
export function context(seconds = 900): Context {
  const end = Date.now() + seconds * 1000;
  return { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => end - Date.now() } as Context;
}
