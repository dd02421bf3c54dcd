import { Annotations, CfnResource, Resource, Stack } from 'aws-cdk-lib';
import {
  type Conditions,
  Effect,
  Grant,
  type IGrantable,
  type IPrincipal,
  type IRole,
  PolicyStatement,
  UnknownPrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import {
  checkGroup,
  conditionsAround,
  identityOf,
  isEnoughFor,
  isImmutable,
  isNamesake,
  pathOf,
  withoutNetwork,
} from './grantees.ts';
import { addToKeyPolicy, keyStatements, viaService } from './keys.ts';
import { warnOfMissing } from './missing-statements.ts';
import { listingBelow, resultsIn } from './permissions.ts';
import { isOther } from './places.ts';
import { propertiesOf } from './properties-of.ts';

/** The place that a grant is for. */
export interface Place {
  /** The pipeline. */
  readonly scope: IConstruct;
  readonly bucket: IBucket;
  readonly prefix: string;
  readonly key: IKey | undefined;
  /** The function's role, which must always be able to write results. */
  readonly role: IRole;
}

/** What is granted and denied, and how the bucket's key may be used. */
interface Rights {
  readonly allowed: readonly Statement[];
  readonly denied: readonly Statement[];
  readonly keyActions: readonly string[];
}

interface Statement {
  readonly actions: string[];
  readonly resources: string[];
  readonly conditions?: Record<string, Record<string, string>>;
}

/** Grants dropping folders and reading results, but not writing results: users and programs trust them. */
export function grantDrop(place: Place, grantee: IGrantable): Grant {
  const { bucket, prefix } = place;
  const resources = [bucket.arnForObjects(`${prefix}*`)];
  return grant(place, grantee, {
    denied: [{ actions: ['s3:PutObject'], resources: resultsIn(place) }],
    allowed: [
      // aws-cli reads the tags of large recordings that it copies (findings/aws-mv-splits-folder.sh).
      {
        actions: ['s3:GetObject', 's3:GetObjectTagging', 's3:PutObject', 's3:AbortMultipartUpload'],
        resources,
      },
      // rclone asks for this ACL, which is S3's default (findings/rclone-sends-acl-private.sh).
      {
        actions: ['s3:PutObjectAcl'],
        resources,
        conditions: { StringEquals: { 's3:x-amz-acl': 'private' } },
      },
      { actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: listingBelow(prefix) },
      // Needed by the S3 console.
      { actions: ['s3:GetBucketLocation'], resources: [bucket.bucketArn] },
    ],
    keyActions: ['kms:Decrypt', 'kms:GenerateDataKey'],
  });
}

/** Grants finding and reading results, and nothing else in the folders. */
export function grantReadResults(place: Place, grantee: IGrantable): Grant {
  const { bucket, prefix } = place;
  return grant(place, grantee, {
    denied: [],
    allowed: [
      { actions: ['s3:GetObject'], resources: resultsIn(place) },
      // Also makes S3 answer 404 instead of 403 for a result that does not exist yet.
      { actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: listingBelow(prefix) },
    ],
    keyActions: ['kms:Decrypt'],
  });
}

/**
 * Grants rights in the policy of the grantee, of the bucket, or of both, as CDK decides: in the bucket's if the
 * grantee has no policy of its own, or may be of another account.
 *
 * @returns a grant without success if the policy of the grantee, the bucket or its key is needed and CDK cannot change
 *   it; synthesis then warns, with what is missing
 * @throws {Error} if the bucket's policy could not deny something without denying it to the function too, or cannot name the
 *   grantee
 */
function grant(place: Place, grantee: IGrantable, { allowed, denied, keyActions }: Rights): Grant {
  const { bucket, key } = place;
  const { account } = bucket.env;
  const principal = grantee.grantPrincipal;
  const identity = identityOf(principal);
  if (identity === place.role.grantPrincipal && denied.length > 0) {
    throw new Error(
      'The function itself must be able to write results: grant dropping folders to another role',
    );
  }
  checkGroup(identity, account);
  const conditions = conditionsAround(principal);
  const allowing = allowed.map((each) => allowingIf(conditions, each));
  const beside = [...denied.map(denying), ...useOfKey(place, principal, keyActions)];
  const askForAll = () => {
    warnOfMissing(place.scope, 'role', pathOf(grantee), [...allowing, ...beside]);
    return Grant.drop(grantee, 'CDK adds nothing to the role');
  };
  // CDK's own warnings print the fields of its classes.
  if (identity instanceof UnknownPrincipal) return askForAll();
  const own = isNamesake(identity, account) ? [] : addToOwnPolicy(grantee, allowing, beside);
  if (own.every(({ success }) => success) && isEnoughFor(identity, account))
    return isImmutable(identity) ? askForAll() : combined(own);
  const inBucket = addToBucketPolicy(place, grantee, { allowed, denied });
  if (!inBucket) return Grant.drop(grantee, 'The bucket is imported');
  const inKey = new PolicyStatement({
    principals: [identity],
    actions: [...keyActions],
    resources: ['*'],
    conditions: throughS3(place),
  });
  inKey.addConditions(withoutNetwork(conditions));
  const isComplete = !key || addToKeyPolicy(place.scope, key, [inKey]);
  return isComplete ? combined([...own, ...inBucket]) : Grant.drop(grantee, 'The key is imported');
}

function addToOwnPolicy(
  grantee: IGrantable,
  allowing: readonly PolicyStatement[],
  beside: readonly PolicyStatement[],
): Grant[] {
  const own = allowing.map(({ actions, resources: resourceArns, conditions }) =>
    Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns,
      conditions: conditions as Record<string, Record<string, unknown>>,
    }),
  );
  for (const each of beside) grantee.grantPrincipal.addToPrincipalPolicy(each);
  return own;
}

