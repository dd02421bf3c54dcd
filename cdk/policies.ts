import { CfnParameter, CfnResource, Stack, Stage, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { propertiesOf } from './properties-of.ts';

/** A statement of a policy, as the template has it. */
interface Rule {
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Where a policy stands, and who is asking. */
export interface Setting {
  /** The policy's. */
  readonly stack: Stack;
  /** The names that the app gives what it makes, by logical identifier. */
  readonly names: ReadonlyMap<string, string>;
  /** The function's account, as text. */
  readonly account: string;
  /** The header with which the function writes, if any. */
  readonly encryption: string | undefined;
}

/**
 * The setting of a policy in the template.
 *
 * @param constructs all of the app
 */
export function settingOf(
  policy: IConstruct,
  asking: Pick<Setting, 'encryption'> & { readonly function: IConstruct },
  constructs: readonly IConstruct[],
): Setting {
  const stack = Stack.of(policy);
  const account = placeOf(Stack.of(asking.function), 'account');
  return { stack, names: namesAmong(constructs, stack), account, encryption: asking.encryption };
}

/** Undefined is what is known only at deployment. */
type Verdict = boolean | undefined;

/** Whether a policy surely denies an action. */
export function denies(setting: Setting, policy: unknown, action: string, arn: string): boolean {
  return verdictsOf(setting, policy, action, arn)('Deny').includes(true);
}

/**
 * Whether the policy of an endpoint may let an action through ("Policy evaluation logic", IAM User Guide): what is
 * known only at deployment, as some conditions are, neither denies nor keeps from allowing.
 */
export function mayAllow(setting: Setting, policy: unknown, action: string, arn: string): boolean {
  // Without a policy, the endpoint lets all through.
  if (typeof (policy as { Statement?: unknown } | undefined)?.Statement !== 'object') return true;
  const verdicts = verdictsOf(setting, policy, action, arn);
  return verdicts('Allow').some((each) => each !== false) && !verdicts('Deny').includes(true);
}

function verdictsOf(setting: Setting, policy: unknown, action: string, arn: string) {
  const { Statement = [] } = policy as { Statement?: Rule | Rule[] };
  return (effect: string) =>
    [Statement]
      .flat()
      .filter(({ Effect }) => Effect === effect)
      .map((rule) => isFor(setting, rule, action, arn));
}

function isFor(setting: Setting, rule: Rule, action: string, arn: string): Verdict {
  const [service = ''] = action.split(':');
  const write = (value: unknown) => arnOf(setting, value, service);
  const target = write(setting.stack.resolve(arn));
  const among = (listed: unknown, fits: (pattern: unknown) => Verdict) => any([listed].flat().map(fits));
  const isAction = (pattern: unknown): Verdict =>
    typeof pattern === 'string' ? matches(pattern.toLowerCase(), action.toLowerCase()) : undefined;
  const isResource = (pattern: unknown) => covers(write(pattern), target);
  const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition = {} } = rule;
  return all([
    NotAction === undefined ? among(Action, isAction) : not(among(NotAction, isAction)),
    NotResource === undefined
      ? Resource === undefined || among(Resource, isResource)
      : not(among(NotResource, isResource)),
    isEveryone(Principal) && NotPrincipal === undefined ? true : undefined,
    ...Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) =>
        isMet(setting, operator, [values].flat(), knownOf(key, target, setting)),
      ),
    ),
  ]);
}

/** What AWS says of the function's requests ("AWS global condition context keys", IAM User Guide), as far as it is known: null if nothing. */
function knownOf(key: string, target: string, { account, encryption }: Setting): string | null | undefined {
  switch (key.toLowerCase()) {
    case 'aws:principalaccount':
      return account;
    case 'aws:resourceaccount':
    case 's3:resourceaccount':
      // The ARN of a bucket has no account: it is in the function's.
      return target.startsWith('arn:aws:s3:::') ? account : /^arn:(?:[^:<]*:){3}(\d{12}):/.exec(target)?.[1];
    case 'aws:principalisawsservice':
    case 'aws:viaawsservice':
      return 'false';
    case 'aws:securetransport':
      return 'true';
    case 's3:x-amz-server-side-encryption':
      return encryption ?? null;
    default:
      return undefined;
  }
}

/** Whether a value meets a condition, if both are known. */
function isMet(
  setting: Setting,
  operator: string,
  wanted: readonly unknown[],
  value: string | null | undefined,
): Verdict {
  if (operator === 'Null' && value !== undefined) return textOf(wanted[0]) === String(value === null);
  const found = /^(?:Bool|String(Not)?(Equals|Like))(?:IfExists)?$/.exec(operator);
  if (!found || value === undefined) return undefined;
  const [, negation, comparison] = found;
  if (value === null) return negation !== undefined || operator.endsWith('IfExists');
  const verdict = any(
    wanted.map((each): Verdict => {
      const text = typeof each === 'object' ? named(setting, each) : textOf(each);
      if (text === value || (comparison === 'Like' && matches(text, value))) return true;
      return `${text}${value}`.includes('<') ? undefined : false;
    }),
  );
  return negation === undefined ? verdict : not(verdict);
}

