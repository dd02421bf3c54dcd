import { Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnBucketPolicy, type IBucket } from 'aws-cdk-lib/aws-s3';
import { denies, type Setting, settingOf } from './policies.ts';
import { propertiesOf } from './properties-of.ts';

/** What the function asks of buckets. */
export interface BucketUse extends Pick<Setting, 'encryption'> {
  readonly function: IFunction;
  readonly bucket: IBucket;
  readonly stateBucket: IBucket;
  readonly permissions: readonly PolicyStatement[];
}

/** Policies of buckets in the app that surely deny what the function does. */
export function denyingPolicies(use: BucketUse): string[] {
  const constructs = use.function.node.root.node.findAll();
  return constructs
    .filter((each) => each instanceof CfnBucketPolicy)
    .flatMap((policy) => {
      const actions = [use.bucket, use.stateBucket]
        .filter((bucket) => isOf(policy, bucket))
        .flatMap((bucket) => deniedIn(bucket, policy, settingOf(policy, use, constructs), use));
      if (actions.length === 0) return [];
      return [
        `${policy.node.path} denies the function what it needs (${[...new Set(actions)].join(', ')}): except its role, or, if the policy ` +
          'demands an encryption, pass it as the prop `serverSideEncryption`',
      ];
    });
}

function deniedIn(
  { bucketArn }: IBucket,
  policy: CfnBucketPolicy,
  setting: Setting,
  { permissions }: BucketUse,
): string[] {
  const { PolicyDocument } = propertiesOf(policy);
  return permissions.flatMap(({ actions, resources }) => {
    const ours = resources.filter((arn) => arn === bucketArn || arn.startsWith(`${bucketArn}/`));
    return actions.filter((action) => ours.some((arn) => denies(setting, PolicyDocument, action, arn)));
  });
}

/** Whether a policy is of a bucket. CDK puts it into the bucket's stack. */
function isOf(policy: CfnBucketPolicy, bucket: IBucket): boolean {
  const stack = Stack.of(policy);
  if (stack !== Stack.of(bucket)) return false;
  const [named, ours] = [policy.bucket, bucket.bucketName].map((each) => JSON.stringify(stack.resolve(each)));
  return named === ours;
}
