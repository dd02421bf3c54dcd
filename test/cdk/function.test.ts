import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VoiceCloneStack, type VoiceCloneStackProps } from '../../cdk/voice-clone-stack.ts';
import { dropFailureCodes } from '../../shared/failures.ts';
import { API_KEY } from '../support/api-key.ts';
import { type Bench, files, recordOf, startBench, uploadedLater } from '../support/bench.ts';
import { logsOfThisTest } from '../support/captured-logs.ts';
import { wav } from '../support/wav.ts';
import { type AwsCall, type AwsRecorder, startAwsRecorder } from './aws-recorder.ts';
import { covers, type Grant, grantsOf, matches } from './grants.ts';
import { find, functionOf, newApp, readable } from './synthesis.ts';

const FUNCTION_NAME = 'voices-function';
const ACCOUNT = '111122223333';
const KEY_ARN = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

/** The stack for the bench's bucket. */
const templateWith = (props: VoiceCloneStackProps = {}) =>
  Template.fromStack(
    new VoiceCloneStack(newApp(), 'Test', {
      env: { account: ACCOUNT, region: 'us-east-1' },
      bucketName: 'voices',
      prefix: 'drops',
      apiKeySecretName: 'prod/callers',
      ...props,
    }),
  );

/** What the function's role is granted. */
function grantsIn(template: Template): Grant[] {
  const role = functionOf(template).Properties.Role['Fn::GetAtt'][0] as string;
  return grantsOf(template, role);
}

const LEDGERS = '<Pipeline/State.Arn>/voices/drops/*';

/** Reviewers: this is all that the function may do. */
const granted: Grant[] = [
  { action: 's3:GetObject', resources: ['arn:aws:s3:::voices/drops/*'] },
  {
    action: 's3:PutObject',
    resources: ['arn:aws:s3:::voices/drops/result.json', 'arn:aws:s3:::voices/drops/*/result.json'],
  },
  { action: 's3:GetObject', resources: [LEDGERS] },
  { action: 's3:PutObject', resources: [LEDGERS] },
  {
    action: 's3:ListBucket',
    resources: ['<Pipeline/State.Arn>'],
    condition: { StringLikeIfExists: { 's3:prefix': 'voices/drops/*' } },
  },
  { action: 's3:ListBucketMultipartUploads', resources: ['arn:aws:s3:::voices'] },
  {
    action: 's3:ListBucket',
    resources: ['arn:aws:s3:::voices'],
    condition: { StringLikeIfExists: { 's3:prefix': 'drops/*' } },
  },
  { action: 'sqs:ReceiveMessage', resources: ['<Pipeline/Uploads.Arn>'] },
  { action: 'sqs:DeleteMessage', resources: ['<Pipeline/Uploads.Arn>'] },
  { action: 'sqs:GetQueueAttributes', resources: ['<Pipeline/Uploads.Arn>'] },
  { action: 'sqs:ChangeMessageVisibility', resources: ['<Pipeline/Uploads.Arn>'] },
  { action: 'sns:Publish', resources: ['<Pipeline/Results>'] },
  {
    action: 'secretsmanager:GetSecretValue',
    resources: [`arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:prod/callers-??????`],
  },
  { action: 'logs:CreateLogStream', resources: ['<Pipeline/Logs.Arn>'] },
  { action: 'logs:PutLogEvents', resources: ['<Pipeline/Logs.Arn>'] },
];

/** What Lambda itself does with the role; these tests cannot record it. */
const byLambda = [
  // To feed a function from a queue: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  // To write its log, whose group exists: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
  'logs:CreateLogStream',
  'logs:PutLogEvents',
];

let bench: Bench;
let recorder: AwsRecorder;
let metrics: { dimensions: unknown; namespace: string; names: string[] }[];

beforeAll(async () => {
  bench = await startBench();
  recorder = await startAwsRecorder(bench);
  await walkEveryPath();
  metrics = logsOfThisTest().flatMap((line) => {
    if (!line.startsWith('{"_aws"')) return [];
    const { _aws: envelope, ...values } = JSON.parse(line);
    return envelope.CloudWatchMetrics.map(
      (group: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }) => ({
        namespace: group.Namespace,
        dimensions: group.Dimensions.map((names) =>
          Object.fromEntries(names.map((name) => [name, values[name]])),
        ),
        names: group.Metrics.map(({ Name }) => Name),
      }),
    );
  });
});
afterAll(async () => {
  recorder.close();
  await bench.close();
});

