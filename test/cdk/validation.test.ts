import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type App, CfnResource, Duration, NestedStack, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { AccountPrincipal, ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { UploadSource } from '../../cdk/upload-source.ts';
import { VoiceClonePipeline } from '../../cdk/voice-clone-pipeline.ts';
import { VoiceCloneStack, type VoiceCloneStackProps } from '../../cdk/voice-clone-stack.ts';
import { newApp } from './synthesis.ts';

/** Makes a finding an error, at which synthesis stops. */
const CLOUDFORMATION_RULES = '@aws-cdk/core:validateAgainstDefaultRules';

const existingKey = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const stacks: [string, VoiceCloneStackProps][] = [
  ['where everything is new', {}],
  [
    'where everything is new, in an account and region that are known',
    { env: { account: '111122223333', region: 'eu-west-1' } },
  ],
  [
    'with an email address, a prefix and a limit',
    { alarmEmail: 'oncall@example.com', prefix: 'voices', maxConcurrency: 2 },
  ],
  [
    'with a bucket, a secret and a key that exist',
    {
      bucketName: 'existing-voices',
      prefix: 'voices',
      apiKeySecretName: 'callers',
      encryptionKeyArn: existingKey,
    },
  ],
];

/** The findings that stopped a synthesis, as `rule construct`; none if it succeeded. */
function findingsOf(app: App): string[] {
  try {
    app.synth();
    return [];
  } catch (error) {
    if ((error as Error).name !== 'ValidationFailed') throw error;
  }
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: { violations: { ruleName: string; violatingConstructs: { constructPath: string }[] }[] }[];
  };
  return report.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    ),
  );
}

