import { Duration, Token } from 'aws-cdk-lib';
import type { IBucket, LifecycleRule } from 'aws-cdk-lib/aws-s3';

/** How long replaced and deleted versions are kept, so that a mistake can be undone. */
const NONCURRENT_VERSIONS = Duration.days(30);

/** @throws {Error} if S3 cannot apply this retention. */
export function checkRetention(retention: Duration | undefined, bucket: IBucket | undefined): void {
  if (!retention) return;
  if (bucket) {
    throw new Error(
      'sampleRetention applies only to a new bucket: add a lifecycle rule to the bucket that you pass instead',
    );
  }
  const days = retention.toDays({ integral: false });
  if (!Token.isUnresolved(days) && (days < 1 || !Number.isInteger(days))) {
    throw new Error('sampleRetention must be a whole number of days, at least 1: S3 deletes once a day');
  }
}

/** The rules by which S3 deletes objects and old versions. Where two apply, the shorter time counts. */
export function lifecycleOf(prefix: string, retention: Duration | undefined): LifecycleRule[] {
  return [
    {
      abortIncompleteMultipartUploadAfter: Duration.days(1),
      noncurrentVersionExpiration: NONCURRENT_VERSIONS,
      expiredObjectDeleteMarker: true,
    },
    ...(retention
      ? [
          {
            ...(prefix !== '' && { prefix }),
            expiration: retention,
            noncurrentVersionExpiration: Duration.days(1),
          },
        ]
      : []),
  ];
}
