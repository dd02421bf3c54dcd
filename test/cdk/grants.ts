import type { Template } from 'aws-cdk-lib/assertions';
import { expect } from 'vitest';
import type { AwsCall } from './aws-recorder.ts';
import { allOf, allowedIn, readable, type Resource } from './synthesis.ts';

/** One action that a policy allows, on which resources. */
export interface Grant {
  action: string;
  resources: string[];
  condition?: unknown;
}

/** What a role of the template, by its logical identifier, is granted. */
export function grantsOf(template: Template, role: string): Grant[] {
  const { Properties } = template.toJSON()['Resources'][role] as Resource;
  expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  expect(Properties).not.toHaveProperty('Policies');
  const policies = allOf(template, 'AWS::IAM::Policy').filter((policy) =>
    policy.Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role),
  );
  const paths = policies.map(({ Metadata }) => Metadata?.['aws:cdk:path']);
  return allowedIn(template)
    .filter(({ of }) => paths.includes(of))
    .map(({ action, statement: { Resource: resource, Condition: condition } }) => ({
      action,
      resources: [resource].flat().map((each) => readable(template, each).replace('<AWS::Partition>', 'aws')),
      ...(condition !== undefined && { condition }),
    }));
}

/** Whether a grant covers a call of something, as IAM decides it ("Policy evaluation logic", IAM User Guide). */
export function covers({ action, resources, condition }: Grant, call: AwsCall, arn: string): boolean {
  if (action !== call.action || !resources.some((pattern) => matches(pattern, arn))) return false;
  if (condition === undefined) return true;
  const { StringLikeIfExists: like, ...others } = condition as Record<string, Record<string, string>>;
  expect(others).toEqual({});
  return call.prefix === undefined || matches(like?.['s3:prefix'] ?? '', call.prefix);
}

/** Whether a value fits a pattern of IAM, with `*` and `?`. */
export function matches(pattern: string, value: string): boolean {
  const regExp = pattern
    .replace(/[.+^$(){}|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${regExp}$`, 's').test(value);
}