describe('cdk-nag’s AwsSolutions rules', () => {
  const reviewed = () => {
    const app = newApp();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    return app;
  };

  // One app, because reviewing each takes a second. A finding names its construct.
  it('find nothing unacknowledged in any kind of stack', () => {
    const app = reviewed();
    stacks.forEach(([name, props]) => new VoiceCloneStack(app, idOf(name), props));

    const several = new Stack(app, 'Several');
    const encryptionKey = new Key(several, 'Key', { enableKeyRotation: true });
    new VoiceClonePipeline(several, 'Support', { encryptionKey });
    new VoiceClonePipeline(several, 'Sales', { encryptionKey, prefix: 'sales' });

    const data = new Stack(app, 'Data');
    const bucket = new Bucket(data, 'Voices', { enforceSSL: true }) as IBucket;
    Validations.of(bucket).acknowledge({ id: 'AwsSolutions-S1', reason: 'A bucket of somebody else' });
    const others = new Stack(app, 'BucketOfAnother');
    new VoiceClonePipeline(others, 'Pipeline', { bucket, prefix: 'one' });
    new VoiceClonePipeline(new NestedStack(others, 'Nested'), 'Pipeline', { bucket, prefix: 'two' });
    new VoiceClonePipeline(new NestedStack(others, 'New'), 'Pipeline');

    const inVpc = new Stack(app, 'EventBridgeAndVpc');
    new VoiceClonePipeline(inVpc, 'Pipeline', {
      source: UploadSource.EVENT_BRIDGE,
      vpc: Vpc.fromVpcAttributes(inVpc, 'Vpc', {
        vpcId: 'vpc-12345678',
        availabilityZones: ['eu-west-1a'],
        privateSubnetIds: ['subnet-12345678'],
      }),
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });

    const sampleRetention = Duration.days(30);
    const tracing = Tracing.ACTIVE;
    new VoiceClonePipeline(new Stack(app, 'Traces'), 'Pipeline', { tracing, sampleRetention });
    const newPolicies = new Stack(app, 'TracesInNewPolicies');
    newPolicies.node.setContext('@aws-cdk/aws-lambda:createNewPoliciesWithAddToRolePolicy', true);
    new VoiceClonePipeline(newPolicies, 'Pipeline', { tracing });
    expect(findingsOf(app)).toEqual([]);
  });

  it('but still find what a deployer adds', () => {
    const app = reviewed();
    const stack = new Stack(app, 'Test');
    new VoiceClonePipeline(stack, 'Pipeline');
    const basicExecution = ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole');
    new Role(stack, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [basicExecution],
    });
    new Bucket(stack, 'Bucket', { enforceSSL: true });
    expect(findingsOf(app)).toEqual([
      expect.stringMatching(/^AwsSolutions-IAM4\[.*AWSLambdaBasicExecutionRole\] Test\/Role\/Resource$/),
      'AwsSolutions-S1 Test/Bucket/Resource',
    ]);
  });

  it('and what the rules of authorities find is as cdk/README.md says', () => {
    const app = newApp();
    const packs = [HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks];
    for (const Checks of packs) Validations.of(app).addPlugins(new Checks(app));
    const stack = new Stack(app, 'Test');
    new VoiceClonePipeline(stack, 'Pipeline', {
      encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
      vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-12345678',
        availabilityZones: ['eu-west-1a'],
        privateSubnetIds: ['subnet-12345678'],
      }),
      serverAccessLogsBucket: Bucket.fromBucketName(stack, 'Logs', 'logs'),
      reservedConcurrentExecutions: 5,
    });
    const rules = findingsOf(app).map((finding) => /^[\w.]+-(\w+) /.exec(finding)?.[1]);
    expect(new Set(rules.filter((rule) => rule !== undefined))).toEqual(
      new Set([
        'S3BucketReplicationEnabled',
        'IAMNoInlinePolicy',
        'SecretsManagerRotationEnabled',
        'LambdaDLQ',
      ]),
    );
  });

  it('and each acknowledgement gives a reason, at the construct that it concerns', () => {
    const app = newApp();
    const stack = new VoiceCloneStack(app, 'Test');
    app.synth();
    const answers = stack.node.findAll().flatMap(({ node }) =>
      node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) =>
          Object.entries(data as Record<string, string>).map(([id, reason]) => {
            expect(reason).toMatch(/^[A-Z].{60,}\.$/);
            return `${node.path}: ${id
              .replace(/^Annotation::/, '')
              .replace(/<\w+\.Arn>/, '<Bucket>')
              .replace(/<Pipeline\w+>/, '<Name>')}`;
          }),
        ),
    );
    expect(answers).toEqual([
      'Test/Pipeline/Bucket: AwsSolutions-S1',
      'Test/Pipeline/State: AwsSolutions-S1',
      'Test/Pipeline/ApiKey: AwsSolutions-SMG4',
      'Test/Pipeline/Role: AwsSolutions-IAM5[Resource::<Bucket>/*]',
      'Test/Pipeline/Role: AwsSolutions-IAM5[Resource::<Bucket>/*/result.json]',
      'Test/Pipeline/Role: AwsSolutions-IAM5[Resource::<Bucket>/<Name>/*]',
      expect.stringMatching(
        /^Test\/BucketNotificationsHandler\w+: AwsSolutions-IAM4\[.*BasicExecutionRole\]$/,
      ),
    ]);
  });
});

// aws-cdk-lib brings the resource schemas of CloudFormation, and its own rules, with it (@aws/cloudformation-validate).
it('CloudFormation’s resource schemas and rules find nothing in these stacks, but each mistake beside them', () => {
  const app = newApp({ builtinCloudFormationValidation: true, context: { [CLOUDFORMATION_RULES]: true } });
  stacks.forEach(([name, props]) => new VoiceCloneStack(app, idOf(name), props));
  const stack = new Stack(app, 'Test');
  const mistakes = {
    Incomplete: { type: 'AWS::SQS::QueuePolicy', properties: { Queues: ['q'] } },
    OutOfRange: { type: 'AWS::SQS::Queue', properties: { VisibilityTimeout: 43_201 } },
    UnknownProperty: { type: 'AWS::SQS::Queue', properties: { VisibilityTimeOut: 5 } },
    UnknownType: { type: 'AWS::SQS::Line' },
    WrongType: { type: 'AWS::SQS::Queue', properties: { VisibilityTimeout: 'long' } },
  };
  for (const [name, mistake] of Object.entries(mistakes)) new CfnResource(stack, name, mistake);
  const places = findingsOf(app).map((finding) => finding.split(' ').at(-1));
  expect(new Set(places)).toEqual(new Set(Object.keys(mistakes).map((name) => `Test/${name}`)));
});

