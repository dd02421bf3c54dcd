import { type App, Aws, Duration, Size, Stack } from 'aws-cdk-lib';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption, CfnBucket, type IBucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import type { VoiceClonePipelineProps } from '../../cdk/voice-clone-pipeline-props.ts';
import { VoiceClonePipeline } from '../../cdk/voice-clone-pipeline.ts';
import { VoiceCloneStack, type VoiceCloneStackProps } from '../../cdk/voice-clone-stack.ts';
import { find, functionOf, newApp, readable, templateOfPipeline, templateOfStack } from './synthesis.ts';

describe('a value that would fail, or mislead, when deployed is refused', () => {
  it.each<[string, VoiceClonePipelineProps, string]>([
    [
      'apiUrl over http',
      { apiUrl: 'http://x.example' },
      'apiUrl must start with https://, so that the API key',
    ],
    ['apiUrl with a query', { apiUrl: 'https://x.example/?a=b' }, 'apiUrl must not contain a query'],
    ['apiUrl that is no URL', { apiUrl: 'x.example' }, 'apiUrl must be a URL such as https://'],
    [
      'settle above completeWithin',
      { settle: Duration.minutes(20) },
      'settle (1200 seconds) must not exceed completeWithin (900 seconds)',
    ],
    [
      'completeWithin below the default of settle',
      { completeWithin: Duration.seconds(10) },
      'settle (30 seconds) must not exceed completeWithin (10 seconds)',
    ],
    ['cloneTimeout 0', { cloneTimeout: Duration.seconds(0) }, 'cloneTimeout must be at least one second'],
    ['maxTotalSize 0', { maxTotalSize: Size.bytes(0) }, 'maxTotalSize must be at least one byte'],
    ['half a byte', { maxTotalSize: Size.bytes(1.5) }, 'maxTotalSize must be a whole number of bytes'],
    ['a petabyte', { maxTotalSize: Size.pebibytes(1) }, 'less than a petabyte, not 1125899906842624'],
    ...(['timeout', 'cloneTimeout', 'completeWithin', 'settle'] as const).flatMap((name) =>
      [Duration.seconds(700.5), Duration.millis(700_500)].map(
        (duration): [string, VoiceClonePipelineProps, string] => [
          `${name} of half a second, as ${duration.toString()}`,
          { [name]: duration },
          `${name} must be a whole number of seconds, not 700.5`,
        ],
      ),
    ),
    [
      'completeWithin 0',
      { completeWithin: Duration.seconds(0), settle: Duration.seconds(0) },
      'completeWithin must be at least one second',
    ],
    [
      'memorySize 64',
      { memorySize: 64 },
      'memorySize must be a whole number of MiB from 128 to 10240, not 64',
    ],
    ['memorySize 20,000', { memorySize: 20_000 }, 'from 128 to 10240, not 20000'],
    ['memorySize 300.5', { memorySize: 300.5 }, 'from 128 to 10240, not 300.5'],
    ['alarmEmail', { alarmEmail: 'notmail' }, 'alarmEmail must be an email address, not "notmail"'],
    ['resultEmail', { resultEmail: 'Ina <ina@example.com>' }, 'resultEmail must be an email address'],
    [
      'reserved concurrency below maxConcurrency',
      { reservedConcurrentExecutions: 4 },
      'reservedConcurrentExecutions must be a whole number, at least maxConcurrency (5)',
    ],
    ...['//', 'voices//', './voices', 'a/../b', '..'].map(
      (prefix): [string, VoiceClonePipelineProps, string] => [
        `the prefix ${prefix}, below which no tool would drop anything`,
        { prefix },
        'prefix must contain only letters, digits and - _ . / and must not start with a slash, nor contain //, ./ or ../',
      ],
    ),
    [
      'an alarm that would always be on',
      { alarmThresholds: { deadLetters: 0 } },
      'alarmThresholds.deadLetters must be a whole number, at least 1, not 0',
    ],
    [
      'an alarm for drops that do not wait',
      { alarmThresholds: { waiting: Duration.minutes(0) } },
      'alarmThresholds.waiting must be a whole number of seconds, at least 1, not 0',
    ],
    [
      'more sub-organizations than fit into the environment',
      { subOrganizations: Array.from({ length: 80 }, (_, index) => `${index}`.padStart(36, '0')) },
      'subOrganizations must have at most 3000 characters as JSON, not 3121: Lambda allows 4 KB',
    ],
    ['a prefix that leaves no room for keys', { prefix: 'p'.repeat(801) }, 'prefix must be at most 800'],
  ])('%s', (_, props, message) => {
    expect(() => templateOfPipeline(props)).toThrow(message);
  });

  it('but not at the limits, nor if it is known only at deployment', () => {
    expect(() =>
      templateOfPipeline({
        apiUrl: 'http://localhost:8080',
        settle: Duration.seconds(900),
        memorySize: 10_240,
        reservedConcurrentExecutions: 5,
        alarmEmail: 'on.call+voices@ops.example.com',
        prefix: 'p'.repeat(800),
        alarmThresholds: { deadLetters: 1, waiting: Duration.seconds(1) },
      }),
    ).not.toThrow();
    const unknown = { apiUrl: Aws.URL_SUFFIX, alarmEmail: Aws.STACK_NAME, resultEmail: Aws.STACK_NAME };
    expect(() => templateOfPipeline(unknown)).not.toThrow();
  });

  it('in JavaScript, also by its type', () => {
    const untyped = (props: object) => () => templateOfPipeline(props);
    expect(untyped({ memorySize: '512' })).toThrow(
      "memorySize must be a whole number of MiB from 128 to 10240, not '512'",
    );
    expect(untyped({ subOrganizations: 'sub-1' })).toThrow('subOrganizations must be a list of identifiers');
    expect(untyped({ prefix: 2026 })).toThrow('prefix must contain only letters');
    // No list at all would mean every sub-organization.
    expect(untyped({ subOrganizations: '' })).toThrow('subOrganizations must be a list of identifiers');
    expect(untyped({ source: 'eventbridge' })).toThrow(
      "source must be a constant of UploadSource, not 'eventbridge'",
    );
    expect(untyped({ serverSideEncryption: 'AES256' })).toThrow(
      "serverSideEncryption must be a constant of ServerSideEncryption, not 'AES256'",
    );
  });

  it.each<[object, string]>([
    [{ timeout: 900 }, 'timeout must be a Duration, such as `Duration.minutes(15)`, not 900'],
    [{ sampleRetention: 30 }, 'sampleRetention must be a Duration'],
    [{ maxTotalSize: 5e8 }, 'maxTotalSize must be a Size, such as `Size.gibibytes(1)`, not 500000000'],
    [{ alarmThresholds: { waiting: 60 } }, 'alarmThresholds.waiting must be a Duration'],
    [
      { alarmThresholds: { errors: '3' } },
      "alarmThresholds.errors must be a whole number, at least 1, not '3'",
    ],
    [
      { bucket: 'recordings' },
      "bucket must be a construct, such as one that `Bucket.fromBucketName` imports, not 'recordings'",
    ],
    [{ encryptionKey: 'alias/voices' }, 'encryptionKey must be a construct'],
    [{ vpc: 'vpc-12345678' }, 'vpc must be a construct'],
    [{ apiKeySecret: 'callers' }, 'a construct, such as one that `Secret.fromSecretNameV2` imports, not'],
    [{ encryptionKey: 'voices' }, 'a construct, such as one that `Key.fromKeyArn` imports, not'],
    [{ resultTopic: 'results' }, 'a construct, such as one that `Topic.fromTopicArn` imports, not'],
    [{ vpc: 'vpc-1234' }, 'a construct, such as one that `Vpc.fromLookup` imports, not'],
    [
      { alarmThresholds: { unknwon: 5 } },
      'alarmThresholds.unknwon is the threshold of no alarm: use waiting, deadLetters, errors, throttles, unknown, rateLimited, connectionClosed',
    ],
  ])('in JavaScript, a value of another type: %j', (props, message) => {
    expect(() => templateOfPipeline(props)).toThrow(message);
  });

  it('in JavaScript, a construct of another kind', () => {
    expect(() => templateOfPipeline((stack) => ({ bucket: new CfnBucket(stack, 'Raw') as never }))).toThrow(
      'bucket must be a construct, such as one that `Bucket.fromBucketName` imports, not Test/Raw',
    );
  });

  it('but in JavaScript, null is no value', () => {
    const names = [
      'timeout',
      'maxTotalSize',
      'apiUrl',
      'source',
      'vpc',
      'removalPolicy',
      'alarmTopic',
      'alarmThresholds',
    ];
    const nothing = Object.fromEntries(names.map((name) => [name, null]));
    expect(templateOfPipeline(nothing).toJSON()).toEqual(templateOfPipeline().toJSON());
    expect(templateOfPipeline(() => null as never).toJSON()).toEqual(templateOfPipeline().toJSON());
    const noThreshold = { alarmThresholds: { waiting: null, errors: null } } as never;
    expect(templateOfPipeline(noThreshold).toJSON()).toEqual(templateOfPipeline().toJSON());
    const ofStack = { bucketName: null, apiKeySecretName: null, encryptionKeyArn: null, description: null };
    expect(templateOfStack(ofStack as never).toJSON()).toEqual(templateOfStack().toJSON());
  });

  it('and another pipeline of the app is not affected', () => {
    const stack = new Stack(newApp(), 'Test');
    expect(() => new VoiceClonePipeline(stack, 'Wrong', { prefix: '/' })).toThrow('prefix');
    expect(() => new VoiceClonePipeline(stack, 'Right')).not.toThrow();
  });

  it('reservedConcurrentExecutions reaches the function', () => {
    const { Properties } = functionOf(templateOfPipeline({ reservedConcurrentExecutions: 7 }));
    expect(Properties.ReservedConcurrentExecutions).toBe(7);
  });
});

