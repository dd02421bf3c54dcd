import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { lifecycleOf } from './retention.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';

/** The bucket into which folders are dropped, and the one for the ledgers. */
export interface Buckets {
  readonly bucket: IBucket;
  readonly stateBucket: IBucket;
}

/** Creates the buckets that were not passed. */
export function createBuckets(
  scope: Construct,
  prefix: string,
  encryptionKey: IKey | undefined,
  props: VoiceClonePipelineProps & { readonly removalPolicy: RemovalPolicy },
): Buckets {
  const { removalPolicy, autoDeleteObjects = false, serverAccessLogsBucket } = props;
  const shared = { encryptionKey, removalPolicy, autoDeleteObjects, serverAccessLogsBucket };
  return {
    bucket: props.bucket ?? createBucket(scope, 'Bucket', lifecycleOf(prefix, props.sampleRetention), shared),
    stateBucket: props.stateBucket ?? createBucket(scope, 'State', lifecycleOf('', undefined), shared),
  };
}

interface NewBucketProps {
  readonly encryptionKey: IKey | undefined;
  readonly removalPolicy: RemovalPolicy;
  readonly autoDeleteObjects: boolean;
  readonly serverAccessLogsBucket: IBucket | undefined;
}

function createBucket(
  scope: Construct,
  id: string,
  lifecycleRules: LifecycleRule[],
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
    lifecycleRules,
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
