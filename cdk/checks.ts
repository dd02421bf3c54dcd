import { type Duration, type Size, type Stack, Token, TokenComparison } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { maxReceiveCount, SECONDS_TO_CONCLUDE } from '../functions/clone-voice/redelivery.ts';
import { areSubOrganizations } from '../shared/sub-organization.ts';

/** The maximum in a redrive policy (Amazon SQS, SetQueueAttributes). */
const MAX_RECEIVE_COUNT = 1000;

/** Valid prefixes. A leading slash is not allowed, because S3 keys do not start with one. */
export const PREFIX_PATTERN = /^(?!\/)[A-Za-z0-9_./-]*$/;
export const PREFIX_RULE = 'must contain only letters, digits and - _ . / and must not start with a slash';

/** @throws {Error} if the prefix is invalid. */
export function prefixWithSlash(prefix: string): string {
  if (!Token.isUnresolved(prefix) && !PREFIX_PATTERN.test(prefix)) throw new Error(`prefix ${PREFIX_RULE}`);
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

export function checkSubOrganizations(subOrganizations: readonly string[]): void {
  const known = subOrganizations.filter((each) => !Token.isUnresolved(each));
  if (!areSubOrganizations(known)) {
    throw new Error('subOrganizations must be identifiers of visible ASCII characters, without spaces');
  }
}

/** Rejects, at synthesis, a bucket that could not be deployed or would send no events. */
export function checkBucket(prop: string, bucket: IBucket | undefined, stack: Stack): void {
  if (!bucket) return;
  // Suffixes that Amazon S3 reserves for directory buckets and access points ("General purpose bucket naming
  // rules").
  if (/--x-s3$|-s3alias$/.test(bucket.bucketName)) {
    throw new Error(`${prop} must be a general purpose bucket, not a directory bucket or an access point`);
  }
  for (const part of ['account', 'region'] as const) {
    const theirs = bucket.env[part];
    const ours = stack[part];
    if (Token.compareStrings(theirs, ours) === TokenComparison.DIFFERENT) {
      throw new Error(
        `${prop} is in ${part} ${theirs}, but the stack is in ${ours}: deploy the stack where the bucket is`,
      );
    }
  }
}

/** @throws {Error} for a FIFO topic, which does not support email, webhooks or functions. */
export function checkResultTopic(topic: ITopic | undefined): void {
  if (topic?.fifo) {
    throw new Error(
      'resultTopic must be a standard topic: email, webhooks and functions cannot subscribe to a FIFO topic',
    );
  }
}

/** Rejects stack parameters for values that the construct computes with at synthesis. */
export function checkKnown(values: Record<string, number | Duration | Size | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'object' ? value.isUnresolved() : Token.isUnresolved(value)) {
      throw new Error(
        `${name} must be known when the app is synthesized: use a number, not a stack parameter`,
      );
    }
  }
}

export function checkRanges(
  maxConcurrency: number,
  timeout: Duration,
  cloneTimeout: Duration,
  completeWithin: Duration,
): void {
  if (!Number.isInteger(maxConcurrency) || maxConcurrency < 2 || maxConcurrency > 1000) {
    throw new Error(`maxConcurrency must be a whole number from 2 to 1000, not ${maxConcurrency}`);
  }
  if (timeout.toSeconds() > 900) throw new Error('timeout must be at most 15 minutes, Lambda’s limit');
  if (timeout.toSeconds() <= cloneTimeout.toSeconds() + SECONDS_TO_CONCLUDE) {
    throw new Error(`timeout must exceed cloneTimeout by more than ${SECONDS_TO_CONCLUDE} seconds`);
  }
  if (maxReceiveCount(completeWithin.toSeconds(), timeout.toSeconds()) > MAX_RECEIVE_COUNT) {
    throw new Error(
      `completeWithin must be at most 8 hours: SQS delivers a message at most ${MAX_RECEIVE_COUNT} times`,
    );
  }
}