/** Every path of a drop through the handler that makes other calls to AWS. */
async function walkEveryPath(): Promise<void> {
  const environment = {
    PREFIX: 'drops/',
    CALLERS_API_KEY: '',
    CALLERS_API_KEY_SECRET_ID: functionOf(templateWith()).Properties.Environment.Variables
      .CALLERS_API_KEY_SECRET_ID as string,
    QUEUE_URL: recorder.queueUrl,
    AWS_LAMBDA_FUNCTION_NAME: FUNCTION_NAME,
  };
  const handler = bench.handler(environment);
  const deliver = (record: Parameters<Bench['deliver']>[0]) => bench.deliver(record, handler);
  const remove = (key: string) =>
    bench.s3.send(new DeleteObjectCommand({ Bucket: bench.aws.bucket, Key: key }));
  recorder.secret.value = API_KEY;

  // Cloned; delivered again; its result lost; a sample replaced since.
  const happy = await bench.drop('drops/happy/');
  expect(await deliver(happy)).toEqual([]);
  expect(await deliver(happy)).toEqual([]);
  await remove('drops/happy/result.json');
  expect(await deliver(happy)).toEqual([]);
  await remove('drops/happy/result.json');
  await bench.put('drops/happy/one.wav', wav(5_000));
  expect(await deliver(happy)).toEqual([]);

  // In the prefix itself, and with samples in a subfolder.
  await deliver(
    await bench.drop('drops/', { name: 'Amelia', files: ['takes/a.wav'] }, { 'takes/a.wav': wav(1_000) }),
  );
  expect((await bench.result('drops/')).status).toBe('succeeded');

  // Waits for a sample, then goes on; waits for a folder to settle.
  const late = await bench.drop('drops/late/', { name: 'Amelia', files: ['one.wav'] }, {});
  expect(await deliver(late)).toEqual([late.messageId]);
  await bench.put('drops/late/one.wav', files['one.wav']);
  expect(await deliver(late)).toEqual([]);
  const settling = await bench.drop('drops/settling/');
  const patient = bench.handler({ ...environment, SETTLE_SECONDS: '60' });
  expect(await bench.deliver(settling, patient)).toEqual([settling.messageId]);

  // The API is busy, refuses, or leaves the outcome unknown; then the manifest is uploaded again.
  const busy = await bench.drop('drops/busy/');
  bench.api.behaveNext({ kind: 'answer', status: 429 });
  expect(await deliver(busy)).toEqual([busy.messageId]);
  expect(await deliver(busy)).toEqual([]);
  for (const status of [400, 500]) {
    const folder = `drops/${status}/`;
    const record = await bench.drop(folder);
    bench.api.behaveNext({ kind: 'answer', status });
    expect(await deliver(record)).toEqual([]);
    expect(await deliver(uploadedLater(await bench.drop(folder)))).toEqual([]);
    expect((await bench.result(folder)).status).toBe('succeeded');
  }

  // The key is rejected, and read again.
  bench.api.behaveNext({ kind: 'answer', status: 401, when: 'early' });
  await deliver(await bench.drop('drops/rejected/'));

  // Nothing to clone: an invalid manifest, a deleted one, an unreadable message.
  await deliver(await bench.drop('drops/wrong/', { nam: 'Amelia' }));
  const withdrawn = await bench.drop('drops/withdrawn/');
  await remove('drops/withdrawn/manifest.json');
  expect(await deliver(withdrawn)).toEqual([]);
  const { receiptHandle } = await bench.drop('drops/unreadable/');
  const unreadable = { ...recordOf('not JSON'), receiptHandle };
  expect(await deliver(unreadable)).toEqual([unreadable.messageId]);
}

function arnOf({ action, resource }: AwsCall): string {
  if (action.startsWith('sqs:')) return resource === recorder.queueUrl ? '<Pipeline/Uploads.Arn>' : resource;
  if (action.startsWith('sns:'))
    return resource === bench.aws.resultTopicArn ? '<Pipeline/Results>' : resource;
  if (action.startsWith('secretsmanager:')) {
    return `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:${resource}-AbCdEf`;
  }
  return resource.replace(`arn:aws:s3:::${bench.aws.stateBucket}`, '<Pipeline/State.Arn>');
}

