import { type Duration, type Size, type Stack, Token, TokenComparison } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { maxReceiveCount, SECONDS_TO_CONCLUDE } from '../functions/clone-voice/redelivery.ts';
import { problemWithApiUrl } from '../shared/api-url.ts';
import { areSubOrganizations } from '../shared/sub-organization.ts';
import type { Limits } from './limits.ts';
import { checkRetention } from './retention.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';

/** The maximum in a redrive policy (Amazon SQS, SetQueueAttributes). */
const MAX_RECEIVE_COUNT = 1000;

/**
 * Rejects, at synthesis, what could not be deployed or would not work. Values that are known only at deployment
 * pass, unless the construct computes with them.
 *
 * @throws {Error} names the prop and says what it must be.
 */
export function checkProps(props: VoiceClonePipelineProps, limits: Limits, stack: Stack): void {
  const { reservedConcurrentExecutions, memorySize } = props;
  checkKnown(limits);
  checkLimits({ ...limits, reservedConcurrentExecutions, memorySize });
  if (props.subOrganizations) checkSubOrganizations(props.subOrganizations);
  checkBucket('bucket', props.bucket, stack);
  checkBucket('stateBucket', props.stateBucket, stack);
  checkStateBucket(props.bucket, props.stateBucket);
  checkSecret(props.apiKeySecret, stack);
  checkResultTopic(props.resultTopic);
  checkRetention(props.sampleRetention, props.bucket);
  checkApiUrl(props.apiUrl);
  checkEmail('alarmEmail', props.alarmEmail);
  checkEmail('resultEmail', props.resultEmail);
}

/** Leaves room in S3's keys of 1,024 bytes for a bucket's name and the longest name of a file of ours. */
const MAX_PREFIX_LENGTH = 800;

/** Valid prefixes. A leading slash is not allowed, because S3 keys do not start with one. */
export const PREFIX_PATTERN = /^(?!\/)[A-Za-z0-9_./-]*$/;
export const PREFIX_RULE = 'must contain only letters, digits and - _ . / and must not start with a slash';

