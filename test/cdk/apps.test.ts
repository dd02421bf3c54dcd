import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { NestedStack, Stack, Validations } from 'aws-cdk-lib';
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
import { newApp, type Resource } from './synthesis.ts';

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

/** What holds data or messages. A resource with another logical ID is another one: CloudFormation makes it anew. */
const STATEFUL = [
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::SNS::Topic',
  'AWS::SecretsManager::Secret',
  'AWS::Logs::LogGroup',
];

describe('no stateful resource changes its logical ID, which would replace it in deployed stacks', () => {
  const idsIn = (stack: Stack) => {
    const resources = Template.fromStack(stack).toJSON()['Resources'] as Record<string, Resource>;
    const found = Object.entries(resources).filter(([, { Type }]) => STATEFUL.includes(Type));
    return Object.fromEntries(found.map(([id, { Metadata }]) => [Metadata?.['aws:cdk:path'], id]));
  };

  it('of VoiceCloneStack', () => {
    expect(idsIn(new VoiceCloneStack(newApp(), 'CallersVoiceClone'))).toEqual({
      'CallersVoiceClone/BucketNotificationsLogs/Resource': 'BucketNotificationsLogs263A637B',
      'CallersVoiceClone/Pipeline/Alarms/Resource': 'PipelineAlarms57000B52',
      'CallersVoiceClone/Pipeline/ApiKey/Resource': 'PipelineApiKey4088B0B9',
      'CallersVoiceClone/Pipeline/Bucket/Resource': 'PipelineBucket5BC3F8EA',
      'CallersVoiceClone/Pipeline/DeadLetters/Resource': 'PipelineDeadLetters68B5256A',
      'CallersVoiceClone/Pipeline/Logs/Resource': 'PipelineLogs402221E7',
      'CallersVoiceClone/Pipeline/Results/Resource': 'PipelineResults1E76D729',
      'CallersVoiceClone/Pipeline/State/Resource': 'PipelineStateCFAB434F',
      'CallersVoiceClone/Pipeline/Uploads/Resource': 'PipelineUploads54BB0EE5',
    });
  });

  it('of the construct in a stack, with a key', () => {
    const stack = new Stack(newApp(), 'Media');
    new VoiceClonePipeline(stack, 'Voices', { encryptionKey: new Key(stack, 'Key') });
    expect(idsIn(stack)).toEqual({
      'Media/BucketNotificationsLogs/Resource': 'BucketNotificationsLogs263A637B',
      'Media/Voices/Alarms/Resource': 'VoicesAlarms226A513B',
      'Media/Voices/ApiKey/Resource': 'VoicesApiKeyAA42C8D7',
      'Media/Voices/Bucket/Resource': 'VoicesBucketE40EB40B',
      'Media/Voices/DeadLetters/Resource': 'VoicesDeadLettersB9751144',
      'Media/Voices/Logs/Resource': 'VoicesLogsB5D624AC',
      'Media/Voices/Results/Resource': 'VoicesResults43930368',
      'Media/Voices/State/Resource': 'VoicesState04AA9B02',
      'Media/Voices/Uploads/Resource': 'VoicesUploads32AE52F5',
    });
  });
});
