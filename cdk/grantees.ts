import { Resource, Token, TokenComparison } from 'aws-cdk-lib';
import type { Conditions, IGrantable, IPrincipal, IUser } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { isOther } from './places.ts';

/** The role, user, group or account behind conditions and session tags. CDK’s base class of such principals is not exported. */
export function identityOf(principal: IPrincipal): IPrincipal {
  const { wrapped } = principal as { wrapped?: IPrincipal };
  return wrapped ? identityOf(wrapped) : principal;
}

/** Names a grantee in a warning. */
export function pathOf(grantee: IGrantable): string {
  const construct = [grantee, identityOf(grantee.grantPrincipal)].find((each) => Construct.isConstruct(each));
  return construct?.node.path ?? 'a role that is no construct';
}

/** The conditions around an identity, which CDK omits from the identity's own policy (findings/cdk-grant-loses-conditions.sh). */
export function conditionsAround(principal: IPrincipal): Conditions {
  return identityOf(principal) === principal ? {} : principal.policyFragment.conditions;
}

/**
 * The conditions but those on the grantee's network: KMS is asked by S3, from S3's own addresses ("Using VPC endpoint
 * conditions", AWS KMS Developer Guide).
 */
export function withoutNetwork(conditions: Conditions): Conditions {
  return Object.fromEntries(
    Object.entries(conditions).flatMap(([operator, condition]) => {
      const others = Object.entries(condition as object).filter(([key]) => !NETWORK.test(key));
      return others.length === 0 ? [] : [[operator, Object.fromEntries(others)]];
    }),
  );
}

const NETWORK = /^aws:(VpcSourceIp|Source(Ip|Vpc|Vpce|VpcArn))$/i;

/** Whether CDK only pretends to add to the identity's policy. Its class is not exported, but has a public identifier. */
export function isImmutable(identity: IPrincipal): boolean {
  const { PROPERTY_INJECTION_ID: id } = identity.constructor as { PROPERTY_INJECTION_ID?: string };
  return id === 'aws-cdk-lib.aws-iam.ImmutableRole';
}

/** Whether CDK would add to the policy of a user of our account who only has the same name. For roles, it knows. */
export function isNamesake(identity: IPrincipal, account: string): boolean {
  return (
    'userArn' in identity && isElsewhere(identity, account) && !Resource.isOwnedResource(identity as IUser)
  );
}

/** Whether a principal's own policy is enough: if it is surely of the account, or a group, which is nothing to the policy of a bucket. */
export function isEnoughFor(identity: IPrincipal, account: string): boolean {
  if (isGroup(identity)) return true;
  if (identity.principalAccount === undefined) return false;
  const comparison = Token.compareStrings(identity.principalAccount, account);
  return comparison === TokenComparison.SAME || comparison === TokenComparison.BOTH_UNRESOLVED;
}

/** @throws {Error} for a group of another account ("You cannot specify an IAM group as principal", IAM User Guide). */
export function checkGroup(identity: IPrincipal, account: string): void {
  if (!isGroup(identity) || !isElsewhere(identity, account)) return;
  throw new Error(
    `The group is in account ${identity.principalAccount}, but the bucket in ${account}, whose policy cannot name groups: ` +
      'grant that account, or a role that the group’s members may assume',
  );
}

function isGroup(identity: IPrincipal): boolean {
  return 'groupArn' in identity;
}

function isElsewhere({ principalAccount }: IPrincipal, account: string): boolean {
  return principalAccount !== undefined && isOther(principalAccount, account);
}
