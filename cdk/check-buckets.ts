import { CfnResource, Token } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { propertiesOf } from './properties-of.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';

/**
 * Rejects, at synthesis, buckets that could not be deployed or used, or that would not be safe.
 *
 * @throws {Error} names the prop and says what it must be.
 */
export function checkBuckets(props: VoiceClonePipelineProps): void {
  checkBucket('bucket', props.bucket);
  checkBucket('stateBucket', props.stateBucket);
  checkStateBucket(props.bucket, props.stateBucket);
  checkLogsBucket(props);
}

/** Rejects a bucket that could not be deployed or would send no events. */
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

/** Rejects a state bucket that droppers could write to. */
function checkStateBucket(bucket: IBucket | undefined, stateBucket: IBucket | undefined): void {
  if (bucket && bucket.bucketName === stateBucket?.bucketName) {
    throw new Error(
      'stateBucket must not be the bucket into which folders are dropped: whoever can write ledgers can have voices ' +
        'paid for again',
    );
  }
}

/**
 * @throws {Error} for a bucket that would get no access logs: S3 writes none into one with a KMS key, or with a default
 *   retention ("Enabling Amazon S3 server access logging", Amazon S3 User Guide).
 */
function checkLogsBucket({ serverAccessLogsBucket, bucket, stateBucket }: VoiceClonePipelineProps): void {
  if (serverAccessLogsBucket && bucket && stateBucket) {
    throw new Error(
      'serverAccessLogsBucket applies only to new buckets: turn on access logs of the buckets that you pass instead',
    );
  }
  const logs = serverAccessLogsBucket?.node.defaultChild;
  const { BucketEncryption, ObjectLockConfiguration } = CfnResource.isCfnResource(logs)
    ? propertiesOf(logs)
    : {};
  if (serverAccessLogsBucket?.encryptionKey || JSON.stringify(BucketEncryption ?? {}).includes('"aws:kms')) {
    throw new Error(
      'serverAccessLogsBucket must be encrypted with S3 managed keys: S3 does not write access logs into a bucket with a KMS key',
    );
  }
  if (JSON.stringify(ObjectLockConfiguration ?? {}).includes('"DefaultRetention"')) {
    throw new Error(
      'serverAccessLogsBucket must have no default retention of Object Lock: S3 does not write access logs into such a bucket',
    );
  }
}