/** @throws {Error} if the prefix is invalid. */
export function prefixWithSlash(prefix: string): string {
  if (!Token.isUnresolved(prefix) && !PREFIX_PATTERN.test(prefix)) throw new Error(`prefix ${PREFIX_RULE}`);
  if (prefix.length > MAX_PREFIX_LENGTH) {
    throw new Error(`prefix must be at most ${MAX_PREFIX_LENGTH} characters long`);
  }
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function checkSubOrganizations(subOrganizations: readonly string[]): void {
  const known = subOrganizations.filter((each) => !Token.isUnresolved(each));
  if (!areSubOrganizations(known)) {
    throw new Error('subOrganizations must be identifiers of visible ASCII characters, without spaces');
  }
}

/** Rejects, at synthesis, a bucket that could not be deployed or would send no events. */
function checkBucket(prop: string, bucket: IBucket | undefined, stack: Stack): void {
  if (!bucket) return;
  // Suffixes that Amazon S3 reserves for directory buckets and access points ("General purpose bucket naming
  // rules"). CDK takes an access point's ARN for that of a bucket.
  if (/--x-s3$|-s3alias$/.test(bucket.bucketName) || bucket.bucketArn.includes(':accesspoint/')) {
    throw new Error(`${prop} must be a general purpose bucket, not a directory bucket or an access point`);
  }
  if (!Token.isUnresolved(bucket.bucketArn) && !bucket.bucketArn.endsWith(`:::${bucket.bucketName}`)) {
    throw new Error(
      `${prop} must be a bucket, without a key: ${bucket.bucketArn}. Pass the folder as the prop prefix`,
    );
  }
  for (const part of ['account', 'region'] as const) {
    if (isOther(bucket.env[part], stack[part])) {
      throw new Error(
        `${prop} is in ${part} ${bucket.env[part]}, but the stack is in ${stack[part]}: deploy the stack where the bucket is`,
      );
    }
  }
}

/** @throws {Error} for a FIFO topic, which does not support email, webhooks or functions. */
function checkResultTopic(topic: ITopic | undefined): void {
  if (topic?.fifo) {
    throw new Error(
      'resultTopic must be a standard topic: email, webhooks and functions cannot subscribe to a FIFO topic',
    );
  }
}

/**
 * @throws {Error} for a secret that the function cannot read: it asks the Secrets Manager of its own region, and
 *   an AWS managed key cannot be used from another account.
 */
function checkSecret(secret: ISecret | undefined, stack: Stack): void {
  if (!secret) return;
  const { account, region } = secret.env;
  if (isOther(region, stack.region)) {
    throw new Error(
      `apiKeySecret is in region ${region}, but the stack is in ${stack.region}: replicate the secret to that region`,
    );
  }
  if (!isOther(account, stack.account)) return;
  if (
    secret.secretFullArn === undefined ||
    Token.isUnresolved(secret.secretFullArn) ||
    !secret.encryptionKey
  ) {
    throw new Error(
      `apiKeySecret is in account ${account}, but the stack is in ${stack.account}: import it with ` +
        '`Secret.fromSecretAttributes`, by its complete ARN and with its own KMS key, or copy it to that account',
    );
  }
}

/** Whether both are known, and different. */
function isOther(theirs: string, ours: string): boolean {
  return Token.compareStrings(theirs, ours) === TokenComparison.DIFFERENT;
}

/** Rejects a state bucket that droppers could write to. */
function checkStateBucket(bucket: IBucket | undefined, stateBucket: IBucket | undefined): void {
  if (bucket && bucket.bucketName === stateBucket?.bucketName) {
    throw new Error(
      'stateBucket must not be the bucket into which folders are dropped: whoever can write ledgers can have voices ' +
        'paid for again',
    );
  }
}

/** Rejects stack parameters for values that the construct computes with at synthesis. */
function checkKnown(values: Limits): void {
  for (const [name, value] of Object.entries(values) as [string, number | Duration | Size][]) {
    if (typeof value === 'object' ? value.isUnresolved() : Token.isUnresolved(value)) {
      throw new Error(
        `${name} must be known when the app is synthesized: use a number, not a stack parameter`,
      );
    }
  }
}

/** @throws {Error} says which value is out of its range, or does not fit another one. */
function checkLimits(
  limited: Limits & Record<'reservedConcurrentExecutions' | 'memorySize', number | undefined>,
): void {
  const { maxConcurrency, reservedConcurrentExecutions, memorySize, maxTotalSize } = limited;
  const [timeout, cloneTimeout, completeWithin, settle] = [
    limited.timeout.toSeconds(),
    limited.cloneTimeout.toSeconds(),
    limited.completeWithin.toSeconds(),
    limited.settle.toSeconds(),
  ];
  const must = (isRight: boolean, rule: string) => {
    if (!isRight) throw new Error(rule);
  };
  must(
    isWholeFrom(2, maxConcurrency, 1000),
    `maxConcurrency must be a whole number from 2 to 1000, not ${maxConcurrency}`,
  );
  if (isKnown(reservedConcurrentExecutions)) {
    must(
      isWholeFrom(maxConcurrency, reservedConcurrentExecutions, Infinity),
      `reservedConcurrentExecutions must be a whole number, at least maxConcurrency (${maxConcurrency}): otherwise Lambda ` +
        'throttles the function',
    );
  }
  if (isKnown(memorySize)) {
    must(
      isWholeFrom(128, memorySize, 10_240),
      `memorySize must be a whole number of MiB from 128 to 10240, not ${memorySize}`,
    );
  }
  must(maxTotalSize.toBytes() >= 1, 'maxTotalSize must be at least one byte');
  must(timeout <= 900, 'timeout must be at most 15 minutes, Lambda’s limit');
  must(cloneTimeout >= 1, 'cloneTimeout must be at least one second');
  must(
    timeout > cloneTimeout + SECONDS_TO_CONCLUDE,
    `timeout must exceed cloneTimeout by more than ${SECONDS_TO_CONCLUDE} seconds`,
  );
  must(
    maxReceiveCount(completeWithin, timeout) <= MAX_RECEIVE_COUNT,
    `completeWithin must be at most 8 hours: SQS delivers a message at most ${MAX_RECEIVE_COUNT} times`,
  );
  must(
    settle <= completeWithin,
    `settle (${settle} seconds) must not exceed completeWithin (${completeWithin} seconds): no folder would settle in time`,
  );
}

function isKnown(value: number | undefined): value is number {
  return value !== undefined && !Token.isUnresolved(value);
}

function isWholeFrom(least: number, value: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** Something before and after the `@`, no space, and a domain with a dot. SNS sends a confirmation in any case. */
const EMAIL_PATTERN = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export function isEmailAddress(address: string): boolean {
  return EMAIL_PATTERN.test(address);
}

/** @throws {Error} names the prop. */
function checkEmail(prop: string, address: string | undefined): void {
  if (address === undefined || Token.isUnresolved(address) || isEmailAddress(address)) return;
  throw new Error(`${prop} must be an email address, not "${address}"`);
}

/** By the rule of the function itself. */
function checkApiUrl(url: string | undefined): void {
  if (url === undefined || Token.isUnresolved(url)) return;
  const problem = problemWithApiUrl(url);
  if (problem !== undefined) throw new Error(`apiUrl ${problem}`);
}
