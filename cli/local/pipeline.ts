import { EventEmitter, on } from 'node:events';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { readConfig } from '../../functions/clone-voice/config.ts';
import { maxReceiveCount, visibilityTimeoutSeconds } from '../../functions/clone-voice/redelivery.ts';
import { type FinalResult, isFinal, type Result } from '../../voice-folder/result.ts';
import { readResult } from '../../voice-folder/s3/result-file.ts';
import { manifestUploadsIn } from '../../functions/clone-voice/upload-events.ts';
import { type ObjectName, resultOf } from '../../voice-folder/names.ts';
import { functionVariables, type LocalAws, localCredentials, startLocalAws } from '../../emulators/aws.ts';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import {
  type EventSourceMappingOptions,
  startEventSourceMapping,
} from '../../emulators/event-source-mapping.ts';
import { startLocalLambda } from '../../emulators/lambda.ts';
import { functionFolder } from '../installation.ts';

const FUNCTION_TIMEOUT_SECONDS = 900;

/** The running pipeline. */
export interface LocalPipeline {
  /** Endpoint of S3 and SQS. */
  endpoint: string;
  region: string;
  bucket: string;
  /** The Callers API: a local simulator, or the real one. */
  api: { url: string; simulated: boolean };
  s3: S3Client;
  /** Emits each result that is written, with the key of its `result.json`. */
  results: EventEmitter<{ result: [key: string, result: Result]; close: [] }>;
  /** Waits for the next final result of a manifest's key. */
  nextResult(manifestKey: string): Promise<FinalResult>;
  close(): Promise<void>;
}

/** Options of {@link startLocalPipeline}. */
export interface LocalPipelineOptions {
  /** Port of S3 and SQS; 0 selects any free port. */
  port: number;
  /** The function's settings, such as `SETTLE_SECONDS`. With `CALLERS_API_KEY`, the real API is called. */
  environment: Record<string, string | undefined>;
  /** The folder of the function's bundle. @default - the one that comes with the program, rebuilt in a checkout */
  bundleFolder?: string;
  /** How many folders are cloned concurrently. @default 5 */
  concurrency?: number;
  /** How long the simulated API takes to make a voice. @default 500 */
  cloneMilliseconds?: number;
  /** Called with each line of the function's log. */
  onLog?: (line: string) => void;
  /** Called with each event before the function gets it. */
  onInvocation?: (event: SQSEvent) => void;
}

/**
 * Runs the whole pipeline locally: a bucket, its queue and the bundled function, connected as in AWS. The
 * Callers API is simulated, unless there is a key for the real one.
 *
 * @throws {Error} if the environment is invalid, or the port is in use.
 */
export async function startLocalPipeline(options: LocalPipelineOptions): Promise<LocalPipeline> {
  const { port, environment, cloneMilliseconds = 500, onLog = () => {} } = options;
  const settings = settingsIn(environment);
  const simulated = settings['CALLERS_API_KEY'] === undefined;
  const { apiUrl, completeWithinSeconds } = readConfig({
    CALLERS_API_KEY: 'any',
    STATE_BUCKET: 'any',
    ...settings,
  });

  const bundleFolder = options.bundleFolder ?? (await functionFolder());
  const aws = await startLocalAws({
    port,
    visibilityTimeoutSeconds: visibilityTimeoutSeconds(FUNCTION_TIMEOUT_SECONDS),
    maxReceiveCount: maxReceiveCount(completeWithinSeconds, FUNCTION_TIMEOUT_SECONDS),
  });
  const { endpoint, region, bucket } = aws;
  const s3 = new S3Client({ endpoint, region, credentials: localCredentials });
  const simulator = simulated ? await startCallersApiSimulator({ cloneMilliseconds }) : undefined;

  const lambda = startLocalLambda({
    bundleFolder,
    environment: {
      ...functionVariables(aws),
      ...settings,
      ...(simulator && { CALLERS_API_URL: simulator.url, CALLERS_API_KEY: 'simulated' }),
    },
    onLog,
  });

  const results: LocalPipeline['results'] = new EventEmitter();
  const poller = startPoller(aws, options, async (event, context) => {
    const response = await lambda.invoke(event, context);
    for (const name of resultNames(event)) {
      const stored = await readResult(s3, name);
      if (stored?.result) results.emit('result', name.key, stored.result);
    }
    return response;
  });

  return {
    endpoint,
    region,
    bucket,
    api: { url: simulator?.url ?? apiUrl, simulated },
    s3,
    results,
    nextResult: (manifestKey) => nextResult(results, { bucket, key: manifestKey }),
    async close() {
      await poller.stop();
      await lambda.close();
      results.emit('close');
      s3.destroy();
      await Promise.all([aws.close(), simulator?.close()]);
    },
  };
}

/** Passes on what is in the queue. */
function startPoller(
  { endpoint, region, queueUrl, queueArn }: LocalAws,
  { concurrency = 5, onInvocation = () => {} }: LocalPipelineOptions,
  handler: EventSourceMappingOptions['handler'],
): { stop(): Promise<void> } {
  const sqs = new SQSClient({ endpoint, region, credentials: localCredentials });
  const mapping = startEventSourceMapping({
    sqs,
    queueUrl,
    queueArn,
    concurrency,
    functionTimeoutSeconds: FUNCTION_TIMEOUT_SECONDS,
    handler(event, context) {
      onInvocation(event);
      return handler(event, context);
    },
  });
  return {
    async stop() {
      await mapping.stop();
      sqs.destroy();
    },
  };
}

/** The function's settings in an environment. */
function settingsIn(environment: LocalPipelineOptions['environment']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      // Passes on an empty SUB_ORGANIZATIONS, so that the function rejects it.
      SETTINGS.includes(name) && value !== undefined && (value !== '' || name === 'SUB_ORGANIZATIONS')
        ? [[name, value] as const]
        : [],
    ),
  );
}

/** The environment variables that are passed to the function; no others are. */
const SETTINGS = [
  'CALLERS_API_KEY',
  'CALLERS_API_URL',
  'SETTLE_SECONDS',
  'COMPLETE_WITHIN_SECONDS',
  'MAX_TOTAL_BYTES',
  'CLONE_TIMEOUT_SECONDS',
  'SUB_ORGANIZATIONS',
  // Node's own, for the call of the real API.
  'NODE_USE_ENV_PROXY',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
];

/** @throws {Error} if the pipeline is closed before */
async function nextResult(results: LocalPipeline['results'], manifest: ObjectName): Promise<FinalResult> {
  const name = resultOf(manifest);
  const emitted = on(results, 'result', { close: ['close'] }) as AsyncIterable<[string, Result]>;
  for await (const [key, result] of emitted) if (key === name.key && isFinal(result)) return result;
  throw new Error(`The pipeline was closed before there was a result for ${manifest.key}`);
}

function resultNames({ Records }: SQSEvent) {
  try {
    return Records.flatMap(({ body }) => manifestUploadsIn(JSON.parse(body))).map(resultOf);
  } catch {
    return []; // The function reports what is wrong with the message.
  }
}
