import { CfnParameter, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A statement of a policy, as the template has it. */
interface Rule {
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: object;
}

/** Undefined is what is known only at deployment. */
type Verdict = boolean | undefined;

/**
 * Whether the policy of an endpoint may let an action through ("Policy evaluation logic", IAM User Guide): what is
 * known only at deployment, such as a condition, neither denies nor keeps from allowing.
 */
export function mayAllow(endpoint: IConstruct, policy: unknown, action: string, arn: string): boolean {
  const { Statement } = (policy ?? {}) as { Statement?: Rule | Rule[] };
  // Without a policy, the endpoint lets all through.
  if (typeof Statement !== 'object') return true;
  const rules = [Statement].flat();
  const verdicts = (effect: string) =>
    rules.filter(({ Effect }) => Effect === effect).map((rule) => isFor(endpoint, rule, action, arn));
  return verdicts('Allow').some((each) => each !== false) && !verdicts('Deny').includes(true);
}

function isFor(endpoint: IConstruct, rule: Rule, action: string, arn: string): Verdict {
  const [service = ''] = action.split(':');
  const write = (value: unknown) => arnOf(endpoint, value, service);
  const target = write(Stack.of(endpoint).resolve(arn));
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
    Object.keys(Condition).length === 0 ? true : undefined,
  ]);
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

/** An ARN in any partition, with `<LogicalId>` in place of the name of what the app makes. */
function arnOf(endpoint: IConstruct, value: unknown, service: string): string {
  const stack = Stack.of(endpoint);
  const [separator, parts] = (value as { 'Fn::Join'?: [string, unknown[]] } | undefined)?.['Fn::Join'] ?? [
    '',
    [value],
  ];
  const text = parts.map((part) => (typeof part === 'string' ? part : named(stack, part))).join(separator);
  const place = service === 's3' ? ':' : `${placeOf(stack, 'region')}:${placeOf(stack, 'account')}`;
  return text.replace(/^(?=<(?!\?))/, `arn:aws:${service}:${place}:`).replace(/^arn:[^:]*:/, 'arn:aws:');
}

function named(stack: Stack, reference: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = reference as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  if (Ref === 'AWS::Partition') return 'aws';
  if (Ref === 'AWS::Region') return placeOf(stack, 'region');
  if (Ref === 'AWS::AccountId') return placeOf(stack, 'account');
  if (attribute?.[1] === 'Arn') return `<${attribute[0]}>`;
  return Ref === undefined || isParameter(stack, Ref)
    ? `${UNKNOWN}${JSON.stringify(reference)}>`
    : `<${Ref}>`;
}

const UNKNOWN = '<?';

function placeOf(stack: Stack, part: 'region' | 'account'): string {
  if (!Token.isUnresolved(stack[part])) return stack[part];
  return part === 'region' ? '<AWS::Region>' : '<AWS::AccountId>';
}

function isParameter(stack: Stack, logicalId: string): boolean {
  return stack.node
    .findAll()
    .some((each) => each instanceof CfnParameter && stack.resolve(each.logicalId) === logicalId);
}
