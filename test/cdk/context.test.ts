import { ApplicationLogLevel } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { PREFIX_RULE } from '../../cdk/prefix.ts';
import { stackPropsFrom } from '../../cdk/context.ts';
import { ServerSideEncryption } from '../../cdk/server-side-encryption.ts';
import { UploadSource } from '../../cdk/upload-source.ts';
import { newApp, templateOfStack } from './synthesis.ts';

const propsOf = (context: Record<string, unknown>) => stackPropsFrom(newApp({ context }).node);

describe('a value on the command line', () => {
  it.each([
    ['bucketName', 'existing-voices'],
    ['stateBucketName', 'existing-ledgers'],
    ['prefix', 'voices'],
    ['prefix', ''],
    ['apiKeySecretName', 'prod/callers'],
    ['encryptionKeyArn', 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
    ['alarmEmail', 'oncall@example.com'],
    ['resultEmail', 'studio@example.com'],
  ])('%s becomes a prop (%j)', (name, value) => {
    expect(propsOf({ [name]: value })).toEqual({ [name]: value });
  });

  it.each([
    ['notifications', UploadSource.NOTIFICATIONS],
    ['eventbridge', UploadSource.EVENT_BRIDGE],
  ])('source may be %s', (name, source) => {
    expect(propsOf({ source: name })).toEqual({ source });
  });

  it('maxConcurrency becomes a number, and may be one in cdk.json', () => {
    expect(propsOf({ maxConcurrency: '20' })).toEqual({ maxConcurrency: 20 });
    expect(propsOf({ maxConcurrency: 20 })).toEqual({ maxConcurrency: 20 });
  });

  it.each([
    ['memorySize', '1024', 1024],
    ['memorySize', 1024, 1024],
    ['apiUrl', 'https://callers.example', 'https://callers.example'],
    ['logLevel', 'WARN', ApplicationLogLevel.WARN],
    ['serverSideEncryption', 'aws:kms', ServerSideEncryption.KMS],
  ])('%s may be %j', (name, value, expected) => {
    expect(propsOf({ [name]: value })).toEqual({ [name]: expected });
  });

  it.each([
    ['900', 900],
    [900, 900],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7200],
  ])('timeout and completeWithin are times (%j)', (value, seconds) => {
    const { timeout, completeWithin } = propsOf({ timeout: value, completeWithin: value });
    expect([timeout?.toSeconds(), completeWithin?.toSeconds()]).toEqual([seconds, seconds]);
  });

  it.each([
    ['512KiB', 512 * 1024],
    ['500MiB', 500 * 1024 ** 2],
    ['2GiB', 2 * 1024 ** 3],
  ])('maxTotalSize is a size (%s)', (maxTotalSize, bytes) => {
    expect(propsOf({ maxTotalSize }).maxTotalSize?.toBytes()).toBe(bytes);
  });

  it.each(['30', 30])('sampleRetention is a number of days (%j)', (sampleRetention) => {
    expect(propsOf({ sampleRetention }).sampleRetention?.toDays()).toBe(30);
  });

  it.each([
    ['sub-1', ['sub-1']],
    ['sub-1,sub-2', ['sub-1', 'sub-2']],
    ['["sub-1","sub-2"]', ['sub-1', 'sub-2']],
    ['[]', []],
    [['sub-1'], ['sub-1']],
  ])('subOrganizations becomes a list, and may be one in cdk.json (%j)', (value, subOrganizations) => {
    expect(propsOf({ subOrganizations: value })).toEqual({ subOrganizations });
  });

  it('is optional: without any, the stack has its defaults', () => {
    expect(propsOf({})).toEqual({});
    expect(templateOfStack(propsOf({})).toJSON()).toEqual(templateOfStack().toJSON());
  });

  it.each([
    ['bucketName', 'arn:aws:s3:::voices', 'must be the name of an existing bucket'],
    ['bucketName', 'Voices', 'must be the name of an existing bucket'],
    ['prefix', 'voices//', PREFIX_RULE],
    ['prefix', '/voices', 'must contain only letters, digits and - _ . / and must not start with a slash'],
    ['prefix', 'all voices', 'must contain only letters, digits and - _ . / and must not start with a slash'],
    ['apiKeySecretName', '', 'must be the name of an existing secret'],
    ['encryptionKeyArn', 'alias/voices', 'must be the ARN of a KMS key'],
    ['encryptionKeyArn', 'arn:aws:kms:eu-west-1:111122223333:alias/voices', 'must be the ARN of a KMS key'],
    // An empty value could mean none or any.
    ['subOrganizations', '', 'must be identifiers separated by commas, or [] for none'],
    ['subOrganizations', 'sub-1,', 'must be identifiers separated by commas, or [] for none'],
    ['subOrganizations', 'sub-1, sub-2', 'must be identifiers separated by commas, or [] for none'],
    ['subOrganizations', '["sub-1"', 'must be identifiers separated by commas, or [] for none'],
    ['subOrganizations', [''], 'must be identifiers separated by commas, or [] for none'],
    ['source', 'EventBridge', 'must be notifications or eventbridge'],
    ['serverSideEncryption', 'KMS', 'must be AES256, aws:kms or aws:kms:dsse'],
    ['apiUrl', 'http://x.example', 'must start with https://'],
    ['memorySize', '64', 'must be from 128 to 10240'],
    ['timeout', '15 minutes', 'must be a time such as 90s, 15m or 2h'],
    ['completeWithin', '-1', 'must be a time such as 90s, 15m or 2h'],
    ['maxTotalSize', '500', 'must be a size such as 500MiB or 2GiB'],
    ['maxTotalSize', '0GiB', 'must be a size such as 500MiB or 2GiB'],
    ['logLevel', 'warn', 'must be INFO, DEBUG, WARN, TRACE, ERROR or FATAL'],
    ['alarmEmail', 'oncall', 'must be an email address'],
    ['resultEmail', 'studio', 'must be an email address'],
    ['sampleRetention', '0', 'must be a number of days'],
    ['sampleRetention', '1.5', 'must be a number of days'],
    ['maxConcurrency', 'many', 'must be a whole number'],
    ['maxConcurrency', '2.5', 'must be a whole number'],
    ['maxConcurrency', '1', 'must be from 2 to 1000'],
    ['maxConcurrency', '1001', 'must be from 2 to 1000'],
  ])('is refused when %s is invalid: %s', (name, value, message) => {
    expect(() => propsOf({ [name]: value })).toThrow(`The context is invalid: -c ${name}=…: ${message}`);
  });

  it.each([
    ['bucketname', 'bucketName'],
    ['max-concurrency', 'maxConcurrency'],
    ['API_URL', 'apiUrl'],
    ['maxConcurency', 'maxConcurrency'],
    ['alarmMail', 'alarmEmail'],
    ['suborganisations', 'subOrganizations'],
    ['prefixes', 'prefix'],
  ])('is refused when its name is written %s, which CDK would ignore', (name, meant) => {
    expect(() => propsOf({ [name]: 'x' })).toThrow(
      `The context is invalid: -c ${name}=…: is called ${meant}`,
    );
  });

  it('is not refused when it is for another app', () => {
    expect(
      propsOf({ 'cdk-migrate': true, buckets: 'x', resource: 'x', '@aws-cdk/core:prefix': 'x' }),
    ).toEqual({});
  });

  it('is reported together with all other invalid ones', () => {
    expect(() => propsOf({ prefix: '/a', alarmEmail: 'b', maxConcurrency: '1' })).toThrow(
      /-c prefix=.*-c alarmEmail=.*-c maxConcurrency=/,
    );
  });
});
