import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const account = '123456789012';
const region = 'us-east-1';
const output = mkdtempSync(join(tmpdir(), 'moto-'));
let moto: ChildProcess;
let endpoint: string;

beforeAll(async () => {
  const port = await freePort();
  // Of any other host, CDK makes a template URL in which moto 5.2.1 looks for the bucket in the wrong part.
  endpoint = `http://localhost:${port}`;
  moto = spawn('moto_server', ['--port', String(port)], { stdio: 'ignore' });
  await answers();
});
afterAll(async () => {
  moto.kill();
  await once(moto, 'exit');
  rmSync(output, { recursive: true });
});

it('CDK’s program deploys the stack, and only uploads of manifests reach its queue', async () => {
  const client = { endpoint, region, credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' } };
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const sqs = new SQSClient(client);
  const Bucket = 'recordings';
  await s3.send(new CreateBucketCommand({ Bucket }));
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  await new SecretsManagerClient(client).send(
    new CreateSecretCommand({ Name: 'callers', SecretString: 'the key' }),
  );

  cdk('bootstrap', `aws://${account}/${region}`);
  // moto's CloudFormation has no secrets, and runs CDK's function for notifications only in Docker.
  const existing = [
    `bucketName=${Bucket}`,
    'apiKeySecretName=callers',
    'source=eventbridge',
    'prefix=voices',
  ];
  // It does not take updates either: 5.2.1 neither finds CDK's second change set nor answers UpdateStack.
  cdk('deploy', '--require-approval', 'never', ...existing.flatMap((each) => ['-c', each]));

  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: '{"name":"Amelia"}' }));
  for (const key of ['manifest.json', 'voices/amelia/one.wav', 'voices/amelia/manifest.json']) await put(key);
  const { QueueUrls } = await sqs.send(new ListQueuesCommand({}));
  const QueueUrl = QueueUrls?.find((url) => url.includes('PipelineUploads'));
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }),
  );
  const events = Messages.map(({ Body = '' }) => JSON.parse(Body) as { detail: { object: { key: string } } });
  expect(events.map(({ detail }) => detail.object.key)).toEqual(['voices/amelia/manifest.json']);
});

/** Runs CDK's program, as `npm run deploy` does. */
function cdk(...parameters: string[]): void {
  execFileSync('npx', ['cdk', ...parameters, '--output', output], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_REGION: region,
      CDK_DISABLE_CLI_TELEMETRY: '1',
      NODE_OPTIONS: `--require ${fileURLToPath(new URL('local-names.cjs', import.meta.url))}`,
    },
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Waits until moto listens. */
async function answers(): Promise<void> {
  for (;;) {
    try {
      await fetch(endpoint);
      return;
    } catch {
      if (moto.exitCode !== null) throw new Error(`moto_server ended with ${moto.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
