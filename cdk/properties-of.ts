import { type CfnResource, Stack } from 'aws-cdk-lib';

/** A resource's properties, as they will be in the template. */
export function propertiesOf(resource: CfnResource): Record<string, unknown> {
  // oxlint-disable-next-line no-underscore-dangle -- nothing public returns a resource with its overrides
  const { Resources } = Stack.of(resource).resolve(resource._toCloudFormation()) as {
    Resources: Record<string, { Properties?: Record<string, unknown> }>;
  };
  return Object.values(Resources)[0]?.Properties ?? {};
}
