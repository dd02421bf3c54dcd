import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { AccountPrincipal, type IPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IAlias, IKey } from 'aws-cdk-lib/aws-kms';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { IConstruct } from 'constructs';
import { warnOfMissing } from './missing-statements.ts';
import { isOther } from './places.ts';
import { ALARMS_SERVICE } from './topics.ts';

/** A permitted use of KMS keys. */
export interface KeyUse {
  /** None in the policy of a grantee, in which others may have it: IAM refuses a policy with one twice. */
  readonly sid?: string;
  readonly actions: readonly string[];
  readonly keys: readonly IKey[];
  /** The only services through which the keys may be used, such as `s3.eu-west-1.amazonaws.com`. */
  readonly through: readonly string[];
}

/** The statements of an IAM policy for the use of keys: none without keys. */
export function keyStatements({ sid, actions, keys, through }: KeyUse): PolicyStatement[] {
  const via = { StringEquals: { 'kms:ViaService': [...through] } };
  const targets = keys.map(targetOf);
  const arns = new Set(targets.flatMap((target) => (target.kind === 'key' ? target.arn : [])));
  const named = targets.flatMap((target) => (target.kind === 'alias' ? target : []));
  const called = (suffix: string) => (sid === undefined ? {} : { sid: `${sid}${suffix}` });
  return [
    ...(arns.size > 0
      ? [new PolicyStatement({ ...called(''), actions: [...actions], resources: [...arns], conditions: via })]
      : []),
    ...named.map(
      ({ keysArn, alias }, index) =>
        new PolicyStatement({
          ...called(`ByAlias${index === 0 ? '' : index + 1}`),
          actions: [...actions],
          resources: [keysArn],
          conditions: { ...via, 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias } },
        }),
    ),
  ];
}

/** The name of a service in `kms:ViaService`. */
export function viaService(service: string, region: string): string {
  return `${service}.${region}.amazonaws.com`;
}

/**
 * The key, or the pattern of all keys with the alias's name. IAM ignores a statement on the ARN of an alias
 * ("Using aliases to control access to KMS keys", AWS KMS Developer Guide).
 */
function targetOf(
  key: IKey,
): { kind: 'key'; arn: string } | { kind: 'alias'; keysArn: string; alias: string } {
  const { keyArn } = keyBehind(key);
  const [, scope, alias] = /^(.*:)(alias\/.+)$/.exec(keyArn) ?? [];
  return scope === undefined || alias === undefined
    ? { kind: 'key', arn: keyArn }
    : { kind: 'alias', keysArn: `${scope}key/*`, alias };
}

/**
 * The key itself, for an alias whose key CDK knows.
 *
 * @throws {Error} for an alias that is known only by its name: it cannot encrypt a function's environment ("Key Aliases
 *   are not supported for this operation", says KMS to Lambda), and CloudWatch Logs takes a key's ARN
 */
export function encryptionKeyOf(key: IKey | undefined): IKey | undefined {
  if (!key) return undefined;
  const target = targetOf(key);
  if (target.kind === 'key') return keyBehind(key);
  throw new Error(
    `encryptionKey must be a key, not an alias whose key CDK does not know (${target.alias}), which Lambda and ` +
      'CloudWatch Logs reject: import the key with `Key.fromKeyArn`, or find it with `Key.fromLookup`',
  );
}

/** The alias, such as `alias/aws/sns`, of a key that CDK knows only by it. */
export function aliasOf(key: IKey): string | undefined {
  const target = targetOf(key);
  return target.kind === 'alias' ? target.alias : undefined;
}

/** The aliases, also in ARNs, of keys that AWS manages. */
export const MANAGED_ALIAS = /\balias\/aws\//;

/** The key of an alias, if CDK knows it. */
function keyBehind(key: IKey): IKey {
  if (!('aliasTargetKey' in key)) return key;
  try {
    return (key as IAlias).aliasTargetKey;
  } catch {
    // An alias imported by its name.
    return key;
  }
}

/**
 * Lets the services that send to queues and topics, and CloudWatch Logs, use the pipeline's key; alarms also the key
 * of a topic that was passed.
 */
export function letServicesUseKeys(
  scope: IConstruct,
  notifier: string,
  encryptionKey: IKey | undefined,
  alarmTopicKey: IKey | undefined,
): void {
  if (encryptionKey) {
    const senders = [notifier, ALARMS_SERVICE].map(useBySender);
    addToKeyPolicy(scope, encryptionKey, [...senders, useByLogs(Stack.of(scope))]);
  }
  if (alarmTopicKey && alarmTopicKey !== encryptionKey) {
    addToKeyPolicy(scope, alarmTopicKey, [useBySender(ALARMS_SERVICE)]);
  }
}

/**
 * Lets this account use the keys of other accounts, whose policies must allow it too. The role's own policy says for what.
 */
export function letAccountUseKeys(scope: IConstruct, keys: readonly (IKey | undefined)[]): void {
  const { account } = Stack.of(scope);
  const foreign = keys.filter((key) => key !== undefined).filter(({ env }) => isOther(env.account, account));
  for (const key of new Map(foreign.map((each) => [each.keyArn, each])).values()) {
    addToKeyPolicy(scope, key, [useBy(new AccountPrincipal(account))]);
  }
}

/** The statement of a key's policy that lets a service encrypt what it sends to a queue or topic. */
function useBySender(service: string): PolicyStatement {
  return useBy(new ServicePrincipal(service));
}

function useBy(principal: IPrincipal): PolicyStatement {
  return new PolicyStatement({
    principals: [principal],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    // In a key policy, `*` means the key itself.
    resources: ['*'],
  });
}

/**
 * The statement of a key's policy that lets CloudWatch Logs encrypt log groups of this account ("Encrypt log data
 * in CloudWatch Logs using AWS KMS", Amazon CloudWatch Logs User Guide).
 */
function useByLogs({ partition, region, account, urlSuffix }: Stack): PolicyStatement {
  // In China, this service has another name, and `kms:ViaService` has not.
  const suffix = Token.isUnresolved(region) ? urlSuffix : RegionInfo.get(region).domainSuffix;
  return new PolicyStatement({
    principals: [new ServicePrincipal(`logs.${region}.${suffix ?? urlSuffix}`)],
    actions: [
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
      'kms:GenerateDataKey',
      'kms:DescribeKey',
    ],
    resources: ['*'],
    conditions: {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
      },
    },
  });
}

/**
 * Adds statements to a key's policy. CDK cannot change an imported key, so synthesis then warns, with the statements
 * that are missing, or that nobody can add them.
 *
 * @returns whether they were added
 */
export function addToKeyPolicy(
  scope: IConstruct,
  key: IKey,
  statements: readonly PolicyStatement[],
): boolean {
  const missing = statements.filter((statement) => !key.addToResourcePolicy(statement, true).statementAdded);
  const alias = aliasOf(key) ?? '';
  if (missing.length > 0 && MANAGED_ALIAS.test(alias)) {
    Annotations.of(scope).addWarningV2(
      'callers-voice-clone:managedKeyOfOthers',
      `AWS manages the key ${alias}: other accounts cannot use it, and its policy cannot be changed. Use a key of your own instead`,
    );
  } else if (missing.length > 0) warnOfMissing(scope, 'key', key.node.path, missing);
  return missing.length === 0;
}
