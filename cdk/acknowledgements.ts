import { Stack, Validations } from 'aws-cdk-lib';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { notificationsHandlerOf } from './uploads.ts';

/** The parts of a pipeline with cdk-nag findings. */
export interface ReviewedParts {
  /** Buckets that the pipeline created without access logs. */
  newBuckets: readonly IConstruct[];
  /** Only if the pipeline created it. */
  newSecret: IConstruct | undefined;
  /** The function's role. */
  role: IConstruct;
  /** The role's object ARNs that contain a wildcard. */
  objectPatterns: readonly string[];
  /** The function, if it is traced with X-Ray. */
  traced: IConstruct | undefined;
  /** The stack that contains CDK's function for bucket notifications. */
  notificationsStack: Stack;
}

/**
 * Acknowledges the intended findings of cdk-nag's AwsSolutions rules, each on its construct and with the
 * reason. A deployer's run of cdk-nag 3 respects them, and still reports everything else.
 */
export function acknowledgeFindings(parts: ReviewedParts): void {
  for (const bucket of parts.newBuckets) {
    acknowledge(
      bucket,
      'AwsSolutions-S1',
      'Access logs need another bucket, whose readers and retention are up to the account: pass it as the prop ' +
        '`serverAccessLogsBucket`, or audit the objects with CloudTrail data events.',
    );
  }
  acknowledge(
    parts.newSecret,
    'AwsSolutions-SMG4',
    'Callers documents no API for rotating keys. A key that is replaced manually takes effect within five minutes, or ' +
      'immediately if the old key is rejected.',
  );
  acknowledgePatterns(parts.role, parts.objectPatterns);
  // With the feature flag `createNewPoliciesWithAddToRolePolicy`, CDK puts the statement into a policy of the function.
  for (const owner of parts.traced ? [parts.role, parts.traced] : []) {
    acknowledge(
      owner,
      'AwsSolutions-IAM5[Resource::*]',
      'X-Ray has no resource-level permissions for sending traces.',
    );
  }
  const { notificationsStack } = parts;
  const basicExecution = ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole');
  acknowledge(
    notificationsHandlerOf(notificationsStack),
    `AwsSolutions-IAM4[Policy::${flat(notificationsStack.resolve(basicExecution.managedPolicyArn))}]`,
    'CDK attaches this policy to the role of its function that sets bucket notifications, one per stack. The policy ' +
      'only allows writing logs, and the function runs only during deployments.',
  );
}

/**
 * Acknowledges during the app's validation: only then are references to ARNs of other stacks resolved.
 * Aspects run too early.
 */
function acknowledgePatterns(role: IConstruct, arns: readonly string[]): void {
  const acknowledgeAll = () => {
    for (const arn of arns) {
      acknowledge(role, `AwsSolutions-IAM5[Resource::${flat(Stack.of(role).resolve(arn))}]`, reasonFor(arn));
    }
    return [];
  };
  role.node.addValidation({ validate: acknowledgeAll });
}

function reasonFor(arn: string): string {
  if (arn === '*') {
    return 'Lambda creates network interfaces for a function in a VPC; their names are not known in advance.';
  }
  if (arn.endsWith(':key/*')) {
    return 'The KMS key is known only by its alias. A condition limits the statement to the key with that alias.';
  }
  return (
    'People choose the names of folders and samples. The pattern stays inside the prefix, reading allows only ' +
    's3:GetObject, and s3:PutObject is limited to results and ledgers.'
  );
}

function acknowledge(construct: IConstruct | undefined, id: string, reason: string): void {
  // The oldest supported versions of CDK have no `Validations`, and later ones take no ID with `::`: there, cdk-nag
  // still reports the finding.
  const validations = Validations as typeof Validations | undefined;
  if (!construct || !validations) return;
  try {
    validations.of(construct).acknowledge({ id, reason });
  } catch (error) {
    if (!String(error).includes("'::'")) throw error;
  }
}

/**
 * Formats an ARN as in cdk-nag's finding IDs: `<Bucket.Arn>/*`. Intrinsic functions without a short form, such as
 * `Fn::GetStackOutput` of a weak reference, appear as JSON there too (`flattenCfnReference` of cdk-nag 3).
 */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument] = ['', undefined]] = Object.entries(value as object) as [string, unknown][];
  switch (name) {
    case 'Ref':
      return `<${flat(argument)}>`;
    case 'Fn::GetAtt':
      return `<${(argument as unknown[]).map(flat).join('.')}>`;
    case 'Fn::ImportValue':
      return flat(argument);
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(flat).join(separator);
    }
    default:
      return JSON.stringify(value);
  }
}
