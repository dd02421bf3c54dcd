import { Stack, Validations } from 'aws-cdk-lib';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { notificationsHandlerOf } from './uploads.ts';

/** The parts of a pipeline that cdk-nag has something to say about. */
export interface ReviewedParts {
  /** Those that the pipeline created. */
  newBuckets: readonly IConstruct[];
  /** Only when the pipeline created it. */
  newSecret: IConstruct | undefined;
  /** The role of the function. */
  role: IConstruct;
  /** The ARNs of objects that the role names by a pattern. */
  objectPatterns: readonly string[];
  /** Whether X-Ray gets traces of the function. */
  isTraced: boolean;
  /** The stack that holds CDK's own function for bucket notifications. */
  notificationsStack: Stack;
}

/**
 * Answers the findings of cdk-nag's AwsSolutions rules that are meant to be as they are, each where it is found and
 * with the reason. A deployer's own run of cdk-nag 3 reads them, and still reports everything else.
 */
export function acknowledgeFindings(parts: ReviewedParts): void {
  for (const bucket of parts.newBuckets) {
    acknowledge(
      bucket,
      'AwsSolutions-S1',
      'Access logs go to another bucket, and who reads them for how long is for the account to decide. Audit the ' +
        'objects with CloudTrail data events, or pass a bucket that logs as the prop `bucket` or `stateBucket`.',
    );
  }
  acknowledge(
    parts.newSecret,
    'AwsSolutions-SMG4',
    'Callers issues API keys to people and documents no way to rotate one by a program. A key that is replaced by ' +
      'hand is used within five minutes, and at once when the old one is rejected.',
  );
  acknowledgePatterns(parts.role, parts.objectPatterns);
  if (parts.isTraced) {
    acknowledge(
      parts.role,
      'AwsSolutions-IAM5[Resource::*]',
      'X-Ray knows no resources: to send it a trace is allowed for all, or not at all.',
    );
  }
  const { notificationsStack } = parts;
  const basicExecution = ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole');
  acknowledge(
    notificationsHandlerOf(notificationsStack),
    `AwsSolutions-IAM4[Policy::${flat(notificationsStack.resolve(basicExecution.managedPolicyArn))}]`,
    'The function with which CDK itself sets bucket notifications, one for a whole stack: CDK attaches this policy ' +
      'to every role that this function may have. It only lets it write a log, and it runs during deployments alone.',
  );
}

/**
 * Acknowledges when the app is validated: what an ARN of another stack is called in this one is not known before, and
 * aspects come too early.
 */
function acknowledgePatterns(role: IConstruct, arns: readonly string[]): void {
  const acknowledgeAll = () => {
    for (const arn of arns) {
      acknowledge(
        role,
        `AwsSolutions-IAM5[Resource::${flat(Stack.of(role).resolve(arn))}]`,
        arn === '*'
          ? 'Lambda makes network interfaces for a function in a VPC, whose names nobody knows before.'
          : 'People choose the names of folders and samples. The pattern stays inside the prefix, reading is for ' +
              's3:GetObject alone, and s3:PutObject is for results and ledgers alone.',
      );
    }
    return [];
  };
  role.node.addValidation({ validate: acknowledgeAll });
}

function acknowledge(construct: IConstruct | undefined, id: string, reason: string): void {
  if (construct) Validations.of(construct).acknowledge({ id, reason });
}

type Resolved =
  | string
  | { Ref: string }
  | { 'Fn::GetAtt': [string, string] }
  | { 'Fn::ImportValue': string }
  | { 'Fn::Join': [string, Resolved[]] };

/** An ARN as cdk-nag writes it in the name of a finding: `<Bucket.Arn>/*`. */
function flat(value: Resolved): string {
  if (typeof value === 'string') return value;
  if ('Ref' in value) return `<${value.Ref}>`;
  if ('Fn::GetAtt' in value) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::ImportValue' in value) return value['Fn::ImportValue'];
  const [separator, parts] = value['Fn::Join'];
  return parts.map(flat).join(separator);
}