describe('the permissions of the function', () => {
  it('are exactly these', () => {
    expect(grantsIn(templateWith())).toEqual(granted);
  });

  it('cover every call that it makes', () => {
    const refused = recorder.calls.filter(
      (call) => !granted.some((grant) => covers(grant, call, arnOf(call))),
    );
    expect(refused).toEqual([]);
    expect(recorder.calls.length).toBeGreaterThan(100);
  });

  it('are all needed: the function, or Lambda for it, calls each action', () => {
    const called = new Set([...recorder.calls.map(({ action }) => action), ...byLambda]);
    expect(new Set(granted.map(({ action }) => action))).toEqual(called);
  });

  it('name no unused objects: each pattern is read or written', () => {
    for (const { action, resources } of granted.filter((grant) => grant.action.startsWith('s3:'))) {
      for (const pattern of resources) {
        const used = recorder.calls.some((call) => call.action === action && matches(pattern, arnOf(call)));
        expect({ pattern, used }).toEqual({ pattern, used: true });
      }
    }
  });

  it('include listing without a prefix: without it, S3 answers 403 for a missing result', () => {
    expect(recorder.calls).toContainEqual({ action: 's3:ListBucket', resource: 'arn:aws:s3:::voices' });
  });

  it('end at the prefix', () => {
    const outside: AwsCall[] = [
      { action: 's3:GetObject', resource: 'arn:aws:s3:::voices/other/one.wav' },
      { action: 's3:GetObject', resource: 'arn:aws:s3:::voices/drops-of-others/one.wav' },
      { action: 's3:PutObject', resource: 'arn:aws:s3:::voices/other/result.json' },
      { action: 's3:PutObject', resource: 'arn:aws:s3:::voices/drops/happy/manifest.json' },
      { action: 's3:PutObject', resource: 'arn:aws:s3:::voices/drops/happy/one.wav' },
      { action: 's3:PutObject', resource: `arn:aws:s3:::${bench.aws.stateBucket}/other/drops/ledger.json` },
      { action: 's3:PutObject', resource: `arn:aws:s3:::${bench.aws.stateBucket}/voices/other/ledger.json` },
      { action: 's3:ListBucket', resource: 'arn:aws:s3:::voices', prefix: 'other/' },
      { action: 's3:ListBucket', resource: 'arn:aws:s3:::voices', prefix: '' },
    ];
    expect(outside.filter((call) => granted.some((grant) => covers(grant, call, arnOf(call))))).toEqual([]);
  });

  it('include a KMS key only when one is given, and only what reading and writing with it need', () => {
    // S3, SQS and Secrets Manager call KMS in the role's name: with what they keep encrypted comes the need to ...
    const needed: Record<string, string> = {
      's3:GetObject': 'kms:Decrypt', // ... open samples, manifests and results,
      's3:PutObject': 'kms:GenerateDataKey', // ... write results and ledgers,
      'sqs:ReceiveMessage': 'kms:Decrypt', // ... open messages (Lambda does, with the role),
      'sns:Publish': 'kms:GenerateDataKey', // ... encrypt results for the topic,
      'secretsmanager:GetSecretValue': 'kms:Decrypt', // ... open the API key.
    };
    const called = [...recorder.calls.map(({ action }) => action), ...byLambda];
    const grants = grantsIn(templateWith({ encryptionKeyArn: KEY_ARN })).filter(({ action }) =>
      action.startsWith('kms:'),
    );
    const condition = {
      StringEquals: {
        'kms:ViaService': ['s3', 'sqs', 'sns', 'secretsmanager', 'lambda'].map(
          (service) => `${service}.us-east-1.amazonaws.com`,
        ),
      },
    };
    expect(grants).toEqual([
      { action: 'kms:Decrypt', resources: [KEY_ARN], condition },
      { action: 'kms:GenerateDataKey', resources: [KEY_ARN], condition },
    ]);
    expect(new Set(grants.map(({ action }) => action))).toEqual(
      new Set(called.flatMap((action) => needed[action] ?? [])),
    );
  });
});

describe('the dashboard', () => {
  const template = templateWith();
  const { widgets } = JSON.parse(
    readable(template, find(template, 'AWS::CloudWatch::Dashboard').Properties.DashboardBody),
  ) as { widgets: { properties: { title: string; metrics: [string, string, ...unknown[]][] } }[] };
  const shown = widgets.flatMap(({ properties }) => properties.metrics);
  const own = 'CallersVoiceClone';

  it('shows outcomes by code, how long clones took, and what is waiting', () => {
    const names = shown.map(([namespace, name, , of]) => `${namespace} ${name} ${String(of)}`);
    expect(names).toEqual(
      expect.arrayContaining([
        `${own} Cloned <Pipeline/Function>`,
        ...dropFailureCodes.map((code) => `${own} ${code} <Pipeline/Function>`),
        `${own} TimeToVoice <Pipeline/Function>`,
        `${own} Waiting <Pipeline/Function>`,
        'AWS/Lambda Errors <Pipeline/Function>',
        'AWS/SQS ApproximateNumberOfMessagesVisible <Pipeline/Uploads.QueueName>',
        'AWS/SQS ApproximateNumberOfMessagesVisible <Pipeline/DeadLetters.QueueName>',
        'AWS/SQS ApproximateAgeOfOldestMessage <Pipeline/Uploads.QueueName>',
      ]),
    );
  });

  it('names only metrics that the function emits', () => {
    const emitted = [...metrics.flatMap(({ names }) => names), ...dropFailureCodes];
    const named = shown.filter(([namespace]) => namespace === own).map(([, name]) => name);
    expect(named.filter((name) => !emitted.includes(name))).toEqual([]);
    // Only the codes that the drops of this test ended with.
    const codes = metrics
      .flatMap(({ names }) => names)
      .filter((name) => dropFailureCodes.some((code) => code === name));
    expect(codes).toEqual(
      expect.arrayContaining(['API_REJECTED', 'OUTCOME_UNKNOWN', 'API_KEY_REJECTED', 'INVALID_MANIFEST']),
    );
  });

  it('looks for them where the function puts them: in its namespace, under its name', () => {
    for (const { namespace, dimensions } of metrics) {
      expect({ namespace, dimensions }).toEqual({ namespace: own, dimensions: [{ service: FUNCTION_NAME }] });
    }
    const dimensions = shown
      .filter(([namespace]) => namespace === own)
      .map(([, , dimension, value]) => `${String(dimension)}=${String(value)}`);
    expect(new Set(dimensions)).toEqual(new Set(['service=<Pipeline/Function>']));
  });
});
