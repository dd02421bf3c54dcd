import { Duration, Token } from 'aws-cdk-lib';
import type { IBucket, LifecycleRule } from 'aws-cdk-lib/aws-s3';

/** @throws {Error} when samples cannot be deleted after that time. */
export function checkRetention(retention: Duration | undefined, bucket: IBucket | undefined): void {
  if (!retention) return;
  if (bucket) {
    throw new Error(
      'sampleRetention is for the bucket that is created here: give the bucket that you pass a lifecycle rule of its own',
    );
  }
  const days = retention.toDays({ integral: false });
  if (!Token.isUnresolved(days) && (days < 1 || !Number.isInteger(days))) {
    throw new Error('sampleRetention must be whole days, one at least: S3 deletes once a day');
  }
}

/** What S3 deletes by itself. */
export function lifecycleOf(prefix: string, retention: Duration | undefined): LifecycleRule[] {
  return [
    { abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ...(retention
      ? [
          {
            ...(prefix !== '' && { prefix }),
            expiration: retention,
            // What was deleted, or replaced, is gone for good a day later.
            noncurrentVersionExpiration: Duration.days(1),
          },
          { expiredObjectDeleteMarker: true },
        ]
      : []),
  ];
}
