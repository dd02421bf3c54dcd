import { readdirSync } from 'node:fs';
import { SQSClient } from '@aws-sdk/client-sqs';
import { lambdaBundleFolder } from '../../../functions/bundle.ts';
import { type LocalAws, localAwsVariables, localCredentials } from '../../../emulators/aws.ts';
import { startEventSourceMapping } from '../../../emulators/event-source-mapping.ts';
import { startLocalLambda } from '../../../emulators/lambda.ts';

/**
 * Runs the local pipeline's poller and execution environments in their own process, so that its memory does not
 * include that of S3, which keeps all uploads. Exits by itself when told to stop: if it does not, something was left
 * open.
 */

/** What the process that hosts the function is told to serve. */
export interface HostOrder {
  aws: LocalAws;
  apiUrl: string;
  concurrency: number;
}

/** Sent on request, and when the host stops. */
export interface HostState {
  megabytes: number;
  /** Execution environments started so far. */
  environments: number;
  /** Open files and connections. */
  handles: number;
}

let running = 0;
let environments = 0;

process.once('message', ({ aws, apiUrl, concurrency }: HostOrder) => {
  const sqs = new SQSClient({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: localCredentials,
  });
  const lambda = startLocalLambda({
    bundleFolder: lambdaBundleFolder,
    environment: {
      ...localAwsVariables,
      AWS_ENDPOINT_URL_S3: aws.endpoint,
      AWS_ENDPOINT_URL_SQS: aws.endpoint,
      QUEUE_URL: aws.queueUrl,
      STATE_BUCKET: aws.stateBucket,
      CALLERS_API_URL: apiUrl,
      CALLERS_API_KEY: 'bench',
    },
    onLog: () => {},
  });
  const mapping = startEventSourceMapping({
    sqs,
    queueUrl: aws.queueUrl,
    queueArn: aws.queueArn,
    concurrency,
    async handler(event, context) {
      running += 1;
      environments = Math.max(environments, running);
      try {
        return await lambda.invoke(event, context);
      } finally {
        running -= 1;
      }
    },
  });
  process.on('message', (message: 'state' | 'stop') => void (message === 'stop' ? stop() : tell()));

  async function stop(): Promise<void> {
    await mapping.stop();
    await lambda.close();
    sqs.destroy();
    tell();
    process.disconnect();
  }
});

function tell(): void {
  process.send?.({
    megabytes: process.memoryUsage.rss() / 1e6,
    environments,
    handles: readdirSync('/proc/self/fd').length,
  } satisfies HostState);
}
