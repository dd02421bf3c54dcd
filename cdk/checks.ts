import { inspect } from 'node:util';
import { type Duration, type Size, SizeRoundingBehavior, type Stack, Token } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { maxReceiveCount, SECONDS_TO_CONCLUDE } from '../functions/clone-voice/redelivery.ts';
import { problemWithApiUrl } from '../shared/api-url.ts';
import { areSubOrganizations } from '../shared/sub-organization.ts';
import { aliasOf } from './keys.ts';
import type { Limits } from './limits.ts';
import { checkPlaces } from './places.ts';
import { checkRetention } from './retention.ts';
import { ServerSideEncryption } from './server-side-encryption.ts';
import { UploadSource } from './upload-source.ts';
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
  checkBucket('bucket', props.bucket);
  checkBucket('stateBucket', props.stateBucket);
  checkStateBucket(props.bucket, props.stateBucket);
  checkLogsBucket(props);
  checkPlaces(props, stack);
  checkResultTopic(props.resultTopic);
  checkAlarms(props);
  checkRetention(props.sampleRetention, props.bucket);
  checkApiUrl(props.apiUrl);
  checkEmail('alarmEmail', props.alarmEmail);
  checkEmail('resultEmail', props.resultEmail);
  checkChoice('source', props.source, UploadSource);
  checkChoice('serverSideEncryption', props.serverSideEncryption, ServerSideEncryption);
}

/** Leaves room in S3's keys of 1,024 bytes for a bucket's name and our longest file name. */
const MAX_PREFIX_LENGTH = 800;

/**
 * Valid prefixes. S3 takes keys literally, while tools drop empty segments, `.` and `..`: nothing would arrive below such
 * a prefix.
 */
export const PREFIX_PATTERN = /^(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.-]+(?:\/|$))*$/;
/** What {@link PREFIX_PATTERN} asks for: the rest of a sentence. */
export const PREFIX_RULE =
  'must contain only letters, digits and - _ . / and must not start with a slash, nor contain //, ./ or ../';

