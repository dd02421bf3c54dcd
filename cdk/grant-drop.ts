import { Effect, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { listingBelow, resultsIn } from './permissions.ts';

/** The place that a grant allows to drop folders into. */
export interface DropPlace {
  readonly bucket: IBucket;
  readonly prefix: string;
  readonly key: IKey | undefined;
}

/** Grants dropping folders and reading results, but not writing results. */
export function grantDrop({ bucket, prefix, key }: DropPlace, grantee: IGrantable): Grant {
  const grant = (actions: string[], resource: string, conditions?: Record<string, Record<string, string>>) =>
    Grant.addToPrincipalOrResource({
      grantee,
      resource: bucket,
      actions,
      resourceArns: [resource],
      ...(conditions && { conditions }),
    });
  // Users and programs trust results, so only the function may write them.
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: ['s3:PutObject'],
      resources: resultsIn({ bucket, prefix }),
    }),
  );
  const onObjects = grant(
    ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
    bucket.arnForObjects(`${prefix}*`),
  );
  const onBucket = grant(['s3:ListBucket'], bucket.bucketArn, listingBelow(prefix));
  // Needed by the S3 console.
  const location = grant(['s3:GetBucketLocation'], bucket.bucketArn);
  const all = onObjects.combine(onBucket).combine(location);
  return key ? all.combine(key.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey')) : all;
}
