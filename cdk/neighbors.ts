import { Stack, Stage, Token, TokenComparison } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { UploadSource } from './upload-source.ts';

/** The parts of a pipeline that may conflict with the app's other pipelines. */
export interface Neighbor extends IConstruct {
  readonly bucket: IBucket;
  readonly stateBucket: IBucket;
  readonly prefix: string;
}

/**
 * Rejects combinations of pipelines that S3 or CDK's notifications function would reject or undo at
 * deployment.
 *
 * @throws {Error} names both pipelines.
 */
export function checkNeighbors(pipeline: Neighbor, others: readonly Neighbor[], source: UploadSource): void {
  for (const other of others) {
    checkLedgersOf(pipeline, other);
    checkLedgersOf(other, pipeline);
    if (!isSame(other.bucket, pipeline.bucket)) continue;
    if (other.prefix.startsWith(pipeline.prefix) || pipeline.prefix.startsWith(other.prefix)) {
      throw new Error(
        `${other.node.path} and ${pipeline.node.path} would both clone the folders below "${longer(pipeline.prefix, other.prefix)}": ` +
          'use prefixes that do not overlap',
      );
    }
    // Each import has its own custom resource, which removes the others' notifications when it is deleted.
    if (
      other.bucket !== pipeline.bucket &&
      Stack.of(other) === Stack.of(pipeline) &&
      source === UploadSource.NOTIFICATIONS &&
      other.bucket.node.tryFindChild('Notifications')
    ) {
      throw new Error(
        `${other.node.path} and ${pipeline.node.path} import the same bucket separately: import it once, and pass it to both`,
      );
    }
  }
}

/** @throws {Error} if droppers of the other pipeline could write this one's ledgers. */
function checkLedgersOf(pipeline: Neighbor, other: Neighbor): void {
  if (!isSame(pipeline.stateBucket, other.bucket)) return;
  throw new Error(
    `The stateBucket of ${pipeline.node.path} is the bucket into which folders for ${other.node.path} are dropped: ` +
      'whoever can write ledgers can have voices paid for again',
  );
}

/**
 * Whether two constructs are the same bucket. Bucket names are globally unique, but a name such as `voices-${Aws.ACCOUNT_ID}`
 * differs between accounts. Stages without an account are usually deployed to different ones.
 */
export function isSame(one: IBucket, other: IBucket): boolean {
  const isElsewhere = (['account', 'region'] as const).some((part) => {
    const comparison = Token.compareStrings(one.env[part], other.env[part]);
    return (
      comparison === TokenComparison.DIFFERENT ||
      (comparison === TokenComparison.BOTH_UNRESOLVED && Stage.of(one) !== Stage.of(other))
    );
  });
  return one.bucketName === other.bucketName && !(Token.isUnresolved(one.bucketName) && isElsewhere);
}

function longer(one: string, other: string): string {
  return one.length > other.length ? one : other;
}
