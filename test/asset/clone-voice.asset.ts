import { EventEmitter, on } from 'node:events';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ChangeMessageVisibilityCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dropUnchecked } from '../../cli/local/drop-unchecked.ts';
import { localAwsVariables, localCredentials, startLocalAws } from '../../emulators/aws.ts';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { startEventSourceMapping } from '../../emulators/event-source-mapping.ts';
import { readLedger } from '../../voice-folder/s3/ledger-file.ts';
import { ledgerOf } from '../../voice-folder/names.ts';
import { API_KEY } from '../support/api-key.ts';
import type { ReadResult } from '../support/bench.ts';
import { type Lambda, startLambda } from '../support/lambda.ts';
import { subscribe } from '../support/result-topic.ts';
import { installRuntimeInterfaceClient } from '../support/runtime-interface-client.ts';
import { startS3Proxy } from '../support/s3-proxy.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';
import { type Deployment, synthesizeDeployment } from './deployed-function.ts';

const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:PipelineApiKey-AbCdEf';
const amelia = {
  name: 'amelia',
  path: fileURLToPath(new URL('../../examples/voices/amelia', import.meta.url)),
};
const folder = 'voices/amelia/';

let runtimeInterfaceClient: string;
let deployment: Deployment;
let stack: Stack | undefined;

beforeAll(async () => {
  runtimeInterfaceClient = await installRuntimeInterfaceClient();
  const synthesized = await synthesizeDeployment();
  deployment = synthesized;
  return () => synthesized.close();
}, 600_000);
afterEach(async () => {
  await stack?.close();
  stack = undefined;
});

/** How an invocation ended, and the message that it was about. */
type Delivery = { record: SQSRecord } & ({ failures: string[] } | { error: string });

type Stack = Awaited<ReturnType<typeof deploy>>;

/** The stack on this machine, with nothing in the bucket. */
async function deploy(timeoutSeconds = deployment.timeoutSeconds, own: Record<string, string> = {}) {
  const aws = await startLocalAws(deployment.queue);
  const api = await startCallersApiSimulator({ apiKey: API_KEY });
  const proxy = await startS3Proxy(aws.endpoint);
  const secrets = await startSecretsManager(JSON.stringify({ apiKey: API_KEY }));
  const client = { endpoint: aws.endpoint, region: aws.region, credentials: localCredentials };
  const s3 = new S3Client(client);
  const sqs = new SQSClient(client);
  const environment = {
    ...deployment.environment({
      queueUrl: aws.queueUrl,
      secretArn: SECRET_ARN,
      stateBucket: aws.stateBucket,
      resultTopicArn: aws.resultTopicArn,
    }),
    CALLERS_API_URL: api.url,
    ...localAwsVariables,
    AWS_ENDPOINT_URL_S3: proxy.url,
    AWS_ENDPOINT_URL_SQS: aws.endpoint,
    AWS_ENDPOINT_URL_SNS: aws.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
  };
  const ledgerName = ledgerOf(
    { stateBucket: aws.stateBucket, prefix: '' },
    { bucket: aws.bucket, key: `${folder}manifest.json` },
  );
  const log: string[] = [];
  const startFunction = (variables: Record<string, string>): Promise<Lambda> =>
    startLambda({
      ...deployment,
      runtimeInterfaceClient,
      timeoutSeconds,
      environment: { ...environment, ...variables },
      onLog(line) {
        log.push(line);
        console.log(line);
      },
    });
  let lambda = await startFunction(own);

  const ended = new EventEmitter<{ delivery: [Delivery] }>();
  const deliveries = on(ended, 'delivery') as AsyncIterator<[Delivery]>;
  let last: SQSRecord | undefined;
  const end = (delivery: Delivery) => {
    last = delivery.record;
    ended.emit('delivery', delivery);
  };
  const mapping = startEventSourceMapping({
    sqs,
    queueUrl: aws.queueUrl,
    queueArn: aws.queueArn,
    concurrency: 1,
    functionTimeoutSeconds: timeoutSeconds,
    async handler(event, context) {
      const response = await lambda.invoke(event, context);
      const failures = response?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) ?? [];
      for (const record of event.Records) end({ record, failures });
      return response;
    },
    onError: (error, record) => end({ record, error: String(error) }),
  });

  const nextDelivery = async (): Promise<Delivery> => (await deliveries.next()).value[0];
  // The first message of all is S3's s3:TestEvent.
  await nextDelivery();

  async function read<Content>(key: string): Promise<Content> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: aws.bucket, Key: key }));
    return JSON.parse((await Body?.transformToString()) ?? '') as Content;
  }

  async function keys(prefix: string): Promise<string[]> {
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: aws.bucket, Prefix: folder + prefix }),
    );
    return Contents.map(({ Key = '' }) => Key);
  }

  return {
    results: await subscribe({ aws, sqs }),
    api,
    proxy,
    secrets,
    log,
    get lambda() {
      return lambda;
    },
    /** Replaces the function by one with other variables. */
    async redeploy(variables: Record<string, string>): Promise<void> {
      await lambda.close();
      lambda = await startFunction(variables);
    },
    drop: () => dropUnchecked(s3, amelia, { bucket: aws.bucket, prefix: folder }),
    /** The outcome of the next invocation that no earlier call returned. */
    nextDelivery,
    /** Ends the visibility timeout now. */
    async redeliver(): Promise<void> {
      await sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: aws.queueUrl,
          ReceiptHandle: last?.receiptHandle,
          VisibilityTimeout: 0,
        }),
      );
    },
    result: () => read<ReadResult>(`${folder}result.json`),
    keys,
    attempt: async () => (await readLedger(s3, ledgerName)).ledger.attempt,
    /** Waits until the invocation that took the claim must be over. */
    async endLease(): Promise<void> {
      const { ledger } = await readLedger(s3, ledgerName);
      if (!ledger.attempt) throw new Error('There is no attempt');
      const attempt = { ...ledger.attempt, leaseUntil: new Date(0).toISOString() };
      const Body = JSON.stringify({ ...ledger, attempt });
      await s3.send(new PutObjectCommand({ Bucket: ledgerName.bucket, Key: ledgerName.key, Body }));
    },
    /** Makes S3 ignore this write of the ledger; resolves once it has arrived. */
    holdLedgerWrite(number: number): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      let writes = 0;
      proxy.intercept = (request) => {
        if (!request.startsWith('PUT') || !request.endsWith('/ledger.json')) return 'pass';
        writes += 1;
        if (writes < number) return 'pass';
        resolve();
        return 'never-answer';
      };
      return promise;
    },
    /** How many messages are left, once the invocations that run are over. */
    async remainingMessages(): Promise<number> {
      await mapping.stop();
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: aws.queueUrl, AttributeNames: [...names] }),
      );
      return Number(Attributes[names[0]]) + Number(Attributes[names[1]]);
    },
    async close(): Promise<void> {
      await lambda.close();
      await mapping.stop();
      s3.destroy();
      sqs.destroy();
      secrets.close();
      await Promise.all([proxy.close(), aws.close(), api.close()]);
    },
  };
}

