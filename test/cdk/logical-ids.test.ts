import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { VoiceClonePipeline } from '../../cdk/voice-clone-pipeline.ts';
import { VoiceCloneStack } from '../../cdk/voice-clone-stack.ts';
import { newApp, type Resource } from './synthesis.ts';

/** What holds data or messages. A resource with another logical ID is another one: CloudFormation creates it again. */
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
