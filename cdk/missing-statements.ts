import { Annotations, Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { capitalized } from '../shared/capitalized.ts';

/** Warns at synthesis of the statements that a policy lacks, because CDK cannot change that of an imported resource, or must not. */
export function warnOfMissing(
  scope: IConstruct,
  resource: 'bucket' | 'key' | 'topic' | 'role',
  statements: readonly PolicyStatement[],
): void {
  const json = statements.map((each) => Stack.of(scope).resolve(each.toStatementJson()) as unknown);
  const why =
    resource === 'role'
      ? 'CDK adds nothing to a role with `mutable: false` or `withoutPolicyUpdates()`, or of a function that was imported ' +
        'without its role. Let it change the role, or add to the role’s policy'
      : `CDK cannot change the policy of an imported ${resource}. It must contain`;
  Annotations.of(scope).addWarningV2(
    `callers-voice-clone:imported${capitalized(resource)}`,
    `${why}: ${JSON.stringify(json)}`,
  );
}