function combined(grants: readonly Grant[]): Grant {
  return grants.reduce((one, other) => one.combine(other));
}

function allowingIf(conditions: Conditions, statement: Statement): PolicyStatement {
  const allowing = new PolicyStatement(statement);
  allowing.addConditions(conditions);
  return allowing;
}

const denying = (statement: Statement) => new PolicyStatement({ ...statement, effect: Effect.DENY });

/** For the grantee's own policy. */
function useOfKey(
  { scope, key }: Place,
  principal: IPrincipal,
  actions: readonly string[],
): PolicyStatement[] {
  if (!key) return [];
  const { region } = Stack.of(scope);
  const statements = keyStatements({ actions, keys: [key], through: [viaService('s3', region)] });
  const isElsewhere = isOther(principal.principalAccount ?? '', key.env.account);
  // A key has no name that CDK could use in another account. Its own policy says who may use it.
  return isElsewhere
    ? [new PolicyStatement({ actions: [...actions], resources: ['*'], conditions: throughS3({ scope }) })]
    : statements;
}

const throughS3 = ({ scope }: Pick<Place, 'scope'>) => ({
  StringEquals: { 'kms:ViaService': viaService('s3', Stack.of(scope).region) },
});

/**
 * Adds what is denied and allowed to the bucket's policy.
 *
 * @returns undefined, after a warning, if CDK cannot change that policy
 */