/** The writes of a ledger, in their order. */
const [POSTING, OUTCOME] = [2, 3];

describe('the stack as it is deployed', () => {
  it('runs on the Node of these tests, behind a queue like theirs', () => {
    expect(deployment.runtime).toBe(`nodejs${process.versions.node.split('.')[0]}.x`);
    expect(deployment.mapping).toEqual({ batchSize: 1, responseTypes: ['ReportBatchItemFailures'] });
  });

  it('clones the folder that is dropped', async () => {
    stack = await deploy();
    await stack.drop();
    // The manifest is marked, so the folder need not settle.
    expect(await stack.nextDelivery()).toMatchObject({ failures: [] });

    const { status, voices, samples } = await stack.result();
    expect(status).toBe('succeeded');
    expect(voices).toMatchObject([{ id: stack.api.voices[0]?.id, name: 'Amelia, receptionist' }]);
    expect(samples?.map(({ name }) => name)).toEqual(['goodbye.wav', 'greeting.mp3', 'look-up.mp3']);
    expect(stack.api.voices).toHaveLength(1);
    expect(stack.secrets.reads).toEqual([SECRET_ARN]);
    const [told] = await stack.results.received();
    expect(JSON.parse(told?.Message ?? '')).toEqual(await stack.result());
    expect(stack.lambda.processes).toHaveLength(1);
    expect(await stack.remainingMessages()).toBe(0);
  });
});

describe('a function that cannot start', () => {
  it('reports why, and leaves the message in the queue until that is fixed', async () => {
    stack = await deploy();
    await stack.redeploy({ SETTLE_SECONDS: 'ten' });
    await stack.drop();
    const why = 'The environment variables are invalid: SETTLE_SECONDS must be a whole number';
    expect(await stack.nextDelivery()).toMatchObject({ error: `Error: Error: ${why}` });
    expect(stack.lambda.initErrors).toMatchObject([{ errorType: 'Error', errorMessage: why }]);
    expect(stack.api.requests).toHaveLength(0);
    expect(await stack.attempt()).toBeUndefined();

    await stack.redeploy({ SETTLE_SECONDS: '0' });
    await stack.redeliver();
    expect(await stack.nextDelivery()).toMatchObject({ failures: [] });
    expect(stack.api.voices).toHaveLength(1);
    expect(await stack.remainingMessages()).toBe(0);
  });
});

