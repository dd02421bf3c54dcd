import { CfnResource, Stack } from 'aws-cdk-lib';
import { CfnManagedPolicy, CfnPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { propertiesOf } from './properties-of.ts';

/** What an aspect sets of all functions, although Lambda refuses it without a permission that the function's role lacks. */
export function unpermittedSettings({
  function: { node, role },
}: {
  readonly function: IFunction;
}): string[] {
  const [lambda, resource] = [node.defaultChild, role?.node.defaultChild];
  if (!CfnResource.isCfnResource(lambda) || !(resource instanceof CfnRole)) return [];
  const properties = propertiesOf(lambda);
  return SETTINGS.filter(({ name, isSet }) => isSet(JSON.stringify(properties[name] ?? '')))
    .filter(({ action }) => !mayDo(resource, action))
    .map(
      ({ name, action, advice }) =>
        `${lambda.node.path}: its ${name} was set, but its role lacks ${action}, without which Lambda refuses the function: ${advice}`,
    );
}

const SETTINGS: readonly {
  name: string;
  isSet: (json: string) => boolean;
  action: string;
  advice: string;
}[] = [
  {
    name: 'VpcConfig',
    isSet: (json) => json.includes('"SubnetIds"'),
    action: 'ec2:CreateNetworkInterface',
    advice: 'pass the VPC as the prop `vpc`',
  },
  {
    name: 'TracingConfig',
    isSet: (json) => json.includes('"Active"'),
    action: 'xray:PutTraceSegments',
    advice: 'pass it as the prop `tracing`',
  },
  {
    name: 'DeadLetterConfig',
    // A topic by its reference has no `Arn`.
    isSet: (json) => /:sqs:|"Arn"/.test(json),
    action: 'sqs:SendMessage',
    advice: 'leave it out, because the function’s queue has a dead-letter queue',
  },
];

/** Whether a role may do something, or might: wildcards count, and what is in managed policies of AWS, CDK does not know. */
function mayDo(role: CfnRole, action: string): boolean {
  const { ManagedPolicyArns, ...own } = propertiesOf(role);
  const id = JSON.stringify(Stack.of(role).resolve(role.logicalId));
  const policies = role.node.root.node
    .findAll()
    .filter((each) => each instanceof CfnPolicy || each instanceof CfnManagedPolicy)
    .map((each) => JSON.stringify(propertiesOf(each)))
    .filter((json) => json.includes(id));
  const [service] = action.split(':');
  return (
    ManagedPolicyArns !== undefined ||
    [JSON.stringify(own), ...policies].some(
      (json) => json.includes(`"${action}"`) || new RegExp(`"${service}:[^"]*\\*`).test(json),
    )
  );
}
