import { Effect, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** The place that a grant allows to drop folders into. */
export interface DropPlace {
  readonly bucket: IBucket;
  readonly prefix: string;
  readonly keys: readonly IKey[];
}

/** Grants dropping folders and reading results, but not writing results. */
export function grantDrop({ bucket, prefix, keys }: DropPlace, grantee: IGrantable): Grant {
  const objects = (pattern: string) => bucket.arnForObjects(`${prefix}${pattern}`);
  const grant = (actions: string[], resource: string, conditions?: Record<string, Record<string, unknown>>) =>
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
      resources: [objects('result.json'), objects('*/result.json')],
    }),
  );
  const onObjects = grant(['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], objects('*'));
  // S3 also checks this permission, without a prefix, when a result does not exist yet; hence IfExists.
  const condition = prefix === '' ? undefined : { StringLikeIfExists: { 's3:prefix': `${prefix}*` } };
  const onBucket = grant(['s3:ListBucket'], bucket.bucketArn, condition);
  // Needed by the S3 console.
  const location = grant(['s3:GetBucketLocation'], bucket.bucketArn);
  const onKeys = keys.map((key) => key.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey'));
  return [onBucket, location, ...onKeys].reduce((all, each) => all.combine(each), onObjects);
}
