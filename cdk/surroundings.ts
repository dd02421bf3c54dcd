import { Annotations, CfnDeletionPolicy, CfnResource, Stack, Token } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { MANIFEST_NAME } from '../voice-folder/names.ts';
import { denyingPolicies } from './bucket-policies.ts';
import { isSame } from './neighbors.ts';
import { networkProblems, type NetworkParts } from './network.ts';
import { changedLimits, keysOfServices, nowDeleted, type OverriddenParts, unknownKeys } from './overrides.ts';
import { propertiesOf } from './properties-of.ts';
import { unpermittedSettings } from './unpermitted-settings.ts';
import { hasManagedNotifications } from './uploads.ts';

/** The parts of an app that a pipeline depends on but does not control. */
export interface Surroundings extends NetworkParts, OverriddenParts {
  readonly bucket: IBucket;
  /** The construct of the bucket on which our notification was set; undefined for EventBridge. */
  readonly notified: IBucket | undefined;
  readonly stateBucket: IBucket;
  readonly prefix: string;
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
      warn('keptNotification', keptNotification(surroundings));
      warn('notificationsOfOtherStacks', notificationsOfOtherStacks(surroundings));
      warn('separateImports', separateImports(surroundings));
      for (const [id, text] of networkProblems(surroundings)) warn(id, text);
      for (const text of denyingPolicies(surroundings)) warn('denyingPolicy', text);
      warn('forgottenLedgers', expiringLedgers(surroundings));
      warn('pruningDeployment', pruningDeployments(surroundings));
      warn('nowDeleted', nowDeleted(surroundings));
      warn('unknownKey', unknownKeys(surroundings));
      warn('managedKey', keysOfServices(surroundings));
      for (const text of changedLimits(surroundings)) warn('changedLimit', text);
      for (const text of unpermittedSettings(surroundings)) warn('unpermittedSetting', text);
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
  // CDK leaves what it does not manage, as in a bucket of `Bucket.fromCfnBucket`.
  if (hasManagedNotifications(bucket)) {
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

/** A notification that outlives its queue, as of `RemovalPolicies.of(bucket).retain()` (findings/cdk-retain-keeps-notification.sh). */
function keptNotification({ notified, queue }: Surroundings): string | undefined {
  const isKept = (resource: IConstruct | undefined) =>
    CfnResource.isCfnResource(resource) && resource.cfnOptions.deletionPolicy === CfnDeletionPolicy.RETAIN;
  if (!notified || !isKept(notificationOf(notified)) || isKept(queue.node.defaultChild)) return undefined;
  return (
    `The notification of ${notified.node.path} is retained, but not the queue to which it leads: after \`cdk destroy\`, S3 would go ` +
    'on sending. Retain the bucket alone, with `bucket.applyRemovalPolicy(RemovalPolicy.RETAIN)`, or the whole stack'
  );
}

function notificationOf(bucket: IBucket | undefined): IConstruct | undefined {
  return bucket?.node.tryFindChild('Notifications')?.node.tryFindChild('Resource');
}

/** Other notifications of uploads whose filter overlaps with ours: S3 rejects both. */
function overlappingNotifications({ notified, queue, prefix }: Surroundings): string[] {
  const resource = notificationOf(notified);
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
