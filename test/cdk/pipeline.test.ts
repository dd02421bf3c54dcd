import { Aws, Duration, Lazy, NestedStack, RemovalPolicy, Size, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { UploadSource } from '../../cdk/upload-source.ts';
import type { VoiceClonePipelineProps } from '../../cdk/voice-clone-pipeline-props.ts';
import { VoiceClonePipeline } from '../../cdk/voice-clone-pipeline.ts';
import { VoiceCloneStack } from '../../cdk/voice-clone-stack.ts';
import { readConfig } from '../../functions/clone-voice/config.ts';
import { backoffSeconds } from '../../functions/clone-voice/redelivery.ts';
import {
  allOf,
  allowedIn,
  find,
  functionOf,
  newApp,
  readable,
  type Resource,
  templateOfPipeline,
  templateOfStack,
  warningsOf,
} from './synthesis.ts';

const existingKey = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const queueOf = (template: Template, name: 'Uploads' | 'DeadLetters') =>
  find(template, 'AWS::SQS::Queue', `/Pipeline/${name}/Resource`).Properties;
const environmentOf = (template: Template) => functionOf(template).Properties.Environment.Variables;
const notificationsOf = (template: Template): Resource[] => allOf(template, 'Custom::S3BucketNotifications');
const filtersOf = (template: Template) =>
  notificationsOf(template).flatMap(({ Properties }) =>
    Properties.NotificationConfiguration.QueueConfigurations.map(
      (configuration: { Filter: { Key: { FilterRules: unknown } } }) => configuration.Filter.Key.FilterRules,
    ),
  );
/** Every action of the function's role, with its resources. */
const permissionsOf = (template: Template) =>
  allowedIn(template)
    .filter(({ of }) => of.includes('/Pipeline/Role/DefaultPolicy'))
    .map(({ action, statement }) => ({
      action,
      resources: [statement.Resource].flat().map((resource) => readable(template, resource)),
    }));
const resourcesOf = (template: Template, action: string) =>
  permissionsOf(template).find((permission) => permission.action === action)?.resources;

describe('without any props there is', () => {
  const template = () => templateOfPipeline();

  it.each(['Bucket', 'State'])(
    'a bucket (%s) that is versioned, encrypted, private, and kept when the stack is deleted',
    (id) => {
      const bucket = find(template(), 'AWS::S3::Bucket', `/${id}/Resource`);
      expect(bucket.Properties).toEqual({
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        LifecycleConfiguration: {
          Rules: [
            {
              Status: 'Enabled',
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
              NoncurrentVersionExpiration: { NoncurrentDays: 30 },
              ExpiredObjectDeleteMarker: true,
            },
          ],
        },
      });
      expect(bucket.DeletionPolicy).toBe('Retain');
    },
  );

  it.each([
    ['AWS::S3::BucketPolicy', '/Bucket/Policy/Resource', 's3:*'],
    ['AWS::S3::BucketPolicy', '/State/Policy/Resource', 's3:*'],
    ['AWS::SQS::QueuePolicy', '/Uploads/Policy/Resource', 'sqs:*'],
    ['AWS::SQS::QueuePolicy', '/DeadLetters/Policy/Resource', 'sqs:*'],
    ['AWS::SNS::TopicPolicy', '/Alarms/Policy/Resource', 'sns:Publish'],
    ['AWS::SNS::TopicPolicy', '/Results/Policy/Resource', 'sns:Publish'],
  ])('a policy that refuses requests without TLS (%s %s)', (type, path, Action) => {
    expect(find(template(), type, path).Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  it('a secret with an empty key, not a generated one', () => {
    const secret = find(template(), 'AWS::SecretsManager::Secret');
    expect(secret.Properties).not.toHaveProperty('GenerateSecretString');
    expect(JSON.parse(secret.Properties.SecretString)).toEqual({ apiKey: null });
    expect(secret.DeletionPolicy).toBe('Retain');
  });

  it('a queue whose visibility timeout exceeds the function’s timeout by a minute, with a dead-letter queue', () => {
    expect(queueOf(template(), 'Uploads')).toEqual({
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
      VisibilityTimeout: 960,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [expect.stringMatching('DeadLetters'), 'Arn'] },
        maxReceiveCount: expect.any(Number),
      },
    });
    expect(queueOf(template(), 'DeadLetters')).toEqual({
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
  });

  it('a function on Node 24 and arm64 that takes one message at a time', () => {
    expect(functionOf(template()).Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 512,
      Timeout: 900,
    });
    const mapping = find(template(), 'AWS::Lambda::EventSourceMapping');
    expect(mapping.Properties).toEqual({
      EventSourceArn: { 'Fn::GetAtt': [expect.stringMatching('Uploads'), 'Arn'] },
      FunctionName: { Ref: expect.stringMatching('Function') },
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    });
  });

  it('a log of its own, in JSON, kept for three months', () => {
    const [logGroup] = Object.entries(
      template().findResources('AWS::Logs::LogGroup') as Record<string, Resource>,
    );
    expect(functionOf(template()).Properties.LoggingConfig).toEqual({
      LogFormat: 'JSON',
      LogGroup: { Ref: logGroup?.[0] },
    });
    expect(logGroup?.[1]).toMatchObject({ Properties: { RetentionInDays: 90 }, DeletionPolicy: 'Retain' });
  });

  it('the environment that the function reads, and nothing that is secret in it', () => {
    expect(environmentOf(template())).toEqual({
      CALLERS_API_KEY_SECRET_ID: { Ref: expect.stringMatching('ApiKey') },
      QUEUE_URL: { Ref: expect.stringMatching('Uploads') },
      CLONE_TIMEOUT_SECONDS: '600',
      COMPLETE_WITHIN_SECONDS: '900',
      SETTLE_SECONDS: '30',
      STATE_BUCKET: { Ref: expect.stringMatching('State') },
      BUCKET_OWNER: { Ref: 'AWS::AccountId' },
      RESULT_TOPIC_ARN: { Ref: expect.stringMatching('Results') },
      MAX_TOTAL_BYTES: String(1024 ** 3),
    });
  });

  it('a notification of every manifest.json, and no EventBridge', () => {
    const [notifications] = notificationsOf(template());
    expect(notifications?.Properties.NotificationConfiguration).toEqual({
      QueueConfigurations: [
        {
          Events: ['s3:ObjectCreated:*'],
          Filter: { Key: { FilterRules: [{ Name: 'suffix', Value: 'manifest.json' }] } },
          QueueArn: { 'Fn::GetAtt': [expect.stringMatching('Uploads'), 'Arn'] },
        },
      ],
    });
  });

  it('a notification that depends on the queue’s policy: S3 sends a test event', () => {
    const [notifications] = notificationsOf(template());
    expect(notifications?.DependsOn).toContainEqual(expect.stringMatching('UploadsPolicy'));
  });

  it('a queue that only this bucket may send to, and only while this account owns it', () => {
    const senders = allowedIn(template()).filter(({ action }) => action === 'sqs:SendMessage');
    expect(
      senders.map(({ of, statement: { Principal, Condition } }) => ({ of, Principal, Condition })),
    ).toEqual([
      {
        of: 'Test/Pipeline/Uploads/Policy/Resource',
        Principal: { Service: 's3.amazonaws.com' },
        Condition: {
          ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching('Bucket'), 'Arn'] } },
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        },
      },
    ]);
  });

  it('a topic that alarms may publish to, though the TLS policy replaces the default policy', () => {
    const policy = find(template(), 'AWS::SNS::TopicPolicy', '/Alarms/Policy/Resource').Properties
      .PolicyDocument;
    expect(policy.Statement).toContainEqual({
      Sid: 'AlarmsMayPublish',
      Effect: 'Allow',
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Resource: { Ref: expect.stringMatching('Alarms') },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
    template().resourceCountIs('AWS::SNS::Subscription', 0);
  });
});

describe('maxReceiveCount', () => {
  it.each([
    [Duration.minutes(15), Duration.minutes(15)],
    [Duration.hours(2), Duration.minutes(15)],
    [Duration.seconds(30), Duration.minutes(11)],
    [Duration.hours(8), Duration.minutes(15)],
  ])('outlasts a folder that takes %s to become complete', (completeWithin, timeout) => {
    const { maxReceiveCount } = queueOf(
      templateOfPipeline({ completeWithin, timeout }),
      'Uploads',
    ).RedrivePolicy;
    let looks = 0;
    for (let seconds = 0; seconds <= completeWithin.toSeconds(); seconds += backoffSeconds(looks)) looks++;
    expect(maxReceiveCount).toBeGreaterThan(looks);
    // The most that SQS takes.
    expect(maxReceiveCount).toBeLessThanOrEqual(1000);
  });
});

describe('bucket', () => {
  const existing = (stack: Stack): VoiceClonePipelineProps => ({
    bucket: Bucket.fromBucketName(stack, 'Existing', 'existing-voices'),
  });

  it.each(['voices--use1-az4--x-s3', 'voices-ab12cd34-s3alias'])('of another kind is refused: %s', (name) => {
    for (const prop of ['bucket', 'stateBucket']) {
      expect(() =>
        templateOfPipeline((stack) => ({ [prop]: Bucket.fromBucketName(stack, 'Existing', name) })),
      ).toThrow(`${prop} must be a general purpose bucket, not a directory bucket or an access point`);
    }
  });

  it.each([
    [
      { account: '444455556666', region: 'eu-west-1' },
      'account 444455556666, but the stack is in 111122223333',
    ],
    [{ account: '111122223333', region: 'us-east-1' }, 'region us-east-1, but the stack is in eu-west-1'],
  ])('in another account or region is refused: %j', (elsewhere, message) => {
    const stack = new Stack(newApp(), 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
    const bucket = Bucket.fromBucketAttributes(stack, 'Existing', { bucketName: 'voices', ...elsewhere });
    expect(() => new VoiceClonePipeline(stack, 'Pipeline', { bucket })).toThrow(
      `bucket is in ${message}: deploy the stack where the bucket is`,
    );
  });

  it('that exists is used instead of a new one', () => {
    const template = templateOfPipeline(existing);
    template.resourceCountIs('AWS::S3::Bucket', 1);
    find(template, 'AWS::S3::Bucket', '/State/Resource');
    expect(resourcesOf(template, 's3:GetObject')).toEqual(['arn:<AWS::Partition>:s3:::existing-voices/*']);
    const listed = permissionsOf(template).filter(({ action }) => action === 's3:ListBucket');
    expect(listed.map(({ resources }) => resources)).toContainEqual([
      'arn:<AWS::Partition>:s3:::existing-voices',
    ]);
  });

  it('that exists keeps the notifications of others', () => {
    const [notifications] = notificationsOf(templateOfPipeline(existing));
    expect(notifications?.Properties).toMatchObject({ BucketName: 'existing-voices', Managed: false });
  });

  it('may be a bucket of the same stack', () => {
    const template = templateOfPipeline((stack) => ({ bucket: new Bucket(stack, 'Own') as IBucket }));
    template.resourceCountIs('AWS::S3::Bucket', 2);
    expect(resourcesOf(template, 's3:GetObject')).toEqual(['<Own.Arn>/*']);
  });

  it('may belong to another stack, which then depends on nothing of ours', () => {
    const app = newApp();
    const data = new Stack(app, 'Data');
    const bucket = new Bucket(data, 'Voices') as IBucket;
    const stack = new Stack(app, 'Test');
    for (const prefix of ['sales', 'support']) new VoiceClonePipeline(stack, prefix, { bucket, prefix });
    const all = notificationsOf(Template.fromStack(stack));
    expect(all.map(({ Properties }) => [Properties.BucketName, Properties.Managed])).toEqual([
      [{ 'Fn::ImportValue': expect.stringMatching('^Data:') }, false],
    ]);
    expect(filtersOf(Template.fromStack(stack))).toHaveLength(2);
    expect(notificationsOf(Template.fromStack(data))).toEqual([]);
  });

  it('may be a bucket that another stack imports', () => {
    const app = newApp();
    const bucket = Bucket.fromBucketName(new Stack(app, 'Data'), 'Voices', 'existing-voices');
    const stack = new Stack(app, 'Test');
    new VoiceClonePipeline(stack, 'Pipeline', { bucket });
    const [notifications] = notificationsOf(Template.fromStack(stack));
    expect(notifications?.Properties).toMatchObject({ BucketName: 'existing-voices', Managed: false });
  });

  it('may be a bucket of the stack around ours', () => {
    const stack = new Stack(newApp(), 'Test');
    const nested = new NestedStack(stack, 'Nested');
    new VoiceClonePipeline(nested, 'Pipeline', { bucket: new Bucket(stack, 'Voices') as IBucket });
    expect(notificationsOf(Template.fromStack(nested))).toHaveLength(1);
    expect(notificationsOf(Template.fromStack(stack))).toEqual([]);
  });

  it('of another stack that sets notifications itself is refused: it would remove ours', () => {
    const app = newApp();
    const data = new Stack(app, 'Data');
    const bucket = new Bucket(data, 'Voices');
    new VoiceClonePipeline(new Stack(app, 'Test'), 'Pipeline', { bucket: bucket as IBucket });
    bucket.addObjectRemovedNotification(new SqsDestination(new Queue(data, 'Queue')));
    expect(() => app.synth()).toThrow(
      'Data sets notifications on Data/Voices, and would remove this pipeline’s notification: create the pipeline in that ' +
        'stack, or use `source: UploadSource.EVENT_BRIDGE`',
    );
  });
});

describe('stateBucket', () => {
  it('that exists is used, and pipelines that share it keep their ledgers apart', () => {
    const template = templateOfPipeline((stack) => ({
      bucket: Bucket.fromBucketName(stack, 'Voices', 'voices'),
      stateBucket: Bucket.fromBucketName(stack, 'Ledgers', 'ledgers'),
      prefix: 'sales',
    }));
    const granted = allowedIn(template).filter(({ statement }) =>
      ['KeepLedgers', 'MissLedgers'].includes(statement.Sid ?? ''),
    );
    expect(
      granted.map(({ action, statement }) => [
        action,
        readable(template, statement.Resource),
        statement.Condition,
      ]),
    ).toEqual([
      ['s3:GetObject', 'arn:<AWS::Partition>:s3:::ledgers/voices/sales/*', undefined],
      ['s3:PutObject', 'arn:<AWS::Partition>:s3:::ledgers/voices/sales/*', undefined],
      [
        's3:ListBucket',
        'arn:<AWS::Partition>:s3:::ledgers',
        { StringLikeIfExists: { 's3:prefix': 'voices/sales/*' } },
      ],
    ]);
    expect(environmentOf(template)).toMatchObject({ PREFIX: 'sales/', STATE_BUCKET: 'ledgers' });
    template.resourceCountIs('AWS::S3::Bucket', 0);
  });
});

it('stateBucketName is the bucket for ledgers', () => {
  const template = templateOfStack({ stateBucketName: 'ledgers' });
  expect(environmentOf(template).STATE_BUCKET).toBe('ledgers');
  template.resourceCountIs('AWS::S3::Bucket', 1);
});

describe('prefix', () => {
  it('narrows the notification and what the function may do', () => {
    const template = templateOfPipeline({ prefix: 'teams/voices' });
    expect(filtersOf(template)).toEqual([
      [
        { Name: 'suffix', Value: 'manifest.json' },
        { Name: 'prefix', Value: 'teams/voices/' },
      ],
    ]);
    expect(resourcesOf(template, 's3:GetObject')).toEqual(['<Pipeline/Bucket.Arn>/teams/voices/*']);
    expect(resourcesOf(template, 's3:PutObject')).toEqual([
      '<Pipeline/Bucket.Arn>/teams/voices/result.json',
      '<Pipeline/Bucket.Arn>/teams/voices/*/result.json',
    ]);
    const list = allowedIn(template).find(({ statement }) => statement.Sid === 'ListFolders');
    expect(list?.statement.Condition).toEqual({ StringLikeIfExists: { 's3:prefix': 'teams/voices/*' } });
  });

  it('means the same with and without a slash at its end', () => {
    expect(templateOfStack({ prefix: 'voices/' }).toJSON()).toEqual(
      templateOfStack({ prefix: 'voices' }).toJSON(),
    );
  });

  it('that is empty means the whole bucket, like no prefix', () => {
    expect(templateOfStack({ prefix: '' }).toJSON()).toEqual(templateOfStack().toJSON());
    const list = allowedIn(templateOfStack()).find(({ statement }) => statement.Sid === 'ListFolders');
    expect(list?.statement).not.toHaveProperty('Condition');
  });

  it.each(['/voices', 'all voices', 'voices*', 'v?', 'a$b', 'größe'])(
    'that S3 or IAM would interpret is refused: %s',
    (prefix) => {
      expect(() => templateOfPipeline({ prefix })).toThrow(
        'prefix must contain only letters, digits and - _ . / and must not start with a slash',
      );
    },
  );

  it('may be known only at deployment', () => {
    const template = templateOfPipeline({ prefix: Aws.REGION });
    expect(resourcesOf(template, 's3:GetObject')).toEqual(['<Pipeline/Bucket.Arn>/<AWS::Region>/*']);
  });
});

describe('apiKeySecret', () => {
  it('that is known by its name is read by that name, whatever its ARN ends with', () => {
    const template = templateOfPipeline((stack) => ({
      apiKeySecret: Secret.fromSecretNameV2(stack, 'Key', 'prod/callers'),
    }));
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    expect(environmentOf(template).CALLERS_API_KEY_SECRET_ID).toBe('prod/callers');
    expect(resourcesOf(template, 'secretsmanager:GetSecretValue')).toEqual([
      'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:prod/callers-??????',
    ]);
  });

  it('that is known by its ARN is the only one that may be read', () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:callers-AbCdEf';
    const template = templateOfPipeline((stack) => ({
      apiKeySecret: Secret.fromSecretCompleteArn(stack, 'Key', arn),
    }));
    expect(environmentOf(template).CALLERS_API_KEY_SECRET_ID).toBe(arn);
    expect(resourcesOf(template, 'secretsmanager:GetSecretValue')).toEqual([arn]);
  });
});

describe('subOrganizations', () => {
  it('default to all that the API key may use', () => {
    expect(environmentOf(templateOfPipeline())).not.toHaveProperty('SUB_ORGANIZATIONS');
  });

  it.each([[['sub-1', 'sub-2']], [[]]])('reach the function: %j', (subOrganizations) => {
    const { SUB_ORGANIZATIONS } = environmentOf(templateOfStack({ subOrganizations }));
    const read = readConfig({ CALLERS_API_KEY: 'k', STATE_BUCKET: 's', SUB_ORGANIZATIONS });
    expect(read.subOrganizations).toEqual(subOrganizations);
  });

  it('may be known only at deployment', () => {
    const template = templateOfPipeline({ subOrganizations: ['sub-1', Aws.STACK_NAME] });
    expect(readable(template, environmentOf(template).SUB_ORGANIZATIONS)).toBe(
      '["sub-1","<AWS::StackName>"]',
    );
  });

  it.each(['', 'sub 1', 'größe'])('are refused when one is invalid: "%s"', (wrong) => {
    expect(() => templateOfPipeline({ subOrganizations: ['sub-1', wrong] })).toThrow(
      'subOrganizations must be a list of identifiers of visible ASCII characters, without spaces',
    );
  });
});

describe('encryptionKey', () => {
  it('encrypts all that is created: buckets, queues, secret, topics, logs and environment', () => {
    const template = templateOfPipeline((stack) => ({
      encryptionKey: Key.fromKeyArn(stack, 'Key', existingKey),
    }));
    for (const id of ['Bucket', 'State']) {
      const { BucketEncryption } = find(template, 'AWS::S3::Bucket', `/${id}/Resource`).Properties;
      expect(BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: existingKey },
        },
      ]);
    }
    for (const name of ['Uploads', 'DeadLetters'] as const) {
      expect(queueOf(template, name).KmsMasterKeyId).toBe(existingKey);
      expect(queueOf(template, name)).not.toHaveProperty('SqsManagedSseEnabled');
    }
    expect(find(template, 'AWS::SecretsManager::Secret').Properties.KmsKeyId).toBe(existingKey);
    for (const id of ['Results', 'Alarms']) {
      expect(find(template, 'AWS::SNS::Topic', `/${id}/Resource`).Properties.KmsMasterKeyId).toBe(
        existingKey,
      );
    }
    for (const { Properties } of allOf(template, 'AWS::Logs::LogGroup')) {
      expect(Properties.KmsKeyId).toBe(existingKey);
    }
    expect(functionOf(template).Properties.KmsKeyArn).toBe(existingKey);
    expect(resourcesOf(template, 'kms:Decrypt')).toEqual([existingKey]);
    expect(resourcesOf(template, 'kms:GenerateDataKey')).toEqual([existingKey]);
  });

  it('that exists is not changed; synthesis says what its policy must allow', () => {
    const stack = new Stack(newApp(), 'Test');
    new VoiceClonePipeline(stack, 'Pipeline', { encryptionKey: Key.fromKeyArn(stack, 'Key', existingKey) });
    const [text = '', ...others] = warningsOf(stack);
    expect(others).toEqual([]);
    expect(text).toContain('CDK cannot change the policy of an imported key. It must contain: [{');
    for (const service of ['"s3.amazonaws.com"', '"cloudwatch.amazonaws.com"', '["logs."']) {
      expect(text).toContain(service);
    }
  });

  it('of another account must let this account use it, which synthesis says, also of keys that only a bucket has', () => {
    const arn = (account: string, id: string) => `arn:aws:kms:eu-west-1:${account}:key/${id}`;
    const seen = (account: string) => {
      const stack = new Stack(newApp(), 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
      const encryptionKey = Key.fromKeyArn(stack, 'Central', arn(account, '1234abcd'));
      new VoiceClonePipeline(stack, 'Encrypted', { encryptionKey });
      const bucket = Bucket.fromBucketAttributes(stack, 'Voices', {
        bucketName: 'existing-voices',
        encryptionKey: Key.fromKeyArn(stack, 'Of the bucket', arn(account, '5678efab')),
      });
      new VoiceClonePipeline(stack, 'Existing', { bucket });
      return warningsOf(stack).filter((each) => each.includes(':iam::111122223333:root'));
    };
    expect(seen('444455556666')).toEqual([
      expect.stringContaining('imported key'),
      expect.stringContaining('imported key'),
    ]);
    expect(seen('111122223333')).toEqual([]);
  });

  it('may be of another stack', () => {
    const app = newApp();
    const encryptionKey = new Key(new Stack(app, 'Keys'), 'Key');
    const stack = new Stack(app, 'Test');
    new VoiceClonePipeline(stack, 'Pipeline', { encryptionKey });
    expect(queueOf(Template.fromStack(stack), 'Uploads').KmsMasterKeyId).toEqual({
      'Fn::ImportValue': expect.stringMatching('^Keys:'),
    });
  });

  it('of the same stack lets S3 send to the queue, without a circular dependency', () => {
    const template = templateOfPipeline((stack) => ({ encryptionKey: new Key(stack, 'Key') }));
    const { Statement } = find(template, 'AWS::KMS::Key').Properties.KeyPolicy;
    for (const Service of ['s3.amazonaws.com', 'cloudwatch.amazonaws.com']) {
      expect(Statement).toContainEqual({
        Effect: 'Allow',
        Principal: { Service },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: '*',
      });
    }
    const logs = Statement.find(({ Principal }: { Principal: { Service?: unknown } }) =>
      readable(template, Principal.Service ?? '').startsWith('logs.'),
    );
    expect(readable(template, logs.Condition.ArnLike['kms:EncryptionContext:aws:logs:arn'])).toBe(
      'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:*',
    );
  });

  it.each([
    ['eu-west-1', 'logs.eu-west-1.amazonaws.com'],
    ['us-gov-west-1', 'logs.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'logs.cn-north-1.amazonaws.com.cn'],
  ])('lets CloudWatch Logs use it by its name in %s', (region, service) => {
    const stack = new Stack(newApp(), 'Test', { env: { account: '111122223333', region } });
    new VoiceClonePipeline(stack, 'Pipeline', { encryptionKey: new Key(stack, 'Key') });
    const services = allowedIn(Template.fromStack(stack)).map(({ statement }) =>
      JSON.stringify(statement.Principal),
    );
    expect(services).toContain(JSON.stringify({ Service: service }));
  });

  it('may be the alias of a known key, which is then used', () => {
    const template = templateOfPipeline((stack) => ({
      encryptionKey: new Alias(stack, 'Alias', {
        aliasName: 'alias/voices',
        targetKey: new Key(stack, 'Key'),
      }),
    }));
    expect(resourcesOf(template, 'kms:Decrypt')).toEqual(['<Key.Arn>']);
    expect(readable(template, functionOf(template).Properties.KmsKeyArn)).toBe('<Key.Arn>');
  });

  it.each([
    ['by its name', (stack: Stack) => Alias.fromAliasName(stack, 'Alias', 'alias/voices')],
    [
      'by its ARN',
      (stack: Stack) => Key.fromKeyArn(stack, 'Alias', 'arn:aws:kms:eu-west-1:111122223333:alias/voices'),
    ],
  ])('is refused if it is an alias known only %s: Lambda and CloudWatch Logs would', (_, alias) => {
    expect(() => templateOfPipeline((stack) => ({ encryptionKey: alias(stack) }))).toThrow(
      'encryptionKey must be a key, not an alias whose key CDK does not know (alias/voices)',
    );
  });
});

describe('a key that only a bucket or the secret has', () => {
  const secretKey = existingKey.replace('1234abcd', '5678abcd');

  it('may be used by the function: a key of objects to read and write, one of the secret to read', () => {
    const template = templateOfPipeline((stack) => ({
      bucket: Bucket.fromBucketAttributes(stack, 'Existing', {
        bucketName: 'existing-voices',
        encryptionKey: Key.fromKeyArn(stack, 'BucketKey', existingKey),
      }),
      apiKeySecret: Secret.fromSecretAttributes(stack, 'ExistingSecret', {
        secretCompleteArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:callers-AbCdEf',
        encryptionKey: Key.fromKeyArn(stack, 'SecretKey', secretKey),
      }),
    }));
    const keys = permissionsOf(template).filter(({ action }) => action.startsWith('kms:'));
    expect(keys).toEqual([
      { action: 'kms:Decrypt', resources: [existingKey] },
      { action: 'kms:GenerateDataKey', resources: [existingKey] },
      { action: 'kms:Decrypt', resources: [secretKey] },
    ]);
  });

  it('may be used by an alias: IAM ignores statements on the ARN of an alias', () => {
    const template = templateOfPipeline((stack) => ({
      bucket: Bucket.fromBucketAttributes(stack, 'Existing', {
        bucketName: 'existing-voices',
        encryptionKey: Alias.fromAliasName(stack, 'Alias', 'alias/voices'),
      }),
    }));
    const keys = allowedIn(template).filter(({ action }) => action.startsWith('kms:'));
    expect(keys.map(({ action, statement }) => [action, readable(template, statement.Resource)])).toEqual([
      ['kms:Decrypt', 'arn:<AWS::Partition>:kms:<AWS::Region>:<AWS::AccountId>:key/*'],
      ['kms:GenerateDataKey', 'arn:<AWS::Partition>:kms:<AWS::Region>:<AWS::AccountId>:key/*'],
    ]);
    expect(keys[0]?.statement.Condition).toEqual({
      StringEquals: {
        'kms:ViaService': [{ 'Fn::Join': ['', ['s3.', { Ref: 'AWS::Region' }, '.amazonaws.com']] }],
      },
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/voices' },
    });
  });

  it('is granted once when all share it', () => {
    const template = templateOfPipeline((stack) => {
      const encryptionKey = new Key(stack, 'Key');
      return { encryptionKey, stateBucket: new Bucket(stack, 'States', { encryptionKey }) as IBucket };
    });
    expect(resourcesOf(template, 'kms:Decrypt')).toHaveLength(1);
    expect(permissionsOf(template).filter(({ action }) => action === 'kms:Decrypt')).toHaveLength(1);
  });
});

describe('resultTopic and resultEmail', () => {
  it('results go to the address, beside other subscriptions', () => {
    const template = templateOfPipeline({ resultEmail: 'studio@example.com' });
    expect(find(template, 'AWS::SNS::Subscription').Properties).toEqual({
      Protocol: 'email',
      Endpoint: 'studio@example.com',
      TopicArn: { Ref: expect.stringMatching('Results') },
    });
  });

  it('a topic that exists is used instead of a new one, wherever it is', () => {
    const arn = 'arn:aws:sns:eu-central-1:444455556666:voices';
    const template = templateOfPipeline((stack) => ({
      resultTopic: Topic.fromTopicArn(stack, 'Voices', arn),
    }));
    expect(environmentOf(template).RESULT_TOPIC_ARN).toBe(arn);
    expect(resourcesOf(template, 'sns:Publish')).toEqual([arn]);
    // The alarms have theirs.
    template.resourceCountIs('AWS::SNS::Topic', 1);
  });

  it('an address is subscribed in the region of the topic, also through onResult', () => {
    const stack = new Stack(newApp(), 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
    const arn = (region: string) => `arn:aws:sns:${region}:111122223333:voices`;
    for (const region of ['us-east-1', 'eu-west-1']) {
      new VoiceClonePipeline(stack, region, {
        resultTopic: Topic.fromTopicArn(stack, `Topic in ${region}`, arn(region)),
        resultEmail: 'studio@example.com',
      }).onResult(new UrlSubscription('https://example.com/results'));
    }
    const subscribed = allOf(Template.fromStack(stack), 'AWS::SNS::Subscription').map(({ Properties }) => [
      Properties.TopicArn,
      Properties.Region,
    ]);
    expect(subscribed).toEqual([
      [arn('us-east-1'), 'us-east-1'],
      [arn('us-east-1'), 'us-east-1'],
      [arn('eu-west-1'), undefined],
      [arn('eu-west-1'), undefined],
    ]);
  });

  it('a topic’s own key may be used to encrypt what is published', () => {
    const template = templateOfPipeline((stack) => ({
      resultTopic: new Topic(stack, 'Voices', { masterKey: new Key(stack, 'Secrecy') }),
    }));
    expect(resourcesOf(template, 'kms:GenerateDataKey')).toEqual(['<Secrecy.Arn>']);
    expect(resourcesOf(template, 'kms:Decrypt')).toEqual(['<Secrecy.Arn>']);
  });

  it.each([
    ['created', (stack: Stack) => new Topic(stack, 'Voices', { fifo: true }) as ITopic],
    [
      'imported',
      (stack: Stack) => Topic.fromTopicArn(stack, 'Voices', 'arn:aws:sns:eu-west-1:111122223333:voices.fifo'),
    ],
  ])('a FIFO topic is refused, %s', (_, topic) => {
    expect(() => templateOfPipeline((stack) => ({ resultTopic: topic(stack) }))).toThrow(
      'resultTopic must be a standard topic: email, webhooks and functions cannot subscribe to a FIFO topic',
    );
  });
});

describe('sampleRetention', () => {
  const rulesOf = (template: Template, id: string) =>
    find(template, 'AWS::S3::Bucket', `/${id}/Resource`).Properties.LifecycleConfiguration.Rules;
  const always = {
    Status: 'Enabled',
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    NoncurrentVersionExpiration: { NoncurrentDays: 30 },
    ExpiredObjectDeleteMarker: true,
  };

  it('deletes drops and their old versions, but no ledger', () => {
    const template = templateOfPipeline({ prefix: 'voices', sampleRetention: Duration.days(30) });
    expect(rulesOf(template, 'Bucket')).toEqual([
      always,
      {
        Status: 'Enabled',
        Prefix: 'voices/',
        ExpirationInDays: 30,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
    ]);
    expect(rulesOf(template, 'State')).toEqual([always]);
  });

  it('is refused for a bucket that is not created here', () => {
    expect(() =>
      templateOfPipeline((stack) => ({
        bucket: Bucket.fromBucketName(stack, 'Existing', 'voices'),
        sampleRetention: Duration.days(30),
      })),
    ).toThrow(
      'sampleRetention applies only to a new bucket: add a lifecycle rule to the bucket that you pass instead',
    );
  });

  it.each([Duration.hours(1), Duration.hours(36)])('of %s is refused', (sampleRetention) => {
    expect(() => templateOfPipeline({ sampleRetention })).toThrow(
      'sampleRetention must be a whole number of days',
    );
  });
});

describe('tracing and logLevel', () => {
  it('tracing lets the function send traces', () => {
    const template = templateOfPipeline({ tracing: Tracing.ACTIVE });
    expect(functionOf(template).Properties.TracingConfig).toEqual({ Mode: 'Active' });
    expect(resourcesOf(template, 'xray:PutTraceSegments')).toEqual(['*']);
    expect(resourcesOf(templateOfPipeline(), 'xray:PutTraceSegments')).toBeUndefined();
  });
});

describe('numbers and times', () => {
  it('completeWithin is refused when SQS would give up earlier', () => {
    expect(() => templateOfPipeline({ completeWithin: Duration.hours(9) })).toThrow(
      'completeWithin must be at most 8 hours: SQS delivers a message at most 1000 times',
    );
  });

  it.each<[string, VoiceClonePipelineProps]>([
    ['maxConcurrency', { maxConcurrency: Lazy.number({ produce: () => 5 }) }],
    ['completeWithin', { completeWithin: Duration.seconds(Lazy.number({ produce: () => 900 })) }],
    ['settle', { settle: Duration.seconds(Lazy.number({ produce: () => 30 })) }],
    ['maxTotalSize', { maxTotalSize: Size.bytes(Lazy.number({ produce: () => 1 })) }],
  ])('%s must be known at synthesis', (name, props) => {
    expect(() => templateOfPipeline(props)).toThrow(`${name} must be known when the app is synthesized`);
  });

  it('maxConcurrency limits the clones that run at the same time', () => {
    const mapping = find(templateOfPipeline({ maxConcurrency: 2 }), 'AWS::Lambda::EventSourceMapping');
    expect(mapping.Properties.ScalingConfig).toEqual({ MaximumConcurrency: 2 });
  });

  it('memorySize', () => {
    expect(functionOf(templateOfPipeline({ memorySize: 1024 })).Properties.MemorySize).toBe(1024);
  });

  it('timeout, which also sets the queue’s visibility timeout', () => {
    const template = templateOfPipeline({ timeout: Duration.minutes(12) });
    expect(functionOf(template).Properties.Timeout).toBe(720);
    expect(queueOf(template, 'Uploads').VisibilityTimeout).toBe(780);
  });

  it('cloneTimeout, completeWithin, settle, maxTotalSize and apiUrl reach the function', () => {
    const template = templateOfPipeline({
      cloneTimeout: Duration.minutes(2),
      completeWithin: Duration.hours(1),
      settle: Duration.minutes(1),
      maxTotalSize: Size.mebibytes(200),
      apiUrl: 'https://callers.example',
    });
    expect(environmentOf(template)).toMatchObject({
      CLONE_TIMEOUT_SECONDS: '120',
      COMPLETE_WITHIN_SECONDS: '3600',
      SETTLE_SECONDS: '60',
      MAX_TOTAL_BYTES: String(200 * 1024 ** 2),
      CALLERS_API_URL: 'https://callers.example',
    });
  });

  it('completeWithin moves the alarms for a drop that waits', () => {
    const template = templateOfPipeline({ completeWithin: Duration.hours(1) });
    for (const id of ['AgeAlarm', 'WaitingAlarm']) {
      expect(find(template, 'AWS::CloudWatch::Alarm', `/${id}/Resource`).Properties.Threshold).toBe(7200);
    }
  });

  it.each<[string, VoiceClonePipelineProps, string]>([
    [
      'maxConcurrency 1',
      { maxConcurrency: 1 },
      'maxConcurrency must be a whole number from 2 to 1000, not 1',
    ],
    ['maxConcurrency 1001', { maxConcurrency: 1001 }, 'from 2 to 1000, not 1001'],
    ['maxConcurrency 2.5', { maxConcurrency: 2.5 }, 'a whole number from 2 to 1000, not 2.5'],
    ['timeout 16 minutes', { timeout: Duration.minutes(16) }, 'timeout must be at most 15 minutes'],
    [
      'timeout that leaves no room for the call',
      { timeout: Duration.seconds(620) },
      'timeout must exceed cloneTimeout by more than 20 seconds',
    ],
    [
      'cloneTimeout that leaves no room in the timeout',
      { cloneTimeout: Duration.seconds(880) },
      'timeout must exceed cloneTimeout by more than 20 seconds',
    ],
  ])('%s is refused', (_, props, message) => {
    expect(() => templateOfPipeline(props)).toThrow(message);
  });

  it('may be as tight as the rules say', () => {
    const tight = { timeout: Duration.seconds(621), maxConcurrency: 1000 };
    expect(() => templateOfPipeline(tight)).not.toThrow();
  });
});

describe('source: UploadSource.EVENT_BRIDGE', () => {
  const source = UploadSource.EVENT_BRIDGE;
  const rule = (template: Template) => find(template, 'AWS::Events::Rule').Properties;

  it('sends uploads of manifests to the queue, and what cannot be delivered to the dead letters', () => {
    const template = templateOfPipeline({ source, prefix: 'voices' });
    expect(rule(template).EventPattern).toEqual({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: {
        bucket: { name: [{ Ref: expect.stringMatching('PipelineBucket') }] },
        object: { key: [{ wildcard: 'voices/*manifest.json' }] },
      },
    });
    expect(rule(template).Targets).toEqual([
      {
        Id: 'Target0',
        Arn: { 'Fn::GetAtt': [expect.stringMatching('PipelineUploads'), 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching('PipelineDeadLetters'), 'Arn'] } },
      },
    ]);
    const [notifications] = notificationsOf(template);
    expect(notifications?.Properties.NotificationConfiguration).toEqual({ EventBridgeConfiguration: {} });
    const senders = allowedIn(template).filter(({ action }) => action === 'sqs:SendMessage');
    expect(senders.map(({ of, statement: { Principal, Condition } }) => [of, Principal, Condition])).toEqual(
      ['DeadLetters', 'Uploads'].map((queue) => [
        `Test/Pipeline/${queue}/Policy/Resource`,
        { Service: 'events.amazonaws.com' },
        {
          ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching('UploadsRule'), 'Arn'] } },
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        },
      ]),
    );
  });

  it('leaves a bucket that exists as it is', () => {
    const template = templateOfPipeline((stack) => ({
      source,
      bucket: Bucket.fromBucketName(stack, 'Existing', 'existing-voices'),
    }));
    expect(notificationsOf(template)).toEqual([]);
    expect(rule(template).EventPattern.detail.bucket).toEqual({ name: ['existing-voices'] });
  });

  it('has a bucket of another stack send its events, beside its notifications', () => {
    const app = newApp();
    const data = new Stack(app, 'Data');
    const bucket = new Bucket(data, 'Voices');
    bucket.addObjectRemovedNotification(new SqsDestination(new Queue(data, 'Queue')));
    new VoiceClonePipeline(new Stack(app, 'Test'), 'Pipeline', { source, bucket: bucket as IBucket });
    app.synth();
    const [notifications] = notificationsOf(Template.fromStack(data));
    expect(notifications?.Properties.NotificationConfiguration).toMatchObject({
      EventBridgeConfiguration: {},
      QueueConfigurations: [expect.anything()],
    });
  });

  it('may have a key of the same stack, without a circular dependency', () => {
    const template = templateOfPipeline((stack) => ({ source, encryptionKey: new Key(stack, 'Key') }));
    expect(find(template, 'AWS::KMS::Key').Properties.KeyPolicy.Statement).toContainEqual(
      expect.objectContaining({
        Principal: { Service: 'events.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      }),
    );
  });
});

describe('vpc', () => {
  const inVpc = (props: (vpc: IVpc) => VoiceClonePipelineProps) =>
    templateOfPipeline((stack) => props(new Vpc(stack, 'Vpc') as IVpc));

  it('puts the function into its private subnets, with a security group that lets everything out', () => {
    const template = inVpc((vpc) => ({ vpc }));
    const { SubnetIds, SecurityGroupIds } = functionOf(template).Properties.VpcConfig;
    expect(SubnetIds).toEqual([1, 2].map((n) => ({ Ref: expect.stringMatching(`VpcPrivateSubnet${n}`) })));
    expect(SecurityGroupIds).toHaveLength(1);
    expect(resourcesOf(template, 'ec2:CreateNetworkInterface')).toEqual(['*']);
  });

  it('takes subnets and security groups', () => {
    const template = inVpc((vpc) => ({
      vpc,
      vpcSubnets: { onePerAz: true, availabilityZones: vpc.availabilityZones.slice(1) },
      securityGroups: [SecurityGroup.fromSecurityGroupId(vpc, 'Group', 'sg-12345678')],
    }));
    const { SubnetIds, SecurityGroupIds } = functionOf(template).Properties.VpcConfig;
    expect(SubnetIds).toEqual([{ Ref: expect.stringMatching('VpcPrivateSubnet2') }]);
    expect(SecurityGroupIds).toEqual(['sg-12345678']);
  });
});

describe('logRetention, alarmEmail, removalPolicy and autoDeleteObjects', () => {
  it('logs are kept as long as asked, CDK’s own too', () => {
    const template = templateOfPipeline({ logRetention: RetentionDays.ONE_YEAR });
    const logs = template.findResources('AWS::Logs::LogGroup') as Record<string, Resource>;
    expect(Object.values(logs).map(({ Properties }) => Properties.RetentionInDays)).toEqual([365, 365]);
    const groups = allOf(template, 'AWS::Lambda::Function').map(
      ({ Properties }) => Properties.LoggingConfig.LogGroup.Ref as string,
    );
    expect(groups.toSorted()).toEqual(Object.keys(logs).toSorted());
  });

  it('alarms go to the address', () => {
    const template = templateOfPipeline({ alarmEmail: 'oncall@example.com' });
    expect(find(template, 'AWS::SNS::Subscription').Properties).toEqual({
      Protocol: 'email',
      Endpoint: 'oncall@example.com',
      TopicArn: { Ref: expect.stringMatching('Alarms') },
    });
  });

  it('removalPolicy DESTROY deletes everything with the stack', () => {
    const template = templateOfPipeline({ removalPolicy: RemovalPolicy.DESTROY });
    for (const type of [
      'AWS::SecretsManager::Secret',
      'AWS::Logs::LogGroup',
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
    ]) {
      const found = allOf(template, type);
      expect(found.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(found.map(() => 'Delete'));
      expect(found).not.toEqual([]);
    }
  });

  it('a bucket that outlives the stack keeps its policy', () => {
    const policies = allOf(templateOfPipeline(), 'AWS::S3::BucketPolicy');
    expect(policies.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain', 'Retain']);
  });

  it('autoDeleteObjects empties the buckets, and needs removalPolicy DESTROY', () => {
    const props = { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true };
    templateOfPipeline(props).resourceCountIs('Custom::S3AutoDeleteObjects', 2);
    expect(() => templateOfPipeline({ autoDeleteObjects: true })).toThrow('autoDeleteObjects');
  });

  it('a permissions boundary applies to every role', () => {
    const stack = new Stack(newApp(), 'Test');
    PermissionsBoundary.of(stack).apply(ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'developers'));
    new VoiceClonePipeline(stack, 'Pipeline', {
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
    const roles = allOf(Template.fromStack(stack), 'AWS::IAM::Role');
    expect(roles).toHaveLength(3);
    for (const { Properties } of roles)
      expect(JSON.stringify(Properties.PermissionsBoundary)).toContain(':policy/developers');
  });
});

describe('several pipelines', () => {
  it('live in one stack, each with its own function, queues, alarms and metrics', () => {
    const stack = new Stack(newApp(), 'Test');
    const pipelines = ['Support', 'Sales'].map((name) => new VoiceClonePipeline(stack, name));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::SQS::Queue', 4);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 28);
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 2);
    for (const {
      alarms,
      function: { functionName },
    } of pipelines) {
      expect(alarms).toHaveLength(14);
      const unknown = allOf(template, 'AWS::CloudWatch::Alarm')
        .filter(({ Properties }) => Properties.MetricName === 'Unknown')
        .map(({ Properties }) => Properties.Dimensions[0].Value);
      expect(unknown).toContainEqual(stack.resolve(functionName));
    }
  });

  it('share an existing bucket, each below its own prefix', () => {
    const stack = new Stack(newApp(), 'Test');
    const bucket = Bucket.fromBucketName(stack, 'Shared', 'existing-voices');
    for (const prefix of ['support', 'sales']) new VoiceClonePipeline(stack, prefix, { bucket, prefix });
    const template = Template.fromStack(stack);
    // One resource, or each would overwrite the notification of the other.
    expect(notificationsOf(template)).toHaveLength(1);
    expect(filtersOf(template).flat()).toEqual(
      expect.arrayContaining([
        { Name: 'prefix', Value: 'support/' },
        { Name: 'prefix', Value: 'sales/' },
      ]),
    );
  });

  it.each([
    [undefined, 'sales', 'sales/'],
    ['sales', 'sales/eu', 'sales/eu/'],
    ['sales', 'sales', 'sales/'],
  ])('are refused when they overlap, in whatever stacks: %s and %s', (one, other, both) => {
    const app = newApp();
    const build = (id: string, prefix: string | undefined) => {
      const stack = new Stack(app, id);
      const bucket = Bucket.fromBucketName(stack, 'Shared', 'existing-voices');
      new VoiceClonePipeline(stack, 'Pipeline', { bucket, ...(prefix !== undefined && { prefix }) });
    };
    build('One', one);
    expect(() => build('Other', other)).toThrow(
      `One/Pipeline and Other/Pipeline would both clone the folders below "${both}": use prefixes that do not overlap`,
    );
  });

  const ofTwoAccounts = (bucketName: string) => () => {
    const app = newApp();
    for (const account of ['111122223333', '444455556666']) {
      const stack = new Stack(app, `Of${account}`, { env: { account, region: 'eu-west-1' } });
      const bucket = Bucket.fromBucketName(stack, 'Shared', bucketName);
      new VoiceClonePipeline(stack, 'Pipeline', { bucket });
    }
  };

  it('of two stages are fine with buckets that are named after their accounts, and refused with one bucket', () => {
    const ofTwoStages = (bucketName: string) => () => {
      const app = newApp();
      for (const name of ['Staging', 'Production']) {
        const stack = new Stack(new Stage(app, name), 'Voices');
        const bucket = Bucket.fromBucketName(stack, 'Shared', bucketName);
        new VoiceClonePipeline(stack, 'Pipeline', { bucket });
      }
    };
    expect(ofTwoStages(`voices-${Aws.ACCOUNT_ID}`)).not.toThrow();
    expect(ofTwoStages('voices')).toThrow(/would both clone/);
  });

  it('of two accounts are fine with buckets that are named after them, and refused with one bucket', () => {
    expect(ofTwoAccounts(`voices-${Aws.ACCOUNT_ID}`)).not.toThrow();
    expect(ofTwoAccounts('voices')).toThrow(/would both clone/);
  });

  it('are refused when they import the same bucket twice', () => {
    const stack = new Stack(newApp(), 'Test');
    const build = (prefix: string, source = UploadSource.NOTIFICATIONS) =>
      new VoiceClonePipeline(stack, prefix, {
        bucket: Bucket.fromBucketName(stack, `Bucket of ${prefix}`, 'existing-voices'),
        prefix,
        source,
      });
    build('support');
    expect(() => build('sales')).toThrow(
      'Test/support and Test/sales import the same bucket separately: import it once, and pass it to both',
    );
    // EventBridge changes nothing in a bucket that is imported.
    expect(() => build('events', UploadSource.EVENT_BRIDGE)).not.toThrow();
  });

  const ofTwoStacks = (
    source: UploadSource,
    bucketFor: (stack: Stack) => IBucket = (stack) =>
      Bucket.fromBucketName(stack, 'Shared', 'existing-voices'),
  ) => {
    const app = newApp();
    return ['support', 'sales'].map((prefix) => {
      const stack = new Stack(app, prefix);
      new VoiceClonePipeline(stack, 'Pipeline', { bucket: bucketFor(stack), prefix, source });
      return stack;
    });
  };

  it('of two stacks may import the same bucket', () => {
    const stacks = ofTwoStacks(UploadSource.NOTIFICATIONS);
    for (const stack of stacks) {
      expect(filtersOf(Template.fromStack(stack)).flat()).toContainEqual({
        Name: 'prefix',
        Value: `${stack.node.id}/`,
      });
    }
  });

  it('of two stacks overwrite each other’s notifications on one bucket, which synthesis says, but not with EventBridge', () => {
    const [support, sales] = ofTwoStacks(UploadSource.NOTIFICATIONS).map((stack) => warningsOf(stack));
    expect(support).toEqual([
      expect.stringMatching(/^sales and support set notifications on the same bucket.*EVENT_BRIDGE/),
    ]);
    expect(sales).toEqual([expect.stringMatching(/^support and sales set notifications/)]);
    expect(ofTwoStacks(UploadSource.EVENT_BRIDGE).flatMap((stack) => warningsOf(stack))).toEqual([]);
  });

  it('of two stacks may share the import of one: CDK keeps the notifications of others, as synthesis says', () => {
    const app = newApp();
    const [one, other] = [new Stack(app, 'One'), new Stack(app, 'Other')];
    const bucket = Bucket.fromBucketName(one, 'Shared', 'existing-voices');
    new VoiceClonePipeline(one, 'sales', { bucket, prefix: 'sales' });
    new VoiceClonePipeline(other, 'support', { bucket, prefix: 'support' });
    expect(warningsOf(other)).toEqual([
      expect.stringMatching(/^One and Other set notifications on the same bucket.*EVENT_BRIDGE/),
    ]);
    expect(notificationsOf(Template.fromStack(other))).toHaveLength(1);
  });

  it('of two stacks likewise share the bucket of a third', () => {
    let bucket: IBucket | undefined;
    const shared = ({ node }: Stack) =>
      (bucket ??= new Bucket(new Stack(node.root, 'Data'), 'Voices') as IBucket);
    for (const stack of ofTwoStacks(UploadSource.NOTIFICATIONS, shared)) {
      expect(warningsOf(stack)).toContainEqual(
        expect.stringContaining('set notifications on the same bucket'),
      );
    }
  });
});

describe('the stack’s outputs are the commands to use next', () => {
  const commandsOf = (template: Template) =>
    Object.fromEntries(
      Object.entries(template.toJSON()['Outputs'] as Record<string, { Value: unknown }>).map(
        ([name, { Value }]) => [name, readable(template, Value)],
      ),
    );

  it('for what exists already', () => {
    const template = templateOfStack({
      bucketName: 'existing-voices',
      prefix: 'voices',
      apiKeySecretName: 'callers',
    });
    expect(commandsOf(template)).toEqual({
      StoreApiKey:
        'read -rs KEY && printf %s "$KEY" | ' +
        'aws secretsmanager put-secret-value --secret-id callers --secret-string file:///dev/stdin',
      DropFolder:
        'aws s3 cp --recursive my-voice s3://existing-voices/voices/my-voice/ --exclude manifest.json && ' +
        'aws s3 cp my-voice/manifest.json s3://existing-voices/voices/my-voice/',
      ReadResult: 'aws s3 cp s3://existing-voices/voices/my-voice/result.json -',
      SubscribeToResults:
        'aws sns subscribe --topic-arn <Pipeline/Results> --protocol email --notification-endpoint you@example.com',
      RedriveDeadLetters:
        'aws sqs start-message-move-task --source-arn <Pipeline/DeadLetters.Arn> ' +
        '--destination-arn <Pipeline/Uploads.Arn>',
    });
  });

  it('for a secret whose name CDK mistakes', () => {
    const app = newApp();
    const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/my-secret';
    const apiKeySecret = Secret.fromSecretPartialArn(new Stack(app, 'Data'), 'Key', arn);
    const template = Template.fromStack(new VoiceCloneStack(app, 'Test', { apiKeySecret }));
    expect(commandsOf(template)['StoreApiKey']).toContain(`--secret-id ${arn} `);
  });

  it('for a topic of another region', () => {
    const app = newApp();
    const env = { account: '111122223333', region: 'eu-west-1' };
    const resultTopic = Topic.fromTopicArn(
      new Stack(app, 'Data'),
      'Topic',
      'arn:aws:sns:us-east-1:111122223333:voices',
    );
    const template = Template.fromStack(new VoiceCloneStack(app, 'Test', { env, resultTopic }));
    expect(commandsOf(template)['SubscribeToResults']).toMatch(/ you@example\.com --region us-east-1$/);
  });

  it('for a new bucket', () => {
    expect(commandsOf(templateOfStack())).toMatchObject({
      DropFolder:
        'aws s3 cp --recursive my-voice s3://<Pipeline/Bucket>/my-voice/ --exclude manifest.json && ' +
        'aws s3 cp my-voice/manifest.json s3://<Pipeline/Bucket>/my-voice/',
      ReadResult: 'aws s3 cp s3://<Pipeline/Bucket>/my-voice/result.json -',
    });
  });
});