function idOf(name: string): string {
  return name.replaceAll(/[^a-z]+/gi, '-');
}

/** The flags that `cdk init` writes into a new app's `cdk.json`. */
const recommended = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8'),
) as Record<string, unknown>;
const REFERENCES = '@aws-cdk/core:defaultCrossStackReferences';

describe('in an app with the flags of a new app', () => {
  const sources = [UploadSource.NOTIFICATIONS, UploadSource.EVENT_BRIDGE];
  const appWith = (strength: string) => {
    const app = newApp({
      builtinCloudFormationValidation: true,
      context: { 'aws:cdk:enable-path-metadata': true, ...recommended, [REFERENCES]: strength },
    });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    return app;
  };

  it('which include weak references', () => {
    expect(recommended[REFERENCES]).toBe('weak');
  });

  it.each(sources)('a stack of its own synthesizes without findings ($name)', (source) => {
    const app = appWith('weak');
    new VoiceCloneStack(app, 'Test', { source, prefix: 'voices', alarmEmail: 'ops@example.com' });
    expect(() => app.synth()).not.toThrow();
  });

  it.each([
    ['weak', UploadSource.NOTIFICATIONS],
    ['weak', UploadSource.EVENT_BRIDGE],
    ['both', UploadSource.NOTIFICATIONS],
    ['strong', UploadSource.NOTIFICATIONS],
  ])(
    'buckets, key and topic of another stack may be passed, with %s references ($1.name)',
    (strength, source) => {
      const app = appWith(strength);
      const env = { account: '111122223333', region: 'eu-west-1' };
      const data = new Stack(app, 'Data', { env });
      const encryptionKey = new Key(data, 'Key', { enableKeyRotation: true });
      const bucketOf = (id: string) =>
        new Bucket(data, id, { encryptionKey, enforceSSL: true, serverAccessLogsPrefix: 'logs' }) as IBucket;
      const apiKeySecret = new Secret(data, 'ApiKey') as ISecret;
      Validations.of(apiKeySecret).acknowledge({
        id: 'AwsSolutions-SMG4',
        reason: 'A secret of somebody else',
      });
      const stack = new Stack(app, 'Test', { env });
      const props = {
        bucket: bucketOf('Voices'),
        stateBucket: bucketOf('Ledgers'),
        resultTopic: new Topic(data, 'Results', { enforceSSL: true, masterKey: encryptionKey }),
        apiKeySecret,
        encryptionKey,
        source,
      };
      const pipeline = new VoiceClonePipeline(stack, 'Sales', { ...props, prefix: 'sales' });
      new VoiceClonePipeline(new NestedStack(stack, 'Nested'), 'Support', { ...props, prefix: 'support' });
      pipeline.grantDrop(new AccountPrincipal('444455556666'));
      app.synth();
      const text = JSON.stringify(Template.fromStack(stack).toJSON());
      expect(text.includes('Fn::GetStackOutput')).toBe(strength !== 'strong');
      expect(text.includes('Fn::ImportValue')).toBe(strength === 'strong');
    },
  );

  it('all that is created may be of the same stack, with a VPC', () => {
    const app = appWith('weak');
    const stack = new Stack(app, 'Test');
    const encryptionKey = new Key(stack, 'Key', { enableKeyRotation: true });
    const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-12345678',
      availabilityZones: ['eu-west-1a'],
      privateSubnetIds: ['subnet-12345678'],
    });
    const pipeline = new VoiceClonePipeline(stack, 'Pipeline', { encryptionKey, vpc });
    pipeline.grantReadResults(new AccountPrincipal('444455556666'));
    expect(() => app.synth()).not.toThrow();
  });
});
