import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { FastifyInstance } from 'fastify';
import { buildApp } from 'fauxqs';
import { s3Extras } from './s3-extras.ts';
import { snsExtras } from './sns-extras.ts';
import { callSqs } from './sqs.ts';

/** The running emulators, and what they were created with. */
export interface LocalAws {
  /** Serves S3, SQS and SNS. It is an IP address, so S3 clients use path-style URLs by default. */
  endpoint: string;
  region: string;
  bucket: string;
  /** The bucket for the ledgers. */
  stateBucket: string;
  queueUrl: string;
  queueArn: string;
  deadLetterQueueUrl: string;
  /** The results topic. */
  resultTopicArn: string;
  close(): Promise<void>;
}

/** Options of {@link startLocalAws}. */
export interface LocalAwsOptions {
  /** @default 0 - any free port */
  port?: number;
  /** @default 'voices' */
  bucket?: string;
  /** The queue's visibility timeout. @default 960 - slightly longer than the function's timeout, as in AWS */
  visibilityTimeoutSeconds?: number;
  /** After this many receives, a message goes to the dead-letter queue. @default 50 */
  maxReceiveCount?: number;
}

/** Any credentials work: nothing is checked. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };

const region = 'us-east-1';

/** Environment variables for the AWS SDK in another process, without the endpoints. */
export const localAwsVariables = {
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
};

/** The environment variables by which the function finds the emulators. */
export function functionVariables(aws: LocalAws): Record<string, string> {
  return {
    ...localAwsVariables,
    AWS_ENDPOINT_URL_S3: aws.endpoint,
    AWS_ENDPOINT_URL_SQS: aws.endpoint,
    AWS_ENDPOINT_URL_SNS: aws.endpoint,
    QUEUE_URL: aws.queueUrl,
    STATE_BUCKET: aws.stateBucket,
    RESULT_TOPIC_ARN: aws.resultTopicArn,
  };
}

/** S3's limit. */
const largestPut = 5 * 1024 ** 3;

/**
 * Starts S3, SQS and SNS in this process, in memory and reachable only from this machine: a bucket that
 * notifies the queue of each `manifest.json`, and a results topic without subscriptions.
 */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const { port = 0, bucket = 'voices', visibilityTimeoutSeconds = 960, maxReceiveCount = 50 } = options;

  const app = buildApp({ logger: false, defaultRegion: region });
  acceptLargePuts(app);
  returnUndeliveredMessages(app);
  app.register(s3Extras, { region });
  snsExtras(app);

  try {
    await app.listen({ port, host: '127.0.0.1' });
    const endpoint = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;

    const stateBucket = `${bucket}-state`;
    await createBucket(endpoint, bucket);
    await createBucket(endpoint, stateBucket);
    const queues = await createQueues(endpoint, visibilityTimeoutSeconds, maxReceiveCount);
    await app.notifyQueue({ bucket, queueUrl: queues.queueUrl, suffix: 'manifest.json' });

    const resultTopicArn = await createTopic(app);
    return {
      endpoint,
      region,
      bucket,
      stateBucket,
      ...queues,
      resultTopicArn,
      close: async () => await app.close(),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/**
 * Raises fauxqs' limit of 11 MiB per PUT, and accepts every content type. S3 accepts 5 GiB, and rclone and s3cmd send up to
 * 200 MB in one PUT.
 */
function acceptLargePuts(app: FastifyInstance): void {
  const options = { parseAs: 'buffer', bodyLimit: largestPut } as const;
  app.removeContentTypeParser('*');
  app.addContentTypeParser('*', options, (_request, body, done) => done(null, body));
  // fauxqs parses this type as a request to SNS, but curl also sends it with any file.
  const form = 'application/x-www-form-urlencoded';
  app.removeContentTypeParser(form);
  app.addContentTypeParser<Buffer>(form, options, (request, body, done) => {
    const isFile = request.method === 'PUT';
    done(null, isFile ? body : Object.fromEntries(new URLSearchParams(body.toString('utf8'))));
  });
}

/**
 * fauxqs continues a long poll after its client has disconnected, so the next message would be lost until its
 * visibility timeout ends. This makes such a message visible again immediately; only its receive count increases.
 */
function returnUndeliveredMessages(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (reply.raw.destroyed && request.headers['x-amz-target'] === 'AmazonSQS.ReceiveMessage') {
      const { QueueUrl } = request.body as { QueueUrl: string };
      const { Messages = [] } = JSON.parse(String(payload)) as { Messages?: { ReceiptHandle: string }[] };
      for (const { ReceiptHandle } of Messages) {
        callSqs(app, 'ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }).catch(
          (error: unknown) =>
            console.error('Could not return an undelivered message; it stays hidden:', error),
        );
      }
    }
    done();
  });
}

async function createBucket(endpoint: string, bucket: string): Promise<void> {
  const s3 = new S3Client({ endpoint, region, credentials: localCredentials });
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  } finally {
    s3.destroy();
  }
}

/** Creates the topic without an SDK client, which the published program would need only for this. */
async function createTopic(app: FastifyInstance): Promise<string> {
  const { body } = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'Action=CreateTopic&Name=clone-voice-results',
  });
  const [, arn] = /<TopicArn>(.+)<\/TopicArn>/.exec(body) ?? [];
  if (arn === undefined) throw new Error('The local SNS did not create the topic');
  return arn;
}

async function createQueues(endpoint: string, visibilityTimeoutSeconds: number, maxReceiveCount: number) {
  const sqs = new SQSClient({ endpoint, region, credentials: localCredentials });

  async function createQueue(name: string, attributes: Record<string, string>) {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    const query = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    const arn = (await sqs.send(query)).Attributes?.QueueArn;
    if (!QueueUrl || !arn) throw new Error(`The local SQS did not create the queue ${name}`);
    // fauxqs uses the host sqs.<region>.localhost, which not every machine resolves, but only checks the
    // path.
    return { url: endpoint + new URL(QueueUrl).pathname, arn };
  }

  try {
    const deadLetters = await createQueue('clone-voice-dead-letters', {});
    const queue = await createQueue('clone-voice', {
      VisibilityTimeout: String(visibilityTimeoutSeconds),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount }),
    });
    return { queueUrl: queue.url, queueArn: queue.arn, deadLetterQueueUrl: deadLetters.url };
  } finally {
    sqs.destroy();
  }
}