/** A value of a condition, which may be a boolean. */
function textOf(value: unknown): string {
  return `${value as string | boolean}`.toLowerCase();
}

function isEveryone(principal: unknown): boolean {
  const { AWS } = (typeof principal === 'object' ? principal : {}) as { AWS?: unknown };
  return [principal ?? '*', AWS].flat().includes('*');
}

const not = (verdict: Verdict): Verdict => (verdict === undefined ? undefined : !verdict);
const any = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes(true) || (verdicts.includes(undefined) ? undefined : false);
const all = (verdicts: readonly Verdict[]): Verdict => not(any(verdicts.map(not)));

/** Whether a pattern of ARNs covers another one. */
function covers(pattern: string, arn: string): Verdict {
  if (matches(pattern, arn)) return true;
  if (`${pattern}${arn}`.includes(UNKNOWN)) return undefined;
  // A generated name may begin as the pattern does.
  return arn.includes('<') && matches(loosened(pattern, arn), arn) ? undefined : false;
}

/** The pattern without what the names and places that are known only at deployment may fulfill. */
function loosened(pattern: string, arn: string): string {
  const fields = pattern.replaceAll(/[^:/*]*\*[^:/]*/g, '*').split(':');
  if (fields.length > 5 && arn.includes('<AWS::Region>')) fields[3] = '*';
  if (fields.length > 5 && arn.includes('<AWS::AccountId>')) fields[4] = '*';
  return fields.join(':');
}

function matches(pattern: string, value: string): boolean {
  const regExp = pattern
    .replaceAll(/[.+^$(){}|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${regExp}$`, 's').test(value);
}

/** An ARN in any partition, with `<LogicalId>` in place of a name that CloudFormation makes. */
function arnOf(setting: Setting, value: unknown, service: string): string {
  const { stack } = setting;
  const [separator, parts] = (value as { 'Fn::Join'?: [string, unknown[]] } | undefined)?.['Fn::Join'] ?? [
    '',
    [value],
  ];
  const text = parts.map((part) => (typeof part === 'string' ? part : named(setting, part))).join(separator);
  const place = service === 's3' ? ':' : `${placeOf(stack, 'region')}:${placeOf(stack, 'account')}`;
  const kind = service === 'secretsmanager' ? 'secret:' : '';
  return text
    .replace(/^(?=<(?!\?))/, `arn:aws:${service}:${place}:${kind}`)
    .replace(/^arn:[^:]*:/, 'arn:aws:')
    .replaceAll(/<=([^>]*)>/g, '$1');
}

function named({ stack, names }: Setting, reference: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = reference as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  if (Ref === 'AWS::Partition') return 'aws';
  if (Ref === 'AWS::Region') return placeOf(stack, 'region');
  if (Ref === 'AWS::AccountId') return placeOf(stack, 'account');
  if (attribute?.[1] === 'Arn') return names.get(attribute[0]) ?? `<${attribute[0]}>`;
  return Ref === undefined || isParameter(stack, Ref)
    ? `${UNKNOWN}${JSON.stringify(reference)}>`
    : (names.get(Ref) ?? `<${Ref}>`);
}

const UNKNOWN = '<?';

/** Of all stacks of the stage; the policy's own come last, and win. */
function namesAmong(constructs: readonly IConstruct[], own: Stack): Map<string, string> {
  const near = constructs
    .filter((each) => CfnResource.isCfnResource(each))
    .filter((each) => each.cfnResourceType in NAMES && Stage.of(each) === Stage.of(own));
  const ours = near.filter(({ stack }) => stack === own);
  return new Map([...near, ...ours].flatMap(nameOf));
}

function nameOf(resource: CfnResource): [logicalId: string, text: string][] {
  const { cfnResourceType: type, stack, logicalId } = resource;
  const name = propertiesOf(resource)[NAMES[type] ?? ''];
  if (name === undefined) return [];
  const suffix = type === 'AWS::SecretsManager::Secret' ? '-??????' : '';
  const text = typeof name === 'string' ? `<=${name}${suffix}>` : `${UNKNOWN}${JSON.stringify(name)}>`;
  return [[stack.resolve(logicalId) as string, text]];
}

/** The properties that name what the function accesses. */
const NAMES: Record<string, string> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SecretsManager::Secret': 'Name',
};

function placeOf(stack: Stack, part: 'region' | 'account'): string {
  if (!Token.isUnresolved(stack[part])) return stack[part];
  return part === 'region' ? '<AWS::Region>' : '<AWS::AccountId>';
}

function isParameter(stack: Stack, logicalId: string): boolean {
  return stack.node
    .findAll()
    .some((each) => each instanceof CfnParameter && stack.resolve(each.logicalId) === logicalId);
}
