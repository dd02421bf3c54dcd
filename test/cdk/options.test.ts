import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { ServerSideEncryption } from '../../cdk/server-side-encryption.ts';
import { VoiceClonePipeline } from '../../cdk/voice-clone-pipeline.ts';
import {
  allOf,
  find,
  functionOf,
  newApp,
  readable,
  type Statement,
  templateOfPipeline,
  warningsOf,
} from './synthesis.ts';

const existingKey = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

describe('monitoring', () => {
  const thresholdsOf = (template: Template) =>
    Object.fromEntries(
      allOf(template, 'AWS::CloudWatch::Alarm').map(({ Metadata, Properties }) => [
        Metadata?.['aws:cdk:path']?.split('/').at(-2),
        Properties.Threshold,
      ]),
    );

  it('alarms: false and dashboard: false leave them out, and what they cost', () => {
    const stack = new Stack(newApp(), 'Test');
    const pipeline = new VoiceClonePipeline(stack, 'Pipeline', { alarms: false, dashboard: false });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    expect(pipeline.alarms).toEqual([]);
    expect(pipeline.dashboard).toBeUndefined();
  });

  it('alarmThresholds move the alarms', () => {
    const before = thresholdsOf(templateOfPipeline());
    const alarmThresholds = {
      waiting: Duration.hours(2),
      deadLetters: 2,
      errors: 3,
      throttles: 4,
      unknown: 5,
    };
    const after = thresholdsOf(
      templateOfPipeline({ alarmThresholds: { ...alarmThresholds, rateLimited: 6, connectionClosed: 7 } }),
    );
    expect(after).toEqual({
      ...before,
      AgeAlarm: 7200,
      WaitingAlarm: 7200,
      DeadLettersAlarm: 2,
      ErrorsAlarm: 3,
      ThrottlesAlarm: 4,
      UnknownAlarm: 5,
      RateLimitedAlarm: 6,
      ConnectionClosedAlarm: 7,
    });
  });

  it('alarmTopic is notified instead of a new one', () => {
    const template = templateOfPipeline((stack) => ({
      alarmTopic: Topic.fromTopicArn(stack, 'Ops', 'arn:aws:sns:eu-west-1:111122223333:ops'),
      alarmEmail: 'oncall@example.com',
    }));
    template.resourceCountIs('AWS::SNS::Topic', 1);
    const alarm = find(template, 'AWS::CloudWatch::Alarm', '/UnknownAlarm/Resource').Properties;
    expect(alarm.AlarmActions).toEqual(['arn:aws:sns:eu-west-1:111122223333:ops']);
    expect(find(template, 'AWS::SNS::Subscription').Properties.Endpoint).toBe('oncall@example.com');
  });

  it.each([
    [true, 'its policy, which CDK wrote, lets alarms publish'],
    [false, 'its default policy is left alone: it lets them'],
  ])('alarmTopic may be of the same app (enforceSSL: %s): %s', (enforceSSL) => {
    const template = templateOfPipeline((stack) => ({
      alarmTopic: new Topic(stack, 'Ops', { enforceSSL }),
    }));
    const policies = allOf(template, 'AWS::SNS::TopicPolicy');
    const sids = policies
      .filter(({ Metadata }) => Metadata?.['aws:cdk:path']?.startsWith('Test/Ops/'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[])
      .map(({ Sid }) => Sid);
    expect(sids.includes('AlarmsMayPublish')).toBe(enforceSSL);
    expect(policies).toHaveLength(enforceSSL ? 2 : 1);
  });

  it('a topic of another account lets alarms and results in, or synthesis says what its policy must contain', () => {
    const app = newApp();
    const theirs = new Stack(app, 'Ops', { env: { account: '444455556666', region: 'eu-west-1' } });
    const stack = new Stack(app, 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
    const topic = Topic.fromTopicArn(stack, 'Imported', 'arn:aws:sns:eu-west-1:444455556666:ops');
    new VoiceClonePipeline(stack, 'Alarms', { alarmTopic: topic });
    new VoiceClonePipeline(stack, 'Results', { resultTopic: topic });
    const owned = new Topic(theirs, 'Topic', { topicName: 'ops' }) as ITopic;
    new VoiceClonePipeline(stack, 'Both', { alarmTopic: owned, resultTopic: owned });
    expect(warningsOf(stack)).toEqual([
      expect.stringMatching(
        /topic.*must contain: .*"aws:SourceAccount":"111122223333".*"cloudwatch.amazonaws.com"/,
      ),
      expect.stringMatching(/topic.*must contain: .*"sns:Publish".*:iam::111122223333:root"/),
    ]);

    const { PolicyDocument } = find(Template.fromStack(theirs), 'AWS::SNS::TopicPolicy').Properties;
    const sids = (PolicyDocument.Statement as Statement[]).map(({ Sid }) => Sid);
    expect(sids).toEqual(['ResultsOf111122223333MayPublish', 'AlarmsOf111122223333MayPublish']);
  });

  it('a topic may be of another account than several others, whose statements SNS tells apart by their Sid', () => {
    const app = newApp();
    const envOf = (account: string) => ({ env: { account, region: 'eu-west-1' } });
    const topic = new Topic(new Stack(app, 'Ops', envOf('444455556666')), 'Topic', {
      topicName: 'ops',
    }) as ITopic;
    for (const account of ['111122223333', '777788889999']) {
      const stack = new Stack(app, `Of${account}`, envOf(account));
      for (const prefix of ['sales', 'support'])
        new VoiceClonePipeline(stack, prefix, { prefix, alarmTopic: topic, resultTopic: topic });
    }
    const { PolicyDocument } = find(Template.fromStack(Stack.of(topic)), 'AWS::SNS::TopicPolicy').Properties;
    const sids = (PolicyDocument.Statement as Statement[]).map(({ Sid }) => Sid);
    expect(sids).toHaveLength(4);
    expect(new Set(sids).size).toBe(4);
  });

  it('the key of alarmTopic lets alarms use it, or synthesis says what it must contain', () => {
    const template = templateOfPipeline((stack) => ({
      alarmTopic: new Topic(stack, 'Ops', { masterKey: new Key(stack, 'Key') }),
    }));
    expect(JSON.stringify(find(template, 'AWS::KMS::Key').Properties.KeyPolicy)).toContain(
      'cloudwatch.amazonaws.com',
    );
    const stack = new Stack(newApp(), 'Test');
    const masterKey = Key.fromKeyArn(stack, 'Key', existingKey);
    const alarmTopic = new Topic(stack, 'Ops', { masterKey }) as ITopic;
    new VoiceClonePipeline(stack, 'Pipeline', { alarmTopic });
    expect(warningsOf(stack)).toEqual([expect.stringContaining('"cloudwatch.amazonaws.com"')]);
  });

  it('metrics of the outcomes can be used in alarms and dashboards of the app', () => {
    const stack = new Stack(newApp(), 'Test');
    const pipeline = new VoiceClonePipeline(stack, 'Pipeline');
    const day = { period: Duration.days(1) };
    const metrics = [
      pipeline.metricCloned(),
      pipeline.metricFailed(day),
      pipeline.metricUnknown(),
      pipeline.metricTimeToVoice(),
      pipeline.metricCloneDuration({ statistic: Stats.p(95) }),
      pipeline.metric('INVALID_MANIFEST'),
    ];
    expect(
      metrics.map(({ namespace, metricName, statistic, period }) => [
        namespace,
        metricName,
        statistic,
        period.toSeconds(),
      ]),
    ).toEqual([
      ['CallersVoiceClone', 'Cloned', 'Sum', 300],
      ['CallersVoiceClone', 'Failed', 'Sum', 86_400],
      ['CallersVoiceClone', 'Unknown', 'Sum', 300],
      ['CallersVoiceClone', 'TimeToVoice', 'Maximum', 300],
      ['CallersVoiceClone', 'CloneDuration', 'p95', 300],
      ['CallersVoiceClone', 'INVALID_MANIFEST', 'Sum', 300],
    ]);
    expect(metrics.map(({ dimensions }) => stack.resolve(dimensions))).toEqual(
      metrics.map(() => ({ service: stack.resolve(pipeline.function.functionName) })),
    );
  });
});

describe('serverAccessLogsBucket', () => {
  it('gets the logs of both new buckets, each below its own prefix', () => {
    const template = templateOfPipeline((stack) => ({
      serverAccessLogsBucket: new Bucket(stack, 'Logs') as IBucket,
    }));
    const logging = ['Bucket', 'State'].map(
      (id) => find(template, 'AWS::S3::Bucket', `/Pipeline/${id}/Resource`).Properties.LoggingConfiguration,
    );
    expect(logging).toEqual([
      {
        DestinationBucketName: { Ref: expect.stringMatching('Logs') },
        LogFilePrefix: 'Test/Pipeline/Bucket/',
      },
      {
        DestinationBucketName: { Ref: expect.stringMatching('Logs') },
        LogFilePrefix: 'Test/Pipeline/State/',
      },
    ]);
  });

  it('may be of another stack, which then depends on nothing of ours', () => {
    const app = newApp({ context: { '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true } });
    const audit = new Stack(app, 'Audit');
    const serverAccessLogsBucket = new Bucket(audit, 'Logs') as IBucket;
    const stack = new Stack(app, 'Test');
    new VoiceClonePipeline(stack, 'Pipeline', { serverAccessLogsBucket });
    app.synth();
    expect(audit.dependencies).toEqual([]);
    expect(stack.dependencies).toEqual([audit]);
  });
});

describe('serverSideEncryption', () => {
  const variables = (template: Template) => functionOf(template).Properties.Environment.Variables;

  it('is left to the buckets by default', () => {
    expect(variables(templateOfPipeline())).not.toHaveProperty('SERVER_SIDE_ENCRYPTION');
  });

  it('with keys of S3 reaches the function', () => {
    const template = templateOfPipeline({ serverSideEncryption: ServerSideEncryption.S3_MANAGED });
    expect(variables(template).SERVER_SIDE_ENCRYPTION).toBe('AES256');
    expect(variables(template)).not.toHaveProperty('SERVER_SIDE_ENCRYPTION_KEY_ID');
  });

  it.each([
    [ServerSideEncryption.KMS, 'aws:kms'],
    [ServerSideEncryption.DSSE, 'aws:kms:dsse'],
  ])('with KMS names the key of the buckets, which the function may use', (serverSideEncryption, header) => {
    const template = templateOfPipeline((stack) => ({
      serverSideEncryption,
      encryptionKey: new Key(stack, 'Key'),
    }));
    const { SERVER_SIDE_ENCRYPTION, SERVER_SIDE_ENCRYPTION_KEY_ID } = variables(template);
    expect(SERVER_SIDE_ENCRYPTION).toBe(header);
    expect(readable(template, SERVER_SIDE_ENCRYPTION_KEY_ID)).toBe('<Key.Arn>');
    const { Statement } = find(template, 'AWS::IAM::Policy', '/Pipeline/Role/DefaultPolicy/Resource')
      .Properties.PolicyDocument;
    expect(Statement.find(({ Sid }: Statement) => Sid === 'UseKey').Action).toContain('kms:GenerateDataKey');
  });

  it('with KMS leaves the key to S3 if CDK knows none', () => {
    const template = templateOfPipeline((stack) => ({
      serverSideEncryption: ServerSideEncryption.KMS,
      bucket: Bucket.fromBucketName(stack, 'Existing', 'voices'),
    }));
    expect(variables(template)).not.toHaveProperty('SERVER_SIDE_ENCRYPTION_KEY_ID');
  });
});

it('BUCKET_OWNER is the account of the bucket', () => {
  const stack = new Stack(newApp(), 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
  new VoiceClonePipeline(stack, 'Pipeline', { bucket: Bucket.fromBucketName(stack, 'Existing', 'voices') });
  const { Variables } = functionOf(Template.fromStack(stack)).Properties.Environment;
  expect(Variables.BUCKET_OWNER).toBe('111122223333');
});