describe('an API that is silent', () => {
  const limits = { SETTLE_SECONDS: '0', CLONE_TIMEOUT_SECONDS: '1' };
  const silence = { kind: 'silence', when: 'after-body', created: true } as const;

  it('ends as unknown long before the time of the function is over', async () => {
    stack = await deploy(25, limits);
    stack.api.behaveNext(silence);
    await stack.drop();
    expect(await stack.nextDelivery()).toMatchObject({ failures: [] });
    expect(await stack.result()).toMatchObject({ status: 'unknown', error: { code: 'OUTCOME_UNKNOWN' } });
    expect(stack.api.requests).toHaveLength(1);
  });

  it('with a silent S3 too: the function gives up in time, and nothing calls again', async () => {
    stack = await deploy(23, limits);
    stack.api.behaveNext(silence);
    const held = stack.holdLedgerWrite(OUTCOME);
    await stack.drop();
    await held;
    const late = await stack.nextDelivery();
    expect(late).toMatchObject({ failures: [late.record.messageId] });
    expect(await stack.attempt()).toMatchObject({ state: 'posting', number: 1 });

    stack.proxy.intercept = () => 'pass';
    await stack.redeliver();
    const early = await stack.nextDelivery();
    expect(early).toMatchObject({ failures: [early.record.messageId] });

    await stack.endLease();
    await stack.redeliver();
    expect(await stack.nextDelivery()).toMatchObject({ failures: [] });
    expect(await stack.result()).toMatchObject({ status: 'unknown', error: { code: 'OUTCOME_UNKNOWN' } });
    expect(stack.api.requests).toHaveLength(1);
    expect(stack.lambda.processes).toHaveLength(1);
  });
});

describe('a function that is killed', () => {
  const limits = { SETTLE_SECONDS: '0', CLONE_TIMEOUT_SECONDS: '60' };
  const killed = { error: 'Error: Runtime exited: SIGKILL' };

  async function expectNextToClone(of: Stack) {
    of.proxy.intercept = () => 'pass';
    await of.endLease();
    await of.redeliver();
    expect(await of.nextDelivery()).toMatchObject({ failures: [] });
    expect(await of.result()).toMatchObject({ status: 'succeeded', voices: [{}] });
    expect(of.api.voices).toHaveLength(1);
  }

  it('before the call: the next one clones the voice', async () => {
    stack = await deploy(300, limits);
    const held = stack.holdLedgerWrite(POSTING);
    await stack.drop();
    await held;
    stack.lambda.crash();
    expect(await stack.nextDelivery()).toMatchObject(killed);
    expect(await stack.attempt()).toMatchObject({ state: 'claimed', number: 1 });
    expect(stack.api.voices).toHaveLength(0);

    await expectNextToClone(stack);
    expect(await stack.remainingMessages()).toBe(0);
  });

  it('while it reads the samples: nothing whole was sent, and the next one clones the voice', async () => {
    stack = await deploy(300, limits);
    const { promise: stalled, resolve } = Promise.withResolvers<void>();
    stack.proxy.intercept = (request) => {
      if (!request.endsWith('look-up.mp3')) return 'pass';
      resolve();
      return 'stall-body';
    };
    await stack.drop();
    await stalled;
    await expect.poll(() => stack?.keys('result.json')).toHaveLength(1);
    expect(await stack.result()).toMatchObject({ status: 'cloning' });
    stack.lambda.crash();
    expect(await stack.nextDelivery()).toMatchObject(killed);

    await expectNextToClone(stack);
  });

  it('after the voice was made: nobody calls again, and the log has the voice', async () => {
    stack = await deploy(300, limits);
    const held = stack.holdLedgerWrite(OUTCOME);
    await stack.drop();
    await held;
    await killAndRedeliver(stack);
    expect(stack.api.voices).toHaveLength(1);
    expect(stack.log.join('\n')).toContain(stack.api.voices[0]?.voiceId);
  });

  /** Expects that the call is neither repeated nor forgotten. */
  async function killAndRedeliver({ lambda, api, proxy, ...of }: Stack): Promise<void> {
    const whenCallIsOver = api.whenRequests(1);
    lambda.crash();
    expect(await of.nextDelivery()).toMatchObject(killed);
    await whenCallIsOver;
    expect(await of.attempt()).toMatchObject({ state: 'posting', number: 1 });

    proxy.intercept = () => 'pass';
    await of.endLease();
    await of.redeliver();
    expect(await of.nextDelivery()).toMatchObject({ failures: [] });
    expect(await of.result()).toMatchObject({ status: 'unknown', error: { code: 'OUTCOME_UNKNOWN' } });
    expect(api.requests).toHaveLength(1);
    expect(await of.remainingMessages()).toBe(0);
  }
});