it.each([
  ['arn:aws:s3:eu-west-1:111122223333:accesspoint/voices', 'bucket must be a general purpose bucket'],
  ['arn:aws:s3:::voices/sales', 'bucket must be a bucket, without a key: arn:aws:s3:::voices/sales'],
])('a bucket is refused by the ARN %s', (arn, message) => {
  expect(() =>
    templateOfPipeline((stack) => ({ bucket: Bucket.fromBucketArn(stack, 'Existing', arn) })),
  ).toThrow(message);
});

it.each([
  ['callers', 'callers'],
  ['prod/my-secret', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/my-secret'],
])('a secret’s ARN without its last six characters may be read: %s', (name, id) => {
  const template = templateOfPipeline((stack) => ({
    apiKeySecret: Secret.fromSecretPartialArn(
      stack,
      'Key',
      `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}`,
    ),
  }));
  const { Statement } = find(template, 'AWS::IAM::Policy', '/Pipeline/Role/DefaultPolicy/Resource').Properties
    .PolicyDocument;
  expect(Statement.find(({ Sid }: { Sid: string }) => Sid === 'ReadApiKey').Resource).toBe(
    `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}-??????`,
  );
  expect(functionOf(template).Properties.Environment.Variables.CALLERS_API_KEY_SECRET_ID).toBe(id);
});

describe('a secret', () => {
  const inStack = (secret: (stack: Stack) => ISecret) => {
    const stack = new Stack(newApp(), 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
    return new VoiceClonePipeline(stack, 'Pipeline', { apiKeySecret: secret(stack) });
  };
  const arn = (region: string, account: string) =>
    `arn:aws:secretsmanager:${region}:${account}:secret:callers-AbCdEf`;

  it('of another region is refused: the function asks its own', () => {
    const imported = (stack: Stack) =>
      Secret.fromSecretCompleteArn(stack, 'Key', arn('us-east-1', '111122223333'));
    expect(() => inStack(imported)).toThrow(
      'apiKeySecret is in region us-east-1, but the stack is in eu-west-1: replicate the secret to that region',
    );
  });

  it('of another stack in another region is refused', () => {
    const app = newApp();
    const elsewhere = new Stack(app, 'Data', { env: { account: '111122223333', region: 'us-east-1' } });
    const stack = new Stack(app, 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
    const apiKeySecret = new Secret(elsewhere, 'Key') as ISecret;
    expect(() => new VoiceClonePipeline(stack, 'Pipeline', { apiKeySecret })).toThrow('in region us-east-1');
  });

  it('of another account is refused without its own key: AWS managed keys stay in their account', () => {
    const imported = (stack: Stack) =>
      Secret.fromSecretCompleteArn(stack, 'Key', arn('eu-west-1', '444455556666'));
    expect(() => inStack(imported)).toThrow(
      'apiKeySecret is in account 444455556666, but the stack is in 111122223333: import it with ' +
        '`Secret.fromSecretAttributes`, by its complete ARN and with its own KMS key',
    );
  });

  it('of another account with its own key is read where it is', () => {
    const secretCompleteArn = arn('eu-west-1', '444455556666');
    const keyArn = 'arn:aws:kms:eu-west-1:444455556666:key/1234abcd';
    const template = templateOfPipeline((stack) => ({
      apiKeySecret: Secret.fromSecretAttributes(stack, 'Key', {
        secretCompleteArn,
        encryptionKey: Key.fromKeyArn(stack, 'TheirKey', keyArn),
      }),
    }));
    expect(functionOf(template).Properties.Environment.Variables.CALLERS_API_KEY_SECRET_ID).toBe(
      secretCompleteArn,
    );
    const { Statement } = find(template, 'AWS::IAM::Policy', '/Pipeline/Role/DefaultPolicy/Resource')
      .Properties.PolicyDocument;
    const bySid = (sid: string) => Statement.find(({ Sid }: { Sid: string }) => Sid === sid);
    expect(bySid('ReadApiKey').Resource).toBe(secretCompleteArn);
    expect(bySid('DecryptApiKey')).toMatchObject({ Action: 'kms:Decrypt', Resource: keyArn });
    expect(readable(template, bySid('DecryptApiKey').Condition.StringEquals['kms:ViaService'][0])).toBe(
      'secretsmanager.<AWS::Region>.amazonaws.com',
    );
  });
});

it('access logs of buckets that are passed are refused, because nothing would turn them on', () => {
  const imported = (stack: Stack, name: string) => Bucket.fromBucketName(stack, name, name);
  const props = (stack: Stack) => ({
    bucket: imported(stack, 'voices'),
    serverAccessLogsBucket: imported(stack, 'logs'),
  });
  expect(() => templateOfPipeline(props)).not.toThrow();
  expect(() =>
    templateOfPipeline((stack) => ({ ...props(stack), stateBucket: imported(stack, 'ledgers') })),
  ).toThrow('serverAccessLogsBucket applies only to new buckets');
});

it.each<[string, (scope: App) => VoiceCloneStackProps]>([
  [
    'bucket',
    (app) => ({ bucketName: 'voices', bucket: new Bucket(new Stack(app, 'Data'), 'Voices') as IBucket }),
  ],
  [
    'stateBucket',
    (app) => ({
      stateBucketName: 'ledgers',
      stateBucket: new Bucket(new Stack(app, 'Data'), 'Ledgers') as IBucket,
    }),
  ],
  [
    'apiKeySecret',
    (app) => ({
      apiKeySecretName: 'callers',
      apiKeySecret: new Secret(new Stack(app, 'Data'), 'Key') as ISecret,
    }),
  ],
  [
    'encryptionKey',
    (app) => ({
      encryptionKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1',
      encryptionKey: new Key(new Stack(app, 'Data'), 'Key'),
    }),
  ],
])('%s is refused beside its name', (name, props) => {
  const app = newApp();
  expect(() => new VoiceCloneStack(app, 'Test', props(app))).toThrow(
    new RegExp(`^Pass either ${name} or .*not both`),
  );
});

it.each(['bucketName', 'stateBucketName', 'apiKeySecretName', 'encryptionKeyArn'])(
  '%s is refused if it is empty',
  (name) => {
    expect(() => templateOfStack({ [name]: '' })).toThrow(`${name} must not be empty`);
  },
);

describe('what AWS cannot use where it is, or as it is, is refused', () => {
  const env = { account: '111122223333', region: 'eu-west-1' };
  const key = (region: string) => `arn:aws:kms:${region}:111122223333:key/1234abcd`;

  it.each<[string, (stack: Stack, elsewhere: Stack) => VoiceClonePipelineProps, string]>([
    [
      'a key of another region',
      (stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Key', key('us-east-1')) }),
      'encryptionKey is in region us-east-1, but the stack is in eu-west-1: AWS services use keys only in their own region',
    ],
    [
      'an alarm topic of another region',
      (_, elsewhere) => ({ alarmTopic: new Topic(elsewhere, 'Ops') }),
      'alarmTopic is in region us-east-1, but the stack is in eu-west-1: alarms notify only topics of their own region',
    ],
    [
      'an alarm topic with the AWS managed key',
      (stack) => {
        const masterKey = Alias.fromAliasName(stack, 'Key', 'alias/aws/sns');
        return { alarmTopic: new Topic(stack, 'Ops', { masterKey }) };
      },
      'alarmTopic is encrypted with the AWS managed key alias/aws/sns, which CloudWatch alarms cannot use',
    ],
    [
      'email from a FIFO topic',
      (stack) => ({ alarmTopic: new Topic(stack, 'Ops', { fifo: true }), alarmEmail: 'ops@example.com' }),
      'alarmEmail cannot subscribe to alarmTopic, which is a FIFO topic',
    ],
    [
      'a bucket for access logs in another region',
      (_, elsewhere) => ({ serverAccessLogsBucket: new Bucket(elsewhere, 'Logs') as IBucket }),
      'serverAccessLogsBucket is in region us-east-1, but the stack is in eu-west-1',
    ],
    [
      'a bucket for access logs with a KMS key',
      (stack) => ({
        serverAccessLogsBucket: new Bucket(stack, 'Logs', { encryption: BucketEncryption.KMS }) as IBucket,
      }),
      'serverAccessLogsBucket must be encrypted with S3 managed keys',
    ],
    [
      'a bucket for access logs with the AWS managed KMS key',
      (stack) => ({
        serverAccessLogsBucket: new Bucket(stack, 'Logs', {
          encryption: BucketEncryption.KMS_MANAGED,
        }) as IBucket,
      }),
      'serverAccessLogsBucket must be encrypted with S3 managed keys',
    ],
    [
      'a bucket for access logs that keeps each object',
      (stack) => ({
        serverAccessLogsBucket: new Bucket(stack, 'Logs', {
          objectLockDefaultRetention: ObjectLockRetention.governance(Duration.days(1)),
        }) as IBucket,
      }),
      'serverAccessLogsBucket must have no default retention of Object Lock',
    ],
  ])('%s', (_, props, message) => {
    const app = newApp();
    const elsewhere = new Stack(app, 'Elsewhere', { env: { ...env, region: 'us-east-1' } });
    const stack = new Stack(app, 'Test', { env });
    expect(() => new VoiceClonePipeline(stack, 'Pipeline', props(stack, elsewhere))).toThrow(message);
  });
});

describe('a state bucket that droppers could write to is refused', () => {
  const message = 'whoever can write ledgers can have voices paid for again';

  it('the bucket itself', () => {
    expect(() =>
      templateOfPipeline((stack) => {
        const bucket = new Bucket(stack, 'Own') as IBucket;
        return { bucket, stateBucket: bucket };
      }),
    ).toThrow(message);
  });

  it('the same bucket, imported twice', () => {
    expect(() =>
      templateOfPipeline((stack) => ({
        bucket: Bucket.fromBucketName(stack, 'Voices', 'voices'),
        stateBucket: Bucket.fromBucketArn(stack, 'State', 'arn:aws:s3:::voices'),
      })),
    ).toThrow(message);
  });

  it.each([true, false])('the bucket of another pipeline, in whatever order (%s)', (isFirst) => {
    const app = newApp();
    const build = (id: string, names: Record<'bucket' | 'stateBucket', string>) => {
      const stack = new Stack(app, id);
      const imported = (prop: 'bucket' | 'stateBucket') => Bucket.fromBucketName(stack, prop, names[prop]);
      new VoiceClonePipeline(stack, 'Pipeline', {
        bucket: imported('bucket'),
        stateBucket: imported('stateBucket'),
      });
    };
    const one = () => build('One', { bucket: 'voices', stateBucket: 'shared' });
    const other = () => build('Other', { bucket: 'shared', stateBucket: 'ledgers' });
    const [first, second] = isFirst ? [one, other] : [other, one];
    first();
    expect(second).toThrow(
      `The stateBucket of One/Pipeline is the bucket into which folders for Other/Pipeline are dropped: ${message}`,
    );
  });
});
