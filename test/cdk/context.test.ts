import { describe, expect, it } from 'vitest';
import { stackPropsFrom } from '../../cdk/context.ts';
import { UploadSource } from '../../cdk/upload-source.ts';
import { newApp, templateOfStack } from './synthesis.ts';

const propsOf = (context: Record<string, unknown>) => stackPropsFrom(newApp({ context }).node);

describe('a value on the command line', () => {
  it.each([
    ['bucketName', 'existing-voices'],
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

  it('is reported together with all other invalid ones', () => {
    expect(() => propsOf({ prefix: '/a', alarmEmail: 'b', maxConcurrency: '1' })).toThrow(
      /-c prefix=.*-c alarmEmail=.*-c maxConcurrency=/,
    );
  });
});
