import { Annotations, CfnResource, type IResource, Resource, Stack, Token } from 'aws-cdk-lib';
import {
  CfnRoute,
  CfnSecurityGroup,
  CfnSecurityGroupEgress,
  CfnVPCEndpoint,
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { MANIFEST_NAME } from '../voice-folder/names.ts';
import { isSame } from './neighbors.ts';
import { propertiesOf } from './properties-of.ts';

/** The parts of an app that a pipeline depends on but does not control. */
export interface Surroundings {
  readonly bucket: IBucket;
  /** The construct of the bucket on which our notification was set; undefined for EventBridge. */
  readonly notified: IBucket | undefined;
  readonly stateBucket: IBucket;
  readonly queue: IQueue;
  readonly encryptionKey: IKey | undefined;
  /** What may have a KMS key, with the one that CDK knows. */
  readonly encrypted: readonly (IResource & { readonly encryptionKey?: IKey; readonly masterKey?: IKey })[];
  readonly prefix: string;
  readonly function: IFunction;
  readonly vpc: IVpc | undefined;
  readonly vpcSubnets: SubnetSelection | undefined;
  readonly securityGroups: readonly ISecurityGroup[] | undefined;
  readonly apiUrl: string | undefined;
}

/**
 * Warns of what would fail, or silently not work, after the deployment. Checks when the app is validated, because only
 * then all its constructs exist.
 */
export function watchSurroundings(pipeline: IConstruct, surroundings: Surroundings): void {
  const warn = (id: string, text: string | undefined) => {
    if (text !== undefined) Annotations.of(pipeline).addWarningV2(`callers-voice-clone:${id}`, text);
  };
  pipeline.node.addValidation({
    validate: () => {
      warn('unknownPrefix', unknownPrefix(pipeline, surroundings));
      warn('bucketWithNotifications', ownNotifications(surroundings));
      for (const text of overlappingNotifications(surroundings)) warn('overlappingNotification', text);
      warn('notificationsOfOtherStacks', notificationsOfOtherStacks(surroundings));
      warn('separateImports', separateImports(surroundings));
      warn('isolatedSubnets', isolatedSubnets(surroundings));
      warn('closedSecurityGroups', closedSecurityGroups(surroundings));
      warn('forgottenLedgers', expiringLedgers(surroundings));
      warn('pruningDeployment', pruningDeployments(surroundings));
      warn('unknownKey', unknownKeys(surroundings));
      return [];
    },
  });
}

function unknownPrefix(pipeline: IConstruct, { prefix }: Surroundings): string | undefined {
  if (!Token.isUnresolved(prefix)) return undefined;
  return (
    `The prefix of ${pipeline.node.path} is known only at deployment: check yourself that it has only letters, digits and ` +
    '- _ . /, is not empty, neither starts nor ends with a slash, and overlaps with no other pipeline’s of that bucket'
  );
}

/** Notifications in the bucket's own resource, which CloudFormation and CDK's function for notifications both set. */
function ownNotifications({ bucket, notified }: Surroundings): string | undefined {
  const resource = bucket.node.defaultChild;
  if (!CfnResource.isCfnResource(resource)) return undefined;
  const own = propertiesOf(resource)['NotificationConfiguration'] as Record<string, unknown> | undefined;
  if (!own) return undefined;
  const { path } = resource.node;
  const byCdk = bucket.node.tryFindChild('Notifications')?.node.tryFindChild('Resource');
  // CDK leaves what it does not manage, as in a bucket of `Bucket.fromCfnBucket`.
  if (CfnResource.isCfnResource(byCdk) && propertiesOf(byCdk)['Managed'] === true) {
    return (
      `${path} has a NotificationConfiguration of its own, which CDK’s function for notifications replaces, and the other ` +
      `way round when it changes: ${ADVICE}`
    );
  }
  if (notified) {
    return `${path} has a NotificationConfiguration of its own. CloudFormation removes ours when it changes: ${ADVICE}`;
  }
  return own['EventBridgeConfiguration']
    ? undefined
    : `${path} has a NotificationConfiguration of its own, without eventBridgeConfiguration: its events do not reach EventBridge`;
}

const ADVICE =
  'move it to `bucket.addEventNotification`, or use `source: UploadSource.EVENT_BRIDGE` and set `eventBridgeConfiguration` ' +
  'in it';

interface Notification {
  readonly Events: readonly string[];
  readonly Filter?: { readonly Key?: { readonly FilterRules?: readonly { Name: string; Value: unknown }[] } };
}

/** Other notifications of uploads whose filter overlaps with ours: S3 rejects both. */
function overlappingNotifications({ notified, queue, prefix }: Surroundings): string[] {
  const resource = notified?.node.tryFindChild('Notifications')?.node.tryFindChild('Resource');
  if (!notified || !CfnResource.isCfnResource(resource)) return [];
  const ours = JSON.stringify(Stack.of(resource).resolve(queue.queueArn));
  const { EventBridgeConfiguration: _all, ...configuration } = propertiesOf(resource)[
    'NotificationConfiguration'
  ] as Record<string, Notification[]>;
  return Object.values(configuration)
    .flat()
    .flatMap(({ Events, Filter, ...destination }) => {
      const [arn] = Object.entries(destination).flatMap(([name, value]) =>
        name.endsWith('Arn') ? [value] : [],
      );
      const to = JSON.stringify(arn);
      const rule = (name: string) =>
        textOf(Filter?.Key?.FilterRules?.find(({ Name }) => Name.toLowerCase() === name)?.Value);
      const isForUploads = Events.some((event) => event.startsWith('s3:ObjectCreated:'));
      const overlapping =
        eitherWay(rule('prefix'), prefix, (one, other) => one.startsWith(other)) &&
        eitherWay(rule('suffix'), MANIFEST_NAME, (one, other) => one.endsWith(other));
      if (to === ours || !isForUploads || !overlapping) return [];
      return [
        `Another notification of uploads to ${notified.node.path} has a filter that overlaps with this pipeline’s, which S3 ` +
          `rejects: ${to}. Give it a prefix or suffix that does not match ${prefix}…${MANIFEST_NAME}, or use \`source: UploadSource.EVENT_BRIDGE\``,
      ];
    });
}

/**
 * Notifications that other stacks set on the same bucket. CDK's function of each stack writes the whole list, and marks the
 * others' as not its own (findings/cdk-update-orphans-notifications.sh).
 */
function notificationsOfOtherStacks({ notified }: Surroundings): string | undefined {
  if (!notified) return undefined;
  const others = otherConstructsOf(notified)
    .filter((other) => Stack.of(other) !== Stack.of(notified))
    .map((each) => Stack.of(each).node.path);
  if (others.length === 0) return undefined;
  return (
    `${[...new Set(others)].join(', ')} and ${Stack.of(notified).node.path} set notifications on the same bucket. If they are ` +
    'deployed at the same time, one can remove the other’s, and after a change of one, CDK no longer removes the other’s: ' +
    'use one stack, or `source: UploadSource.EVENT_BRIDGE`'
  );
}

/**
 * Imports of the same bucket in our stack that set notifications too: to remove one from the app removes all
 * (findings/cdk-separate-imports-share-notifications.sh).
 */
function separateImports({ notified }: Surroundings): string | undefined {
  if (!notified) return undefined;
  const others = otherConstructsOf(notified).filter((other) => Stack.of(other) === Stack.of(notified));
  if (others.length === 0) return undefined;
  return (
    `${others.map(({ node }) => node.path).join(', ')} and ${notified.node.path} are the same bucket, and both set notifications: ` +
    'when one is removed from the app, CDK removes the other’s too. Import the bucket once'
  );
}

/** Other constructs of the bucket on which notifications are set. */
function otherConstructsOf(notified: IBucket): IBucket[] {
  return notified.node.root.node
    .findAll()
    .filter(isBucket)
    .filter((each) => each !== notified && each.node.tryFindChild('Notifications') && isSame(each, notified));
}

function isBucket(construct: IConstruct): construct is IBucket {
  return 'bucketName' in construct;
}

/** The text that a filter compares; JSON for a value that is known only at deployment. */
function textOf(value: unknown = ''): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function eitherWay(one: string, other: string, test: (one: string, other: string) => boolean): boolean {
  return test(one, other) || test(other, one);
}

interface LifecycleRule {
  readonly Status: string;
  readonly Prefix?: unknown;
  readonly ExpirationInDays?: number;
  readonly ExpirationDate?: unknown;
  readonly TagFilters?: unknown;
  readonly ObjectSizeGreaterThan?: unknown;
}

/** Warns of a lifecycle rule that deletes ledgers, which are small and have no tags. */
function expiringLedgers({ bucket, prefix, stateBucket }: Surroundings): string | undefined {
  const resource = stateBucket.node.defaultChild;
  if (!CfnResource.isCfnResource(resource)) return undefined;
  const { Rules = [] } = (propertiesOf(resource)['LifecycleConfiguration'] ?? {}) as {
    Rules?: LifecycleRule[];
  };
  const place = writtenOut(Stack.of(stateBucket).resolve(`${bucket.bucketName}/${prefix}`));
  const deletes = Rules.some(
    ({ Status, Prefix, ExpirationInDays, ExpirationDate, TagFilters, ObjectSizeGreaterThan }) =>
      Status === 'Enabled' &&
      (ExpirationInDays ?? ExpirationDate) !== undefined &&
      (TagFilters ?? ObjectSizeGreaterThan) === undefined &&
      eitherWay(writtenOut(Prefix), place, (one, other) => one.startsWith(other)),
  );
  return deletes
    ? `A lifecycle rule of ${resource.node.path} deletes ledgers, after which the same recordings are paid for again: limit ` +
        'the rule to another prefix, or pass another stateBucket'
    : undefined;
}

/**
 * Deployments of files into a bucket of ours that delete all others from it, which is the default of `BucketDeployment`
 * (findings/cdk-bucket-deployment-deletes-recordings.sh).
 */
function pruningDeployments({ bucket, prefix, stateBucket }: Surroundings): string | undefined {
  const paths = bucket.node.root.node.findAll().filter((each) => {
    const resource = each.node.tryFindChild('CustomResource')?.node.defaultChild;
    const destination = (each as Partial<Record<'destinationBucket', IBucket>>).destinationBucket;
    if (!destination || !CfnResource.isCfnResource(resource)) return false;
    const { Prune, DestinationBucketKeyPrefix: folder = '' } = propertiesOf(resource);
    const isOfDrops =
      isSame(destination, bucket) &&
      (folder === '' || prefix.startsWith(textOf(folder).replace(/\/?$/, '/')));
    const isOfLedgers = isSame(destination, stateBucket) && folder === '';
    return Prune === true && (isOfDrops || isOfLedgers);
  });
  if (paths.length === 0) return undefined;
  return (
    `${paths.map(({ node }) => node.path).join(', ')}: each deployment deletes all recordings, results or ledgers, which are not ` +
    'among its own files: set `prune: false`, or a `destinationKeyPrefix` beside the prefix of this pipeline'
  );
}

/** A resolved text, with JSON in place of what is known only at deployment: the same parts are the same text. */
function writtenOut(text: unknown = ''): string {
  const [separator, parts] = (text as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'] ?? [];
  return parts ? parts.map(writtenOut).join(separator) : textOf(text);
}

/** KMS keys that were set in the template, such as by an aspect: the pipeline let nobody use them. */
function unknownKeys({ encryptionKey, encrypted }: Surroundings): string | undefined {
  if (encryptionKey) return undefined;
  const paths = encrypted.flatMap((each) => {
    const resource = each.node.defaultChild;
    const { encryptionKey: key = each.masterKey } = each;
    if (key !== undefined || !CfnResource.isCfnResource(resource)) return [];
    const { BucketEncryption = {}, KmsMasterKeyId, KmsKeyId } = propertiesOf(resource);
    const hasKey =
      (KmsMasterKeyId ?? KmsKeyId) !== undefined ||
      JSON.stringify(BucketEncryption).includes('"KMSMasterKeyID"');
    return hasKey ? [resource.node.path] : [];
  });
  if (paths.length === 0) return undefined;
  return (
    `${paths.join(', ')}: encrypted with a KMS key that the pipeline does not know, so that neither the function nor what sends ` +
    'to queues and topics may use it: pass the key as `encryptionKey`'
  );
}

/** The services that the function calls, apart from the Callers API. */
const SERVICES = ['s3', 'sqs', 'sns', 'secretsmanager'];

function isolatedSubnets(surroundings: Surroundings): string | undefined {
  const { vpc, vpcSubnets, apiUrl } = surroundings;
  if (!vpc) return undefined;
  const isolated = vpc
    .selectSubnets(vpcSubnets)
    // While CDK has not looked up a VPC, its private subnets count as isolated ones too.
    .subnets.filter(
      (subnet) =>
        isIn(subnet, vpc.isolatedSubnets) && !isIn(subnet, vpc.privateSubnets) && !hasDefaultRoute(subnet),
    );
  if (isolated.length === 0) return undefined;
  const unreachable = [
    ...(apiUrl === undefined && !hasProxy(surroundings) ? ['the Callers API'] : []),
    // Of a VPC that is made elsewhere, CDK does not know the endpoints.
    ...(Resource.isOwnedResource(vpc) ? SERVICES.filter((service) => !hasEndpoint(vpc, service)) : []),
  ];
  if (unreachable.length === 0) return undefined;
  return (
    `The function is in isolated subnets (${isolated.map(({ node }) => node.path).join(', ')}), from which it cannot reach ` +
    `${unreachable.join(', ')}: choose subnets with a NAT gateway. VPC endpoints do not lead to the Callers API`
  );
}

function isIn({ subnetId }: ISubnet, subnets: readonly ISubnet[]): boolean {
  return subnets.some((subnet) => subnet.subnetId === subnetId);
}

/** Whether the app gives a subnet a way out that CDK takes no account of, such as a transit gateway. */
function hasDefaultRoute(subnet: ISubnet): boolean {
  return subnet.node.root.node
    .findAll()
    .some(
      (each) =>
        each instanceof CfnRoute &&
        each.destinationCidrBlock === '0.0.0.0/0' &&
        each.routeTableId === subnet.routeTable.routeTableId,
    );
}

/** Whether the function calls the API through a proxy (docs/deploy.md). */
function hasProxy(surroundings: Surroundings): boolean {
  const resource = surroundings.function.node.defaultChild;
  if (!CfnResource.isCfnResource(resource)) return false;
  const { Variables = {} } = (propertiesOf(resource)['Environment'] ?? {}) as { Variables?: object };
  return 'HTTPS_PROXY' in Variables || 'https_proxy' in Variables;
}

function hasEndpoint(vpc: IVpc, service: string): boolean {
  return vpc.node.root.node.findAll().some(
    (each) =>
      each instanceof CfnVPCEndpoint &&
      each.vpcId === vpc.vpcId &&
      // The name contains the region, which may be a token.
      JSON.stringify(Stack.of(each).resolve(each.serviceName) ?? '').includes(`.${service}"`),
  );
}

/** Security groups of which none lets the function call anything: all that it calls is HTTPS. */
function closedSecurityGroups({ securityGroups = [] }: Surroundings): string | undefined {
  if (securityGroups.length === 0 || !securityGroups.every(isClosed)) return undefined;
  return (
    `The security groups of the function (${securityGroups.map(({ node }) => node.path).join(', ')}) let no HTTPS out: set ` +
    '`allowAllOutbound`, or allow port 443 with `addEgressRule`'
  );
}

interface EgressRule {
  readonly GroupId?: unknown;
  readonly CidrIp?: unknown;
  readonly CidrIpv6?: unknown;
  readonly IpProtocol?: unknown;
  readonly FromPort?: unknown;
  readonly ToPort?: unknown;
}

/** Whether a group of this app lets no HTTPS out, also by rules beside it. EC2 lets all out without a rule. */
function isClosed(group: ISecurityGroup): boolean {
  const resource = group.node.defaultChild;
  if (!(resource instanceof CfnSecurityGroup)) return false;
  const rules = propertiesOf(resource)['SecurityGroupEgress'] as EgressRule[] | undefined;
  const id = JSON.stringify(Stack.of(group).resolve(group.securityGroupId));
  const beside = group.node.root.node
    .findAll()
    .filter((each) => each instanceof CfnSecurityGroupEgress)
    .map((each): EgressRule => propertiesOf(each))
    .filter(({ GroupId }) => JSON.stringify(GroupId) === id);
  return rules !== undefined && ![...rules, ...beside].some(mayBeForHttps);
}

/** Also if that is known only at deployment. */
function mayBeForHttps({ CidrIp, CidrIpv6, IpProtocol, FromPort, ToPort }: EgressRule): boolean {
  if (NOWHERE.has(CidrIp ?? CidrIpv6) || ['udp', 'icmp', 'icmpv6'].includes(IpProtocol as string))
    return false;
  const isBeyond =
    (typeof FromPort === 'number' && FromPort > HTTPS) || (typeof ToPort === 'number' && ToPort < HTTPS);
  return IpProtocol === '-1' || !isBeyond;
}

const HTTPS = 443;

/** The destinations of CDK's rules that allow nothing. */
const NOWHERE = new Set<unknown>(['255.255.255.255/32', '::1/128']);
