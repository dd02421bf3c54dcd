import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { lifecycleOf } from './retention.ts';

/** What new buckets have in common. */
export interface NewBucketProps {
  readonly encryptionKey: IKey | undefined;
  readonly removalPolicy: RemovalPolicy;
  readonly autoDeleteObjects: boolean;
  readonly serverAccessLogsBucket: IBucket | undefined;
}

/** Creates the bucket into which folders are dropped. */
export function createDropBucket(
  scope: Construct,
  prefix: string,
  sampleRetention: Duration | undefined,
  props: NewBucketProps,
): IBucket {
  return createBucket(scope, 'Bucket', prefix, sampleRetention, props);
}

/** Creates the bucket for the ledgers. */
export function createStateBucket(scope: Construct, props: NewBucketProps): IBucket {
  return createBucket(scope, 'State', '', undefined, props);
}

function createBucket(
  scope: Construct,
  id: string,
  prefix: string,
  retention: Duration | undefined,
  { encryptionKey, serverAccessLogsBucket, ...props }: NewBucketProps,
): IBucket {
  const bucket = new Bucket(scope, id, {
    versioned: true,
    ...(encryptionKey
      ? { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: lifecycleOf(prefix, retention),
    ...(serverAccessLogsBucket && {
      serverAccessLogsBucket,
      // Both buckets may log into one.
      serverAccessLogsPrefix: `${scope.node.path}/${id}/`,
    }),
    ...props,
  });
  // A bucket that outlives the stack keeps its rule that access needs TLS.
  bucket.policy?.applyRemovalPolicy(props.removalPolicy);
  // CDK's own types are incompatible under exactOptionalPropertyTypes.
  return bucket as IBucket;
}
