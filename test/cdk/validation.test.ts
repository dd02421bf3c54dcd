import { Duration, NestedStack, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { UploadSource } from '../../cdk/upload-source.ts';
import { VoiceClonePipeline } from '../../cdk/voice-clone-pipeline.ts';
import { VoiceCloneStack } from '../../cdk/voice-clone-stack.ts';
import { addStacks, findingsOf } from './findings-of.ts';
import { newApp } from './synthesis.ts';

describe('cdk-nag’s AwsSolutions rules', () => {
  const reviewed = () => {
    const app = newApp();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    return app;
  };

  // One app, because reviewing each takes a second. A finding names its construct.
  it('find nothing unacknowledged in any kind of stack', () => {
    const app = reviewed();
    addStacks(app);

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
