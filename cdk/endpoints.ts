import { Stack } from 'aws-cdk-lib';
import {
  CfnSecurityGroup,
  CfnSecurityGroupIngress,
  type CfnVPCEndpoint,
  type ISecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { mayAllow, type Setting } from './policies.ts';
import { propertiesOf } from './properties-of.ts';

/** The services that the function calls, apart from the Callers API, as their endpoints and as the SDK's variables name them. */
export const SERVICES = { s3: 'S3', sqs: 'SQS', sns: 'SNS', secretsmanager: 'SECRETS_MANAGER' };

/** A VPC endpoint of the app, for one of the services. */
export interface Endpoint {
  readonly resource: CfnVPCEndpoint;
  readonly service: string;
  readonly properties: Record<string, unknown>;
}

/** The endpoint, if it is for a service that the function calls. */
export function endpointOf(resource: CfnVPCEndpoint): Endpoint[] {
  // The name contains the region, which may be a token.
  const name = JSON.stringify(Stack.of(resource).resolve(resource.serviceName) ?? '');
  const service = Object.keys(SERVICES).find((each) => name.includes(`.${each}"`));
  return service === undefined ? [] : [{ resource, service, properties: propertiesOf(resource) }];
}

/** The function's permissions that the policy of an endpoint does not let through, as `s3:PutObject`. */
export function shutOut(
  { service, properties }: Endpoint,
  setting: Setting,
  permissions: readonly PolicyStatement[],
): string[] {
  const missing = permissions.flatMap(({ actions, resources }) =>
    actions
      .filter((action) => action.startsWith(`${service}:`) && !BY_LAMBDA.has(action))
      .filter(
        (action) => !resources.every((arn) => mayAllow(setting, properties['PolicyDocument'], action, arn)),
      ),
  );
  return [...new Set(missing)];
}

/** What Lambda itself does with the queue, outside the VPC. */
const BY_LAMBDA = new Set(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']);

/** Whether no security group of an endpoint lets the function's groups in. */
export function isClosed(
  { resource, properties }: Endpoint,
  from: readonly ISecurityGroup[],
  all: readonly IConstruct[],
): boolean {
  const { SecurityGroupIds = [] } = properties;
  if (!Array.isArray(SecurityGroupIds) || SecurityGroupIds.length === 0) return false;
  const inStack = (value: unknown) => JSON.stringify(Stack.of(resource).resolve(value));
  const groups = all.filter((each) => each instanceof CfnSecurityGroup);
  const beside = all.filter((each) => each instanceof CfnSecurityGroupIngress).map(propertiesOf);
  return SecurityGroupIds.every((id) => {
    const text = JSON.stringify(id);
    const group = groups.find((each) => inStack(each.attrGroupId) === text);
    // Of a group that is made elsewhere, CDK does not know the rules.
    if (!group) return false;
    const own = (propertiesOf(group)['SecurityGroupIngress'] ?? []) as Ingress[];
    const rules: Ingress[] = [...own, ...beside.filter(({ GroupId }) => JSON.stringify(GroupId) === text)];
    return !rules.some(
      ({ SourceSecurityGroupId: source }) =>
        source === undefined || from.some((each) => inStack(each.securityGroupId) === JSON.stringify(source)),
    );
  });
}

interface Ingress {
  readonly SourceSecurityGroupId?: unknown;
}
