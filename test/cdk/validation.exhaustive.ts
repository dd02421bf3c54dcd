import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CfnResource, NestedStack, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { AccountPrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { UploadSource } from '../../cdk/upload-source.ts';
import { VoiceClonePipeline } from '../../cdk/voice-clone-pipeline.ts';
import { VoiceCloneStack } from '../../cdk/voice-clone-stack.ts';
import { addStacks, findingsOf } from './findings-of.ts';
import { newApp } from './synthesis.ts';

/*
 * The schemas take seconds. In `npm test`, `npm run synth` stands for them: `cdk.json` makes their findings errors, too.
 */

/** Makes a finding an error, at which synthesis stops. */
const CLOUDFORMATION_RULES = '@aws-cdk/core:validateAgainstDefaultRules';

// aws-cdk-lib brings the resource schemas of CloudFormation, and its own rules, with it (@aws/cloudformation-validate).
it('CloudFormation’s resource schemas and rules find nothing in these stacks, but each mistake beside them', () => {
  const app = newApp({ builtinCloudFormationValidation: true, context: { [CLOUDFORMATION_RULES]: true } });
  addStacks(app);
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