/** @throws {Error} if the prefix is invalid. */
export function prefixWithSlash(prefix: string): string {
  // In JavaScript, people pass other types.
  if (typeof prefix !== 'string' || (!Token.isUnresolved(prefix) && !PREFIX_PATTERN.test(prefix))) {
    throw new Error(`prefix ${PREFIX_RULE}`);
  }
  if (prefix.length > MAX_PREFIX_LENGTH) {
    throw new Error(`prefix must be at most ${MAX_PREFIX_LENGTH} characters long`);
  }
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function checkSubOrganizations(subOrganizations: readonly string[]): void {
  // In JavaScript, people pass a single string.
  const known = Array.isArray(subOrganizations)
    ? subOrganizations.filter((each) => !Token.isUnresolved(each))
    : subOrganizations;
  if (!areSubOrganizations(known)) {
    throw new Error(
      'subOrganizations must be a list of identifiers of visible ASCII characters, without spaces',
    );
  }
  const { length } = JSON.stringify(known);
  if (length > MAX_SUB_ORGANIZATIONS_LENGTH) {
    throw new Error(
      `subOrganizations must have at most ${MAX_SUB_ORGANIZATIONS_LENGTH} characters as JSON, not ${length}: Lambda allows ` +
        '4 KB of environment variables',
    );
  }
}

/** Leaves room for the function's other environment variables. */
const MAX_SUB_ORGANIZATIONS_LENGTH = 3_000;

/** Rejects, at synthesis, a bucket that could not be deployed or would send no events. */
function checkBucket(prop: string, bucket: IBucket | undefined): void {
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
 * @throws {Error} for a bucket that would get no access logs: S3 writes none into one with a KMS key ("Enabling Amazon S3
 *   server access logging", Amazon S3 User Guide: default encryption by SSE-KMS is not supported).
 */
function checkLogsBucket({ serverAccessLogsBucket, bucket, stateBucket }: VoiceClonePipelineProps): void {
  if (serverAccessLogsBucket && bucket && stateBucket) {
    throw new Error(
      'serverAccessLogsBucket applies only to new buckets: turn on access logs of the buckets that you pass instead',
    );
  }
  if (serverAccessLogsBucket?.encryptionKey) {
    throw new Error(
      'serverAccessLogsBucket must be encrypted with S3 managed keys: S3 does not write access logs into a bucket with a KMS key',
    );
  }
}

/** The default key of encrypted topics. Its policy cannot be changed, and lets no service use it. */
const SNS_MANAGED_KEY = 'alias/aws/sns';

/** @throws {Error} for alarms that would notify nobody, or always. */
function checkAlarms({ alarmTopic, alarmEmail, alarmThresholds = {} }: VoiceClonePipelineProps): void {
  if (alarmTopic?.masterKey && aliasOf(alarmTopic.masterKey) === SNS_MANAGED_KEY) {
    throw new Error(
      `alarmTopic is encrypted with the AWS managed key ${SNS_MANAGED_KEY}, which CloudWatch alarms cannot use: encrypt it ` +
        'with a key of your own',
    );
  }
  if (alarmTopic?.fifo && alarmEmail !== undefined) {
    throw new Error('alarmEmail cannot subscribe to alarmTopic, which is a FIFO topic: use a standard topic');
  }
  for (const [name, value] of Object.entries(alarmThresholds) as [string, Duration | number | undefined][]) {
    if (value === undefined || Token.isUnresolved(value)) continue;
    if (typeof value === 'number') {
      if (!isWholeFrom(1, value, Infinity)) {
        throw new Error(`alarmThresholds.${name} must be a whole number, at least 1, not ${value}`);
      }
    } else if (!value.isUnresolved() && !isWholeFrom(1, inSeconds(value), Infinity)) {
      throw new Error(
        `alarmThresholds.${name} must be a whole number of seconds, at least 1, not ${inSeconds(value)}`,
      );
    }
  }
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
  const must = (isRight: boolean, rule: string) => {
    if (!isRight) throw new Error(rule);
  };
  const secondsOf = (name: 'timeout' | 'cloneTimeout' | 'completeWithin' | 'settle') => {
    const seconds = inSeconds(limited[name]);
    must(Number.isInteger(seconds), `${name} must be a whole number of seconds, not ${seconds}`);
    return seconds;
  };
  const timeout = secondsOf('timeout');
  const cloneTimeout = secondsOf('cloneTimeout');
  const completeWithin = secondsOf('completeWithin');
  const settle = secondsOf('settle');
  must(
    isWholeFrom(2, maxConcurrency, 1000),
    `maxConcurrency must be a whole number from 2 to 1000, not ${inspect(maxConcurrency)}`,
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
      `memorySize must be a whole number of MiB from 128 to 10240, not ${inspect(memorySize)}`,
    );
  }
  const bytes = maxTotalSize.toBytes({ rounding: SizeRoundingBehavior.NONE });
  must(bytes >= 1, 'maxTotalSize must be at least one byte');
  must(
    isWholeFrom(1, bytes, MAX_TOTAL_BYTES),
    `maxTotalSize must be a whole number of bytes, less than a petabyte, not ${bytes}`,
  );
  must(timeout <= 900, 'timeout must be at most 15 minutes, Lambda’s limit');
  must(cloneTimeout >= 1, 'cloneTimeout must be at least one second');
  must(completeWithin >= 1, 'completeWithin must be at least one second');
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

/** The function takes at most 15 digits. */
const MAX_TOTAL_BYTES = 1e15 - 1;

function inSeconds(duration: Duration): number {
  return duration.toSeconds({ integral: false });
}

function isKnown(value: number | undefined): value is number {
  return value !== undefined && !Token.isUnresolved(value);
}

function isWholeFrom(least: number, value: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

const EMAIL_PATTERN = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Whether a text can be an email address; only its owner can confirm it. */
export function isEmailAddress(address: string): boolean {
  return EMAIL_PATTERN.test(address);
}

/** @throws {Error} names the prop. */
function checkEmail(prop: string, address: string | undefined): void {
  if (address === undefined || Token.isUnresolved(address) || isEmailAddress(address)) return;
  throw new Error(`${prop} must be an email address, not "${address}"`);
}

/** @throws {Error} by the function's own rule. */
function checkApiUrl(url: string | undefined): void {
  if (url === undefined || Token.isUnresolved(url)) return;
  const problem = problemWithApiUrl(url);
  if (problem !== undefined) throw new Error(`apiUrl ${problem}`);
}

/** @throws {Error} for a value that is no constant of the class, such as the name of one in JavaScript. */
function checkChoice(
  prop: string,
  value: unknown,
  choices: { readonly name: string; readonly prototype: object },
): void {
  if (value === undefined || choices.prototype.isPrototypeOf(value as object)) return;
  throw new Error(`${prop} must be a constant of ${choices.name}, not ${inspect(value)}`);
}
