import { Annotations, Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { capitalized } from '../shared/capitalized.ts';

/**
 * Warns at synthesis of the statements that a policy lacks, because CDK cannot change that of an imported resource, or must not.
 *
 * @param path names the resource, so that two of them are two warnings, of which one alone can be acknowledged
 */
export function warnOfMissing(
  scope: IConstruct,
  resource: 'bucket' | 'key' | 'topic' | 'role',
  path: string,
  statements: readonly PolicyStatement[],
): void {
  const json = statements.map((each) => Stack.of(scope).resolve(each.toStatementJson()) as unknown);
  const why =
    resource === 'role'
      ? 'CDK adds nothing to a role with `mutable: false` or `withoutPolicyUpdates()`, or of a function that was imported ' +
        `without its role: ${path}. Let it change the role, or add to the role’s policy`
      : `${path}: CDK cannot change the policy of an imported ${resource}. It must contain`;
  Annotations.of(scope).addWarningV2(
    `callers-voice-clone:imported${capitalized(resource)}`,
    `${why}: ${JSON.stringify(json)}`,
    { context: { path } },
  );
}
