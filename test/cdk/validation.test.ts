import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, CfnResource, Duration, NestedStack, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
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

describe('cdk-nag’s AwsSolutions rules find nothing unacknowledged', () => {
  const reviewed = () => {
    const app = newApp();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    return app;
  };

  it.each(stacks)('in a stack %s', (_, props) => {
    const app = reviewed();
    new VoiceCloneStack(app, 'Test', props);
    expect(findingsOf(app)).toEqual([]);
  });

  it('in several pipelines of one stack, with a key of their own', () => {
    const app = reviewed();
    const stack = new Stack(app, 'Test');
    const encryptionKey = new Key(stack, 'Key', { enableKeyRotation: true });
    new VoiceClonePipeline(stack, 'Support', { encryptionKey });
    new VoiceClonePipeline(stack, 'Sales', { encryptionKey, prefix: 'sales' });
    expect(findingsOf(app)).toEqual([]);
  });

  it('in a stack with a bucket of another stack, and in a nested stack', () => {
    const app = reviewed();
    const data = new Stack(app, 'Data');
    const bucket = new Bucket(data, 'Voices', { enforceSSL: true }) as IBucket;
    Validations.of(bucket).acknowledge({ id: 'AwsSolutions-S1', reason: 'A bucket of somebody else' });
    const stack = new Stack(app, 'Test');
    new VoiceClonePipeline(stack, 'Pipeline', { bucket, prefix: 'one' });
    new VoiceClonePipeline(new NestedStack(stack, 'Nested'), 'Pipeline', { bucket, prefix: 'two' });
    new VoiceClonePipeline(new NestedStack(stack, 'New'), 'Pipeline');
    expect(findingsOf(app)).toEqual([]);
  });

  it('with EventBridge as the source, in a VPC, and with buckets that empty themselves', () => {
    const app = reviewed();
    const stack = new Stack(app, 'Test');
    new VoiceClonePipeline(stack, 'Pipeline', {
      source: UploadSource.EVENT_BRIDGE,
      vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-12345678',
        availabilityZones: ['eu-west-1a'],
        privateSubnetIds: ['subnet-12345678'],
      }),
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
    expect(findingsOf(app)).toEqual([]);
  });

  it('in a stack that traces, and deletes drops', () => {
    const app = reviewed();
    const stack = new Stack(app, 'Test');
    const sampleRetention = Duration.days(30);
    new VoiceClonePipeline(stack, 'Pipeline', { tracing: Tracing.ACTIVE, sampleRetention });
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
describe('CloudFormation’s resource schemas and rules', () => {
  const strict = () =>
    newApp({ builtinCloudFormationValidation: true, context: { [CLOUDFORMATION_RULES]: true } });

  it.each(stacks)('find nothing in a stack %s', (_, props) => {
    const app = strict();
    new VoiceCloneStack(app, 'Test', props);
    expect(findingsOf(app)).toEqual([]);
  });

  it.each<[string, (stack: VoiceCloneStack) => void]>([
    ['a property that does not exist', (stack) => property(stack, 'VisibilityTimeOut', 5)],
    ['a value of the wrong type', (stack) => property(stack, 'VisibilityTimeout', 'long')],
    ['a value out of its range', (stack) => property(stack, 'VisibilityTimeout', 43_201)],
    ['a type that does not exist', (stack) => new CfnResource(stack, 'Wrong', { type: 'AWS::SQS::Line' })],
    [
      'a property that is missing',
      (stack) =>
        new CfnResource(stack, 'Wrong', { type: 'AWS::SQS::QueuePolicy', properties: { Queues: ['q'] } }),
    ],
  ])('would find %s', (_, spoil) => {
    const app = strict();
    spoil(new VoiceCloneStack(app, 'Test'));
    expect(findingsOf(app)).toEqual([expect.stringMatching(/Test\/(Pipeline\/Uploads\/Resource|Wrong)$/)]);
  });

  function property({ pipeline }: VoiceCloneStack, name: string, value: unknown): void {
    (pipeline.queue.node.defaultChild as CfnResource).addPropertyOverride(name, value);
  }
});