function addToBucketPolicy(
  place: Place,
  grantee: IGrantable,
  { allowed, denied }: Pick<Rights, 'allowed' | 'denied'>,
): Grant[] | undefined {
  const { scope, bucket, role } = place;
  const principals = [grantee.grantPrincipal];
  const isWide = includesTheFunction(grantee.grantPrincipal, Stack.of(role));
  const conditions = isWide ? exceptionFor(role, grantee.grantPrincipal) : {};
  const forbidding = denied.map(
    (each) => new PolicyStatement({ ...each, effect: Effect.DENY, principals, conditions }),
  );
  const allowing = allowed.map((each) => new PolicyStatement({ ...each, principals }));
  // CDK ignores what is added to the policy of an imported bucket.
  if (!Resource.isOwnedResource(bucket)) {
    warnOfMissing(scope, 'bucket', bucket.node.path, [...forbidding, ...allowing]);
    return undefined;
  }
  if (isWide && denied.length > 0 && Stack.of(bucket) !== Stack.of(role)) {
    throw new Error(
      'A grant to an account, an organization or everyone may include the function, which must be able to write results, ' +
        'and the policy of a bucket of another stack cannot except it: grant roles instead, give the stacks an `env` if it ' +
        'is another account, or create the pipeline in the bucket’s stack',
    );
  }
  warnOfForeignObjects(place, grantee.grantPrincipal);
  for (const statement of forbidding) bucket.addToResourcePolicy(statement);
  // `Grant.addToPrincipalOrResource` loses the conditions before CDK 2.276.
  return allowing.map((statement) =>
    Grant.addStatementToResourcePolicy({
      grantee,
      actions: statement.actions,
      resourceArns: statement.resources,
      resource: bucket,
      statement,
    }),
  );
}

/** Excepts the role, beside those that the principal excepts itself (findings/cdk-condition-replaces-condition.sh). */
function exceptionFor({ roleArn }: IRole, { policyFragment }: IPrincipal) {
  const { ArnNotEquals: theirs } = policyFragment.conditions as Record<
    string,
    Record<string, string | string[]>
  >;
  const excepted = [theirs?.['aws:PrincipalArn'] ?? []].flat();
  return { ArnNotEquals: { 'aws:PrincipalArn': excepted.length === 0 ? roleArn : [roleArn, ...excepted] } };
}

/** Warns if another account could not drop anything, or if the function could not read what it drops. */
function warnOfForeignObjects({ scope, bucket }: Place, principal: IPrincipal): void {
  const resource = bucket.node.defaultChild;
  if (!CfnResource.isCfnResource(resource)) return;
  const isForeign = namesOf(principal, Stack.of(scope)).some(
    ({ account }) => account === undefined || isOther(account, bucket.env.account),
  );
  if (!isForeign) return;
  const { OwnershipControls, BucketEncryption } = propertiesOf(resource);
  const { Rules } = (OwnershipControls ?? {}) as { Rules?: { ObjectOwnership: string }[] };
  // S3's default too ("Controlling ownership of objects", Amazon S3 User Guide).
  if (Rules && !Rules.some(({ ObjectOwnership }) => ObjectOwnership === 'BucketOwnerEnforced')) {
    Annotations.of(scope).addWarningV2(
      'callers-voice-clone:objectOwnership',
      `What other accounts drop into ${bucket.node.path} stays theirs, and the function cannot read it: give the bucket ` +
        '`objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED`',
    );
  }
  const encryption = JSON.stringify(BucketEncryption ?? {});
  if (encryption.includes('"aws:kms') && !encryption.includes('"KMSMasterKeyID"')) {
    Annotations.of(scope).addWarningV2(
      'callers-voice-clone:managedKeyOfBucket',
      `${bucket.node.path} is encrypted with the AWS managed key aws/s3, which other accounts cannot use: KMS refuses what they ` +
        'drop or read. Give the bucket a key of your own, or keys of S3',
    );
  }
}

/** Whether a principal may stand for all roles of the function's account. */
function includesTheFunction(principal: IPrincipal, stack: Stack): boolean {
  return namesOf(principal, stack).some(
    ({ text, account }) =>
      /^"\*"$|^"\d{12}"$|:root"/.test(text) && (account === undefined || !isOther(account, stack.account)),
  );
}

/** The accounts, roles and users of a principal, resolved to JSON, with their accounts if known. */
function namesOf(principal: IPrincipal, stack: Stack): { text: string; account: string | undefined }[] {
  const {
    Service: _services,
    Federated: _federated,
    CanonicalUser: _users,
    ...others
  } = principal.policyFragment.principalJson;
  return Object.values(others)
    .flat()
    .map((name) => {
      // An account's ARN is a token.
      const text = JSON.stringify(stack.resolve(name));
      return { text, account: principal.principalAccount ?? /\d{12}/.exec(text)?.[0] };
    });
}
